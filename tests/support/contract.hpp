// Compares answers with the OpenAPI document of the program under test: the status must be one that it names,
// the body must be what it says, without a key more.
#pragma once

#include "tests/support/http_client.hpp"

#include <string>
#include <string_view>

namespace mvp::test {

/// What is wrong with a value by a JSON schema of the document; "" if nothing is. `partial`: keys may be
/// missing. Throws for a schema with words that are not known here.
std::string schema_complaint(const json::object& document, const json::object& schema,
                             const json::value& value, bool partial = false);

class contract {
  public:
    explicit contract(json::value document) : document_(std::move(document)) {}

    /// "" if the answer is as described, or if the document says nothing of such a request.
    std::string complaint(std::string_view method, std::string_view target, const reply& answer) const;

    const json::object& document() const { return document_.as_object(); }
    /// The path of the document that a request's path means; null if there is none.
    const json::object* path_item(std::string_view path) const;

  private:
    json::value document_;
};

/// That of the program in MVPBACKEND; asked for once.
const contract& program_contract();

} // namespace mvp::test
