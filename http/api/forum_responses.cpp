// The forum's responses: lists, changes, votes.
#include "http/api/forum.hpp"

#include "actors/moderators.hpp"
#include "http/api/bodies.hpp"
#include "http/rest.hpp"
#include "http/router.hpp"
#include "http/services.hpp"
#include "storage/model/json_text.hpp"

namespace mvp::http::api {
namespace {

namespace forum = storage::forum;
using storage::forum_response_fields;
using storage::forum_response_shown;
using storage::forum_responses_resource;

// --- lists
// ------------------------------------------------------------------------------------------------------------

task<result<response>> answer_list(services& with, request& call, forum::response_request wanted) {
    wanted.ordering = ordering_of(call);
    const std::string origin = call.origin();
    co_return co_await answer_page(
        call, forum_response_shown, view_for(call, origin), [&](int size, std::int64_t offset) {
            return forum::responses(with.db, viewer_of(call), wanted, size, offset);
        });
}

task<result<response>> list(services& with, request& call) {
    const auto thread = id_parameter(call, "thread");
    if (!thread)
        co_return fail(thread.error());
    forum::response_request wanted;
    wanted.thread = *thread;
    co_return co_await answer_list(with, call, std::move(wanted));
}

task<result<response>> my_responses(services& with, request& call) {
    forum::response_request wanted;
    wanted.author = call.caller->id;
    co_return co_await answer_list(with, call, std::move(wanted));
}

struct said_where {
    uuid thread{};
    std::string content;
};
constexpr auto said_where_fields = [] {
    using namespace storage;
    constexpr unsigned needed = flag::required | flag::created;
    return std::array{field<&said_where::thread>("thread", needed),
                      field<&said_where::content>("content", needed, {.length = storage::longest_post})};
}();

task<result<response>> create(services& with, request& call) {
    auto body = read_small<said_where>(call, said_where_fields);
    if (!body)
        co_return fail(std::move(body.error()));
    auto thread = co_await forum::find_thread_target(with.db, body->thread);
    if (!thread)
        co_return fail(std::move(thread.error()));
    if (!*thread || !(*thread)->seen_by(viewer_of(call)))
        co_return fail(errc::missing, "Thread not found");
    co_return co_await respond(with, call, body->thread, std::move(body->content));
}

// --- one response
// -----------------------------------------------------------------------------------------------------

task<result<uuid>> changeable_response(services& with, const request& call) {
    return row_for(call, forum_responses_resource, wish::change,
                   [&](uuid id) { return forum::find_response_target(with.db, id, viewer_of(call)); });
}

result<response> response_answer(const request& call, const storage::rows& found) {
    if (found.empty())
        return fail(no_such(forum_responses_resource));
    const std::string origin = call.origin();
    return response(200, encode_object(forum_response_shown, found.front(), view_for(call, origin)));
}

task<result<response>> retrieve(services& with, request& call) {
    auto found = co_await shown_row(call, forum_responses_resource, [&](uuid id) {
        return forum::find_response(with.db, id, viewer_of(call));
    });
    if (!found)
        co_return fail(std::move(found.error()));
    co_return response_answer(call, *found);
}

template <mode How> task<result<response>> change(services& with, request& call) {
    auto id = co_await changeable_response(with, call);
    if (!id)
        co_return fail(std::move(id.error()));
    auto body = decode<storage::forum_response>(call, forum_response_fields, How);
    if (!body)
        co_return fail(std::move(body.error()));
    std::optional<std::string> content;
    if (body->present.any())
        content = std::move(body->value.content);
    auto changed = co_await forum::update_response(with.db, *id, viewer_of(call), std::move(content));
    if (!changed)
        co_return fail(std::move(changed.error()));
    co_return response_answer(call, *changed);
}

task<result<response>> remove(services& with, request& call) {
    auto id = co_await changeable_response(with, call);
    if (!id)
        co_return fail(std::move(id.error()));
    auto done = co_await forum::remove_response(with.db, *id);
    if (!done)
        co_return fail(std::move(done.error()));
    if (!*done)
        co_return fail(no_such(forum_responses_resource));
    co_return response::no_content();
}

// --- votes
// ------------------------------------------------------------------------------------------------------------

/// The response in the path, if the caller sees it.
task<result<forum::response_target>> visible_response(services& with, const request& call) {
    const auto id = call.id();
    if (!id)
        co_return fail(id.error());
    auto found = co_await forum::find_response_target(with.db, *id, viewer_of(call));
    if (!found)
        co_return fail(std::move(found.error()));
    if (!*found || !(*found)->seen_by(viewer_of(call)))
        co_return fail(no_such(forum_responses_resource));
    co_return **found;
}

task<result<response>> cast_vote(services& with, request& call, uuid thread,
                                 std::optional<storage::helpfulness> what) {
    forum::new_vote vote;
    vote.text = *call.id();
    vote.user = call.caller->id;
    vote.what = what;
    auto done = co_await with.moderators.vote(thread, vote);
    if (!done)
        co_return fail(std::move(done.error()));
    const std::string_view message = !what ? "Vote removed" : done->again ? "Vote updated" : "Vote recorded";
    const std::string origin = call.origin();
    co_return response(
        200, R"({"message":)" + json_text(message) + R"(,"response":)" +
                 encode_object(forum_response_shown, done->response(), view_for(call, origin)) + "}");
}

struct opinion {
    storage::helpfulness vote_type{};
};
constexpr std::array vote_fields{
    storage::field<&opinion::vote_type>("vote_type", storage::flag::required | storage::flag::created)};

task<result<response>> vote(services& with, request& call) {
    auto about = co_await visible_response(with, call);
    if (!about)
        co_return fail(std::move(about.error()));
    if (about->owner == call.caller->id)
        co_return fail(errc::forbidden, "You cannot vote on your own content");
    auto body = read_body(call);
    if (!body)
        co_return fail(std::move(body.error()));
    const auto* given = body->object.find("vote_type");
    const auto what = given && given->is == json_value::type::string
                          ? storage::parse_choice<storage::helpfulness>(given->text)
                          : std::nullopt;
    if (!what)
        co_return fail(errc::refused, "vote_type must be \"helpful\" or \"unhelpful\"");
    co_return co_await cast_vote(with, call, about->thread, what);
}

task<result<response>> remove_vote(services& with, request& call) {
    auto about = co_await visible_response(with, call);
    if (!about)
        co_return fail(std::move(about.error()));
    co_return co_await cast_vote(with, call, about->thread, std::nullopt);
}

constexpr auto told_with_response = doc::gives(doc::message, doc::object("response", forum_response_shown));

constexpr route table[] = {
    {.path = "/api/forum/responses/",
     .name = "forum-responses-list",
     .by_method = {.get = list, .post = create},
     .who = access::reads_anyone,
     .docs = {.get = doc::page_of(forum_response_shown).lists(forum_response_fields).asks(doc::id("thread")),
              .post = doc::takes(said_where_fields).gives(201, forum_response_shown)}},
    {.path = "/api/forum/responses/my_responses/",
     .name = "forum-responses-my-responses",
     .by_method = {.get = my_responses},
     .who = access::user_by_hand,
     .docs = {.get = doc::page_of(forum_response_shown).lists(forum_response_fields)}},
    {.path = "/api/forum/responses/{id}/",
     .name = "forum-responses-detail",
     .by_method = {.get = retrieve, .put = change<mode::put>, .patch = change<mode::patch>, .del = remove},
     .who = access::reads_anyone,
     .docs = {.get = doc::gives(forum_response_shown),
              .put = doc::takes(forum_response_fields, mode::put).gives(forum_response_shown),
              .patch = doc::takes(forum_response_fields, mode::patch).gives(forum_response_shown),
              .del = doc::gives_nothing()}},
    {.path = "/api/forum/responses/{id}/vote/",
     .name = "forum-responses-vote",
     .by_method = {.post = vote},
     .who = access::reads_anyone,
     .docs = {.post = told_with_response.takes(vote_fields)}},
    {.path = "/api/forum/responses/{id}/remove_vote/",
     .name = "forum-responses-remove-vote",
     .by_method = {.del = remove_vote},
     .who = access::reads_anyone,
     .docs = {.del = told_with_response}},
};

} // namespace

extern const std::span<const route> forum_response_routes;
const std::span<const route> forum_response_routes = table;

} // namespace mvp::http::api
