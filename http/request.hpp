// A request as handlers see it: parsed, routed, authenticated. Lives on its session's loop until the answer
// is written.
#pragma once

#include "storage/accounts.hpp"
#include "storage/model/error.hpp"
#include "storage/model/uuid.hpp"

#include <boost/beast/http/verb.hpp>

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mvp::http {

using verb = boost::beast::http::verb;
struct route;

/// The query string (or a urlencoded form), decoded, in order of appearance. What is no UTF-8 becomes U+FFFD.
class query_parameters {
  public:
    query_parameters() = default;
    /// Of no more than the first `most` parameters.
    explicit query_parameters(std::string_view encoded, std::size_t most = std::string_view::npos);
    /// The last value of that name, as Django's QueryDict; null if absent.
    const std::string* find(std::string_view name) const;
    const std::vector<std::pair<std::string, std::string>>& all() const { return items_; }
    std::vector<std::pair<std::string, std::string>> take() && { return std::move(items_); }

  private:
    std::vector<std::pair<std::string, std::string>> items_;
};

/// An uploaded part, its bytes in a temporary file that is removed with this object.
struct uploaded_file {
    std::string field, name, content_type;
    std::filesystem::path path;
    std::uint64_t size = 0;
    uploaded_file() = default;
    uploaded_file(uploaded_file&&) noexcept;
    uploaded_file& operator=(uploaded_file&&) noexcept;
    ~uploaded_file();
};

/// A urlencoded or multipart body. Texts are UTF-8: what is none became U+FFFD.
struct form {
    std::vector<std::pair<std::string, std::string>>
        fields;                       ///< in order; of duplicates the last counts, except lists
    std::vector<uploaded_file> files; ///< in order
};

enum class body_type { none, json, form, multipart };

/// Headers that nearly every request is asked for, found while parsing.
struct known_headers {
    std::string_view host, accept, authorization, origin, content_type, if_none_match, request_id;
};

struct request {
    verb method = verb::get;
    std::string_view method_text;
    std::string_view target; ///< as received
    std::string_view path;   ///< without the query
    std::string_view query;  ///< without the '?'
    bool head = false;       ///< HEAD: handled as GET, answered without a body

    /// Header by lower-case name; empty if absent.
    std::string_view header(std::string_view lower_case_name) const;
    /// All its lines as one list with commas, which is what several lines of a list mean.
    std::string header_list(std::string_view lower_case_name) const;
    std::vector<std::pair<std::string_view, std::string_view>> headers; ///< views into the session's buffer
    known_headers known;

    // The body. It has been read when the handler runs, but what is wrong with it is only told when the
    // handler asks: lookups (404) and permissions (403) come first.
    body_type type = body_type::none; ///< none: no body, or an empty one, which counts as {}
    std::string body;                 ///< JSON bytes as received (type json); empty otherwise
    form fields;                      ///< urlencoded or multipart (types form and multipart)
    std::optional<error> body_error;  ///< 415 for its type, 400 for a form that cannot be read
    /// body_error as a result: call it before looking at `type`, `body` or `fields`.
    result<> check_body() const { return body_error ? result<>(tl::unexpect, *body_error) : result<>(); }

    // filled in by the dispatcher
    const route* matched = nullptr;
    bool json_suffix = false; ///< asked for as "….json": URLs in the answer of GET /api/ end so too
    std::array<std::string_view, 4> path_parameters{};
    std::string request_id;
    std::string remote_address; ///< the client's, through trusted proxies
    bool client_known = true; ///< false: a trusted proxy did not say for whom it asks; the address is its own
    std::string scheme, host; ///< for absolute URLs, through trusted proxies
    storage::account_ptr caller;   ///< null: anonymous
    std::string_view access_token; ///< the caller's, when there is one

    /// Decoded on first use.
    const query_parameters& parameters() const;
    /// Path parameter as a UUID; errc::not_found ("Not found.") if it is none.
    result<uuid> id(std::size_t index = 0) const;
    bool is_staff() const { return caller && caller->is_staff; }
    /// "http://host" for absolute URLs.
    std::string origin() const { return scheme + "://" + host; }

    /// Makes the object ready for the next request of its connection, keeping its memory.
    void reset();

    std::string decoded_path; ///< what `path` points to when the path was percent-encoded

  private:
    mutable std::optional<query_parameters> parameters_;
};

} // namespace mvp::http
