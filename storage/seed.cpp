#include "storage/seed.hpp"

#include "storage/seed/steps.hpp"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <utility>

namespace mvp::storage {
namespace {

constexpr std::int64_t users_per_scale = 200, cars_per_scale = 2000, parts_per_scale = 1000;
constexpr std::int64_t batch = 2000; // rows a statement, so that none comes near the statement timeout

const statement analyze_listings(
    "ANALYZE users, cars, car_images, car_specifications, part_categories, parts, part_images,"
    " part_compatibilities, company_stores"),
    analyze_the_rest("ANALYZE notifications, reviews, review_votes, part_reviews, part_review_votes,"
                     " seller_ratings, forum_categories, forum_threads, forum_responses, response_votes,"
                     " expert_verifications, comments, comment_replies, comment_likes");

/// Four batches at a time: those of a step write no rows in common, and each connection may have a processor
/// of PostgreSQL's machine to itself.
task<result<>> in_batches(database& db, const seed_options& how, const seeding::step& s) {
    std::int64_t next = 1, done = 0;
    const auto worker = [&]() -> task<result<>> {
        while (next <= s.rows) {
            const auto first = std::exchange(next, next + batch);
            const auto last = std::min(s.rows, first + batch - 1);
            parameters values(first, last);
            for (const char* more_text : s.more.pointers())
                values.add(more_text);
            auto added = co_await db.execute(*s.what, std::move(values));
            if (!added) {
                next = s.rows + 1; // the others finish what they are at
                co_return fail(std::move(added.error()));
            }
            done += last - first + 1;
            if (how.progress)
                how.progress(s.name, done, s.rows);
        }
        co_return result<>{};
    };
    using namespace net::experimental::awaitable_operators;
    auto [a, b, c, d] = co_await (worker() && worker() && worker() && worker());
    for (auto* each : {&a, &b, &c, &d})
        if (!*each)
            co_return fail(std::move(each->error()));
    co_return result<>{};
}

} // namespace

task<result<>> seed(database& db, seed_options how) {
    const seeding::scene scene{how.scale, how.scale * users_per_scale, how.scale * cars_per_scale,
                               how.scale * parts_per_scale};
    const std::vector<seeding::step> apps[] = {seeding::users(scene, how.password_hash),
                                               seeding::cars(scene),
                                               seeding::parts(scene),
                                               seeding::stores(scene),
                                               seeding::notifications(scene),
                                               seeding::reviews(scene),
                                               seeding::forum(scene),
                                               seeding::comments(scene)};
    for (const auto& steps : apps)
        for (const auto& s : steps)
            if (auto done = co_await in_batches(db, how, s); !done)
                co_return fail(std::move(done.error()));
    using namespace net::experimental::awaitable_operators;
    auto [listings, rest] = co_await (db.execute(analyze_listings) && db.execute(analyze_the_rest));
    if (!listings)
        co_return fail(std::move(listings.error()));
    if (!rest)
        co_return fail(std::move(rest.error()));
    co_return result<>{};
}

} // namespace mvp::storage
