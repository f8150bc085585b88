// A car's pictures and its technical data.
#include "http/api/cars.hpp"
#include "http/api/uploads.hpp"
#include "http/decode.hpp"
#include "http/rest.hpp"
#include "http/router.hpp"
#include "http/services.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace mvp::http::api {
namespace {

namespace cars = storage::cars;
using storage::car_specification;
using storage::car_specification_fields;

error too_many_images() {
    return {errc::refused, fmt::format("A listing can have at most {} images", cars::most_images)};
}

/// The files of the repeated field "images".
std::vector<const uploaded_file*> images_of(const request& call) {
    std::vector<const uploaded_file*> found;
    for (const auto& file : call.fields.files)
        if (file.field == "images")
            found.push_back(&file);
    return found;
}

constexpr int longest_name = 100; ///< of an uploaded file, in characters

task<result<std::string>> store_one(services& with, const uploaded_file& file, std::string field) {
    if (auto complaint = file_complaint(file, longest_name); !complaint.empty())
        co_return fail(error::invalid(std::move(field), std::move(complaint)));
    co_return co_await store_image(with, file, std::move(field), "cars/" + day_folder());
}

/// Stores every picture, or none: all that are wrong are told together.
task<result<std::vector<std::string>>> store_images(services& with, std::vector<const uploaded_file*> files) {
    std::vector<std::string> paths;
    std::optional<error> wrong;
    for (std::size_t i = 0; i < files.size(); ++i) {
        auto stored = co_await store_one(with, *files[i], fmt::format("images.{}", i));
        if (stored)
            paths.push_back(std::move(*stored));
        else if (!wrong)
            wrong = std::move(stored.error());
        else if (wrong->code == errc::invalid && stored.error().code == errc::invalid)
            std::move(stored.error().fields.begin(), stored.error().fields.end(),
                      std::back_inserter(wrong->fields));
    }
    if (!wrong)
        co_return paths;
    for (auto& path : paths)
        co_await discard(with, std::move(path));
    co_return fail(std::move(*wrong));
}

task<result<response>> upload_images(services& with, request& call) {
    auto id = co_await changeable_car(with, call);
    if (!id)
        co_return fail(std::move(id.error()));
    if (auto readable = read_body(call); !readable)
        co_return fail(std::move(readable.error()));
    const auto files = images_of(call);
    if (files.empty())
        co_return fail(errc::refused, "No images provided");
    auto room = co_await cars::room_for_images(with.db, *id);
    if (!room)
        co_return fail(std::move(room.error()));
    if (static_cast<int>(files.size()) > *room)
        co_return fail(too_many_images());
    auto paths = co_await store_images(with, files);
    if (!paths)
        co_return fail(std::move(paths.error()));
    auto added = co_await cars::add_images(with.db, with.cache, *id, *paths);
    if (!added) {
        for (auto& path : *paths)
            co_await discard(with, std::move(path));
        co_return fail(std::move(added.error()));
    }
    std::string body = R"({"images":)";
    append_array(body, storage::car_image_shown, *added, {});
    co_return response(201, body += '}');
}

task<result<response>> set_primary_image(services& with, request& call) {
    auto id = co_await changeable_car(with, call);
    if (!id)
        co_return fail(std::move(id.error()));
    auto body = read_body(call);
    if (!body)
        co_return fail(std::move(body.error()));
    const auto* given = body->object.find("image_id");
    if (!given || given->is == json_value::type::null ||
        (given->is == json_value::type::string && given->text.empty()))
        co_return fail(errc::refused, "image_id required");
    const auto image = given->is == json_value::type::string ? uuid::parse(given->text) : std::nullopt;
    if (!image)
        co_return fail(error::invalid("image_id", "Must be a valid UUID."));
    auto primary = co_await cars::set_primary_image(with.db, with.cache, *id, *image);
    if (!primary)
        co_return fail(std::move(primary.error()));
    if (primary->empty())
        co_return fail(errc::missing, "Image not found");
    co_return response(200, R"({"message":"Primary image set","image":)" +
                                encode_object(storage::car_image_shown, primary->front(), {}) + "}");
}

task<result<response>> remove_image(services& with, request& call) {
    auto id = co_await changeable_car(with, call);
    if (!id)
        co_return fail(std::move(id.error()));
    const auto image = call.id(1);
    if (!image)
        co_return fail(image.error());
    auto path = co_await cars::remove_image(with.db, with.cache, *id, *image);
    if (!path)
        co_return fail(std::move(path.error()));
    if (!*path)
        co_return fail(errc::not_found, "No CarImage matches the given query.");
    co_await discard(with, std::move(**path));
    co_return response::no_content();
}

// --- technical data
// ---------------------------------------------------------------------------------------------------

result<response> specification_answer(const storage::rows& found) {
    if (found.empty())
        return fail(errc::not_found, "No CarSpecification matches the given query.");
    return response(200, encode_object(storage::car_specification_shown, found.front(), {}));
}

task<result<response>> specification(services& with, request& call) {
    auto id = co_await visible_car(with, call);
    if (!id)
        co_return fail(std::move(id.error()));
    auto found = co_await cars::specification(with.db, *id);
    if (!found)
        co_return fail(std::move(found.error()));
    co_return specification_answer(*found);
}

/// The body, once the caller may change that car.
task<result<decoded<car_specification>>> read_specification(services& with, request& call, uuid& id,
                                                            mode how) {
    auto changeable = co_await changeable_car(with, call);
    if (!changeable)
        co_return fail(std::move(changeable.error()));
    id = *changeable;
    co_return decode<car_specification>(call, car_specification_fields, how);
}

task<result<response>> put_specification(services& with, request& call) {
    uuid id;
    auto body = co_await read_specification(with, call, id, mode::put);
    if (!body)
        co_return fail(std::move(body.error()));
    auto made = co_await cars::put_specification(with.db, with.cache, id, std::move(body->value));
    if (!made)
        co_return fail(std::move(made.error()));
    co_return specification_answer(*made);
}

task<result<response>> patch_specification(services& with, request& call) {
    uuid id;
    auto body = co_await read_specification(with, call, id, mode::patch);
    if (!body)
        co_return fail(std::move(body.error()));
    auto changed =
        co_await cars::patch_specification(with.db, with.cache, id, std::move(body->value), body->present);
    if (!changed)
        co_return fail(std::move(changed.error()));
    co_return specification_answer(*changed);
}

constexpr route table[] = {
    {.path = "/api/cars/{id}/upload_images/",
     .name = "cars-upload-images",
     .by_method = {.post = upload_images},
     .who = access::reads_anyone,
     .counted = limit::upload,
     .multipart_files = true,
     .docs = {.post = doc::takes(doc::files("images"))
                          .gives(201, doc::array("images", storage::car_image_shown))}},
    {.path = "/api/cars/{id}/set_primary_image/",
     .name = "cars-set-primary-image",
     .by_method = {.post = set_primary_image},
     .who = access::reads_anyone,
     .docs = {.post = doc::takes(doc::id("image_id"))
                          .gives(doc::message, doc::object("image", storage::car_image_shown))}},
    {.path = "/api/cars/{id}/images/{image_id}/",
     .name = "cars-image",
     .by_method = {.del = remove_image},
     .who = access::reads_anyone,
     .docs = {.del = doc::gives_nothing()}},
    {.path = "/api/cars/{id}/specification/",
     .name = "cars-specification",
     .by_method = {.get = specification, .put = put_specification, .patch = patch_specification},
     .who = access::reads_anyone,
     .docs = {.get = doc::gives(storage::car_specification_shown),
              .put = doc::takes(car_specification_fields, mode::put).gives(storage::car_specification_shown),
              .patch =
                  doc::takes(car_specification_fields, mode::patch).gives(storage::car_specification_shown)}},
};

} // namespace

extern const std::span<const route> car_image_routes;
const std::span<const route> car_image_routes = table;

} // namespace mvp::http::api
