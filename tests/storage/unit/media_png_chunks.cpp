#include "storage/media/png_chunks.hpp"
#include "tests/storage/unit/media_support.hpp"

#include <algorithm>
#include <sys/resource.h>
#include <zlib.h>

namespace mvp::storage::media {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

constexpr std::uint64_t most_pixels = 40'000'000;
constexpr std::size_t behind_header = 8 + 25; // signature, IHDR

struct named_chunk {
    std::string type, data;
};

/// The chunks of a well-formed PNG.
std::vector<named_chunk> chunks(std::string_view png) {
    std::vector<named_chunk> found;
    for (std::size_t at = 8; at < png.size();) {
        std::size_t length = 0;
        for (std::size_t i = at; i < at + 4; ++i)
            length = length << 8 | static_cast<unsigned char>(png[i]);
        found.push_back({std::string(png.substr(at + 4, 4)), std::string(png.substr(at + 8, length))});
        at += length + 12;
    }
    return found;
}

std::size_t count(std::string_view png, std::string_view type) {
    const auto all = chunks(png);
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [&](const named_chunk& c) { return c.type == type; }));
}

/// A short stream that unfolds to 50 MB of zeros: the data of a black picture.
std::string fifty_megabytes_of_nothing() {
    VipsImage* black = nullptr;
    start_image_library();
    EXPECT_EQ(vips_black(&black, 5'000, 10'000, nullptr), 0);
    std::string stream;
    for (const auto& c : chunks(encoded(black, ".png[compression=9]")))
        if (c.type == "IDAT")
            stream += c.data;
    return stream;
}

std::string with(std::string png, std::string_view more, std::size_t at = behind_header) {
    return png.insert(at, more);
}

std::string outcome(const std::string& png) {
    auto made = reencode(png, most_pixels);
    return made ? "accepted" : made.error().text;
}

TEST(PngChunks, OfTextAreGoneBeforeTheyAreUnfolded) {
    const auto stream = fifty_megabytes_of_nothing();
    ASSERT_LT(stream.size(), 100'000u);
    const auto plain = encoded(noise(60, 40), ".png");
    std::string texts;
    for (int i = 0; i < 10; ++i) {
        texts += chunk("zTXt", "key\0\0"s + stream);
        texts += chunk("iTXt", "key\0\1\0\0\0"s + stream);
    }
    const auto bomb = with(plain, texts);
    EXPECT_EQ(picture_chunks(bomb), picture_chunks(plain));
    EXPECT_LE(picture_chunks(bomb).size(), plain.size());

    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    const auto made = reencode(bomb, most_pixels);
    getrusage(RUSAGE_SELF, &after);
    ASSERT_TRUE(made) << made.error().text;
    EXPECT_EQ(made->bytes, reencode(plain, most_pixels)->bytes);
    EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 20'000); // KiB
}

TEST(PngChunks, OfAPictureAreKeptAndOthersAreNot) {
    auto png = "\x89PNG\r\n\x1a\n"s;
    for (const char* type : {"IHDR", "gAMA", "cHRM", "sRGB", "sBIT", "iCCP", "eXIf", "pHYs", "PLTE", "tRNS",
                             "IDAT", "IDAT", "IEND"})
        png += chunk(type, "data");
    auto more = png;
    for (const char* type :
         {"tEXt", "zTXt", "iTXt", "sPLT", "hIST", "tIME", "prVt", "acTL", "fcTL", "fdAT"}) {
        more.insert(behind_header - 25 + 16, chunk(type, "data")); // behind IHDR
        more.insert(more.size() - 16, chunk(type, "data"));        // before IEND
    }
    EXPECT_EQ(picture_chunks(png), png);
    EXPECT_EQ(picture_chunks(more), png);
}

TEST(PngChunks, ThatDecodersMustKnowAreLeftToThem) {
    const auto png = with(encoded(noise(20, 20), ".png"), chunk("PRVt", "data"));
    EXPECT_EQ(count(picture_chunks(png), "PRVt"), 1u);
    EXPECT_EQ(outcome(png), image_text);
}

TEST(PngChunks, OfProfilesAndOrientationAreKeptOnceAndWhenSmall) {
    const auto plain = encoded(noise(20, 20), ".png");
    for (const char* type : {"iCCP", "eXIf"}) {
        const auto small = chunk(type, std::string(longest_side_chunk, 'x'));
        const auto large = chunk(type, std::string(longest_side_chunk + 1, 'x'));
        EXPECT_EQ(picture_chunks(with(plain, large)), picture_chunks(plain)) << type;
        EXPECT_EQ(picture_chunks(with(plain, large + small + small)), picture_chunks(with(plain, small)))
            << type;
        EXPECT_EQ(count(picture_chunks(with(plain, small + small)), type), 1u);
    }
}

TEST(PngChunks, WithAnOrientationTurnThePicture) {
    // A directory of one entry: orientation (0x112) is one short number, 6 (by 90 degrees clockwise).
    const auto turned = "II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0"sv;
    const auto png = with(encoded(noise(60, 40), ".png"), chunk("tEXt", "a\0text"sv) + chunk("eXIf", turned));
    const auto made = reencode(png, most_pixels);
    ASSERT_TRUE(made) << made.error().text;
    VipsImage* seen = vips_image_new_from_buffer(made->bytes.data(), made->bytes.size(), "", nullptr);
    ASSERT_NE(seen, nullptr);
    EXPECT_EQ(vips_image_get_width(seen), 40);
    EXPECT_EQ(vips_image_get_height(seen), 60);
    g_object_unref(seen);
}

TEST(PngChunks, WithAProfileKeepTheirColours) {
    const auto png = encoded(noise(60, 40), ".png[profile=srgb]");
    ASSERT_EQ(count(png, "iCCP"), 1u);
    EXPECT_EQ(count(picture_chunks(png), "iCCP"), 1u);
    EXPECT_EQ(outcome(png), "accepted");
}

TEST(PngChunks, ThatEndBeyondTheBytesAreRefused) {
    const auto png = encoded(noise(200, 200), ".png");
    const auto data = png.find("IDAT");
    ASSERT_NE(data, png.npos);
    for (const auto& length : {"\xff\xff\xff\xff"s, "\x7f\xff\xff\xff"s, "\x10\0\0\0"s}) {
        auto broken = png;
        broken.replace(data - 4, 4, length);
        EXPECT_EQ(outcome(broken), image_text);
        broken = png;
        broken.replace(8, 4, length); // IHDR
        EXPECT_EQ(outcome(broken), image_text);
        for (const char* type : {"zTXt", "tEXt", "iCCP", "eXIf", "zzzz"})
            EXPECT_EQ(outcome(with(png, length + type + "a\0\0data"s)), image_text) << type;
    }
}

TEST(PngChunks, ThatAreBrokenTakeTheBytesBehindWithThemOnlyIfThePictureNeedsThem) {
    const auto start = "\x89PNG\r\n\x1a\n"s + chunk("IHDR", "data");
    const auto endless = "\xff\xff\xff\xff"s;
    EXPECT_EQ(picture_chunks(start + endless + "IDATdata"), start + endless + "IDATdata");
    EXPECT_EQ(picture_chunks(start + endless + "iCCPdata"), start);
    EXPECT_EQ(picture_chunks(start + "\0\0\0\5IDATdatacrc"s), start + "\0\0\0\5IDATdatacrc"s);
}

TEST(PngChunks, MayEndAnywhere) {
    const auto whole =
        with(encoded(noise(20, 20), ".png"), chunk("tEXt", "a\0text"sv) + chunk("gAMA", "data"));
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        const std::string cut = whole.substr(0, size); // of its own, so that a read beyond it is found
        EXPECT_LE(picture_chunks(cut).size(), size);
    }
    EXPECT_EQ(picture_chunks(""), "");
    EXPECT_EQ(picture_chunks("no PNG"), "no PNG");
    EXPECT_EQ(picture_chunks("\x89PNG\r\n\x1a\n"), "\x89PNG\r\n\x1a\n");
}

TEST(PngChunks, WithoutAnEndAreForTheDecoderToJudge) {
    const auto png = encoded(noise(20, 20), ".png");
    const auto endless = png.substr(0, png.size() - 12);
    EXPECT_EQ(count(picture_chunks(endless), "IEND"), 0u);
    EXPECT_EQ(outcome(endless), "accepted");
    EXPECT_EQ(outcome(png.substr(0, png.find("IDAT") - 4)), image_text);
}

/// A PNG with the header of one picture and the data of another.
std::string with_data(std::string_view header_of, std::string_view data) {
    return std::string(header_of.substr(0, behind_header)) + chunk("IDAT", data) + chunk("IEND", "");
}

TEST(PngChunks, WhoseDataUnfoldBeyondTheirRowsAreRefused) {
    const auto stream = fifty_megabytes_of_nothing();
    const auto bomb = with_data(encoded(noise(60, 40), ".png"), stream);
    EXPECT_TRUE(unfolds_beyond_rows(bomb));
    EXPECT_EQ(outcome(bomb), image_text);
    // In two chunks, the first of them empty.
    EXPECT_TRUE(unfolds_beyond_rows(std::string(bomb.substr(0, behind_header)) + chunk("IDAT", "") +
                                    chunk("IDAT", stream) + chunk("IEND", "")));
}

/// A stream of nothing but zeros: the first piece unfolds to `first` bytes, the second to fifty megabytes.
std::pair<std::string, std::string> stream_in_two(std::size_t first) {
    std::string zeros(50'000'000, '\0'), out(1'000'000, '\0');
    z_stream stream{};
    EXPECT_EQ(deflateInit(&stream, 9), Z_OK);
    const auto unfold = [&](std::size_t bytes, int flush) {
        stream.next_in = reinterpret_cast<Bytef*>(zeros.data());
        stream.avail_in = static_cast<uInt>(bytes);
        stream.next_out = reinterpret_cast<Bytef*>(out.data());
        stream.avail_out = static_cast<uInt>(out.size());
        deflate(&stream, flush);
        EXPECT_EQ(stream.avail_in, 0u);
        return out.substr(0, out.size() - stream.avail_out);
    };
    auto head = unfold(first, Z_SYNC_FLUSH), rest = unfold(zeros.size(), Z_FINISH);
    deflateEnd(&stream);
    return {std::move(head), std::move(rest)};
}

TEST(PngChunks, WhoseDataUnfoldBeyondTheirRowsAreRefusedWhereverAChunkEnds) {
    const auto plain = encoded(noise(600, 600), ".png");
    for (const std::size_t first : {1u, 65'535u, 65'536u, 65'537u, 131'072u}) {
        const auto [head, rest] = stream_in_two(first);
        EXPECT_TRUE(unfolds_beyond_rows(plain.substr(0, behind_header) + chunk("IDAT", head) +
                                        chunk("IDAT", rest) + chunk("IEND", "")))
            << first;
    }
}

TEST(PngChunks, WhoseDataAreTheirRowsAreNotRefusedWhateverTheirShape) {
    for (const char* how : {".png", ".png[interlace=1]", ".png[filter=248]", ".png[palette=1]",
                            ".png[bitdepth=1]", ".png[bitdepth=1,interlace=1]"})
        for (const auto& [width, height] :
             {std::pair{2, 20'000}, std::pair{3, 30'000}, std::pair{20'000, 2}, std::pair{301, 299}})
            for (const int bands : {1, 3, 4}) {
                if (bands > 1 && std::string_view(how).find("bitdepth") != std::string_view::npos)
                    continue;
                const auto png = encoded(noise(width, height, bands), how);
                EXPECT_FALSE(unfolds_beyond_rows(png)) << how << ' ' << width << 'x' << height;
                EXPECT_EQ(outcome(png), "accepted") << how << ' ' << width << 'x' << height;
            }
    VipsImage *black = nullptr, *deep = nullptr;
    ASSERT_EQ(vips_black(&black, 500, 500, "bands", 4, nullptr), 0);
    ASSERT_EQ(vips_copy(black, &deep, "interpretation", VIPS_INTERPRETATION_RGB16, nullptr), 0);
    g_object_unref(black);
    ASSERT_EQ(vips_cast(deep, &black, VIPS_FORMAT_USHORT, nullptr), 0);
    g_object_unref(deep);
    EXPECT_EQ(outcome(encoded(black, ".png[compression=9]")), "accepted");
}

TEST(PngChunks, ThatCannotBeUnfoldedAreForTheDecoderToJudge) {
    const auto png = encoded(noise(20, 20), ".png");
    EXPECT_FALSE(unfolds_beyond_rows(with_data(png, "no stream")));
    EXPECT_FALSE(unfolds_beyond_rows(with_data(png, "")));
    for (std::size_t size = 0; size < png.size(); ++size)
        EXPECT_FALSE(unfolds_beyond_rows(std::string(png.substr(0, size))));
}

} // namespace
} // namespace mvp::storage::media
