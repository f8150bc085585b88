// Pictures of listings: alone, or with the fields of a body.
#include "http/api/listings.hpp"
#include "http/api/uploads.hpp"
#include "http/rest.hpp"
#include "http/services.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace mvp::http::api {
namespace {

constexpr char field_name[] = "images";
constexpr int longest_name = 100; ///< of an uploaded file, in characters
constexpr char not_a_file[] = "The submitted data was not a file. Check the encoding type on the form.";

std::vector<const uploaded_file*> images_of(const request& call) {
    std::vector<const uploaded_file*> found;
    for (const auto& file : call.fields.files)
        if (file.field == field_name)
            found.push_back(&file);
    return found;
}

std::string folder_of(const listing_app& app) {
    return fmt::format("{}/{}", app.all().kind().of->table, day_folder());
}

task<result<std::string>> store_one(services& with, const uploaded_file& file, std::string field,
                                    std::string folder) {
    if (auto complaint = file_complaint(file, longest_name); !complaint.empty())
        co_return fail(error::invalid(std::move(field), std::move(complaint)));
    co_return co_await store_image(with, file, std::move(field), std::move(folder));
}

/// Stores every picture, or none: all that are wrong are told together, as items from `first` on.
task<result<std::vector<std::string>>> store_images(const listing_app& app, services& with,
                                                    std::vector<const uploaded_file*> files,
                                                    std::size_t first = 0) {
    std::vector<std::string> paths;
    std::optional<error> wrong;
    for (std::size_t i = 0; i < files.size(); ++i) {
        auto stored =
            co_await store_one(with, *files[i], fmt::format("{}.{}", field_name, first + i), folder_of(app));
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
    co_await discard_all(with, std::move(paths));
    co_return fail(std::move(*wrong));
}

/// Items of the field that are no files.
std::size_t add_complaints(const request& call, const inputs& in, std::vector<field_error>& wrong) {
    const auto complain = [&](std::size_t i) {
        wrong.push_back({fmt::format("{}.{}", field_name, i), {not_a_file}});
    };
    if (in.from_form) {
        const auto texts =
            static_cast<std::size_t>(std::count_if(call.fields.fields.begin(), call.fields.fields.end(),
                                                   [](const auto& f) { return f.first == field_name; }));
        for (std::size_t i = 0; i < texts; ++i)
            complain(i);
        return texts;
    }
    const auto* value = in.object.find(field_name);
    if (!value)
        return 0;
    if (value->is == json_value::type::null)
        wrong.push_back({field_name, {"This field may not be null."}});
    else if (value->is != json_value::type::array)
        wrong.push_back(
            {field_name, {fmt::format("Expected a list of items but got type \"{}\".", value->type_name())}});
    else if (value->items.size() > static_cast<std::size_t>(storage::listings::most_images))
        wrong.push_back({field_name,
                         {fmt::format("Ensure this field has no more than {} elements.",
                                      storage::listings::most_images)}});
    else
        for (std::size_t i = 0; i < value->items.size(); ++i)
            complain(i);
    return 0;
}

} // namespace

bool has_images(const request& call) {
    return !images_of(call).empty();
}

task<result<std::vector<std::string>>> store_images_of_body(const listing_app& app, services& with,
                                                            request& call, const inputs& in, int room,
                                                            std::vector<field_error>& wrong) {
    const auto texts = add_complaints(call, in, wrong);
    auto files = images_of(call);
    if (static_cast<int>(files.size()) > room)
        co_return fail(storage::listings::too_many_images());
    auto stored = co_await store_images(app, with, std::move(files), texts);
    if (stored || stored.error().code != errc::invalid)
        co_return stored;
    std::move(stored.error().fields.begin(), stored.error().fields.end(), std::back_inserter(wrong));
    co_return std::vector<std::string>();
}

namespace listing {

task<result<response>> upload_images(const listing_app& app, services& with, request& call) {
    auto id = co_await changeable_listing(app, with, call);
    if (!id)
        co_return fail(std::move(id.error()));
    if (auto readable = read_body(call); !readable)
        co_return fail(std::move(readable.error()));
    auto files = images_of(call);
    if (files.empty())
        co_return fail(errc::refused, "No images provided");
    auto room = co_await app.all().room_for_images(with.db, *id);
    if (!room)
        co_return fail(std::move(room.error()));
    if (static_cast<int>(files.size()) > *room)
        co_return fail(storage::listings::too_many_images());
    auto paths = co_await store_images(app, with, std::move(files));
    if (!paths)
        co_return fail(std::move(paths.error()));
    auto added = co_await app.all().add_images(with.db, with.cache, *id, *paths);
    if (!added) {
        co_await discard_all(with, std::move(*paths));
        co_return fail(std::move(added.error()));
    }
    std::string body = R"({"images":)";
    append_array(body, storage::listing_image_shown, *added, {});
    co_return response(201, body += '}');
}

task<result<response>> set_primary_image(const listing_app& app, services& with, request& call) {
    auto id = co_await changeable_listing(app, with, call);
    if (!id)
        co_return fail(std::move(id.error()));
    auto body = read_body(call);
    if (!body)
        co_return fail(std::move(body.error()));
    const auto image = id_in_body(*body, "image_id");
    if (!image)
        co_return fail(image.error());
    if (!*image)
        co_return fail(errc::refused, "image_id required");
    auto primary = co_await app.all().set_primary_image(with.db, with.cache, *id, **image);
    if (!primary)
        co_return fail(std::move(primary.error()));
    if (primary->empty())
        co_return fail(errc::missing, "Image not found");
    co_return response(200, R"({"message":"Primary image set","image":)" +
                                encode_object(storage::listing_image_shown, primary->front(), {}) + "}");
}

task<result<response>> remove_image(const listing_app& app, services& with, request& call) {
    auto id = co_await changeable_listing(app, with, call);
    if (!id)
        co_return fail(std::move(id.error()));
    const auto image = call.id(1);
    if (!image)
        co_return fail(image.error());
    auto path = co_await app.all().remove_image(with.db, with.cache, *id, *image);
    if (!path)
        co_return fail(std::move(path.error()));
    if (!*path)
        co_return fail(errc::not_found,
                       fmt::format("No {}Image matches the given query.", app.all().kind().noun));
    co_await discard(with, std::move(**path));
    co_return response::no_content();
}

} // namespace listing
} // namespace mvp::http::api
