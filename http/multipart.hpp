// multipart/form-data as it streams in: text fields are kept, files go to temporary files. Lenient as the
// clients know it: what is no multipart at all is an empty form.
#pragma once

#include "http/request.hpp"

#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace mvp::http {

/// Whether a Content-Type header names this kind of body.
bool is_multipart(std::string_view content_type);
/// The boundary of a Content-Type header; errc::bad_request with the contract's text if there is no good one.
result<std::string> multipart_boundary(std::string_view content_type);

class multipart_parser {
  public:
    struct options {
        std::size_t fields = 1000, files = 100, field_bytes = 1u << 20;
        /// Where a file's bytes go; null: files are named but their bytes are passed over.
        std::function<std::filesystem::path()> temporary;
    };
    /// `into` must outlive the parser.
    multipart_parser(std::string_view boundary, options how, form& into);

    /// The next bytes, in pieces of any size. errc::bad_request: a limit is passed (what follows is passed
    /// over); errc::unavailable: the disk failed.
    result<> feed(std::string_view bytes);
    /// Bytes of the form's texts so far; those of files are not kept.
    std::size_t kept() const { return kept_; }

  private:
    enum class state { preamble, after_boundary, headers, body, end };
    result<> step();
    result<> begin_part(std::string_view headers);
    result<> content(std::string_view bytes);
    result<> end_part();

    std::string delimiter_; // "\r\n--boundary"
    options how_;
    form& into_;
    state state_ = state::preamble;
    std::string held_; // read and not yet understood
    bool moved_ = false;
    std::size_t kept_ = 0;
    enum class part { field, file, unknown } part_ = part::unknown;
    std::string name_, text_;
    uploaded_file file_;
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> open_{nullptr, &std::fclose};
};

} // namespace mvp::http
