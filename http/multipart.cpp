#include "http/multipart.hpp"

#include "http/text.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace mvp::http {

namespace {

constexpr std::size_t header_bytes = 16 * 1024; ///< of one part

bool printable(std::string_view text, char from) {
    return std::all_of(text.begin(), text.end(), [from](char c) { return c >= from && c <= '~'; });
}

/// What a browser of old sent as "C:\photos\car.jpg", and nobody may use to leave a folder.
std::string base_name(std::string_view name) {
    const auto slash = name.find_last_of("/\\");
    return replace_invalid_utf8(std::string(slash == name.npos ? name : name.substr(slash + 1)));
}

/// The value of one header of a part's head; empty if it is not there.
std::string_view part_header(std::string_view head, std::string_view name) {
    while (!head.empty()) {
        const auto end = head.find("\r\n");
        const auto line = head.substr(0, end);
        head = end == head.npos ? std::string_view{} : head.substr(end + 2);
        const auto colon = line.find(':');
        if (colon != line.npos && equals_ignoring_case(trimmed(line.substr(0, colon)), name))
            return trimmed(line.substr(colon + 1));
    }
    return {};
}

/// filename*=UTF-8''caf%C3%A9.jpg wins over filename=…
std::string given_file_name(std::string_view disposition) {
    const std::string extended = header_parameter(disposition, "filename*");
    const auto quote = extended.rfind('\'');
    return quote == extended.npos ? header_parameter(disposition, "filename")
                                  : percent_decode(std::string_view(extended).substr(quote + 1));
}

} // namespace

bool is_multipart(std::string_view content_type) {
    return equals_ignoring_case(trimmed(content_type.substr(0, content_type.find(';'))),
                                "multipart/form-data");
}

result<std::string> multipart_boundary(std::string_view content_type) {
    std::string boundary = header_parameter(content_type, "boundary");
    const bool good =
        !boundary.empty() && boundary.size() <= 201 && printable(boundary, ' ') && boundary.back() != ' ';
    if (good)
        return boundary;
    return fail(errc::bad_request, "Multipart form parse error - Invalid boundary in multipart: " +
                                       (boundary.empty() ? "None" : replace_invalid_utf8(boundary)));
}

multipart_parser::multipart_parser(std::string_view boundary, options how, form& into)
    : delimiter_("\r\n--" + std::string(boundary)), how_(std::move(how)), into_(into), held_("\r\n") {
} // so that the first boundary, at the very beginning, looks like the others

result<> multipart_parser::feed(std::string_view bytes) {
    if (state_ == state::end)
        return {};
    held_.append(bytes);
    do {
        moved_ = false;
        if (auto done = step(); !done) {
            state_ = state::end;
            return done;
        }
    } while (moved_);
    return {};
}

/// Takes one thing off held_, if it is there completely; moved_ says so.
result<> multipart_parser::step() {
    switch (state_) {
    case state::preamble:
    case state::body: {
        const auto found = held_.find(delimiter_);
        // what may be the beginning of a delimiter waits
        const auto safe = found != held_.npos                 ? found
                          : held_.size() >= delimiter_.size() ? held_.size() - delimiter_.size() + 1
                                                              : 0;
        if (state_ == state::body)
            if (auto kept = content(std::string_view(held_).substr(0, safe)); !kept)
                return kept;
        if (found == held_.npos) {
            held_.erase(0, safe);
            return {};
        }
        held_.erase(0, found + delimiter_.size());
        const bool inside = state_ == state::body;
        state_ = state::after_boundary;
        moved_ = true;
        return inside ? end_part() : result<>();
    }
    case state::after_boundary: {
        if (held_.starts_with("--")) {
            state_ = state::end;
            return {};
        }
        const auto line_end = held_.find("\r\n"); // spaces may stand before it
        if (line_end == held_.npos) {
            if (held_.size() > header_bytes)
                state_ = state::end;
            return {};
        }
        held_.erase(0, line_end);
        state_ = state::headers;
        moved_ = true;
        return {};
    }
    case state::headers: {
        const auto head_end =
            held_.find("\r\n\r\n"); // held_ begins with the line end before the first header
        if (head_end == held_.npos || head_end > header_bytes) {
            if (held_.size() > header_bytes)
                return fail(errc::bad_request, "Multipart form parse error - Header of a part is too long.");
            return {};
        }
        const std::string head = held_.substr(0, head_end);
        held_.erase(0, head_end + 4);
        state_ = state::body;
        moved_ = true;
        return begin_part(head);
    }
    case state::end:
        return {};
    }
    return {};
}

result<> multipart_parser::begin_part(std::string_view head) {
    const auto disposition = part_header(head, "content-disposition");
    name_ = replace_invalid_utf8(header_parameter(disposition, "name"));
    text_.clear();
    kept_ += head.size();
    part_ = part::unknown;
    if (name_.empty() ||
        !equals_ignoring_case(trimmed(disposition.substr(0, disposition.find(';'))), "form-data"))
        return {};
    if (disposition.find("filename") == disposition.npos) {
        if (into_.fields.size() == how_.fields)
            return fail(errc::bad_request, "Too many fields.");
        part_ = part::field;
        return {};
    }
    std::string file_name = base_name(given_file_name(disposition));
    if (file_name.empty())
        return {}; // a file input left empty
    if (into_.files.size() == how_.files)
        return fail(errc::bad_request, "Too many files.");
    part_ = part::file;
    file_ = uploaded_file();
    file_.field = name_;
    file_.name = std::move(file_name);
    file_.content_type = replace_invalid_utf8(std::string(part_header(head, "content-type")));
    if (how_.temporary) {
        file_.path = how_.temporary();
        open_.reset(std::fopen(file_.path.c_str(), "wb"));
        if (!open_)
            return fail(errc::unavailable, std::string("cannot keep an upload: ") + std::strerror(errno));
    }
    return {};
}

result<> multipart_parser::content(std::string_view bytes) {
    if (part_ == part::field) {
        if (text_.size() + bytes.size() > how_.field_bytes)
            return fail(errc::bad_request, "A field is too long.");
        text_.append(bytes);
        kept_ += bytes.size();
    } else if (part_ == part::file) {
        file_.size += bytes.size();
        if (open_ && std::fwrite(bytes.data(), 1, bytes.size(), open_.get()) != bytes.size())
            return fail(errc::unavailable, std::string("cannot keep an upload: ") + std::strerror(errno));
    }
    return {};
}

result<> multipart_parser::end_part() {
    if (part_ == part::field) {
        into_.fields.emplace_back(std::move(name_), replace_invalid_utf8(std::move(text_)));
    } else if (part_ == part::file) {
        if (open_ && std::fclose(open_.release()) != 0)
            return fail(errc::unavailable, std::string("cannot keep an upload: ") + std::strerror(errno));
        into_.files.push_back(std::move(file_));
    }
    part_ = part::unknown;
    return {};
}

} // namespace mvp::http
