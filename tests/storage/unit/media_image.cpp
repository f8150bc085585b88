#include "tests/storage/unit/media_support.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <sys/resource.h>

namespace mvp::storage::media {
namespace {

using namespace std::string_view_literals;

constexpr std::uint64_t most_pixels = 40'000'000;

struct decoded {
    int width = 0, height = 0, bands = 0;
    bool has_exif = false, has_profile = false, has_orientation = false;
    double left = 0, top = 0; ///< mean brightness of that half
};

double mean(VipsImage* image, int width, int height) {
    VipsImage* part = nullptr;
    double value = -1;
    EXPECT_EQ(vips_extract_area(image, &part, 0, 0, width, height, nullptr), 0);
    EXPECT_EQ(vips_avg(part, &value, nullptr), 0) << vips_error_buffer();
    g_object_unref(part);
    return value;
}

decoded look_at(const std::string& bytes) {
    VipsImage* image = vips_image_new_from_buffer(bytes.data(), bytes.size(), "", nullptr);
    EXPECT_NE(image, nullptr) << vips_error_buffer();
    decoded d;
    if (!image)
        return d;
    d.width = vips_image_get_width(image);
    d.height = vips_image_get_height(image);
    d.bands = vips_image_get_bands(image);
    d.has_exif = vips_image_get_typeof(image, VIPS_META_EXIF_NAME) != 0;
    d.has_profile = vips_image_get_typeof(image, VIPS_META_ICC_NAME) != 0;
    d.has_orientation = vips_image_get_typeof(image, VIPS_META_ORIENTATION) != 0;
    d.left = mean(image, d.width / 2, d.height);
    d.top = mean(image, d.width, d.height / 2);
    g_object_unref(image);
    return d;
}

std::string refusal(const std::string& bytes) {
    auto made = reencode(bytes, most_pixels);
    if (made)
        return "accepted";
    EXPECT_EQ(made.error().code, errc::invalid);
    return made.error().text;
}

TEST(Images, KeepTheirFormatAndSizeButNotTheirBytes) {
    for (const auto& [suffix, type] : {std::pair{".jpg", format::jpeg}, std::pair{".png", format::png},
                                       std::pair{".webp", format::webp}}) {
        const auto source = encoded(noise(60, 40), suffix);
        const auto made = reencode(source, most_pixels);
        ASSERT_TRUE(made) << suffix << made.error().text;
        EXPECT_EQ(made->type, type);
        EXPECT_EQ(format_of(made->bytes), type);
        const auto seen = look_at(made->bytes);
        EXPECT_EQ(seen.width, 60) << suffix;
        EXPECT_EQ(seen.height, 40) << suffix;
        EXPECT_LT(seen.left, 60) << suffix;
    }
}

TEST(Images, OfAStillGifBecomePng) {
    const auto made = reencode(encoded(noise(60, 40), ".gif"), most_pixels);
    ASSERT_TRUE(made) << made.error().text;
    EXPECT_EQ(made->type, format::png);
    EXPECT_EQ(look_at(made->bytes).width, 60);
}

TEST(Images, KeepTransparencyAndGrey) {
    EXPECT_EQ(look_at(reencode(encoded(noise(20, 20, 4), ".png"), most_pixels)->bytes).bands, 4);
    EXPECT_EQ(look_at(reencode(encoded(noise(20, 20, 4), ".webp"), most_pixels)->bytes).bands, 4);
    EXPECT_EQ(look_at(reencode(encoded(noise(20, 20, 1), ".jpg"), most_pixels)->bytes).bands, 1);
}

TEST(Images, LoseTheirMetadataAndStandUpright) {
    auto* image = noise(60, 40); // dark on the left
    vips_image_set_string(image, "exif-ifd0-Make",
                          "Secret camera (Secret camera, ASCII, 14 components, 14 bytes)");
    vips_image_set_string(image, "exif-ifd3-GPSLatitude",
                          "52/1 31/1 0/1 (52, 31,  0, Rational, 3 components, 24 bytes)");
    vips_image_set_int(image, VIPS_META_ORIENTATION, 6); // to be turned by 90 degrees clockwise
    const auto source = encoded(image, ".jpg");
    ASSERT_NE(source.find("Secret camera"), source.npos);
    const auto made = reencode(source, most_pixels);
    ASSERT_TRUE(made) << made.error().text;
    EXPECT_EQ(made->bytes.find("Secret"), std::string::npos);
    EXPECT_EQ(made->bytes.find("Exif"), std::string::npos);
    const auto seen = look_at(made->bytes);
    EXPECT_EQ(seen.width, 40);
    EXPECT_EQ(seen.height, 60);
    EXPECT_LT(seen.top, 60); // what was left is on top
    EXPECT_FALSE(seen.has_exif);
    EXPECT_FALSE(seen.has_orientation);
}

/// The names of what a picture says of itself beside its pixels: "exif-data, xmp-data".
std::string told_by(const std::string& bytes) {
    VipsImage* image = vips_image_new_from_buffer(bytes.data(), bytes.size(), "", nullptr);
    EXPECT_NE(image, nullptr) << vips_error_buffer();
    std::string found;
    char** names = vips_image_get_fields(image);
    for (char** name = names; *name; ++name)
        found.append(found.empty() ? "" : ", ").append(*name);
    g_strfreev(names);
    g_object_unref(image);
    return found;
}

void set_bytes(VipsImage* image, const char* name, std::string_view bytes) {
    vips_image_set_blob_copy(image, name, bytes.data(), bytes.size());
}

TEST(Images, OfNoFormatKeepWhatTheySayOfTheirOwner) {
    struct kind {
        const char *suffix, *fields; ///< what the library reads of the source
        bool turned;                 ///< the orientation is among it
    };
    for (const auto& [suffix, fields, turned] :
         {kind{".jpg", "icc-profile-data, exif-data, xmp-data, iptc-data, orientation", true},
          kind{".webp", "icc-profile-data, exif-data, xmp-data, orientation", true},
          kind{".png", "icc-profile-data, xmp-data, png-comment-1-Comment", false}}) {
        auto* image = noise(60, 40); // dark on the left
        vips_image_set_string(image, "exif-ifd0-ImageDescription",
                              "Secret words (Secret words, ASCII, 13 components, 13 bytes)");
        vips_image_set_string(image, "exif-ifd3-GPSLatitude",
                              "52/1 31/1 0/1 (52, 31,  0, Rational, 3 components, 24 bytes)");
        vips_image_set_int(image, VIPS_META_ORIENTATION, 6); // to be turned by 90 degrees clockwise
        set_bytes(image, VIPS_META_XMP_NAME, "<x:xmpmeta>Secret words</x:xmpmeta>");
        set_bytes(image, VIPS_META_IPTC_NAME, "Photoshop 3.0\0Secret words"sv);
        vips_image_set_string(image, "png-comment-1-Comment", "Secret words");
        auto source = encoded(image, (std::string(suffix) + "[profile=srgb]").c_str());
        const auto told = told_by(source);
        for (std::string_view rest = fields; !rest.empty();) {
            const auto field = rest.substr(0, rest.find(", "));
            rest.remove_prefix(std::min(rest.size(), field.size() + 2));
            ASSERT_NE(told.find(field), told.npos) << suffix << " without " << field << ": " << told;
        }
        if (!turned) // this library writes no EXIF into PNG
            source.insert(8 + 25, chunk("eXIf", "II*\0\x08\0\0\0\0\0Secret words"sv));

        const auto made = reencode(source, most_pixels);
        ASSERT_TRUE(made) << suffix << made.error().text;
        EXPECT_EQ(made->bytes.find("Secret"), std::string::npos) << suffix;
        const auto of_nobody = reencode(encoded(noise(60, 40), suffix), most_pixels);
        ASSERT_TRUE(of_nobody) << suffix << of_nobody.error().text;
        EXPECT_EQ(told_by(made->bytes), told_by(of_nobody->bytes)) << suffix;
        for (const char* field :
             {"GPS", "Description", "xmp-data", "iptc-data", "icc-profile-data", "comment"})
            EXPECT_EQ(told_by(made->bytes).find(field), std::string::npos) << suffix << " has " << field;
        const auto seen = look_at(made->bytes);
        EXPECT_EQ(seen.width, turned ? 40 : 60) << suffix;
        EXPECT_LT(turned ? seen.top : seen.left, 60) << suffix; // what was left is on top
        EXPECT_GT(turned ? seen.left : seen.top, 80) << suffix; // and only that is dark
    }
}

TEST(Images, WithAProfileAreBroughtToSrgbAndLoseIt) {
    const auto source = encoded(noise(60, 40), ".jpg[profile=srgb]");
    ASSERT_TRUE(look_at(source).has_profile);
    const auto made = reencode(source, most_pixels);
    ASSERT_TRUE(made) << made.error().text;
    EXPECT_FALSE(look_at(made->bytes).has_profile);
    EXPECT_NEAR(look_at(made->bytes).left, look_at(source).left, 3);
}

TEST(Images, WhoseDataEndsEarlyAreRefused) {
    for (const char* suffix : {".jpg", ".png", ".webp", ".gif"}) {
        const auto whole = encoded(noise(200, 200), suffix);
        ASSERT_EQ(refusal(whole), "accepted") << suffix;
        for (const double part : {0.02, 0.3, 0.7, 0.95})
            EXPECT_EQ(refusal(whole.substr(0, static_cast<std::size_t>(whole.size() * part))), image_text)
                << suffix << " " << part;
    }
}

TEST(Images, ThatAreAnimatedAreRefused) {
    EXPECT_EQ(refusal(animated(".gif")), image_text);
    EXPECT_EQ(refusal(animated(".webp")), image_text);
    auto still = encoded(noise(20, 20), ".png");
    ASSERT_EQ(refusal(still), "accepted");
    const std::size_t behind_header = 8 + 25;
    EXPECT_EQ(refusal(still.insert(behind_header, chunk("acTL", "\0\0\0\2\0\0\0\0"sv))), image_text);
}

TEST(Images, OfOtherKindsAreRefused) {
    for (const auto& bytes :
         {std::string{}, std::string{"x"}, std::string{"%PDF-1.4 nothing"},
          std::string{"<svg xmlns='http://www.w3.org/2000/svg'/>"}, std::string{"\xff\xd8\xff"},
          std::string{"\xff\xd8\xff\xe0 not a picture"}, std::string{"\x89PNG\r\n\x1a\n"},
          std::string{"GIF89a"}, std::string{"RIFF\0\0\0\0WEBP", 12}, std::string{"P6 1 1 255\n\0\0\0", 14},
          encoded(noise(10, 10), ".tif")})
        EXPECT_EQ(refusal(bytes), image_text) << bytes.substr(0, 20);
}

TEST(Images, WithTooManyPixelsAreRefusedBeforeDecoding) {
    // 60000 x 60000 in one bit a pixel: 450 MB when decoded, a few bytes here.
    const std::string header("\0\0\xea\x60\0\0\xea\x60\x01\0\0\0\0", 13);
    const std::string zeros("\x78\x9c\x63\x60\x60\x60\0\0\0\4\0\1", 12);
    const std::string bomb =
        "\x89PNG\r\n\x1a\n" + chunk("IHDR", header) + chunk("IDAT", zeros) + chunk("IEND", "");
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(refusal(bomb), image_text);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{1});
    getrusage(RUSAGE_SELF, &after);
    EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 20'000); // KiB

    EXPECT_EQ(refusal("GIF89a\xff\xff\xff\xff" + std::string(20, '\0')), image_text);
    for (const char* suffix : {".jpg", ".webp"}) {
        const auto made = reencode(encoded(noise(100, 100), suffix), 9'999);
        ASSERT_FALSE(made);
        EXPECT_EQ(made.error().text, image_text);
    }
}

TEST(Images, OfManyTinyScansAreRefusedBeforeDecoding) {
    auto jpeg = encoded(noise(100, 100), ".jpg[interlace]");
    EXPECT_EQ(refusal(jpeg), "accepted");
    EXPECT_GT(jpeg_scans(jpeg), 5u);
    jpeg.resize(jpeg.size() - 2); // the end mark
    for (int i = 0; i < 20'000; ++i)
        jpeg.append("\xff\xda\0\x08\x01\x01\0\x01\x01\0",
                    10); // refine the first component's first value, nothing said
    jpeg += "\xff\xd9";
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(refusal(jpeg), image_text);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{1});
}

TEST(Images, OfAnyDamageNeverHarmTheProgram) {
    for (const char* suffix : {".jpg", ".png", ".webp", ".gif"}) {
        const auto whole = encoded(noise(32, 32), suffix);
        unsigned seed = 1;
        for (int i = 0; i < 150; ++i) {
            auto damaged = whole;
            for (int j = 0; j < 4; ++j) {
                seed = seed * 1664525u + 1013904223u;
                damaged[seed % damaged.size()] = static_cast<char>(seed >> 24);
            }
            const auto made = reencode(damaged, most_pixels); // well-formed by chance, or refused
            if (!made) {
                EXPECT_EQ(made.error().code, errc::invalid);
            }
        }
    }
}

TEST(Formats, AreToldByContentsAndServedByExtension) {
    EXPECT_EQ(format_of("%PDF-1.7"), format::pdf);
    EXPECT_EQ(format_of("\xff\xd8\xff\xe1"), format::jpeg);
    EXPECT_EQ(format_of("RIFF1234WAVE"), format::unknown);
    EXPECT_EQ(format_of("RIFF"), format::unknown);
    EXPECT_EQ(content_type("a/b.jpg"), "image/jpeg");
    EXPECT_EQ(content_type("a/b.pdf"), "application/pdf");
    for (const char* odd : {"a.html", "a.svg", "a", "", "jpg"})
        EXPECT_EQ(content_type(odd), "application/octet-stream") << odd;
}

} // namespace
} // namespace mvp::storage::media
