// Pictures to upload, made in memory, and a folder that is gone after the test.
#pragma once

#include "storage/media/image.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <string>
#include <vips/vips.h>

namespace mvp::storage::media {

struct temporary_directory {
    std::filesystem::path path;
    temporary_directory() {
        std::string name = std::filesystem::temp_directory_path() / "mvp-media-XXXXXX";
        path = ::mkdtemp(name.data());
    }
    ~temporary_directory() {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
    /// Every file below, as paths relative to the folder.
    std::vector<std::string> files() const {
        std::vector<std::string> found;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(path))
            if (!entry.is_directory())
                found.push_back(std::filesystem::relative(entry.path(), path));
        return found;
    }
};

inline std::string file_bytes(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// A picture of noise whose left half is dark, so that turning can be seen.
inline VipsImage* noise(int width, int height, int bands = 3) {
    start_image_library();
    VipsImage *grain = nullptr, *dark = nullptr, *joined = nullptr, *bytes = nullptr, *all = nullptr,
              *named = nullptr;
    EXPECT_EQ(vips_gaussnoise(&grain, width / 2, height, "mean", 200.0, "sigma", 10.0, nullptr), 0);
    EXPECT_EQ(vips_gaussnoise(&dark, width - width / 2, height, "mean", 30.0, "sigma", 5.0, nullptr), 0);
    EXPECT_EQ(vips_join(dark, grain, &joined, VIPS_DIRECTION_HORIZONTAL, nullptr), 0);
    EXPECT_EQ(vips_cast(joined, &bytes, VIPS_FORMAT_UCHAR, nullptr), 0);
    std::vector<VipsImage*> copies(static_cast<std::size_t>(bands), bytes);
    EXPECT_EQ(vips_bandjoin(copies.data(), &all, bands, nullptr), 0);
    EXPECT_EQ(vips_copy(all, &named, "interpretation",
                        bands < 3 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB, nullptr),
              0);
    for (auto* image : {grain, dark, joined, bytes, all})
        g_object_unref(image);
    VipsImage* kept = vips_image_copy_memory(named);
    g_object_unref(named);
    return kept;
}

/// Encodes and consumes `image`. `suffix`: ".jpg", ".png", ".webp", ".gif" with libvips options:
/// ".jpg[Q=70]".
inline std::string encoded(VipsImage* image, const char* suffix) {
    void* memory = nullptr;
    std::size_t size = 0;
    EXPECT_EQ(vips_image_write_to_buffer(image, suffix, &memory, &size, nullptr), 0) << vips_error_buffer();
    std::string bytes(static_cast<const char*>(memory), size);
    g_free(memory);
    g_object_unref(image);
    return bytes;
}

/// Frames of 16 rows each.
inline std::string animated(const char* suffix) {
    VipsImage* film = noise(16, 48);
    vips_image_set_int(film, "page-height", 16);
    return encoded(film, suffix);
}

inline std::string chunk(std::string_view type, std::string_view data) {
    const auto number = [](std::uint32_t value) {
        std::string out;
        for (int shift = 24; shift >= 0; shift -= 8)
            out += static_cast<char>(value >> shift & 255);
        return out;
    };
    const std::string body = std::string(type) + std::string(data);
    std::uint32_t crc = 0xffffffff;
    for (const unsigned char byte : body) {
        crc ^= byte;
        for (int i = 0; i < 8; ++i)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return number(static_cast<std::uint32_t>(data.size())) + body + number(~crc);
}

} // namespace mvp::storage::media
