#include "tests/actors/live/process.hpp"

#include <fmt/format.h>
#include <numeric>

namespace mvp::actors {
namespace {

using mvp::test::eventually;
using mvp::test::run_sql;
using mvp::test::test_database;

struct Feed : ::testing::Test {
    test_database database;
    std::string sql(const std::string& text) { return run_sql(database.url(), text); }

    uuid make_user(const std::string& name = "ada") {
        return *uuid::parse(
            sql(fmt::format("INSERT INTO users (email, password, first_name, last_name) VALUES "
                            "('{}@example.com', '!', 'A', 'L') RETURNING id",
                            name)));
    }
    void raise_event(uuid user, const std::string& type = "listing_update", int count = 1) {
        sql(fmt::format(
            "INSERT INTO outbox (type, recipient, title, message) SELECT '{}', '{}', 'T' || i, 'M' FROM "
            "generate_series(1, {}) i",
            type, user.text(), count));
    }
    static std::vector<int> up_to(int last, int first = 1) {
        std::vector<int> all(static_cast<std::size_t>(last - first + 1));
        std::iota(all.begin(), all.end(), first);
        return all;
    }
    std::shared_ptr<kept_socket> join(process& p, uuid user, std::optional<std::int64_t> since = {}) {
        auto s = std::make_shared<kept_socket>();
        p.attach(user, {s, since.has_value(), since.value_or(0)});
        return s;
    }
};

TEST_F(Feed, AnEventReachesTheSocketsOfAllProcessesInOrder) {
    process maker(database.url()), a(database.url()), b(database.url());
    maker.start(true);
    a.start(false);
    b.start(false);
    const uuid user = make_user();
    auto on_a = join(a, user), on_b = join(b, user);
    ASSERT_TRUE(on_a->has(1) && on_b->has(1));
    EXPECT_EQ(on_a->frames()[0], R"({"type":"hello","seq":0,"unread_count":0})");
    for (int i = 0; i < 20; ++i)
        raise_event(user, "listing_update", 5);
    ASSERT_TRUE(on_a->has(101) && on_b->has(101));
    EXPECT_EQ(on_a->seqs(), up_to(100));
    EXPECT_EQ(on_b->seqs(), up_to(100));
    EXPECT_TRUE(eventually([&] { return a.unread(user) == 100 && b.unread(user) == 100; }));
    EXPECT_EQ(maker.events->counts().made, 100u);
}

TEST_F(Feed, AMarkOnOneProcessIsSeenAndHeardOnTheOther) {
    process a(database.url()), b(database.url());
    a.start(true);
    b.start(false);
    const uuid user = make_user();
    raise_event(user, "listing_update", 3);
    auto s = join(b, user);
    ASSERT_TRUE(eventually([&] { return a.unread(user) == 3 && b.unread(user) == 3; }));
    const auto id = *uuid::parse(sql("SELECT id FROM notifications WHERE seq = 2"));
    const auto before = s->frames().size();
    auto done = a.mark(user, {.ids = {id, uuid::random()}});
    ASSERT_TRUE(done);
    EXPECT_EQ(done->changed, 1);
    EXPECT_EQ(done->unread, 2);
    EXPECT_EQ(a.unread(user), 2) << "one's own mark, at once";
    ASSERT_TRUE(eventually([&] { return s->frames().size() > before; }));
    EXPECT_EQ(s->frames().back(),
              fmt::format(R"({{"type":"read","ids":["{}"],"unread_count":2}})", id.text()));
    EXPECT_TRUE(eventually([&] { return b.unread(user) == 2; }, std::chrono::seconds(1)));

    a.mark(user, {.all = true});
    ASSERT_TRUE(
        eventually([&] { return s->frames().back() == R"({"type":"read","all":true,"unread_count":0})"; }));
    EXPECT_EQ(sql("SELECT count(*) FROM notifications WHERE is_read AND read_at IS NOT NULL"), "3");
}

TEST_F(Feed, NothingIsMissingAndNothingTwiceWhateverIsWrittenDuringTheReplay) {
    process a(database.url()), b(database.url());
    a.start(true);
    b.start(true);
    const uuid user = make_user();
    std::atomic<bool> stop{false};
    std::thread writer([&] {
        while (!stop)
            raise_event(user, "account_alert", 3);
    });
    std::vector<std::shared_ptr<kept_socket>> sockets;
    for (int i = 0; i < 40; ++i) {
        sockets.push_back(join(i % 2 ? a : b, user, 0));
        if (std::stoi(sql("SELECT notification_seq FROM users")) > 700)
            break; // a replay of more than a thousand would be a reset
    }
    stop = true;
    writer.join();
    ASSERT_TRUE(eventually([&] { return sql("SELECT count(*) FROM outbox WHERE done_at IS NULL") == "0"; }));
    const int last = std::stoi(sql("SELECT count(*) FROM notifications"));
    for (auto& s : sockets) {
        EXPECT_TRUE(s->has(static_cast<std::size_t>(last) + 1));
        EXPECT_EQ(s->seqs(), up_to(last));
        EXPECT_TRUE(s->frames()[0].starts_with(R"({"type":"hello")"));
    }
    EXPECT_EQ(sql("SELECT notification_seq FROM users"), std::to_string(last));
}

TEST_F(Feed, ResumesAfterWhatItHasAndIsResetWhenItLacksTooMuch) {
    process p(database.url());
    p.start(true);
    const uuid user = make_user();
    raise_event(user, "listing_update", 1100);
    ASSERT_TRUE(eventually([&] { return p.unread(user) == 1100; }));
    auto near = join(p, user, 1090), far = join(p, user, 99);
    ASSERT_TRUE(near->has(11) && far->has(2));
    EXPECT_EQ(near->seqs(), up_to(1100, 1091));
    EXPECT_NE(near->frames()[1].find(R"("replayed":true)"), std::string::npos);
    EXPECT_EQ(far->frames()[1], R"({"type":"reset","seq":1100,"unread_count":1100})");
}

TEST_F(Feed, TheNotificationInAFrameIsTheRestObject) {
    process p(database.url());
    p.start(true);
    const uuid user = make_user();
    auto s = join(p, user);
    ASSERT_TRUE(s->has(1));
    sql(fmt::format(
        "INSERT INTO outbox (type, recipient, title, message, related_type, related_id, action_url) VALUES "
        "('verification_status', '{}', 'A \"title\"', 'Grüße', 'user', gen_random_uuid(), '/users/me')",
        user.text()));
    ASSERT_TRUE(s->has(2));
    const auto id = sql("SELECT id FROM notifications");
    const auto made = *parse_timestamp(sql("SET timezone = 'UTC'; SELECT created_at FROM notifications"));
    EXPECT_EQ(
        s->frames()[1],
        fmt::format(R"({{"type":"notification","seq":1,"notification":{{"id":"{}",)"
                    R"("notification_type":"verification_status","title":"A \"title\"","message":"Grüße",)"
                    R"("is_read":false,"action_url":"/users/me","created_at":"{}","read_at":null,"seq":1}},)"
                    R"("unread_count":1}})",
                    id, format_timestamp(made)));
}

TEST_F(Feed, TheUnreadCountIsExactUnderMarksAndDeliveriesFromEverywhere) {
    process a(database.url()), b(database.url());
    a.start(true);
    b.start(true);
    const uuid user = make_user();
    raise_event(user, "listing_update", 200);
    ASSERT_TRUE(eventually([&] { return a.unread(user) == 200; }));
    std::vector<uuid> ids;
    for (int i = 1; i <= 200; ++i)
        ids.push_back(*uuid::parse(sql(fmt::format("SELECT id FROM notifications WHERE seq = {}", i))));
    std::atomic<std::int64_t> changed{0};
    auto mark_every = [&](process& p, std::size_t first) {
        for (std::size_t i = first; i < 150; i += 2)
            if (auto done = p.mark(user, {.ids = {ids[i], ids[i + 1]}})) // each id is marked from both sides
                changed += done->changed;
    };
    std::thread one([&] { mark_every(a, 0); }), two([&] { mark_every(b, 1); });
    for (int i = 0; i < 10; ++i)
        raise_event(user, "account_alert", 2);
    one.join();
    two.join();
    EXPECT_EQ(changed, 151);
    EXPECT_TRUE(eventually([&] { return a.unread(user) == 69 && b.unread(user) == 69; }));
}

TEST_F(Feed, AnInboxRetiresWhenNobodyCares) {
    process p(database.url(), redis_url(), {.idle = std::chrono::milliseconds(100)});
    p.start(false);
    const uuid user = make_user();
    EXPECT_EQ(p.unread(user), 0);
    EXPECT_EQ(p.boxes.counts().spawned, 1u);
    EXPECT_TRUE(eventually([&] { return p.boxes.counts().live == 0; }));
    EXPECT_EQ(p.boxes.counts().retired, 1u);
    EXPECT_EQ(p.unread(user), 0);
}

TEST_F(Feed, AttachAndDetachLeaveNothingBehind) {
    process p(database.url());
    p.start(false);
    const uuid user = make_user();
    for (int i = 0; i < 50; ++i) {
        auto s = std::make_shared<kept_socket>();
        p.run([&]() -> task<int> {
            p.boxes.attach(user, {s});
            p.boxes.detach(user, s);
            co_return 0;
        });
    }
    EXPECT_TRUE(eventually([&] { return p.unread(user) == 0 && p.boxes.counts().sockets == 0; }));
}

TEST_F(Feed, WithoutUserASocketIsClosedAndTheCountIsNotFound) {
    process p(database.url());
    p.start(false);
    const uuid nobody = uuid::random();
    auto s = join(p, nobody);
    EXPECT_TRUE(eventually([&] { return s->closed() != 0; }));
    auto got = p.run([&] { return p.boxes.unread(nobody); });
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, errc::not_found);
}

TEST_F(Feed, ClosingAProcessClosesItsSockets) {
    const uuid user = make_user();
    std::shared_ptr<kept_socket> s;
    {
        process p(database.url());
        p.start(true);
        s = join(p, user);
        ASSERT_TRUE(s->has(1));
    }
    EXPECT_EQ(s->closed(), 1001);
}

} // namespace
} // namespace mvp::actors
