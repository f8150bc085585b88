#include "storage/media/demo_pictures.hpp"

#include <vips/vips.h>

#include <array>
#include <fmt/format.h>
#include <memory>
#include <string>
#include <utility>

namespace mvp::storage::media {
namespace {

constexpr int width = 640, height = 400, views = 2;

using colour = std::array<double, 3>;
constexpr std::array<colour, 8> paints{{{178, 34, 34},
                                        {25, 60, 140},
                                        {235, 235, 235},
                                        {40, 40, 45},
                                        {150, 150, 155},
                                        {20, 110, 60},
                                        {225, 170, 20},
                                        {120, 50, 130}}};

struct unref {
    void operator()(VipsImage* image) const { g_object_unref(image); }
};
using image = std::unique_ptr<VipsImage, unref>;

class canvas {
  public:
    canvas() {
        VipsImage *black = nullptr, *coloured = nullptr;
        std::array<double, 3> one{1, 1, 1}, sky{176, 208, 232};
        if (vips_black(&black, width, height, "bands", 3, nullptr) != 0)
            return;
        const image first(black);
        VipsImage* filled = nullptr;
        if (vips_linear(black, &filled, one.data(), sky.data(), 3, "uchar", TRUE, nullptr) != 0)
            return;
        const image second(filled);
        coloured = vips_image_copy_memory(filled); // drawing needs the pixels in memory, to itself
        pixels_.reset(coloured);
    }
    void rectangle(colour ink, int left, int top, int wide, int high) {
        good_ =
            good_ && pixels_ &&
            vips_draw_rect(pixels_.get(), ink.data(), 3, left, top, wide, high, "fill", TRUE, nullptr) == 0;
    }
    void disc(colour ink, int x, int y, int radius) {
        good_ = good_ && pixels_ &&
                vips_draw_circle(pixels_.get(), ink.data(), 3, x, y, radius, "fill", TRUE, nullptr) == 0;
    }
    bool save(const std::string& path) {
        return good_ && pixels_ &&
               vips_jpegsave(pixels_.get(), path.c_str(), "Q", 80, "strip", TRUE, nullptr) == 0;
    }

  private:
    image pixels_;
    bool good_ = true;
};

/// A car from the side, further to the right and nearer with each view.
bool draw_car(const colour& paint, int view, const std::string& path) {
    const colour road{96, 96, 100}, glass{60, 80, 100}, tyre{20, 20, 20}, rim{190, 190, 190},
        lamp{250, 240, 180};
    const int left = 60 + 40 * view, size = 8 + view; // a car is 44 units long
    canvas c;
    const int ground = 320;
    c.rectangle(road, 0, ground - 2 * size, width, height - ground + 2 * size);
    c.rectangle(paint, left, ground - 10 * size, 44 * size, 8 * size);
    c.rectangle(paint, left + 10 * size, ground - 17 * size, 22 * size, 7 * size);
    c.rectangle(glass, left + 12 * size, ground - 16 * size, 8 * size, 5 * size);
    c.rectangle(glass, left + 22 * size, ground - 16 * size, 8 * size, 5 * size);
    c.rectangle(lamp, left + 42 * size, ground - 9 * size, 2 * size, 2 * size);
    for (const int wheel : {9, 34}) {
        c.disc(tyre, left + wheel * size, ground - 2 * size, 4 * size);
        c.disc(rim, left + wheel * size, ground - 2 * size, 2 * size);
    }
    return c.save(path);
}

/// A disc with holes in its own carton, nearer with the second view.
bool draw_part(const colour& paint, int view, const std::string& path) {
    const colour table{150, 120, 90}, carton{205, 175, 130}, shade{90, 90, 95};
    const int radius = 70 + 40 * view, x = width / 2, y = height / 2;
    canvas c;
    c.rectangle(table, 0, 260, width, height - 260);
    c.rectangle(carton, x - radius - 30, y - radius - 20, 2 * radius + 60, 2 * radius + 40);
    c.disc(shade, x + 6, y + 6, radius);
    c.disc(paint, x, y, radius);
    c.disc(carton, x, y, radius / 3);
    for (const auto& [right, down] : {std::pair{0, -1}, std::pair{1, 0}, std::pair{0, 1}, std::pair{-1, 0}})
        c.disc(shade, x + right * radius * 2 / 3, y + down * radius * 2 / 3, radius / 10);
    return c.save(path);
}

using artist = bool (*)(const colour&, int view, const std::string& path);

result<> write_pictures(const std::filesystem::path& folder, artist draw) {
    std::error_code wrong;
    std::filesystem::create_directories(folder, wrong);
    if (wrong)
        return fail(errc::internal, fmt::format("{}: {}", folder.string(), wrong.message()));
    for (std::size_t i = 0; i < paints.size(); ++i)
        for (int view = 1; view <= views; ++view)
            if (const auto path = folder / fmt::format("{}-{}.jpg", i, view);
                !draw(paints[i], view, path.string()))
                return fail(errc::internal, fmt::format("{}: {}", path.string(), vips_error_buffer()));
    return {};
}

} // namespace

result<> write_demo_pictures(const std::filesystem::path& root) {
    if (VIPS_INIT("mvpbackend") != 0)
        return fail(errc::internal, "The image library does not start.");
    if (auto cars = write_pictures(root / "cars" / "demo", draw_car); !cars)
        return cars;
    return write_pictures(root / "parts" / "demo", draw_part);
}

} // namespace mvp::storage::media
