// Everything that clients write, all at once and on two processes, while the processes, Redis and PostgreSQL
// are killed and come back: what was acknowledged is there afterwards, every counter equals its rows, every
// event is delivered, and both processes answer what the database holds.
#include "tests/api/killing_writer.hpp"
#include "tests/support/answers.hpp"

#include <csignal>
#include <deque>
#include <gmock/gmock.h>
#include <thread>

namespace mvp::test::killing {
namespace {

void expect_rows(const stage& s) {
    for (const auto& [table, ids] : s.made) {
        EXPECT_GT(ids.size(), 10u) << table;
        EXPECT_EQ(s.sql(fmt::format("SELECT count(*) FROM {} WHERE {} IN ('{}')", table,
                                    table == "flags" ? "object_id" : "id", fmt::join(ids, "', '"))),
                  std::to_string(ids.size()))
            << table;
    }
}

void expect_states(const stage& s, const std::deque<writer>& writers) {
    for (const auto& each : writers)
        for (const auto& t : each.things())
            EXPECT_THAT(t.possible, ::testing::Contains(s.sql(t.sql))) << t.sql;
}

void expect_counters(const stage& s) {
    struct counter {
        std::string table, stored, rows;
    };
    std::vector<counter> all{
        {"forum_threads", "responses_count",
         "count(*) FROM forum_responses WHERE thread_id = t.id AND is_approved"},
        {"forum_threads", "views_count", "count(*) FROM thread_views WHERE thread_id = t.id"},
        {"forum_responses", "is_approved",
         "count(*) = 0 FROM flags WHERE type = 'forum_response' AND object_id = t.id"},
        {"expert_verifications", "total_responses, helpful_responses",
         "count(*), count(*) FILTER (WHERE helpful_count > 0) FROM forum_responses WHERE author_id = "
         "t.user_id AND "
         "is_expert_response AND is_approved"},
        {"comments", "likes_count", "count(*) FROM comment_likes WHERE comment_id = t.id"},
        {"comments", "replies_count",
         "count(*) FROM comment_replies WHERE comment_id = t.id AND is_approved"},
        {"comment_replies", "likes_count", "count(*) FROM comment_reply_likes WHERE reply_id = t.id"},
        {"seller_ratings", "five_star_count, two_star_count",
         "count(*) FILTER (WHERE rating = 5), count(*) FILTER (WHERE rating = 2) FROM reviews WHERE "
         "seller_id = "
         "t.seller_id"},
        {"users", "notification_seq", "count(*) FROM notifications WHERE user_id = t.id"},
    };
    const auto add_votes = [&](std::string_view table, std::string_view votes, std::string_view key) {
        for (const char* type : {"helpful", "unhelpful"})
            all.push_back(
                {std::string(table), fmt::format("{}_count", type),
                 fmt::format("count(*) FROM {} WHERE {} = t.id AND vote_type = '{}'", votes, key, type)});
    };
    add_votes("forum_responses", "response_votes", "response_id");
    add_votes("reviews", "review_votes", "review_id");
    add_votes("part_reviews", "part_review_votes", "review_id");
    const auto add_figures = [&](std::string table, std::string stored, std::string_view reviews,
                                 std::string_view key) {
        all.push_back(
            {std::move(table), std::move(stored),
             fmt::format("coalesce(round(avg(rating), 2), 0), count(*) FROM {} WHERE is_approved AND {}",
                         reviews, key)});
    };
    add_figures("parts", "rating, reviews_count", "part_reviews", "part_id = t.id");
    add_figures("users", "seller_rating, seller_reviews_count", "reviews", "seller_id = t.id");
    add_figures("seller_ratings", "average_rating, total_reviews", "reviews", "seller_id = t.seller_id");
    add_figures("company_stores", "store_rating, total_reviews", "reviews", "seller_id = t.company_id");
    for (const auto& c : all)
        EXPECT_EQ(s.sql(fmt::format("SELECT count(*) FROM {} t WHERE ({}) <> (SELECT {})", c.table, c.stored,
                                    c.rows)),
                  "0")
            << c.table << '.' << c.stored;
}

void expect_deliveries(const stage& s) {
    EXPECT_TRUE(eventually([&] { return s.sql("SELECT count(*) FROM outbox WHERE done_at IS NULL") == "0"; },
                           std::chrono::seconds(15)))
        << s.sql("SELECT string_agg(DISTINCT last_error, '|') FROM outbox WHERE done_at IS NULL");
    EXPECT_EQ(
        s.sql(fmt::format("SELECT count(*) FROM notifications WHERE user_id = '{}' AND notification_type IN "
                          "('forum_reply', 'expert_response')",
                          s.asker.id)),
        s.sql(fmt::format("SELECT count(*) FROM forum_responses WHERE thread_id = '{}' AND author_id <> '{}'",
                          s.thread, s.asker.id)))
        << "one for each response, neither lost nor twice";
}

/// Nothing old is left in a cache.
void expect_answers(const stage& s) {
    struct question {
        std::string path, token, key, sql;
    };
    std::vector<question> all;
    const auto ask = [&](std::string_view collection, const std::string& id, std::string_view table,
                         std::string key) {
        all.push_back({at(collection, id), "", key,
                       fmt::format("SELECT to_json({}) FROM {} WHERE id = '{}'",
                                   key == "rating" ? "rating::text" : key, table, id)});
    };
    for (const auto& id : s.own_parts)
        ask("parts", id, "parts", "quantity_in_stock");
    ask("parts", s.part, "parts", "rating");
    ask("parts", s.part, "parts", "reviews_count");
    ask("forum/threads", s.thread, "forum_threads", "responses_count");
    ask("forum/responses", s.response, "forum_responses", "helpful_count");
    ask("comments", s.comment, "comments", "likes_count");
    ask("comments", s.comment, "comments", "replies_count");
    ask("reviews", s.review, "reviews", "helpful_count");
    all.push_back(
        {at("seller-ratings", s.shop.id), "", "total_reviews",
         fmt::format("SELECT total_reviews FROM seller_ratings WHERE seller_id = '{}'", s.shop.id)});
    all.push_back({"/api/notifications/unread_count/", s.asker.access, "unread_count",
                   fmt::format("SELECT count(*) FROM notifications WHERE user_id = '{}'", s.asker.id)});
    for (const auto* process : {&s.one, &s.two}) {
        auto client = process->client();
        for (const auto& q : all) {
            const auto wanted = s.sql(q.sql);
            std::string seen;
            EXPECT_TRUE(eventually([&] {
                const auto r = client.get(q.path, q.token);
                // What is sold out is not shown.
                seen = r.status == 404 && q.key == "quantity_in_stock" ? "0" : field(r, q.key);
                return seen == wanted;
            })) << q.path
                << ' ' << q.key << ": " << seen << ", not " << wanted;
        }
    }
}

TEST(Killing, NothingAcknowledgedIsLostAndAllFiguresAreRight) {
    stage s;
    std::deque<writer> writers;
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < s.people.size(); ++i)
        threads.emplace_back(
            [&w = writers.emplace_back(s, i)](std::stop_token stop) { w.write_until(stop); });
    const auto go_on = [&] {
        const int goal = s.acknowledged + 150;
        if (!eventually([&] { return s.acknowledged >= goal; }, std::chrono::seconds(30)))
            throw std::runtime_error("the writers do not get on");
    };
    const auto trouble = [&](auto what) {
        ++s.troubles;
        what();
        for (const auto* process : {&s.one, &s.two})
            if (!eventually([&] { return process->client().get("/readyz").status == 200; },
                            std::chrono::seconds(20)))
                throw std::runtime_error("a process does not come back by itself");
        ++s.troubles;
        go_on();
    };
    go_on();
    for (auto* process : {&s.one, &s.two})
        trouble([&] {
            process->stop(SIGKILL);
            process->start();
        });
    s.redis.kill(); // nobody is refused anything
    go_on();
    s.redis.start();
    go_on();
    trouble([&] {
        s.postgres.stop("immediate");
        for (const auto* process : {&s.one, &s.two})
            EXPECT_TRUE(eventually([&] {
                return process->client().get("/metrics").body.find("\ndatabase_connections 0\n") !=
                       std::string::npos;
            })) << "every loop has seen it go";
        s.postgres.start();
    });
    trouble([&] {
        s.one.stop(SIGKILL);
        s.redis.kill();
        s.postgres.stop("immediate");
        s.two.stop(SIGKILL);
        s.redis.start();
        s.postgres.start();
        s.one.start();
        s.two.start();
    });
    threads.clear(); // stopped and joined
    EXPECT_THAT(s.odd, ::testing::IsEmpty());
    expect_rows(s);
    expect_states(s, writers);
    expect_counters(s);
    expect_deliveries(s);
    expect_answers(s);
}

} // namespace
} // namespace mvp::test::killing
