#include "http/api/listings.hpp"

#include "http/api/bodies.hpp"
#include "http/api/uploads.hpp"
#include "http/rest.hpp"
#include "http/services.hpp"
#include "storage/model/json_text.hpp"
#include "storage/moderation.hpp"

#include <fmt/format.h>

namespace mvp::http::api {
namespace {

using storage::listing_change;
using storage::listing_detail;
namespace flag = storage::flag;

// --- lists
// ------------------------------------------------------------------------------------------------------------

/// What ?search=, ?ordering= and the filters by field ask for.
result<storage::listing_request> read_list(const storage::listing_kind& kind, const request& call) {
    storage::listing_request wanted;
    if (auto read = read_search(call, wanted); !read)
        return fail(std::move(read.error()));
    error e{errc::invalid, {}};
    const auto fields = kind.of->fields;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (!fields[i].has(flag::filterable))
            continue;
        if (auto value = read_filter(call, fields[i].name, fields[i], e.fields)) {
            wanted.filters.resize(fields.size());
            wanted.filters[i] = std::move(value);
        }
    }
    std::optional<std::string> above;
    if (!kind.stock.empty())
        above =
            read_filter(call, kind.stock + "__gt", fields[storage::position(fields, kind.stock)], e.fields);
    if (!e.fields.empty())
        return fail(std::move(e));
    if (above)
        wanted.stock_above = std::stoll(*above);
    return wanted;
}

// --- one listing
// ------------------------------------------------------------------------------------------------------

std::string detail_body(const listing_app& app, const listing_detail& found, bool logged_in,
                        std::string_view origin) {
    view v;
    v.logged_in = logged_in;
    v.origin = origin;
    return encode_object(app.all().kind().detailed, found.found.front(), v, found.lists);
}

error no_such_listing(const listing_app& app) {
    return app.all().no_such();
}

/// Everything that is wrong with the fields of a body is in `body.wrong`; an error for one that cannot be
/// read.
task<result<>> read_fields(const listing_app& app, services& with, const request& call, mode how,
                           listing_body& body) {
    std::vector<decoded_file> files;
    body.object = app.make();
    auto done = decode_fields(*body.in, app.all().kind().of->fields, how, call.is_staff(), body.object.get(),
                              body.present, files);
    if (!done && done.error().code != errc::invalid)
        co_return fail(std::move(done.error()));
    if (!done)
        body.wrong = std::move(done.error().fields);
    if (app.check)
        co_return co_await app.check(with, body);
    co_return result<>{};
}

/// A body's fields and pictures; the pictures are stored, unless anything is wrong: errc::invalid then.
task<result<std::vector<std::string>>> read_listing(const listing_app& app, services& with, request& call,
                                                    mode how, int room, listing_body& body) {
    if (auto read = co_await read_fields(app, with, call, how, body); !read)
        co_return fail(std::move(read.error()));
    std::vector<std::string> images;
    if (app.images_in_body) {
        auto stored = co_await store_images_of_body(app, with, call, *body.in, room, body.wrong);
        if (!stored)
            co_return fail(std::move(stored.error()));
        images = std::move(*stored);
    }
    if (body.wrong.empty())
        co_return images;
    co_await discard_all(with, std::move(images));
    error e{errc::invalid, {}};
    e.fields = std::move(body.wrong);
    co_return fail(std::move(e));
}

task<result<response>> change(const listing_app& app, services& with, request& call, mode how) {
    auto id = co_await changeable_listing(app, with, call);
    if (!id)
        co_return fail(std::move(id.error()));
    auto in = read_body(call);
    if (!in)
        co_return fail(std::move(in.error()));
    int room = 0;
    if (app.images_in_body && has_images(call)) {
        auto counted = co_await app.all().room_for_images(with.db, *id);
        if (!counted)
            co_return fail(std::move(counted.error()));
        room = *counted;
    }
    listing_body body;
    body.in = &*in;
    body.changed_listing = *id;
    auto images = co_await read_listing(app, with, call, how, room, body);
    if (!images)
        co_return fail(std::move(images.error()));
    auto changed = co_await app.all().update(with.db, with.cache, *id, viewer_of(call), body.object.get(),
                                             body.present, *images);
    if (!changed || changed->empty())
        co_await discard_all(with, std::move(*images));
    if (!changed)
        co_return fail(std::move(changed.error()));
    if (changed->empty())
        co_return fail(no_such_listing(app));
    co_return response(200, encode_object(app.all().kind().written, changed->front(), view_for(call)));
}

// --- steps
// ------------------------------------------------------------------------------------------------------------

response step_answer(const listing_app& app, const request& call, std::string_view done,
                     const listing_detail& changed) {
    return {200, fmt::format(R"({{"message":"{} {}","{}":{}}})", app.all().kind().noun, done, app.key,
                             listing_text(app, call, changed))};
}

task<result<response>> step(const listing_app& app, services& with, request& call, listing_change what,
                            std::string_view done, std::string reason = {}) {
    auto id = co_await changeable_listing(app, with, call);
    if (!id)
        co_return fail(std::move(id.error()));
    auto changed =
        co_await app.all().transition(with.db, with.cache, *id, viewer_of(call), what, std::move(reason));
    if (!changed)
        co_return fail(std::move(changed.error()));
    co_return step_answer(app, call, done, *changed);
}

/// The listing that staff have approved by settling the flags on it; `refusal` if there are none.
task<result<listing_detail>> approve_flagged(const listing_app& app, services& with, const request& call,
                                             uuid id, error refusal) {
    const auto type = storage::parse_choice<storage::content_type>(app.all().kind().related_type);
    auto dismissed = co_await storage::moderation::dismiss(with.db, type.value(), id);
    if (!dismissed)
        co_return fail(std::move(dismissed.error()));
    if (!*dismissed)
        co_return fail(std::move(refusal));
    auto found = co_await app.all().find(with.db, id, viewer_of(call));
    if (found && found->found.empty())
        co_return fail(no_such_listing(app));
    co_return found;
}

} // namespace

task<result<uuid>> visible_listing(const listing_app& app, services& with, const request& call) {
    return row_for(call, *app.all().kind().of, wish::read,
                   [&](uuid id) { return app.all().find_target(with.db, id); });
}

task<result<uuid>> changeable_listing(const listing_app& app, services& with, const request& call) {
    return row_for(call, *app.all().kind().of, wish::change,
                   [&](uuid id) { return app.all().find_target(with.db, id); });
}

std::string listing_text(const listing_app& app, const request& call, const listing_detail& found) {
    return detail_body(app, found, call.caller != nullptr, {});
}

namespace listing {

task<result<response>> list(const listing_app& app, services& with, request& call) {
    auto wanted = read_list(app.all().kind(), call);
    if (!wanted)
        co_return fail(std::move(wanted.error()));
    const std::string origin = call.origin();
    co_return co_await answer_page(
        call, app.all().kind().listed, view_for(call, origin), [&](int size, std::int64_t offset) {
            return app.all().list(with.db, with.cache, viewer_of(call), *wanted, size, offset);
        });
}

task<result<response>> my_listings(const listing_app& app, services& with, request& call) {
    co_return co_await answer_page(
        call, app.all().kind().listed, view_for(call), [&](int size, std::int64_t offset) {
            return app.all().of_seller(with.db, call.caller->id, true, ordering_of(call), size, offset);
        });
}

task<result<response>> retrieve(const listing_app& app, services& with, request& call) {
    const auto id = call.id();
    if (!id)
        co_return fail(id.error());
    const bool logged_in = call.caller != nullptr;
    std::string origin = call.origin();
    std::string tag = app.all().tag_of(*id);
    std::string variant = (logged_in ? "u|" : "a|") + origin;
    if (auto hot = with.cache.find(tag, variant))
        co_return response(std::move(hot));
    storage::cache::maker make = [&app, &db = with.db, id = *id, logged_in,
                                  origin]() -> task<result<std::string>> {
        auto found = co_await app.all().find(db, id, {});
        if (!found)
            co_return fail(std::move(found.error()));
        if (found->found.empty())
            co_return fail(no_such_listing(app));
        co_return detail_body(app, *found, logged_in, origin);
    };
    auto kept = co_await with.cache.get(std::move(tag), std::move(variant), std::move(make));
    if (kept)
        co_return response(std::move(*kept));
    if (!logged_in || kept.error().code != errc::not_found)
        co_return fail(std::move(kept.error()));
    auto found = co_await app.all().find(with.db, *id, viewer_of(call));
    if (!found)
        co_return fail(std::move(found.error()));
    if (found->found.empty())
        co_return fail(no_such_listing(app));
    co_return response(200, detail_body(app, *found, true, origin));
}

task<result<response>> create(const listing_app& app, services& with, request& call) {
    const auto sellers_only = [&] { return fail(errc::forbidden, std::string(app.sellers_only)); };
    if (!call.caller->can_sell(now()))
        co_return sellers_only();
    auto in = read_body(call);
    if (!in)
        co_return fail(std::move(in.error()));
    listing_body body;
    body.in = &*in;
    auto images = co_await read_listing(app, with, call, mode::create, storage::listings::most_images, body);
    if (!images)
        co_return fail(std::move(images.error()));
    auto made = co_await app.all().create(with.db, call.caller->id, body.object.get(), *images);
    if (!made || made->found.empty())
        co_await discard_all(with, std::move(*images));
    if (!made)
        co_return fail(std::move(made.error()));
    if (made->found.empty())
        co_return sellers_only();
    co_return response(201, listing_text(app, call, *made));
}

task<result<response>> put(const listing_app& app, services& with, request& call) {
    return change(app, with, call, mode::put);
}
task<result<response>> patch(const listing_app& app, services& with, request& call) {
    return change(app, with, call, mode::patch);
}

task<result<response>> remove(const listing_app& app, services& with, request& call) {
    auto id = co_await changeable_listing(app, with, call);
    if (!id)
        co_return fail(std::move(id.error()));
    co_return co_await remove_with(with, *app.all().kind().of,
                                   [&] { return app.all().remove(with.db, with.cache, *id); });
}

task<result<response>> mark_as_sold(const listing_app& app, services& with, request& call) {
    return step(app, with, call, listing_change::sell, "marked as sold");
}
task<result<response>> archive(const listing_app& app, services& with, request& call) {
    return step(app, with, call, listing_change::archive, "archived");
}
task<result<response>> reactivate(const listing_app& app, services& with, request& call) {
    return step(app, with, call, listing_change::reactivate, "reactivated");
}
task<result<response>> approve(const listing_app& app, services& with, request& call) {
    auto id = co_await changeable_listing(app, with, call);
    if (!id)
        co_return fail(std::move(id.error()));
    auto approved =
        co_await app.all().transition(with.db, with.cache, *id, viewer_of(call), listing_change::approve);
    if (!approved && approved.error().code == errc::refused)
        approved = co_await approve_flagged(app, with, call, *id, std::move(approved.error()));
    if (!approved)
        co_return fail(std::move(approved.error()));
    co_return step_answer(app, call, "approved", *approved);
}

task<result<response>> reject(const listing_app& app, services& with, request& call) {
    auto id = co_await changeable_listing(app, with, call); // 404 comes before what is wrong with the body
    if (!id)
        co_return fail(std::move(id.error()));
    auto body = read_small<rejection>(call, rejection_fields);
    if (!body)
        co_return fail(std::move(body.error()));
    co_return co_await step(app, with, call, listing_change::reject, "rejected", std::move(body->reason));
}

} // namespace listing
} // namespace mvp::http::api
