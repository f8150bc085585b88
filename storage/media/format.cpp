#include "storage/media/format.hpp"

#include <array>
#include <utility>

namespace mvp::storage::media {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t png_signature = 8;

std::uint64_t big_endian(std::string_view bytes, std::size_t at, std::size_t count) noexcept {
    std::uint64_t value = 0;
    for (std::size_t i = at; i < at + count; ++i)
        value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return value;
}

std::uint64_t little_endian16(std::string_view bytes, std::size_t at) noexcept {
    return static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[at])) |
           static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[at + 1])) << 8;
}

} // namespace

format format_of(std::string_view bytes) noexcept {
    if (bytes.starts_with("\xff\xd8\xff"sv))
        return format::jpeg;
    if (bytes.starts_with("\x89PNG\r\n\x1a\n"sv))
        return format::png;
    if (bytes.starts_with("RIFF"sv) && bytes.size() >= 12 && bytes.substr(8, 4) == "WEBP"sv)
        return format::webp;
    if (bytes.starts_with("GIF87a"sv) || bytes.starts_with("GIF89a"sv))
        return format::gif;
    if (bytes.starts_with("%PDF-"sv))
        return format::pdf;
    return format::unknown;
}

std::string_view extension(format f) noexcept {
    switch (f) {
    case format::jpeg:
        return ".jpg";
    case format::png:
        return ".png";
    case format::webp:
        return ".webp";
    case format::gif:
        return ".gif";
    case format::pdf:
        return ".pdf";
    case format::unknown:
        break;
    }
    return "";
}

std::string_view content_type(std::string_view name) noexcept {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> types{{
        {".jpg", "image/jpeg"},
        {".jpeg", "image/jpeg"},
        {".png", "image/png"},
        {".webp", "image/webp"},
        {".gif", "image/gif"},
        {".pdf", "application/pdf"},
    }};
    for (const auto& [ending, type] : types) {
        if (name.ends_with(ending))
            return type;
    }
    return "application/octet-stream"; // an imported .html or .svg must not run in a browser
}

std::optional<std::uint64_t> declared_pixels(std::string_view bytes) noexcept {
    switch (format_of(bytes)) {
    case format::png:
        if (bytes.size() < 24)
            return std::nullopt;
        return big_endian(bytes, 16, 4) * big_endian(bytes, 20, 4);
    case format::gif:
        if (bytes.size() < 10)
            return std::nullopt;
        return little_endian16(bytes, 6) * little_endian16(bytes, 8);
    default:
        return std::nullopt;
    }
}

bool is_animated_png(std::string_view bytes) noexcept {
    // A chunk: length (4), type (4), data, checksum (4).
    for (std::size_t at = png_signature; at + 8 <= bytes.size();) {
        const auto type = bytes.substr(at + 4, 4);
        if (type == "acTL"sv)
            return true;
        if (type == "IDAT"sv)
            return false;
        at += 12 + big_endian(bytes, at, 4);
    }
    return false;
}

std::size_t jpeg_scans(std::string_view bytes) noexcept {
    std::size_t scans = 0;
    for (auto at = bytes.find('\xff'); at != bytes.npos && at + 1 < bytes.size();
         at = bytes.find('\xff', at)) {
        const auto marker = static_cast<unsigned char>(bytes[at + 1]);
        if (marker == 0xff) { // a fill byte
            ++at;
            continue;
        }
        if (marker == 0xd9) // end of the picture
            break;
        at += 2;
        // Escaped data, restart marks and the start of the picture stand alone; other segments have a length.
        if (marker == 0 || marker == 1 || (marker >= 0xd0 && marker <= 0xd8))
            continue;
        if (marker == 0xda)
            ++scans;
        if (at + 2 > bytes.size())
            break;
        at += big_endian(bytes, at, 2);
    }
    return scans;
}

} // namespace mvp::storage::media
