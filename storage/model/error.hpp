// What can go wrong, as a value: one enum for the whole program, one struct that carries it, `result<T>` that
// every fallible function returns. Rooms below http fill it in; http/error.cpp alone turns it into an answer.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace mvp {

/// Stable codes. The comment says which answer http/error.cpp makes of it.
enum class errc {
    bad_request,        ///< 400 {"detail"}: the body or the request line cannot be read
    invalid,            ///< 400 {"field":["text"]}: `fields` says what is wrong with which field
    refused,            ///< 400 {"error"}: well-formed, but the state of things forbids it
    not_authenticated,  ///< 401 {"detail"} with WWW-Authenticate: a login is needed
    bad_token,          ///< 401 {"detail","code"[,"messages"]} with WWW-Authenticate
    login_required,     ///< 401 {"error":"Authentication required"}, no WWW-Authenticate (the my_* actions)
    bad_credentials,    ///< 401 {"error"}: no WWW-Authenticate (users/login)
    permission_denied,  ///< 403 {"detail"}: the caller may not do this at all
    forbidden,          ///< 403 {"error"}: a rule of the product says no
    not_found,          ///< 404 {"detail"}: no such row, or none that the caller may see
    missing,            ///< 404 {"error"}: something that the body or a parameter names does not exist
    method_not_allowed, ///< 405 {"detail"}
    not_acceptable,     ///< 406 {"detail"}
    too_large,          ///< 413 {"detail"}
    unsupported_media,  ///< 415 {"detail"}
    upgrade_required,   ///< 426 {"detail"}
    throttled,          ///< 429 {"detail"} with Retry-After: `retry_after` seconds
    unavailable,        ///< 503 {"detail"} with Retry-After: PostgreSQL away, a queue full, a deadline passed
    conflict,           ///< inside only: a constraint, named in `constraint`, refused a write
    internal,           ///< 500: a bug of ours; logged with its text, which the client does not see
};

/// One field's complaints; `path` is "year", or "images.0" for an item of a list.
struct field_error {
    std::string path;
    std::vector<std::string> texts;
};

struct error {
    errc code = errc::internal;
    std::string text; ///< the sentence for the client (for internal and conflict: for the log)
    std::vector<field_error> fields{}; ///< errc::invalid only, in the order of the body's fields
    std::string token_code{};          ///< errc::bad_token: "token_not_valid", "user_inactive", …
    std::string token_message{}; ///< errc::bad_token: what `messages[0].message` says; empty: no `messages`
    std::string constraint{};    ///< errc::conflict: the constraint's name
    int retry_after = 0;         ///< seconds; throttled and unavailable

    error() = default;
    error(errc c, std::string t) : code(c), text(std::move(t)) {}
    /// One wrong field.
    static error invalid(std::string path, std::string text) {
        error e{errc::invalid, {}};
        e.fields.push_back({std::move(path), {std::move(text)}});
        return e;
    }
};

template <class T = void> using result = tl::expected<T, error>;

/// `return fail(errc::refused, "Car is already sold");`
inline tl::unexpected<error> fail(errc code, std::string text) {
    return tl::unexpected<error>(error{code, std::move(text)});
}
inline tl::unexpected<error> fail(error e) {
    return tl::unexpected<error>(std::move(e));
}

} // namespace mvp
