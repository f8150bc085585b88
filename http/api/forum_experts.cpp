// Experts: a user asks with a document, staff approve or reject.
#include "http/api/forum.hpp"

#include "http/api/bodies.hpp"
#include "http/api/uploads.hpp"
#include "http/rest.hpp"
#include "http/router.hpp"
#include "http/services.hpp"
#include "storage/experts.hpp"

namespace mvp::http::api {
namespace {

namespace experts = storage::experts;
using storage::expert_verification;
using storage::expert_verification_fields;
using storage::expert_verification_shown;
using storage::expert_verifications_resource;

std::string expert_body(const request& call, const storage::rows& found, std::string_view origin = {}) {
    return encode_object(expert_verification_shown, found.front(), view_for(call, origin));
}

/// As the plain reads answer.
result<response> expert_answer(const request& call, const storage::rows& found) {
    if (found.empty())
        return fail(no_such(expert_verifications_resource));
    return response(200, expert_body(call, found, call.origin()));
}

task<result<uuid>> changeable_expert(services& with, const request& call) {
    return row_for(call, expert_verifications_resource, wish::change,
                   [&with](uuid id) { return experts::find_target(with.db, id); });
}

task<result<response>> list(services& with, request& call) {
    experts::list_request wanted;
    if (auto read = read_search(call, wanted); !read)
        co_return fail(std::move(read.error()));
    auto status = text_parameter(call, "status");
    if (!status)
        co_return fail(std::move(status.error()));
    if (!status->empty())
        wanted.status = std::move(*status);
    const std::string origin = call.origin();
    co_return co_await answer_page(call, expert_verification_shown, view_for(call, origin),
                                   [&](int size, std::int64_t offset) {
                                       return experts::list(with.db, viewer_of(call), wanted, size, offset);
                                   });
}

task<result<response>> my_verification(services& with, request& call) {
    auto found = co_await experts::of_user(with.db, call.caller->id);
    if (!found)
        co_return fail(std::move(found.error()));
    if (found->empty())
        co_return fail(errc::missing, "No expert verification found");
    co_return response(200, expert_body(call, *found));
}

task<result<response>> retrieve(services& with, request& call) {
    auto found = co_await shown_row(call, expert_verifications_resource,
                                    [&](uuid id) { return experts::find(with.db, id, viewer_of(call)); });
    if (!found)
        co_return fail(std::move(found.error()));
    co_return expert_answer(call, *found);
}

task<result<response>> create(services& with, request& call) {
    auto asked = co_await experts::of_user(with.db, call.caller->id);
    if (!asked)
        co_return fail(std::move(asked.error()));
    if (!asked->empty())
        co_return fail(errc::refused, "You already have an expert verification request");
    auto body = decode<expert_verification>(call, expert_verification_fields, mode::create);
    if (!body)
        co_return fail(std::move(body.error()));
    constexpr std::string_view document = "verification_document";
    auto stored = co_await store_certificate(with, *body->file(document), std::string(document),
                                             "expert_verification/" + month_folder());
    if (!stored)
        co_return fail(std::move(stored.error()));
    body->value.verification_document = *stored;
    auto made = co_await experts::request(with.db, call.caller->id, std::move(body->value));
    if (!made) {
        co_await discard(with, std::move(*stored));
        co_return fail(std::move(made.error()));
    }
    co_return response(201, expert_body(call, *made));
}

template <mode How> task<result<response>> change(services& with, request& call) {
    auto id = co_await changeable_expert(with, call);
    if (!id)
        co_return fail(std::move(id.error()));
    auto body = decode<expert_verification>(call, expert_verification_fields, How);
    if (!body)
        co_return fail(std::move(body.error()));
    auto changed = co_await experts::update(with.db, *id, std::move(body->value), body->present);
    if (!changed)
        co_return fail(std::move(changed.error()));
    co_return expert_answer(call, *changed);
}

task<result<response>> remove(services& with, request& call) {
    auto id = co_await changeable_expert(with, call);
    if (!id)
        co_return fail(std::move(id.error()));
    co_return co_await remove_with(with, expert_verifications_resource,
                                   [&] { return experts::remove(with.db, *id); });
}

struct reasoned {
    std::optional<std::string> reason;
};
constexpr std::array reasoned_fields{storage::field<&reasoned::reason>(
    "reason", storage::flag::created | storage::flag::blank, {.length = 1000})};

task<result<response>> decide(services& with, request& call, bool approved) {
    auto id = co_await changeable_expert(with, call);
    if (!id)
        co_return fail(std::move(id.error()));
    auto body = read_small<reasoned>(call, reasoned_fields);
    if (!body)
        co_return fail(std::move(body.error()));
    auto decided = co_await experts::decide(with.db, *id, viewer_of(call), approved,
                                            std::move(body->reason).value_or(""));
    if (!decided)
        co_return fail(std::move(decided.error()));
    co_return response(200, expert_body(call, *decided));
}

task<result<response>> approve(services& with, request& call) {
    return decide(with, call, true);
}
task<result<response>> reject(services& with, request& call) {
    return decide(with, call, false);
}

constexpr route table[] = {
    {.path = "/api/forum/experts/",
     .name = "forum-experts-list",
     .by_method = {.get = list, .post = create},
     .who = access::reads_anyone,
     .multipart_files = true,
     .docs = {.get = doc::page_of(expert_verification_shown)
                         .lists(expert_verification_fields)
                         .asks(doc::text("search"), doc::text("status")),
              .post = doc::takes(expert_verification_fields, mode::create)
                          .gives(201, expert_verification_shown)}},
    {.path = "/api/forum/experts/my_verification/",
     .name = "forum-experts-my-verification",
     .by_method = {.get = my_verification},
     .who = access::user_by_hand,
     .docs = {.get = doc::gives(expert_verification_shown)}},
    {.path = "/api/forum/experts/{id}/",
     .name = "forum-experts-detail",
     .by_method = {.get = retrieve, .put = change<mode::put>, .patch = change<mode::patch>, .del = remove},
     .who = access::reads_anyone,
     .docs = {.get = doc::gives(expert_verification_shown),
              .put = doc::takes(expert_verification_fields, mode::put).gives(expert_verification_shown),
              .patch = doc::takes(expert_verification_fields, mode::patch).gives(expert_verification_shown),
              .del = doc::gives_nothing()}},
    {.path = "/api/forum/experts/{id}/approve/",
     .name = "forum-experts-approve",
     .by_method = {.post = approve},
     .who = access::staff,
     .docs = {.post = doc::takes(reasoned_fields).gives(expert_verification_shown)}},
    {.path = "/api/forum/experts/{id}/reject/",
     .name = "forum-experts-reject",
     .by_method = {.post = reject},
     .who = access::staff,
     .docs = {.post = doc::takes(reasoned_fields).gives(expert_verification_shown)}},
};

} // namespace

extern const std::span<const route> forum_expert_routes;
const std::span<const route> forum_expert_routes = table;

} // namespace mvp::http::api
