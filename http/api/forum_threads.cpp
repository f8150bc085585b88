// The forum's threads: lists, details, changes, and the steps between their states.
#include "http/api/forum.hpp"

#include "actors/moderators.hpp"
#include "http/api/bodies.hpp"
#include "http/rest.hpp"
#include "http/router.hpp"
#include "http/services.hpp"
#include "http/throttle.hpp"
#include "storage/model/json_text.hpp"

#include <fmt/format.h>

namespace mvp::http::api {
namespace {

namespace forum = storage::forum;
using forum::thread_change;
using storage::forum_thread_detailed;
using storage::forum_thread_fields;
using storage::forum_thread_listed;
using storage::forum_threads_resource;

// --- lists
// ------------------------------------------------------------------------------------------------------------

task<result<response>> list(services& with, request& call) {
    forum::thread_request wanted;
    if (auto read = read_search(call, wanted); !read)
        co_return fail(std::move(read.error()));
    const auto category = id_parameter(call, "category");
    if (!category)
        co_return fail(category.error());
    wanted.category = *category;
    const std::string origin = call.origin();
    co_return co_await answer_page(call, forum_thread_listed, view_for(call, origin),
                                   [&](int size, std::int64_t offset) {
                                       return forum::threads(with.db, viewer_of(call), wanted, size, offset);
                                   });
}

/// An action that lists: files' URLs begin at the root.
task<result<response>> list_some(services& with, request& call, forum::thread_request wanted) {
    wanted.ordering = ordering_of(call);
    co_return co_await answer_page(call, forum_thread_listed, view_for(call),
                                   [&](int size, std::int64_t offset) {
                                       return forum::threads(with.db, viewer_of(call), wanted, size, offset);
                                   });
}

task<result<response>> my_threads(services& with, request& call) {
    forum::thread_request wanted;
    wanted.author = call.caller->id;
    co_return co_await list_some(with, call, std::move(wanted));
}

task<result<response>> by_category(services& with, request& call) {
    const auto category = needed_id_parameter(call, "category_id");
    if (!category)
        co_return fail(category.error());
    forum::thread_request wanted;
    wanted.category = *category;
    co_return co_await list_some(with, call, std::move(wanted));
}

// --- one thread
// -------------------------------------------------------------------------------------------------------

std::string detail_body(const request& call, const forum::thread_detail& found,
                        std::string_view origin = {}) {
    return encode_object(forum_thread_detailed, found.thread.front(), view_for(call, origin),
                         {&found.responses, 1});
}

/// The thread as the caller sees it after a change; it is no view of it.
task<result<std::string>> changed_body(services& with, const request& call, uuid id) {
    auto found = co_await forum::find_thread(with.db, id, viewer_of(call));
    if (!found)
        co_return fail(std::move(found.error()));
    if (found->thread.empty())
        co_return fail(no_such(forum_threads_resource));
    co_return detail_body(call, *found);
}

task<result<response>> retrieve(services& with, request& call) {
    const auto id = call.id();
    if (!id)
        co_return fail(id.error());
    std::optional<std::string> eyes;
    if (!call.head)
        eyes = call.caller ? call.caller->id.text() : call.remote_address;
    auto found = co_await forum::find_thread(with.db, *id, viewer_of(call), eyes);
    if (!found)
        co_return fail(std::move(found.error()));
    if (found->thread.empty())
        co_return fail(no_such(forum_threads_resource));
    if (eyes && !found->view_counted)
        with.moderators.viewed(*id, std::move(*eyes));
    co_return response(200, detail_body(call, *found, call.origin()));
}

task<result<response>> create(services& with, request& call) {
    auto body = decode<storage::forum_thread>(call, forum_thread_fields, mode::create);
    if (!body)
        co_return fail(std::move(body.error()));
    if (auto allowed = co_await within_newcomers_limit(with, call, newcomers::thread); !allowed)
        co_return fail(std::move(allowed.error()));
    auto id = co_await forum::create_thread(with.db, call.caller->id, std::move(body->value));
    if (!id)
        co_return fail(std::move(id.error()));
    auto made = co_await changed_body(with, call, *id);
    if (!made)
        co_return fail(std::move(made.error()));
    co_return response(201, std::move(*made));
}

template <mode How> task<result<response>> change(services& with, request& call) {
    auto id = co_await changeable_thread(with, call);
    if (!id)
        co_return fail(std::move(id.error()));
    auto body = decode<storage::forum_thread>(call, forum_thread_fields, How);
    if (!body)
        co_return fail(std::move(body.error()));
    auto changed = co_await forum::update_thread(with.db, *id, std::move(body->value), body->present);
    if (!changed)
        co_return fail(std::move(changed.error()));
    if (changed->empty())
        co_return fail(no_such(forum_threads_resource));
    co_return response(200, encode_object(storage::forum_thread_written, changed->front(), view_for(call)));
}

task<result<response>> remove(services& with, request& call) {
    auto id = co_await changeable_thread(with, call);
    if (!id)
        co_return fail(std::move(id.error()));
    auto done = co_await forum::remove_thread(with.db, *id);
    if (!done)
        co_return fail(std::move(done.error()));
    if (!*done)
        co_return fail(no_such(forum_threads_resource));
    co_return response::no_content();
}

struct said {
    std::string content;
};
constexpr std::array said_fields{storage::field<&said::content>(
    "content", storage::flag::required | storage::flag::created, {.length = storage::longest_post})};

task<result<response>> add_response(services& with, request& call) {
    auto id = co_await visible_thread(with, call);
    if (!id)
        co_return fail(std::move(id.error()));
    auto body = read_small<said>(call, said_fields);
    if (!body)
        co_return fail(std::move(body.error()));
    co_return co_await respond(with, call, *id, std::move(body->content));
}

// --- steps
// ------------------------------------------------------------------------------------------------------------

/// The thread after the step, as JSON.
task<result<std::string>> step(services& with, request& call, thread_change what) {
    auto id = co_await changeable_thread(with, call);
    if (!id)
        co_return fail(std::move(id.error()));
    auto done = co_await with.moderators.change(*id, what);
    if (!done)
        co_return fail(std::move(done.error()));
    co_return co_await changed_body(with, call, *id);
}

task<result<response>> mark_resolved(services& with, request& call) {
    auto body = co_await step(with, call, thread_change::resolve);
    if (!body)
        co_return fail(std::move(body.error()));
    co_return response(200, R"({"message":"Thread marked as resolved","thread":)" + *body + "}");
}

/// What staff do to a thread.
template <thread_change What> task<result<response>> step_to(services& with, request& call) {
    auto body = co_await step(with, call, What);
    if (!body)
        co_return fail(std::move(body.error()));
    co_return response(200, std::move(*body));
}

constexpr route table[] = {
    {.path = "/api/forum/threads/",
     .name = "forum-threads-list",
     .by_method = {.get = list, .post = create},
     .who = access::reads_anyone,
     .docs = {.get = doc::page_of(forum_thread_listed).lists(forum_thread_fields).asks(doc::id("category")),
              .post = doc::takes(forum_thread_fields, mode::create).gives(201, forum_thread_detailed)}},
    {.path = "/api/forum/threads/my_threads/",
     .name = "forum-threads-my-threads",
     .by_method = {.get = my_threads},
     .who = access::user_by_hand,
     .docs = {.get = doc::page_of(forum_thread_listed).orders(forum_thread_fields)}},
    {.path = "/api/forum/threads/by_category/",
     .name = "forum-threads-by-category",
     .by_method = {.get = by_category},
     .who = access::reads_anyone,
     .docs =
         {.get = doc::page_of(forum_thread_listed).orders(forum_thread_fields).asks(doc::id("category_id"))}},
    {.path = "/api/forum/threads/{id}/",
     .name = "forum-threads-detail",
     .by_method = {.get = retrieve, .put = change<mode::put>, .patch = change<mode::patch>, .del = remove},
     .who = access::reads_anyone,
     .docs = {.get = doc::gives(forum_thread_detailed),
              .put = doc::takes(forum_thread_fields, mode::put).gives(storage::forum_thread_written),
              .patch = doc::takes(forum_thread_fields, mode::patch).gives(storage::forum_thread_written),
              .del = doc::gives_nothing()}},
    {.path = "/api/forum/threads/{id}/add_response/",
     .name = "forum-threads-add-response",
     .by_method = {.post = add_response},
     .who = access::reads_anyone,
     .docs = {.post = doc::takes(said_fields).gives(201, storage::forum_response_shown)}},
    {.path = "/api/forum/threads/{id}/mark_resolved/",
     .name = "forum-threads-mark-resolved",
     .by_method = {.post = mark_resolved},
     .who = access::reads_anyone,
     .docs = {.post = doc::gives(doc::message, doc::object("thread", forum_thread_detailed))}},
    {.path = "/api/forum/threads/{id}/pin/",
     .name = "forum-threads-pin",
     .by_method = {.post = step_to<thread_change::pin>},
     .who = access::staff,
     .docs = {.post = doc::gives(forum_thread_detailed)}},
    {.path = "/api/forum/threads/{id}/unpin/",
     .name = "forum-threads-unpin",
     .by_method = {.post = step_to<thread_change::unpin>},
     .who = access::staff,
     .docs = {.post = doc::gives(forum_thread_detailed)}},
    {.path = "/api/forum/threads/{id}/feature/",
     .name = "forum-threads-feature",
     .by_method = {.post = step_to<thread_change::feature>},
     .who = access::staff,
     .docs = {.post = doc::gives(forum_thread_detailed)}},
    {.path = "/api/forum/threads/{id}/unfeature/",
     .name = "forum-threads-unfeature",
     .by_method = {.post = step_to<thread_change::unfeature>},
     .who = access::staff,
     .docs = {.post = doc::gives(forum_thread_detailed)}},
    {.path = "/api/forum/threads/{id}/close/",
     .name = "forum-threads-close",
     .by_method = {.post = step_to<thread_change::close>},
     .who = access::staff,
     .docs = {.post = doc::gives(forum_thread_detailed)}},
    {.path = "/api/forum/threads/{id}/reopen/",
     .name = "forum-threads-reopen",
     .by_method = {.post = step_to<thread_change::reopen>},
     .who = access::staff,
     .docs = {.post = doc::gives(forum_thread_detailed)}},
};

} // namespace

task<result<uuid>> visible_thread(services& with, const request& call) {
    return row_for(call, forum_threads_resource, wish::read,
                   [&with](uuid id) { return forum::find_thread_target(with.db, id); });
}

task<result<uuid>> changeable_thread(services& with, const request& call) {
    return row_for(call, forum_threads_resource, wish::change,
                   [&with](uuid id) { return forum::find_thread_target(with.db, id); });
}

task<result<response>> respond(services& with, request& call, uuid thread, std::string content) {
    if (auto allowed = co_await within_newcomers_limit(with, call, newcomers::post); !allowed)
        co_return fail(std::move(allowed.error()));
    auto made = co_await with.moderators.respond(thread, call.caller->id, std::move(content));
    if (!made)
        co_return fail(std::move(made.error()));
    co_return response(201, encode_object(storage::forum_response_shown, made->response(), view_for(call)));
}

extern const std::span<const route> forum_thread_routes;
const std::span<const route> forum_thread_routes = table;

} // namespace mvp::http::api
