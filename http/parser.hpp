// HTTP/1.x requests from bytes, strictly: what two programs could read in two ways is refused. The head is
// parsed where it lies (the request's texts are views into the connection's buffer, nothing is allocated per
// header); the body is appended to request::body.
#pragma once

#include "http/limits.hpp"
#include "http/request.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include <string_view>

namespace mvp::http {

/// Where the head of the next request ends.
struct head_end {
    enum class kind { incomplete, complete, malformed } found = kind::incomplete;
    std::size_t bytes = 0; ///< complete: with the empty line
};
/// `buffered` begins with the request. Malformed: a line that ends in a bare LF, or is folded.
head_end find_head_end(std::string_view buffered);

/// Why the bytes are no request: the answer to give before the connection is closed.
struct malformed {
    int status = 400;
    std::string_view text = "Malformed HTTP request.";
};

/// One request; make a new one for the next.
class request_parser final : private boost::beast::http::basic_parser<true> {
    using base = boost::beast::http::basic_parser<true>;

  public:
    request_parser(request& into, const limits& bounds);

    /// The complete head, which must stay where it is while the request is in use.
    std::optional<malformed> parse_head(std::string_view head);
    bool done() const { return base::is_done(); } ///< nothing more to read
    bool header_done() const { return base::is_header_done(); }
    bool keep_alive() const { return base::keep_alive(); }
    bool upgrade() const { return base::upgrade(); }
    bool http_1_0() const { return version_ < 11; }
    bool expects_continue() const { return expects_continue_; }
    /// Announced length; empty when chunked.
    std::optional<std::uint64_t> announced() const;

    /// Bytes of the body from here on must not be more than this.
    void limit_body(std::uint64_t bytes) { base::body_limit(bytes); }
    struct progress {
        std::size_t used = 0; ///< the rest is to be given again, with more behind it
        std::optional<malformed> wrong{};
    };
    /// Appends to request::body. Bytes behind the body are not used. The unused rest of a good body that is
    /// not done is at most limits::head_bytes long.
    progress parse_body(std::string_view bytes);

  private:
    using error_code = boost::system::error_code;
    using text = boost::beast::string_view;
    void on_request_impl(verb, text method, text target, int version, error_code& ec) override;
    void on_response_impl(int, text, int, error_code&) override {}
    void on_field_impl(boost::beast::http::field, text name, text value, error_code&) override;
    void on_header_impl(error_code& ec) override;
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(text, error_code&) override;
    void on_chunk_header_impl(std::uint64_t, text extension, error_code& ec) override;
    std::size_t on_chunk_body_impl(std::uint64_t, text, error_code&) override;
    void on_finish_impl(error_code&) override {}
    void refuse(error_code& ec, int status, std::string_view why);
    std::string_view without_origin(std::string_view target);

    request& request_;
    const limits& bounds_;
    malformed refusal_;
    std::string_view target_host_; ///< of a target with scheme and host: goes before the header
    int version_ = 11;
    unsigned hosts_ = 0, lengths_ = 0;
    bool in_head_ = true, expects_continue_ = false;
};

} // namespace mvp::http
