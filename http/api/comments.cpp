// Comments on cars and parts, replies to them, and their likes. What both have in common is written once and
// routed for either kind.
#include "http/api/comments.hpp"

#include "http/decode.hpp"
#include "http/rest.hpp"
#include "http/router.hpp"
#include "http/services.hpp"
#include "http/throttle.hpp"

#include <fmt/format.h>

namespace mvp::http::api {
namespace {

namespace comments = storage::comments;
using comments::kind;

// --- what the two kinds have in common
// ----------------------------------------------------------------------------------

/// The id in the path, of one that the caller may change.
task<result<uuid>> changeable(services& with, const request& call, kind k) {
    return row_for(call, comments::resource_of(k), wish::change, [&with, &call, k](uuid id) {
        return comments::find_target(with.db, k, id, viewer_of(call));
    });
}

template <kind K> task<result<response>> list(services& with, request& call) {
    const std::string origin = call.origin();
    co_return co_await answer_page(
        call, comments::shape_of(K), view_for(call, origin), [&](int size, std::int64_t offset) {
            return comments::list(with.db, K, viewer_of(call), ordering_of(call), size, offset);
        });
}

result<response> whole(const request& call, kind k, const comments::detail& found) {
    if (found.row.empty())
        return fail(no_such(comments::resource_of(k)));
    return response(200, comment_body(call, k, found, call.origin()));
}

template <kind K> task<result<response>> retrieve(services& with, request& call) {
    const auto id = call.id();
    if (!id)
        co_return fail(id.error());
    co_return co_await answer_comment(with, call, K, *id);
}

/// What both write is a text.
result<std::string> text_of(const inputs& body) {
    auto read = decode<storage::comment>(body, storage::comment_fields, mode::create);
    if (!read)
        return fail(std::move(read.error()));
    return std::move(read->value.text);
}

task<result<response>> change(services& with, request& call, kind k, mode how) {
    auto id = co_await changeable(with, call, k);
    if (!id)
        co_return fail(std::move(id.error()));
    auto body = decode<storage::comment>(call, storage::comment_fields, how);
    if (!body)
        co_return fail(std::move(body.error()));
    std::optional<std::string> text;
    if (body->present.test(storage::position(storage::comment_fields, "text")))
        text = std::move(body->value.text);
    auto changed = co_await comments::update(with.db, k, *id, viewer_of(call), std::move(text));
    if (!changed)
        co_return fail(std::move(changed.error()));
    co_return whole(call, k, *changed);
}
template <kind K, mode How> task<result<response>> change(services& with, request& call) {
    return change(with, call, K, How);
}

task<result<response>> remove_one(services& with, request& call, kind k) {
    auto id = co_await changeable(with, call, k);
    if (!id)
        co_return fail(std::move(id.error()));
    auto removed = co_await comments::remove(with.db, k, *id);
    if (!removed)
        co_return fail(std::move(removed.error()));
    if (!*removed)
        co_return fail(no_such(comments::resource_of(k)));
    co_return response::no_content();
}
template <kind K> task<result<response>> remove(services& with, request& call) {
    return remove_one(with, call, K);
}

response message(int status, std::string_view text) {
    return response(status, fmt::format(R"({{"message":"{}"}})", text));
}

std::string_view noun(kind k) {
    return k == kind::comment ? "Comment" : "Reply";
}

template <kind K> task<result<response>> like(services& with, request& call) {
    const auto id = call.id();
    if (!id)
        co_return fail(id.error());
    auto liked = co_await comments::like(with.db, K, *id, viewer_of(call));
    if (!liked)
        co_return fail(std::move(liked.error()));
    if (!*liked)
        co_return fail(no_such(comments::resource_of(K)));
    if (!**liked)
        co_return message(200, "Already liked");
    co_return message(201, fmt::format("{} liked", noun(K)));
}

template <kind K> task<result<response>> unlike(services& with, request& call) {
    const auto id = call.id();
    if (!id)
        co_return fail(id.error());
    auto unliked = co_await comments::unlike(with.db, K, *id, viewer_of(call));
    if (!unliked)
        co_return fail(std::move(unliked.error()));
    if (!*unliked)
        co_return fail(no_such(comments::resource_of(K)));
    if (!**unliked)
        co_return fail(errc::refused, "Not liked");
    co_return message(200, fmt::format("{} unliked", noun(K)));
}

// --- comments
// -----------------------------------------------------------------------------------------------------------

task<result<response>> create(services& with, request& call) {
    auto body = read_body(call);
    if (!body)
        co_return fail(std::move(body.error()));
    const auto* type = body->object.find("content_type");
    const bool is_text = type && type->is == json_value::type::string;
    const auto id = id_in_body(*body, "object_id");
    if (!type || type->is == json_value::type::null || (is_text && type->text.empty()) || (id && !*id))
        co_return fail(errc::refused, "content_type and object_id are required");
    const auto what = is_text ? comments::subject_named(type->text) : std::nullopt;
    if (!what)
        co_return fail(errc::refused, "content_type must be \"car\" or \"part\"");
    if (!id)
        co_return fail(id.error());
    auto text = text_of(*body);
    if (!text)
        co_return fail(std::move(text.error()));
    if (auto allowed = co_await within_newcomers_limit(with, call, newcomers::post); !allowed)
        co_return fail(std::move(allowed.error()));
    auto made = co_await comments::create(with.db, *what, **id, viewer_of(call), std::move(*text));
    if (!made)
        co_return fail(std::move(made.error()));
    if (made->empty())
        co_return fail(errc::missing, "Object not found");
    const comments::detail found{*made, {}};
    co_return response(201, comment_body(call, kind::comment, found, {}));
}

task<result<response>> by_object(services& with, request& call) {
    const auto type = text_parameter(call, "content_type");
    if (!type)
        co_return fail(type.error());
    const auto id = id_parameter(call, "object_id");
    if (type->empty() || (id && !*id))
        co_return fail(errc::refused, "content_type and object_id parameters required");
    const auto what = comments::subject_named(*type);
    if (!what)
        co_return fail(errc::refused, "Invalid content_type");
    if (!id)
        co_return fail(id.error());
    const std::string origin = call.origin();
    co_return co_await answer_page(
        call, comments::shape_of(kind::comment), view_for(call, origin), [&](int size, std::int64_t offset) {
            return comments::about(with.db, *what, **id, viewer_of(call), ordering_of(call), size, offset);
        });
}

// --- replies
// ------------------------------------------------------------------------------------------------------------

task<result<response>> add_reply(services& with, const request& call, uuid comment, std::string text,
                                 error none) {
    if (auto allowed = co_await within_newcomers_limit(with, call, newcomers::post); !allowed)
        co_return fail(std::move(allowed.error()));
    auto made = co_await comments::reply(with.db, comment, viewer_of(call), std::move(text));
    if (!made)
        co_return fail(std::move(made.error()));
    if (made->empty())
        co_return fail(std::move(none));
    const comments::detail found{*made, {}};
    co_return response(201, comment_body(call, kind::reply, found, {}));
}

/// The comment is looked up before the body, and again with the reply.
task<result<response>> reply(services& with, request& call) {
    const auto& of = comments::resource_of(kind::comment);
    const auto find = [&](uuid id) {
        return comments::find_target(with.db, kind::comment, id, viewer_of(call));
    };
    auto id = co_await row_for(call, of, wish::read, find);
    if (!id)
        co_return fail(std::move(id.error()));
    auto body = read_body(call);
    if (!body)
        co_return fail(std::move(body.error()));
    auto text = text_of(*body);
    if (!text)
        co_return fail(std::move(text.error()));
    co_return co_await add_reply(with, call, *id, std::move(*text), no_such(of));
}

struct named_reply {
    uuid comment{};
    std::string text;
};
constexpr auto named_reply_fields = [] {
    using namespace storage;
    constexpr unsigned needed = flag::required | flag::created;
    return std::array{
        field<&named_reply::comment>("comment", needed),
        field<&named_reply::text>("text", needed, {.length = longest_post}),
    };
}();

task<result<response>> create_reply(services& with, request& call) {
    auto body = decode<named_reply>(call, named_reply_fields, mode::create);
    if (!body)
        co_return fail(std::move(body.error()));
    error none(errc::missing, "Comment not found");
    co_return co_await add_reply(with, call, body->value.comment, std::move(body->value.text),
                                 std::move(none));
}

/// 200 where it was liked before.
constexpr auto liked = doc::gives(201, doc::message).or_with(200);

constexpr route table[] = {
    {.path = "/api/comments/",
     .name = "comments-list",
     .by_method = {.get = list<kind::comment>, .post = create},
     .who = access::reads_anyone,
     .docs = {.get = doc::page_of(storage::comment_shown).lists(storage::comment_fields),
              .post = doc::takes(storage::comment_fields, mode::create)
                          .takes(doc::text("content_type"), doc::id("object_id"))
                          .gives(201, storage::comment_shown)}},
    {.path = "/api/comments/by_object/",
     .name = "comments-by-object",
     .by_method = {.get = by_object},
     .who = access::reads_anyone,
     .docs = {.get = doc::page_of(storage::comment_shown)
                         .lists(storage::comment_fields)
                         .asks(doc::text("content_type"), doc::id("object_id"))}},
    {.path = "/api/comments/{id}/",
     .name = "comments-detail",
     .by_method = {.get = retrieve<kind::comment>,
                   .put = change<kind::comment, mode::put>,
                   .patch = change<kind::comment, mode::patch>,
                   .del = remove<kind::comment>},
     .who = access::reads_anyone,
     .docs = {.get = doc::gives(storage::comment_shown),
              .put = doc::takes(storage::comment_fields, mode::put).gives(storage::comment_shown),
              .patch = doc::takes(storage::comment_fields, mode::patch).gives(storage::comment_shown),
              .del = doc::gives_nothing()}},
    {.path = "/api/comments/{id}/like/",
     .name = "comments-like",
     .by_method = {.post = like<kind::comment>},
     .who = access::reads_anyone,
     .docs = {.post = liked}},
    {.path = "/api/comments/{id}/unlike/",
     .name = "comments-unlike",
     .by_method = {.post = unlike<kind::comment>},
     .who = access::reads_anyone,
     .docs = {.post = doc::gives(doc::message)}},
    {.path = "/api/comments/{id}/reply/",
     .name = "comments-reply",
     .by_method = {.post = reply},
     .who = access::reads_anyone,
     .docs = {.post = doc::takes(storage::comment_reply_fields, mode::create)
                          .gives(201, storage::comment_reply_shown)}},
    {.path = "/api/comment-replies/",
     .name = "comment-replies-list",
     .by_method = {.get = list<kind::reply>, .post = create_reply},
     .who = access::reads_anyone,
     .docs = {.get = doc::page_of(storage::comment_reply_shown).lists(storage::comment_reply_fields),
              .post = doc::takes(named_reply_fields).gives(201, storage::comment_reply_shown)}},
    {.path = "/api/comment-replies/{id}/",
     .name = "comment-replies-detail",
     .by_method = {.get = retrieve<kind::reply>,
                   .put = change<kind::reply, mode::put>,
                   .patch = change<kind::reply, mode::patch>,
                   .del = remove<kind::reply>},
     .who = access::reads_anyone,
     .docs = {.get = doc::gives(storage::comment_reply_shown),
              .put = doc::takes(storage::comment_reply_fields, mode::put).gives(storage::comment_reply_shown),
              .patch =
                  doc::takes(storage::comment_reply_fields, mode::patch).gives(storage::comment_reply_shown),
              .del = doc::gives_nothing()}},
    {.path = "/api/comment-replies/{id}/like/",
     .name = "comment-replies-like",
     .by_method = {.post = like<kind::reply>},
     .who = access::reads_anyone,
     .docs = {.post = liked}},
    {.path = "/api/comment-replies/{id}/unlike/",
     .name = "comment-replies-unlike",
     .by_method = {.post = unlike<kind::reply>},
     .who = access::reads_anyone,
     .docs = {.post = doc::gives(doc::message)}},
};

} // namespace

std::string comment_body(const request& call, kind k, const comments::detail& found,
                         std::string_view origin) {
    return encode_object(comments::shape_of(k), found.row.front(), view_for(call, origin),
                         {&found.replies, 1});
}

task<result<response>> answer_comment(services& with, const request& call, kind k, uuid id) {
    auto found = co_await comments::find(with.db, k, id, viewer_of(call));
    if (!found)
        co_return fail(std::move(found.error()));
    co_return whole(call, k, *found);
}

extern const std::span<const route> comment_routes;
const std::span<const route> comment_routes = table;

} // namespace mvp::http::api
