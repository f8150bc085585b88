// Verification (the user hands in a document, staff judge) and suspension.
#include "http/api/bodies.hpp"
#include "http/api/uploads.hpp"
#include "http/api/users.hpp"
#include "http/rest.hpp"
#include "http/services.hpp"
#include "storage/media/store.hpp"

#include <fmt/format.h>

namespace mvp::http::api {
namespace {

namespace users = storage::users;
using namespace storage;

constexpr unsigned needed = flag::required | flag::created;

// --- verification
// -------------------------------------------------------------------------------------------------

struct handed_in {
    std::string verification_document;
};
constexpr std::array handed_in_fields{field<&handed_in::verification_document>(
    "verification_document", needed, {.length = 100, .as = kind::file})};

task<result<response>> submit_verification(services& with, request& call) {
    const auto verified = error(errc::refused, "Account is already verified");
    if (call.caller->is_verified)
        co_return fail(verified);
    auto body = decode<handed_in>(call, handed_in_fields, mode::create);
    if (!body)
        co_return fail(std::move(body.error()));
    auto stored = co_await store_document(with, *body->file("verification_document"), "verification_document",
                                          "verification_docs/" + month_folder());
    if (!stored)
        co_return fail(std::move(stored.error()));
    auto submitted = co_await users::submit_verification(with.db, with.cache, call.caller->id, *stored);
    if (!submitted || submitted->profile.empty()) {
        co_await discard(with, *stored);
        if (!submitted)
            co_return fail(std::move(submitted.error()));
        co_return fail(verified);
    }
    if (!submitted->replaced.empty())
        co_await discard(with, submitted->replaced);
    co_return profile_answer(submitted->profile);
}

task<result<response>> show_document(services& with, request& call) {
    const auto id = call.id();
    if (!id)
        co_return fail(id.error());
    if (*id != call.caller->id && !call.caller->is_staff)
        co_return no_such_user();
    auto path = co_await users::verification_document(with.db, *id);
    if (!path)
        co_return fail(std::move(path.error()));
    if (!*path)
        co_return no_such_user();
    if ((*path)->empty())
        co_return fail(errc::not_found, "Not found.");
    auto file = co_await with.media.open_private(std::move(**path));
    if (!file)
        co_return fail(std::move(file.error()));
    response r;
    r.file = std::move(*file);
    r.headers.emplace_back("Cache-Control", "private, no-store");
    co_return r;
}

struct verdict {
    verification_status status{};
    std::optional<std::string> reason;
};
constexpr std::array verdict_fields{
    field<&verdict::status>("status", needed),
    field<&verdict::reason>("reason", flag::created | flag::blank, {.length = 1000})};

/// {id} for staff, who see everybody.
task<result<users::target>> find_target(services& with, const request& call, uuid id) {
    auto found = co_await users::find_target(with.db, id, viewer_of(call));
    if (!found)
        co_return fail(std::move(found.error()));
    if (!*found)
        co_return no_such_user();
    co_return **found;
}

task<result<response>> verify(services& with, request& call) {
    const auto id = call.id();
    if (!id)
        co_return fail(id.error());
    auto whom = co_await find_target(with, call, *id);
    if (!whom)
        co_return fail(std::move(whom.error()));
    if (whom->is_superuser && !call.caller->is_superuser)
        co_return fail(errc::permission_denied, "");
    auto body = read_small<verdict>(call, verdict_fields);
    if (!body)
        co_return fail(std::move(body.error()));
    auto changed = co_await users::set_verification(with.db, with.cache, *id, call.caller->id, body->status,
                                                    body->reason.value_or(""));
    if (!changed)
        co_return fail(std::move(changed.error()));
    if (changed->empty())
        co_return fail(errc::refused, fmt::format("Account is already {}", to_text(body->status)));
    co_return profile_answer(*changed);
}

// --- suspension
// ---------------------------------------------------------------------------------------------------

struct suspension {
    std::string reason;
    std::optional<timestamp> until;
};
constexpr std::array suspension_fields{field<&suspension::reason>("reason", needed, {.length = 1000}),
                                       field<&suspension::until>("until", flag::created)};

task<result<response>> suspend(services& with, request& call) {
    const auto id = call.id();
    if (!id)
        co_return fail(id.error());
    auto whom = co_await find_target(with, call, *id);
    if (!whom)
        co_return fail(std::move(whom.error()));
    if (*id == call.caller->id)
        co_return fail(errc::refused, "You cannot suspend yourself");
    if (whom->is_superuser)
        co_return fail(errc::refused, "A superuser cannot be suspended");
    auto body = read_small<suspension>(call, suspension_fields);
    if (!body)
        co_return fail(std::move(body.error()));
    if (body->until && *body->until <= now())
        co_return fail(error::invalid("until", "Ensure this value is in the future."));
    auto changed = co_await users::suspend(with.db, with.cache, *id, std::move(body->reason), body->until);
    if (!changed)
        co_return fail(std::move(changed.error()));
    if (changed->empty())
        co_return fail(errc::refused, "Account is already suspended");
    co_return profile_answer(*changed);
}

task<result<response>> unsuspend(services& with, request& call) {
    const auto id = call.id();
    if (!id)
        co_return fail(id.error());
    if (auto found = co_await find_target(with, call, *id); !found)
        co_return fail(std::move(found.error()));
    auto changed = co_await users::unsuspend(with.db, with.cache, *id);
    if (!changed)
        co_return fail(std::move(changed.error()));
    if (changed->empty())
        co_return fail(errc::refused, "Account is not suspended");
    co_return profile_answer(*changed);
}

constexpr route table[] = {
    {.path = "/api/users/submit_verification/",
     .name = "users-submit-verification",
     .by_method = {.post = submit_verification},
     .who = access::user,
     .multipart_files = true,
     .docs = {.post = doc::takes(handed_in_fields).gives(user_profile)}},
    {.path = "/api/users/{id}/verification_document/",
     .name = "users-verification-document",
     .by_method = {.get = show_document},
     .who = access::user,
     .docs = {.get = doc::gives_file("*/*")}},
    {.path = "/api/users/{id}/verify/",
     .name = "users-verify",
     .by_method = {.post = verify},
     .who = access::staff,
     .docs = {.post = doc::takes(verdict_fields).gives(user_profile)}},
    {.path = "/api/users/{id}/suspend/",
     .name = "users-suspend",
     .by_method = {.post = suspend},
     .who = access::staff,
     .docs = {.post = doc::takes(suspension_fields).gives(user_profile)}},
    {.path = "/api/users/{id}/unsuspend/",
     .name = "users-unsuspend",
     .by_method = {.post = unsuspend},
     .who = access::staff,
     .docs = {.post = doc::gives(user_profile)}},
};

} // namespace

const std::span<const route> users_staff_routes = table;

} // namespace mvp::http::api
