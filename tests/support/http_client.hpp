// A plain, blocking HTTP client for the black-box tests: one connection, any bytes, no opinions.
#pragma once

#include <boost/json.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mvp::test {

namespace json = boost::json;
using header_list = std::vector<std::pair<std::string, std::string>>;

/// A file of a multipart form.
struct form_file {
    std::string field, name, type, bytes;
};
using form_fields = std::vector<std::pair<std::string, std::string>>;

struct reply {
    int status = 0;
    header_list headers;
    std::string body;

    /// Value of a header (any case), or "" when absent.
    std::string header(std::string_view name) const;
    bool has_header(std::string_view name) const;
    /// The body as JSON; throws when it is none.
    json::value json() const;
};

/// Keeps its connection between requests and opens a new one when the server closed it.
class http_client {
  public:
    explicit http_client(unsigned short port);
    ~http_client();
    http_client(http_client&&) noexcept;

    /// `token`: an access token, or "" for none. A body that is an object or array goes as JSON.
    reply get(std::string_view path, std::string_view token = {});
    reply del(std::string_view path, std::string_view token = {});
    reply post(std::string_view path, const json::value& body, std::string_view token = {});
    reply put(std::string_view path, const json::value& body, std::string_view token = {});
    reply patch(std::string_view path, const json::value& body, std::string_view token = {});
    /// No body at all.
    reply post(std::string_view path, std::string_view token = {}) = delete;
    reply action(std::string_view path, std::string_view token);
    reply form(std::string_view method, std::string_view path, const form_fields& fields,
               const std::vector<form_file>& files, std::string_view token);

    reply request(std::string_view method, std::string_view path, header_list headers, std::string_view body);

    /// Called with every answer to request() and those above, if set; on the caller's thread.
    static inline void (*watch)(std::string_view method, std::string_view target,
                                const reply& answer) = nullptr;

    /// Sends these bytes on a fresh connection and reads until the server closes or `replies` answers came.
    std::vector<reply> raw(std::string_view bytes, std::size_t replies = 1);

  private:
    struct impl;
    impl* impl_;
};

/// A multipart/form-data body; `boundary` goes into the Content-Type.
std::string multipart(std::string_view boundary, const form_fields& fields,
                      const std::vector<form_file>& files);
/// Percent-encodes for a query string or a urlencoded form.
std::string url_encoded(std::string_view text);

/// A true 2 x 2 picture, and a one-page document.
std::string small_png();
std::string small_jpeg();
std::string small_pdf();

} // namespace mvp::test
