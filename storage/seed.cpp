#include "storage/seed.hpp"

#include "storage/seed/steps.hpp"

#include <algorithm>

namespace mvp::storage {
namespace {

constexpr std::int64_t users_per_scale = 200, cars_per_scale = 2000, parts_per_scale = 1000;
constexpr std::int64_t batch = 2000; // rows a statement, so that none comes near the statement timeout

const statement
    analyze("ANALYZE users, cars, car_images, car_specifications, part_categories, parts, part_images,"
            " part_compatibilities, company_stores, notifications, reviews, review_votes,"
            " part_reviews, part_review_votes, seller_ratings, forum_categories, forum_threads,"
            " forum_responses, response_votes, expert_verifications,"
            " comments, comment_replies, comment_likes");

task<result<>> in_batches(database& db, const seed_options& how, const seeding::step& s) {
    for (std::int64_t first = 1; first <= s.rows; first += batch) {
        const auto last = std::min(s.rows, first + batch - 1);
        parameters values(first, last);
        for (const char* more_text : s.more.pointers())
            values.add(more_text);
        auto done = co_await db.execute(*s.what, std::move(values));
        if (!done)
            co_return fail(std::move(done.error()));
        if (how.progress)
            how.progress(s.name, last, s.rows);
    }
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
    if (auto done = co_await db.execute(analyze); !done)
        co_return fail(std::move(done.error()));
    co_return result<>{};
}

} // namespace mvp::storage
