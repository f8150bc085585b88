#include "http/api/reviews.hpp"

#include "actors/ratings.hpp"
#include "http/api/bodies.hpp"
#include "http/rest.hpp"
#include "http/services.hpp"
#include "http/text.hpp"

#include <fmt/format.h>

namespace mvp::http::api::reviews {

namespace stored = storage::reviews;
using storage::review;

namespace {

result<> read_rating_filters(const request& call, stored::list_request& wanted) {
    auto given = decode<rating_filters>(read_query(call.parameters()), rating_filter_fields, mode::create);
    if (!given)
        return fail(std::move(given.error()));
    wanted.rating = given->value.rating;
    wanted.min_rating = given->value.min_rating;
    if (const auto& text = given->value.is_verified_purchase)
        wanted.is_verified_purchase = equals_ignoring_case(*text, "true") || *text == "1";
    return {};
}

response body(const request& call, const surface& s, const storage::rows& found, int status, bool absolute) {
    const std::string origin = call.origin();
    const auto to = view_for(call, absolute ? std::string_view(origin) : std::string_view());
    return {status, encode_object(s.kind.shown, found.front(), to)};
}

/// The review in the path, as row_for() finds it.
struct addressed {
    uuid id{};
    stored::target about{};
};
task<result<addressed>> review_for(services& with, const request& call, const surface& s, wish what) {
    addressed to;
    auto id = co_await row_for(
        call, s.kind.of, what, [&](uuid asked) -> task<result<std::optional<stored::target>>> {
            auto found = co_await stored::find_target(with.db, s.kind, asked, viewer_of(call));
            if (found && *found)
                to.about = **found;
            co_return found;
        });
    if (!id)
        co_return fail(std::move(id.error()));
    to.id = *id;
    co_return to;
}

/// Whom or what the body is about.
result<uuid> subject_of(const inputs& in, const surface& s) {
    for (const auto key : {s.subject, s.subject_too}) {
        const auto id = id_in_body(in, key);
        if (!id)
            return fail(id.error());
        if (*id)
            return **id;
    }
    return fail(errc::refused, fmt::format("{} is required", s.subject));
}

} // namespace

// --- lists
// ------------------------------------------------------------------------------------------------------------

task<result<response>> review_page(services& with, request& call, const surface& s,
                                   stored::list_request wanted) {
    wanted.ordering = ordering_of(call);
    const std::string origin = call.origin();
    co_return co_await answer_page(
        call, s.kind.shown, view_for(call, origin), [&](int size, std::int64_t offset) {
            return stored::list(with.db, s.kind, viewer_of(call), wanted, size, offset);
        });
}

task<result<response>> list_reviews(services& with, request& call, const surface& s) {
    stored::list_request wanted;
    auto subject = id_parameter(call, s.filter);
    if (!subject)
        co_return fail(std::move(subject.error()));
    wanted.subject = *subject;
    if (s.filters_by_rating)
        if (auto read = read_rating_filters(call, wanted); !read)
            co_return fail(std::move(read.error()));
    co_return co_await review_page(with, call, s, std::move(wanted));
}

// --- one review
// -------------------------------------------------------------------------------------------------------

task<result<response>> retrieve_review(services& with, request& call, const surface& s) {
    const auto id = call.id();
    if (!id)
        co_return fail(id.error());
    auto found = co_await stored::find(with.db, s.kind, *id, viewer_of(call));
    if (!found)
        co_return fail(std::move(found.error()));
    if (found->empty())
        co_return fail(no_such(s.kind.of));
    co_return body(call, s, *found, 200, true);
}

task<result<response>> create_review(services& with, request& call, const surface& s) {
    auto in = read_body(call);
    if (!in)
        co_return fail(std::move(in.error()));
    auto subject = subject_of(*in, s);
    if (!subject)
        co_return fail(std::move(subject.error()));
    auto may = co_await stored::may_review(with.db, s.kind, *subject, viewer_of(call));
    if (!may)
        co_return fail(std::move(may.error()));
    auto content = decode<review>(*in, s.kind.of.fields, mode::create);
    if (!content)
        co_return fail(std::move(content.error()));
    auto what = stored::creation(uuid::random(), viewer_of(call), std::move(content->value));
    auto made = co_await with.ratings.change(s.kind, *subject, std::move(what));
    if (!made)
        co_return fail(std::move(made.error()));
    co_return body(call, s, made->shown, 201, s.absolute);
}

task<result<response>> change_review(services& with, request& call, const surface& s, mode how) {
    auto to = co_await review_for(with, call, s, wish::change);
    if (!to)
        co_return fail(std::move(to.error()));
    auto content = decode<review>(call, s.kind.of.fields, how);
    if (!content)
        co_return fail(std::move(content.error()));
    auto what = stored::edit(to->id, viewer_of(call), std::move(content->value), content->present);
    auto changed = co_await with.ratings.change(s.kind, to->about.subject, std::move(what));
    if (!changed)
        co_return fail(std::move(changed.error()));
    co_return body(call, s, changed->shown, 200, s.absolute);
}

task<result<response>> remove_review(services& with, request& call, const surface& s) {
    auto to = co_await review_for(with, call, s, wish::change);
    if (!to)
        co_return fail(std::move(to.error()));
    auto what = stored::removal(to->id, viewer_of(call));
    auto removed = co_await with.ratings.change(s.kind, to->about.subject, std::move(what));
    if (!removed)
        co_return fail(std::move(removed.error()));
    co_return response::no_content();
}

// --- votes and answers
// ------------------------------------------------------------------------------------------------

task<result<response>> vote_on_review(services& with, request& call, const surface& s,
                                      std::optional<storage::helpfulness> what) {
    auto to = co_await review_for(with, call, s, wish::read);
    if (!to)
        co_return fail(std::move(to.error()));
    const storage::votes::ballot given{to->id, call.caller->id, what};
    auto voted = co_await stored::vote(with.db, s.kind, given);
    if (!voted && voted.error().code == errc::not_found)
        co_return fail(no_such(s.kind.of));
    if (!voted && voted.error().code == errc::missing)
        co_return fail(errc::missing, std::string(s.no_vote));
    if (!voted)
        co_return fail(std::move(voted.error()));
    if (!what)
        co_return response(200, std::string(s.vote_removed));
    co_return s.voted(*voted, storage::to_text(*what));
}

task<result<response>> respond_to_review(services& with, request& call, const surface& s) {
    auto to = co_await review_for(with, call, s, wish::read);
    if (!to)
        co_return fail(std::move(to.error()));
    if (to->about.seller != call.caller->id)
        co_return fail(errc::forbidden, "Only the seller can respond to this review");
    auto answer = read_small<seller_answer>(call, answer_fields);
    if (!answer)
        co_return fail(std::move(answer.error()));
    if (answer->response.value_or("").empty())
        co_return fail(errc::refused, "Response text is required");
    auto done = co_await stored::respond(with.db, s.kind, to->id, viewer_of(call), *answer->response);
    if (!done)
        co_return fail(std::move(done.error()));
    if (done->empty())
        co_return fail(no_such(s.kind.of));
    co_return body(call, s, *done, 200, s.absolute);
}

} // namespace mvp::http::api::reviews
