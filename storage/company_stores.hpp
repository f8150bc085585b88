// The stores of companies in PostgreSQL: who sees which (everybody active ones of companies that are not
// hidden; the company itself and staff any), at most one a company. Nothing of them is cached.
#pragma once

#include "storage/model/company_store.hpp"
#include "storage/repository.hpp"
#include "storage/viewer.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mvp::storage::company_stores {

// Rows have the columns of company_store_shown.

/// Those that these eyes see.
task<result<page>> list(database& db, viewer by, std::string search, std::string ordering, int size,
                        std::int64_t offset);
/// What comes behind WHERE.
conditions list_conditions(const viewer& by, const std::string& search);
/// No row: not there, or not for these eyes.
task<result<rows>> find(database& db, uuid id, viewer by);
/// The company's own, active or not; no row: it has none.
task<result<rows>> find_of(database& db, uuid company);
/// Empty: no such store.
task<result<std::optional<ownership>>> find_target(database& db, uuid id);

/// errc::refused "You already have a store".
error already_there();
/// already_there() when the company has one.
task<result<rows>> create(database& db, uuid company, company_store s);

/// Changes the fields in `what`; those of staff (is_verified) must not be in it for others.
task<result<changed_row>> update(database& db, uuid id, company_store s, field_set what);
/// Files that nothing refers to any more; empty: no such store.
task<result<std::optional<std::vector<std::string>>>> remove(database& db, uuid id);

} // namespace mvp::storage::company_stores
