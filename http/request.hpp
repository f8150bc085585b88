// A request as handlers see it: parsed, routed, authenticated. Lives on its session's loop until the answer is written.
#pragma once

#include "storage/accounts.hpp"
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

/// The query string (or a urlencoded form), decoded, in order of appearance.
class query_parameters {
  public:
    query_parameters() = default;
    explicit query_parameters(std::string_view encoded);
    /// The last value of that name, as Django's QueryDict; null if absent.
    const std::string* find(std::string_view name) const;
    const std::vector<std::pair<std::string, std::string>>& all() const { return items_; }

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

struct form {
    std::vector<std::pair<std::string, std::string>> fields; ///< in order
    std::vector<uploaded_file> files;
};

enum class body_type { none, json, form, multipart };

struct request {
    verb method = verb::get;
    std::string_view method_text;
    std::string_view target; ///< as received
    std::string_view path;   ///< without the query
    std::string_view query;  ///< without the '?'
    bool head = false;       ///< HEAD: handled as GET, answered without a body

    /// Header by lower-case name; empty if absent.
    std::string_view header(std::string_view lower_case_name) const;
    std::vector<std::pair<std::string_view, std::string_view>> headers; ///< views into the session's buffer

    body_type type = body_type::none;
    std::string body;  ///< JSON bytes as received (type json); empty otherwise
    form fields;       ///< urlencoded or multipart (types form and multipart)

    // filled in by the dispatcher
    const route* matched = nullptr;
    std::array<std::string_view, 4> path_parameters{};
    std::string request_id;
    std::string remote_address; ///< the client's, through trusted proxies
    std::string scheme, host;   ///< for absolute URLs, through trusted proxies
    storage::account_ptr caller; ///< null: anonymous
    std::string_view access_token; ///< the caller's, when there is one

    /// Decoded on first use.
    const query_parameters& parameters() const;
    /// Path parameter as a UUID; errc::not_found ("Not found.") if it is none.
    result<uuid> id(std::size_t index = 0) const;
    bool is_staff() const { return caller && caller->is_staff; }
    /// "http://host" for absolute URLs.
    std::string origin() const { return scheme + "://" + host; }

  private:
    mutable std::optional<query_parameters> parameters_;
};

} // namespace mvp::http
