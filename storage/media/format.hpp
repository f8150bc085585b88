// What kind of file some bytes are: by their contents, never by a name. Pure; looks for the shapes that are
// refused before anything is decoded (animation, decompression bombs).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace mvp::storage::media {

enum class format { unknown, jpeg, png, webp, gif, pdf };

/// By the first bytes.
format format_of(std::string_view bytes) noexcept;

/// ".jpg", ".png", …; empty for unknown.
std::string_view extension(format f) noexcept;
/// The content type of a stored file's name; application/octet-stream unless it is one that the store makes.
std::string_view content_type(std::string_view name) noexcept;

/// Width times height as the fixed header of a PNG or GIF tells them; nothing for other formats or short
/// files.
std::optional<std::uint64_t> declared_pixels(std::string_view bytes) noexcept;

/// Whether a PNG says that it is animated (an acTL chunk before the picture's data).
bool is_animated_png(std::string_view bytes) noexcept;

/// How many scans a JPEG has. Each costs a pass over the whole picture, and a few bytes suffice for one.
std::size_t jpeg_scans(std::string_view bytes) noexcept;

} // namespace mvp::storage::media
