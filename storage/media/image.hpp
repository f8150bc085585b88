// Pictures from strangers: decoded completely, turned upright, brought to sRGB, freed of metadata and encoded
// anew, so that what is stored was made by this program. Blocking and costly: for the worker pool.
#pragma once

#include "storage/media/format.hpp"
#include "storage/model/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace mvp::storage::media {

/// What the contract says to whatever is no acceptable picture.
inline constexpr char image_text[] =
    "Upload a valid image. The file you uploaded was either not an image or a corrupted image.";

struct picture {
    format type = format::unknown;
    std::string bytes;
};

/// Starts the image library once, with every loader shut but those for JPEG, PNG, WebP and GIF. Throws
/// std::runtime_error if it cannot start. Any thread, any number of times; before the first reencode().
void start_image_library();

/// A GIF becomes a PNG, the others keep their format. errc::invalid with image_text; what has more than
/// `most_pixels` is refused before it is decoded.
result<picture> reencode(std::string_view bytes, std::uint64_t most_pixels);

} // namespace mvp::storage::media
