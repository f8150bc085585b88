// Flags: users say that something should not be there; when enough of them do, it is hidden until staff
// decide. One implementation for every type of content, described by a table in moderation_contents.cpp.
//
// Flags and decisions about one piece of content come one after the other (an advisory lock), and each is one
// transaction with everything that follows from it: counters, aggregates, events. What is hidden by flags
// has, therefore, open flags, and stands in the list of staff.
#pragma once

#include "storage/cache.hpp"
#include "storage/model/moderation.hpp"
#include "storage/repository.hpp"
#include "storage/viewer.hpp"

#include <optional>
#include <string>

namespace mvp::storage::moderation {

const resource& resource_of(content_type type);

/// Who wrote it, and whether these eyes see it; empty: no such row.
task<result<std::optional<ownership>>> find_target(database& db, content_type type, uuid id, viewer by);

/// False if that user has flagged it before. The flag that makes `enough` open ones hides the content.
/// errc::not_found: it is gone.
task<result<bool>> flag(database& db, cache& cache, content_type type, uuid id, uuid user, std::string reason,
                        int enough);

/// Staff's word on content that is approved or not (not on listings, whose states say it): settles its flags.
/// `reason`: why it is rejected. errc::refused if that has been decided already and nobody flagged it since;
/// errc::not_found.
task<result<>> approve(database& db, cache& cache, content_type type, uuid id);
task<result<>> reject(database& db, cache& cache, content_type type, uuid id, uuid staff, std::string reason);

/// Settles the flags of a listing that is not hidden and may stay so; false if there are no open ones.
task<result<bool>> dismiss(database& db, content_type type, uuid id);

/// What has open flags, with the columns of moderation_case_shown, first flagged first.
task<result<page>> list(database& db, std::optional<content_type> only, int size, std::int64_t offset);

} // namespace mvp::storage::moderation
