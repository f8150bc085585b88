#include "http/api/uploads.hpp"

#include "http/services.hpp"
#include "http/text.hpp"
#include "storage/log.hpp"
#include "storage/media/store.hpp"
#include "storage/model/timestamp.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace mvp::http::api {
namespace {

// What the original's image library could open: the sentence of the refusal names them all.
constexpr std::string_view allowed_extensions = "bmp, dib, gif, tif, tiff, jfif, jpe, jpg, jpeg, pbm, pgm, "
                                                "ppm, pnm, png, apng, blp, bufr, cur, pcx, dcx, dds, ps, "
                                                "eps, fit, fits, fli, flc, ftc, ftu, gbr, grib, h5, hdf, "
                                                "jp2, j2k, jpc, jpf, jpx, j2c, icns, ico, im, iim, mpg, "
                                                "mpeg, mpo, msp, palm, pcd, pdf, pxr, psd, bw, rgb, rgba, "
                                                "sgi, ras, tga, icb, vda, vst, webp, wmf, emf, xbm, xpm";

bool allowed(std::string_view extension) {
    std::string_view rest = allowed_extensions;
    while (!rest.empty())
        if (equals_ignoring_case(trimmed(next_item(rest, ',')), extension))
            return true;
    return false;
}

/// As Python's Path.suffix without the dot.
std::string extension_of(std::string_view name) {
    const auto dot = name.rfind('.');
    if (dot == name.npos || dot == 0 || dot + 1 == name.size())
        return {};
    std::string extension(name.substr(dot + 1));
    std::transform(extension.begin(), extension.end(), extension.begin(), lower);
    return extension;
}

/// The store's refusals under the field of the body.
error at_field(error e, std::string field) {
    if (e.code == errc::invalid && e.fields.empty())
        e.fields.push_back({std::move(field), {std::move(e.text)}});
    return e;
}

std::string folder_of_today(bool with_day) {
    const std::chrono::year_month_day today{std::chrono::floor<std::chrono::days>(now())};
    const auto month =
        fmt::format("{:04}/{:02}", static_cast<int>(today.year()), static_cast<unsigned>(today.month()));
    return with_day ? fmt::format("{}/{:02}", month, static_cast<unsigned>(today.day())) : month;
}

} // namespace

std::string month_folder() {
    return folder_of_today(false);
}
std::string day_folder() {
    return folder_of_today(true);
}

task<result<std::string>> store_image(services& with, const uploaded_file& file, std::string field,
                                      std::string folder) {
    auto stored = co_await with.media.add_image(file.path, std::move(folder));
    if (!stored)
        co_return fail(at_field(std::move(stored.error()), std::move(field)));
    // After decoding, as clients know it: a file that is no picture at all hears that first.
    if (const auto extension = extension_of(file.name); !allowed(extension)) {
        co_await discard(with, std::move(*stored));
        co_return fail(error::invalid(
            std::move(field), fmt::format("File extension “{}” is not allowed. Allowed extensions are: {}.",
                                          extension, allowed_extensions)));
    }
    co_return stored;
}

task<result<std::string>> store_document(services& with, const uploaded_file& file, std::string field,
                                         std::string folder) {
    auto stored = co_await with.media.add_document(file.path, std::move(folder));
    if (!stored)
        co_return fail(at_field(std::move(stored.error()), std::move(field)));
    co_return stored;
}

task<result<std::string>> store_certificate(services& with, const uploaded_file& file, std::string field,
                                            std::string folder) {
    static constexpr std::string_view known[] = {"pdf", "jpg", "jpeg", "png"};
    const bool any =
        std::find(std::begin(known), std::end(known), extension_of(file.name)) != std::end(known);
    auto stored = co_await with.media.add_document(file.path, std::move(folder), any);
    if (!stored)
        co_return fail(at_field(std::move(stored.error()), std::move(field)));
    co_return stored;
}

task<result<std::vector<std::string>>> store_pictures(services& with, const std::vector<decoded_file>& files,
                                                      std::string (*folder)(std::string_view field),
                                                      storage::field_table table, void* object,
                                                      storage::field_set& present) {
    std::vector<std::string> paths;
    for (const auto& file : files) {
        std::string field(file.field->name);
        auto stored = co_await store_image(with, *file.file, field, folder(field));
        if (!stored) {
            co_await discard_all(with, std::move(paths));
            co_return fail(std::move(stored.error()));
        }
        const std::string_view path = paths.emplace_back(std::move(*stored));
        file.field->from_text(object, &path);
        present.set(storage::position(table, field));
    }
    co_return paths;
}

task<> discard_all(services& with, std::vector<std::string> paths) {
    for (auto& path : paths)
        co_await discard(with, std::move(path));
}

task<> discard(services& with, std::string path) {
    auto removed = co_await with.media.remove(path);
    if (!removed)
        log::warn("cannot remove {}: {}", path, removed.error().text);
}

} // namespace mvp::http::api
