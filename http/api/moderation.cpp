// Flags by users, and what staff decide about them; one implementation, routed for each type of content.
#include "storage/moderation.hpp"
#include "http/api/bodies.hpp"
#include "http/api/comments.hpp"
#include "http/api/forum.hpp"
#include "http/rest.hpp"
#include "http/router.hpp"
#include "http/services.hpp"
#include "storage/reviews.hpp"

namespace mvp::http::api {
namespace {

namespace moderation = storage::moderation;
using storage::content_type;

// --- flags
// --------------------------------------------------------------------------------------------------------------

struct complaint {
    std::string reason;
};
constexpr unsigned needed = storage::flag::required | storage::flag::created;
constexpr std::array complaint_fields{storage::field<&complaint::reason>("reason", needed, {.length = 255})};

task<result<response>> flag_one(services& with, request& call, content_type type) {
    std::optional<storage::ownership> seen;
    auto id = co_await row_for(call, moderation::resource_of(type), wish::read,
                               [&](uuid id) -> task<result<std::optional<storage::ownership>>> {
                                   auto found =
                                       co_await moderation::find_target(with.db, type, id, viewer_of(call));
                                   if (found)
                                       seen = *found;
                                   co_return found;
                               });
    if (!id)
        co_return fail(std::move(id.error()));
    if (seen->owner == call.caller->id)
        co_return fail(errc::refused, "You cannot flag your own content");
    auto body = read_small<complaint>(call, complaint_fields);
    if (!body)
        co_return fail(std::move(body.error()));
    auto flagged = co_await moderation::flag(with.db, with.cache, type, *id, call.caller->id,
                                             std::move(body->reason), with.options.flags_to_hide);
    if (!flagged)
        co_return fail(std::move(flagged.error()));
    if (!*flagged)
        co_return response(200, R"({"message":"Already flagged"})");
    co_return response(201, R"({"message":"Flagged for review"})");
}
template <content_type Type> task<result<response>> flag(services& with, request& call) {
    return flag_one(with, call, Type);
}

// --- decisions
// ----------------------------------------------------------------------------------------------------------

/// How staff see the content afterwards.
using answer = task<result<response>> (*)(services&, const request&, uuid);

template <storage::comments::kind K>
task<result<response>> comment_answer(services& with, const request& call, uuid id) {
    return answer_comment(with, call, K, id);
}
constexpr answer comment = comment_answer<storage::comments::kind::comment>,
                 reply = comment_answer<storage::comments::kind::reply>;

task<result<response>> forum_response(services& with, const request& call, uuid id) {
    auto found = co_await storage::forum::find_response(with.db, id, viewer_of(call));
    if (!found)
        co_return fail(std::move(found.error()));
    if (found->empty())
        co_return fail(no_such(storage::forum_responses_resource));
    const std::string origin = call.origin();
    co_return response(200,
                       encode_object(storage::forum_response_shown, found->front(), view_for(call, origin)));
}

task<result<response>> forum_thread(services& with, const request& call, uuid id) {
    auto found = co_await storage::forum::find_thread(with.db, id, viewer_of(call));
    if (!found)
        co_return fail(std::move(found.error()));
    if (found->thread.empty())
        co_return fail(no_such(storage::forum_threads_resource));
    const std::string origin = call.origin();
    co_return response(200, encode_object(storage::forum_thread_detailed, found->thread.front(),
                                          view_for(call, origin), {&found->responses, 1}));
}

template <const storage::review_kind& Kind>
task<result<response>> review_answer(services& with, const request& call, uuid id) {
    auto found = co_await storage::reviews::find(with.db, Kind, id, viewer_of(call));
    if (!found)
        co_return fail(std::move(found.error()));
    if (found->empty())
        co_return fail(no_such(Kind.of));
    const std::string origin = call.origin();
    co_return response(200, encode_object(Kind.shown, found->front(), view_for(call, origin)));
}
constexpr answer review = review_answer<storage::seller_reviews>,
                 part_review = review_answer<storage::part_reviews>;

template <content_type Type, answer Show> task<result<response>> approve(services& with, request& call) {
    const auto id = call.id();
    if (!id)
        co_return fail(id.error());
    auto done = co_await moderation::approve(with.db, with.cache, Type, *id);
    if (!done)
        co_return fail(std::move(done.error()));
    co_return co_await Show(with, call, *id);
}

struct rejection {
    std::string reason;
};
constexpr std::array rejection_fields{storage::field<&rejection::reason>("reason", needed, {.length = 1000})};

task<result<response>> reject_one(services& with, request& call, content_type type, answer show) {
    const auto find = [&](uuid id) { return moderation::find_target(with.db, type, id, viewer_of(call)); };
    auto id = co_await row_for(call, moderation::resource_of(type), wish::change, find);
    if (!id) // 404 comes before what is wrong with the body
        co_return fail(std::move(id.error()));
    auto body = read_small<rejection>(call, rejection_fields);
    if (!body)
        co_return fail(std::move(body.error()));
    auto done =
        co_await moderation::reject(with.db, with.cache, type, *id, call.caller->id, std::move(body->reason));
    if (!done)
        co_return fail(std::move(done.error()));
    co_return co_await show(with, call, *id);
}
template <content_type Type, answer Show> task<result<response>> reject(services& with, request& call) {
    return reject_one(with, call, Type, Show);
}

// --- the list of staff
// --------------------------------------------------------------------------------------------------

task<result<response>> list(services& with, request& call) {
    const auto given = only_filter(
        call, storage::moderation_case_fields[storage::position(storage::moderation_case_fields, "type")]);
    if (!given)
        co_return fail(given.error());
    const auto only = *given ? storage::parse_choice<content_type>(**given) : std::nullopt;
    const std::string origin = call.origin();
    co_return co_await answer_page(call, storage::moderation_case_shown, view_for(call, origin),
                                   [&](int size, std::int64_t offset) -> task<result<storage::page>> {
                                       co_return co_await moderation::list(with.db, only, size, offset);
                                   });
}

/// 200 where he had flagged it before.
constexpr auto flags = doc::takes(complaint_fields).gives(201, doc::message).or_with(200);
constexpr doc::operation rejects(doc::shape shown) {
    return doc::takes(rejection_fields).gives(shown);
}

constexpr route table[] = {
    {.path = "/api/moderation/",
     .name = "moderation-list",
     .by_method = {.get = list},
     .who = access::staff,
     .docs = {.get = doc::page_of(storage::moderation_case_shown).lists(storage::moderation_case_fields)}},
    {.path = "/api/comments/{id}/flag/",
     .name = "comments-flag",
     .by_method = {.post = flag<content_type::comment>},
     .who = access::reads_anyone,
     .docs = {.post = flags}},
    {.path = "/api/comments/{id}/approve/",
     .name = "comments-approve",
     .by_method = {.post = approve<content_type::comment, comment>},
     .who = access::staff,
     .docs = {.post = doc::gives(storage::comment_shown)}},
    {.path = "/api/comments/{id}/reject/",
     .name = "comments-reject",
     .by_method = {.post = reject<content_type::comment, comment>},
     .who = access::staff,
     .docs = {.post = rejects(storage::comment_shown)}},
    {.path = "/api/comment-replies/{id}/flag/",
     .name = "comment-replies-flag",
     .by_method = {.post = flag<content_type::comment_reply>},
     .who = access::reads_anyone,
     .docs = {.post = flags}},
    {.path = "/api/comment-replies/{id}/approve/",
     .name = "comment-replies-approve",
     .by_method = {.post = approve<content_type::comment_reply, reply>},
     .who = access::staff,
     .docs = {.post = doc::gives(storage::comment_reply_shown)}},
    {.path = "/api/comment-replies/{id}/reject/",
     .name = "comment-replies-reject",
     .by_method = {.post = reject<content_type::comment_reply, reply>},
     .who = access::staff,
     .docs = {.post = rejects(storage::comment_reply_shown)}},
    {.path = "/api/reviews/{id}/flag/",
     .name = "reviews-flag",
     .by_method = {.post = flag<content_type::review>},
     .who = access::reads_anyone,
     .docs = {.post = flags}},
    {.path = "/api/reviews/{id}/approve/",
     .name = "reviews-approve",
     .by_method = {.post = approve<content_type::review, review>},
     .who = access::staff,
     .docs = {.post = doc::gives(storage::seller_review_shown)}},
    {.path = "/api/reviews/{id}/reject/",
     .name = "reviews-reject",
     .by_method = {.post = reject<content_type::review, review>},
     .who = access::staff,
     .docs = {.post = rejects(storage::seller_review_shown)}},
    {.path = "/api/part-reviews/{id}/flag/",
     .name = "part-reviews-flag",
     .by_method = {.post = flag<content_type::part_review>},
     .who = access::reads_anyone,
     .docs = {.post = flags}},
    {.path = "/api/part-reviews/{id}/approve/",
     .name = "part-reviews-approve",
     .by_method = {.post = approve<content_type::part_review, part_review>},
     .who = access::staff,
     .docs = {.post = doc::gives(storage::part_review_shown)}},
    {.path = "/api/part-reviews/{id}/reject/",
     .name = "part-reviews-reject",
     .by_method = {.post = reject<content_type::part_review, part_review>},
     .who = access::staff,
     .docs = {.post = rejects(storage::part_review_shown)}},
    {.path = "/api/forum/responses/{id}/flag/",
     .name = "forum-responses-flag",
     .by_method = {.post = flag<content_type::forum_response>},
     .who = access::reads_anyone,
     .docs = {.post = flags}},
    {.path = "/api/forum/responses/{id}/approve/",
     .name = "forum-responses-approve",
     .by_method = {.post = approve<content_type::forum_response, forum_response>},
     .who = access::staff,
     .docs = {.post = doc::gives(storage::forum_response_shown)}},
    {.path = "/api/forum/responses/{id}/reject/",
     .name = "forum-responses-reject",
     .by_method = {.post = reject<content_type::forum_response, forum_response>},
     .who = access::staff,
     .docs = {.post = rejects(storage::forum_response_shown)}},
    {.path = "/api/forum/threads/{id}/flag/",
     .name = "forum-threads-flag",
     .by_method = {.post = flag<content_type::forum_thread>},
     .who = access::reads_anyone,
     .docs = {.post = flags}},
    {.path = "/api/forum/threads/{id}/approve/",
     .name = "forum-threads-approve",
     .by_method = {.post = approve<content_type::forum_thread, forum_thread>},
     .who = access::staff,
     .docs = {.post = doc::gives(storage::forum_thread_detailed)}},
    {.path = "/api/forum/threads/{id}/reject/",
     .name = "forum-threads-reject",
     .by_method = {.post = reject<content_type::forum_thread, forum_thread>},
     .who = access::staff,
     .docs = {.post = rejects(storage::forum_thread_detailed)}},
    {.path = "/api/cars/{id}/flag/",
     .name = "cars-flag",
     .by_method = {.post = flag<content_type::car>},
     .who = access::reads_anyone,
     .docs = {.post = flags}},
    {.path = "/api/parts/{id}/flag/",
     .name = "parts-flag",
     .by_method = {.post = flag<content_type::part>},
     .who = access::reads_anyone,
     .docs = {.post = flags}},
};

} // namespace

extern const std::span<const route> moderation_routes;
const std::span<const route> moderation_routes = table;

} // namespace mvp::http::api
