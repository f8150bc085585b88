#include "storage/media/image.hpp"

#include "storage/media/png_chunks.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <vips/vips.h>

#include <memory>
#include <mutex>
#include <stdexcept>

namespace mvp::storage::media {
namespace {

constexpr int jpeg_quality = 85, webp_quality = 82, png_compression = 6;
constexpr std::size_t most_scans = 100; // cameras and optimisers make up to twenty

struct unref {
    void operator()(VipsImage* image) const { g_object_unref(image); }
};
using image_ptr = std::unique_ptr<VipsImage, unref>;

struct free_memory {
    void operator()(void* memory) const { g_free(memory); }
};

/// The library's last words, for the log. They are kept for the whole process, so others' may be among them.
tl::unexpected<error> no_image() {
    spdlog::debug("picture refused: {}", vips_error_buffer());
    vips_error_clear();
    return fail(errc::invalid, image_text);
}

/// Reads the header. Nothing is decoded until the rows are asked for, from top to bottom.
image_ptr load(std::string_view bytes, format type) {
    void* data = const_cast<char*>(bytes.data()); // the library takes void*, and only reads
    VipsImage* image = nullptr;
    int failed = -1;
    switch (type) {
    case format::jpeg:
        failed = vips_jpegload_buffer(data, bytes.size(), &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                                      VIPS_FAIL_ON_ERROR, nullptr);
        break;
    case format::png:
        failed = vips_pngload_buffer(data, bytes.size(), &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                                     VIPS_FAIL_ON_ERROR, nullptr);
        break;
    case format::webp:
        failed = vips_webpload_buffer(data, bytes.size(), &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                                      VIPS_FAIL_ON_ERROR, nullptr);
        break;
    case format::gif:
        failed = vips_gifload_buffer(data, bytes.size(), &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                                     VIPS_FAIL_ON_ERROR, nullptr);
        break;
    case format::pdf:
    case format::unknown:
        break;
    }
    return failed ? nullptr : image_ptr{image};
}

/// Pixels as they are to be seen: the orientation of the metadata applied. Null on failure.
image_ptr upright(image_ptr image) {
    const int orientation = vips_image_get_orientation(image.get());
    if (orientation <= 1)
        return image;
    // Turning reads the rows out of order: decode first.
    image_ptr decoded{vips_image_copy_memory(image.get())};
    VipsImage* turned = nullptr;
    if (!decoded || vips_autorot(decoded.get(), &turned, nullptr))
        return nullptr;
    return image_ptr{turned};
}

/// Eight bits in sRGB (or plain grey), which is what a viewer assumes of a picture without a profile.
image_ptr in_srgb(image_ptr image) {
    VipsImage* converted = nullptr;
    if (vips_image_get_typeof(image.get(), VIPS_META_ICC_NAME) != 0) {
        if (vips_icc_transform(image.get(), &converted, "srgb", "embedded", TRUE, "intent",
                               VIPS_INTENT_PERCEPTUAL, nullptr) == 0)
            return image_ptr{converted};
        vips_error_clear(); // a broken profile: the numbers are taken as they stand
    }
    const auto seen_as = vips_image_guess_interpretation(image.get());
    const bool grey = seen_as == VIPS_INTERPRETATION_B_W || seen_as == VIPS_INTERPRETATION_GREY16;
    if (vips_colourspace(image.get(), &converted, grey ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB,
                         nullptr))
        return nullptr;
    return image_ptr{converted};
}

/// The pixels alone. The saver of WebP does not heed "strip": it writes what fields there are, and with none
/// an EXIF block that says the size and the resolution.
image_ptr without_metadata(image_ptr image) {
    VipsImage* copy = nullptr; // what the loader gave may be shared
    if (vips_copy(image.get(), &copy, nullptr))
        return nullptr;
    char** fields = vips_image_get_fields(copy);
    for (char** field = fields; *field; ++field)
        vips_image_remove(copy, *field); // leaves size, colours and resolution, which are no fields to it
    g_strfreev(fields);
    return image_ptr{copy};
}

result<picture> encode(VipsImage* image, format type) {
    void* memory = nullptr;
    std::size_t size = 0;
    int failed = -1;
    switch (type) {
    case format::jpeg:
        failed = vips_jpegsave_buffer(image, &memory, &size, "Q", jpeg_quality, "optimize_coding", TRUE,
                                      "strip", TRUE, nullptr);
        break;
    case format::webp:
        failed = vips_webpsave_buffer(image, &memory, &size, "Q", webp_quality, "strip", TRUE, nullptr);
        break;
    case format::png:
    case format::gif:
        type = format::png;
        failed = vips_pngsave_buffer(image, &memory, &size, "compression", png_compression, "filter",
                                     VIPS_FOREIGN_PNG_FILTER_ALL, "strip", TRUE, nullptr);
        break;
    case format::pdf:
    case format::unknown:
        break;
    }
    const std::unique_ptr<void, free_memory> owner{memory};
    if (failed)
        return no_image();
    return picture{type, std::string(static_cast<const char*>(memory), size)};
}

void log_quietly(const char*, GLogLevelFlags, const char* message, void*) {
    spdlog::debug("libvips: {}", message);
}

} // namespace

void start_image_library() {
    static std::once_flag once;
    std::call_once(once, [] {
        if (vips_init("mvpbackend"))
            throw std::runtime_error(fmt::format("the image library cannot start: {}", vips_error_buffer()));
        g_log_set_handler("VIPS", G_LOG_LEVEL_MASK, log_quietly, nullptr);
        vips_concurrency_set(1); // a worker is a core's share
        vips_cache_set_max(0);   // nobody's picture is asked for twice
        vips_block_untrusted_set(TRUE);
        vips_operation_block_set("VipsForeignLoad", TRUE);
        for (const char* loader :
             {"VipsForeignLoadJpeg", "VipsForeignLoadPng", "VipsForeignLoadWebp", "VipsForeignLoadNsgif"})
            vips_operation_block_set(loader, FALSE);
    });
}

result<picture> reencode(std::string_view bytes, std::uint64_t most_pixels) {
    const auto type = format_of(bytes);
    if (const auto pixels = declared_pixels(bytes); pixels && *pixels > most_pixels)
        return fail(errc::invalid, image_text);
    if ((type == format::png && is_animated_png(bytes)) ||
        (type == format::jpeg && jpeg_scans(bytes) > most_scans))
        return fail(errc::invalid, image_text);

    const auto chunks = type == format::png ? picture_chunks(bytes) : std::string{}; // outlives the image
    if (type == format::png && unfolds_beyond_rows(chunks))
        return fail(errc::invalid, image_text);
    auto image = load(type == format::png ? std::string_view{chunks} : bytes, type);
    if (!image)
        return no_image();
    const auto pixels = static_cast<std::uint64_t>(vips_image_get_width(image.get())) *
                        static_cast<std::uint64_t>(vips_image_get_height(image.get()));
    if (pixels > most_pixels)
        return fail(errc::invalid, image_text);
    if (vips_image_get_n_pages(image.get()) > 1)
        return fail(errc::invalid, image_text);
    image = upright(std::move(image));
    if (image)
        image = in_srgb(std::move(image));
    if (image)
        image = without_metadata(std::move(image));
    if (!image)
        return no_image();
    return encode(image.get(), type);
}

} // namespace mvp::storage::media
