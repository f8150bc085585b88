// Comments, replies and likes against a real server: who sees them, who hears of them, what goes with what,
// and that the counters equal the rows whatever happens at once.
#include "storage/comments.hpp"
#include "storage/moderation.hpp"
#include "storage/notifications.hpp"
#include "tests/storage/caching_test.hpp"

#include <fmt/format.h>
#include <future>

namespace mvp::storage {
namespace {

using comments::kind;
using comments::subject;

class Comments : public CachingTest {
  protected:
    void SetUp() override {
        CachingTest::SetUp();
        author = w().add_user("author");
        car = add_car();
    }

    static viewer user(uuid id) { return {id, false}; }

    rows create(viewer by, uuid object, subject what = subject::car) {
        return good([&] { return comments::create(db(), what, object, by, "Nice"); });
    }
    uuid comment(uuid by) { return create(user(by), car).front().id(0); }
    uuid reply(uuid by, uuid to) {
        return good([&] { return comments::reply(db(), to, user(by), "Thanks"); }).front().id(0);
    }
    comments::detail find(kind k, uuid id, viewer by = {}) {
        return good([&] { return comments::find(db(), k, id, by); });
    }
    page list(kind k, viewer by, std::string ordering = "", int size = 20, std::int64_t offset = 0) {
        return good([&] { return comments::list(db(), k, by, ordering, size, offset); });
    }
    std::optional<bool> like(kind k, uuid id, uuid by, std::size_t loop = 0, bool is_staff = false) {
        return good([&] { return comments::like(db(), k, id, viewer(by, is_staff)); }, loop);
    }
    std::optional<bool> unlike(kind k, uuid id, uuid by, std::size_t loop = 0, bool is_staff = false) {
        return good([&] { return comments::unlike(db(), k, id, viewer(by, is_staff)); }, loop);
    }
    void expect_seen(bool seen, viewer by, uuid id, uuid answer);
    static void hide(kind k, uuid id) {
        sql(fmt::format("UPDATE {} SET is_approved = false WHERE id = '{}'", comments::resource_of(k).table,
                        id.text()));
    }
    /// Comments whose counters are not the number of their rows.
    static std::string wrong_counters() {
        return sql("SELECT (SELECT count(*) FROM comments c WHERE likes_count <> (SELECT count(*) FROM "
                   "comment_likes WHERE comment_id = c.id) OR replies_count <> (SELECT count(*) FROM "
                   "comment_replies WHERE comment_id = c.id AND is_approved)) + (SELECT count(*) FROM "
                   "comment_replies r WHERE likes_count <> (SELECT count(*) FROM comment_reply_likes WHERE "
                   "reply_id = r.id))");
    }
    static std::string counters(uuid comment) {
        return sql(fmt::format("SELECT likes_count || ' ' || replies_count FROM comments WHERE id = '{}'",
                               comment.text()));
    }

    uuid author, car;
};

TEST_F(Comments, ANewOneComesBackWholeAndTheSellerHearsOfIt) {
    const auto made = create(user(author), car);
    ASSERT_EQ(made.size(), 1u);
    EXPECT_EQ(static_cast<std::size_t>(made.front().columns()), column_count(comment_shown));
    EXPECT_EQ(made.front().id(1), author);
    EXPECT_EQ(
        sql("SELECT type || '|' || recipient || '|' || message || '|' || related_type || related_id || '|' "
            "|| action_url FROM outbox"),
        fmt::format("listing_update|{}|author Test commented on your listing \"A car\": Nice|car{}|/cars/{}",
                    seller.text(), car.text(), car.text()));
}

TEST_F(Comments, TheirEventsLeaveWhatIsCachedOfTheListing) {
    const auto id = create(user(author), car).front().id(0);
    reply(other, id);
    std::size_t fallen = 0;
    const auto done = good([&] {
        return deliver_events(db(), 100, [&](std::vector<event_subject> about) -> task<result<>> {
            fallen += about.size();
            co_return result<>{};
        });
    });
    EXPECT_EQ(done.made, 2);
    EXPECT_EQ(fallen, 0u);
    EXPECT_EQ(sql("SELECT related_object_type || related_object_id FROM notifications WHERE user_id = '" +
                  seller.text() + "'"),
              "car" + car.text());
}

TEST_F(Comments, NobodyIsToldOfWhatHeWroteHimself) {
    const auto id = create(user(seller), car).front().id(0);
    reply(seller, id);
    EXPECT_EQ(sql("SELECT count(*) FROM outbox"), "0");
    reply(other, id);
    EXPECT_EQ(sql("SELECT recipient || related_type || action_url FROM outbox"),
              fmt::format("{}comment/comments/{}", seller.text(), id.text()));
}

TEST_F(Comments, AreMadeOnlyOnWhatTheirAuthorSees) {
    const auto pending = add_car("pending");
    EXPECT_TRUE(create(user(author), pending).empty());
    EXPECT_EQ(create(user(seller), pending).size(), 1u);
    EXPECT_EQ(create(as_staff(), pending).size(), 1u);
    EXPECT_TRUE(create(user(author), uuid::random()).empty());
    EXPECT_TRUE(create(user(author), car, subject::part).empty()) << "a car is no part";
    EXPECT_EQ(create(user(author), add_part(), subject::part).size(), 1u);
    sql("UPDATE users SET is_suspended = true WHERE id = '" + seller.text() + "'");
    EXPECT_TRUE(create(user(author), car).empty());
}

TEST_F(Comments, HiddenOnesAreSeenByTheirAuthorAndStaff) {
    const auto id = comment(author), answer = reply(author, id);
    for (auto [k, one] : {std::pair(kind::comment, id), std::pair(kind::reply, answer)}) {
        hide(k, one);
        EXPECT_TRUE(find(k, one).row.empty());
        EXPECT_TRUE(find(k, one, user(other)).row.empty());
        EXPECT_FALSE(find(k, one, user(author)).row.empty());
        EXPECT_FALSE(find(k, one, as_staff()).row.empty());
        EXPECT_EQ(list(k, {}).count, 0);
        EXPECT_EQ(list(k, user(author)).count, 1);
        EXPECT_EQ(list(k, as_staff()).count, 1);
        EXPECT_FALSE(like(k, one, other));
        EXPECT_FALSE(unlike(k, one, other));
        EXPECT_EQ(like(k, one, author), true);
    }
    EXPECT_TRUE(good([&] { return comments::reply(db(), id, user(other), "x"); }).empty());
}

/// Whether `by` sees a comment and a reply to it: each alone, in lists, and to act on.
void Comments::expect_seen(bool seen, viewer by, uuid id, uuid answer) {
    for (auto [k, one] : {std::pair(kind::comment, id), std::pair(kind::reply, answer)}) {
        EXPECT_EQ(!find(k, one, by).row.empty(), seen);
        EXPECT_EQ(list(k, by).count, seen ? 1 : 0);
        EXPECT_EQ(list(k, by).items.size(), seen ? 1u : 0u);
        const auto target = good([&] { return comments::find_target(db(), k, one, by); });
        ASSERT_TRUE(target);
        EXPECT_EQ(target->seen_by(by), seen);
        const auto type = k == kind::comment ? content_type::comment : content_type::comment_reply;
        const auto flagged = good([&] { return moderation::find_target(db(), type, one, by); });
        ASSERT_TRUE(flagged);
        EXPECT_EQ(flagged->seen_by(by), seen);
        if (!by.id)
            continue;
        EXPECT_EQ(like(k, one, *by.id, 0, by.staff).has_value(), seen);
        EXPECT_EQ(unlike(k, one, *by.id, 0, by.staff).has_value(), seen);
    }
    EXPECT_EQ(good([&] { return comments::about(db(), subject::car, car, by, "", 20, 0); }).count,
              seen ? 1 : 0);
    if (!by.id)
        return;
    const auto replied = good([&] { return comments::reply(db(), id, by, "x"); });
    EXPECT_EQ(replied.size(), seen ? 1u : 0u);
    if (seen)
        good([&] { return comments::remove(db(), kind::reply, replied.front().id(0)); });
}

TEST_F(Comments, AreHiddenWithTheirListing) {
    const auto stranger = user(w().add_user("stranger"));
    const auto id = comment(author), answer = reply(other, id);
    const auto expect = [&](bool public_now, const std::string& why) {
        SCOPED_TRACE(why);
        for (const auto& by : {viewer(), stranger})
            expect_seen(public_now, by, id, answer);
        for (const auto& by : {user(seller), as_staff(), user(author)})
            expect_seen(true, by, id, answer);
        EXPECT_FALSE(find(kind::reply, answer, user(other)).row.empty()) << "his own";
        EXPECT_EQ(find(kind::comment, id, user(other)).row.empty(), !public_now);
    };
    expect(true, "active");
    for (const char* status : {"pending", "sold", "archived"}) {
        sql(fmt::format("UPDATE cars SET status = '{}'", status));
        expect(false, status);
    }
    sql("UPDATE cars SET status = 'active'");
    expect(true, "active again");
    for (const char* change : {"is_active = false", "is_suspended = true"}) {
        sql(fmt::format("UPDATE users SET {} WHERE id = '{}'", change, seller.text()));
        expect(false, change);
        sql("UPDATE users SET is_active = true, is_suspended = false");
    }
    sql(fmt::format("UPDATE users SET is_suspended = true, suspension_until = now() - interval '1 s' WHERE "
                    "id = '{}'",
                    seller.text()));
    expect(true, "a suspension that is over");
}

TEST_F(Comments, OnAHiddenListingTheSellerSeesApprovedOnesOnly) {
    const auto id = comment(author);
    sql("UPDATE cars SET status = 'pending'");
    hide(kind::comment, id);
    EXPECT_TRUE(find(kind::comment, id, user(seller)).row.empty());
    EXPECT_FALSE(find(kind::comment, id, user(author)).row.empty());
}

TEST_F(Comments, ThatAreMadeWhileTheirListingChangesItsStateFollowIt) {
    const auto part = add_part();
    std::vector<std::future<void>> all;
    for (std::size_t i = 0; i < 60; ++i)
        all.push_back(std::async(std::launch::async, [&, i] {
            if (i % 3 == 0)
                sql(fmt::format("UPDATE {} SET status = '{}'", i % 2 ? "parts" : "cars",
                                i % 4 < 2 ? "pending" : "active"));
            else
                run(
                    [&] {
                        return comments::create(db(), i % 2 ? subject::part : subject::car,
                                                i % 2 ? part : car, user(i % 3 == 1 ? author : seller), "x");
                    },
                    i % 2);
        }));
    for (auto& each : all)
        each.get();
    EXPECT_NE(sql("SELECT count(*) FROM comments"), "0");
    EXPECT_EQ(sql("SELECT count(*) FROM comments c LEFT JOIN cars a ON a.id = c.car_id LEFT JOIN parts p ON "
                  "p.id = c.part_id WHERE (c.is_on_show, c.seller_id) IS DISTINCT FROM "
                  "(coalesce(a.status, p.status) = 'active', coalesce(a.seller_id, p.seller_id))"),
              "0");
}

TEST_F(Comments, APageHoldsEachCommentsOwnRepliesOldestFirst) {
    const auto first = comment(author), second = comment(author), third = comment(author);
    reply(other, third);
    const auto hidden = reply(other, third);
    reply(author, third);
    reply(other, first);
    hide(kind::reply, hidden);
    const auto before = db().statements();
    const auto p = list(kind::comment, user(author));
    EXPECT_EQ(db().statements() - before, 3u) << "the page, its count, all replies";
    ASSERT_EQ(p.items.size(), 3u);
    ASSERT_EQ(p.inner.size(), 3u);
    EXPECT_EQ(p.items[0].id(0), third);
    EXPECT_EQ(p.items[1].id(0), second);
    ASSERT_EQ(p.inner[0].size(), 2u);
    EXPECT_EQ(p.inner[0][0].id(1), other);
    EXPECT_EQ(p.inner[0][1].id(1), author);
    EXPECT_EQ(p.inner[1].size(), 0u);
    EXPECT_EQ(p.inner[2].size(), 1u);
    EXPECT_EQ(find(kind::comment, third, user(other)).replies.size(), 3u) << "his own, hidden";
    EXPECT_EQ(counters(third), "0 2");
    EXPECT_EQ(list(kind::comment, {}, "created_at", 1, 1).items.front().id(0), second);
}

TEST_F(Comments, ListsTellWhatTheViewerLikesAndFollowTheOrderAskedFor) {
    const auto liked = comment(author);
    comment(author);
    EXPECT_EQ(like(kind::comment, liked, other), true);
    const auto p = list(kind::comment, user(other), "-likes_count");
    const auto user_liked = static_cast<int>(column_count(comment_shown)) - 1;
    EXPECT_EQ(p.items[0].id(0), liked);
    EXPECT_TRUE(p.items[0].boolean(user_liked));
    EXPECT_FALSE(p.items[1].boolean(user_liked));
    EXPECT_FALSE(list(kind::comment, user(author), "-likes_count").items[0].boolean(user_liked));
    EXPECT_FALSE(list(kind::comment, {}, "-likes_count").items[0].boolean(user_liked));
}

TEST_F(Comments, ByObjectShowsApprovedOnesToEverybody) {
    const auto id = comment(author), gone = comment(author);
    create(user(author), add_car());
    hide(kind::comment, gone);
    for (const auto& by : {viewer(), user(author), as_staff()}) {
        const auto p = good([&] { return comments::about(db(), subject::car, car, by, "", 20, 0); });
        EXPECT_EQ(p.count, 1);
        EXPECT_EQ(p.items.front().id(0), id);
    }
}

TEST_F(Comments, ATextIsChangedAndWithoutOneStays) {
    const auto id = comment(author);
    const auto changed = good([&] { return comments::update(db(), kind::comment, id, user(author), "New"); });
    EXPECT_EQ(changed.row.front().text(12), "New");
    const auto same =
        good([&] { return comments::update(db(), kind::comment, id, user(author), std::nullopt); });
    EXPECT_EQ(same.row.front().text(12), "New");
    EXPECT_TRUE(good([&] { return comments::remove(db(), kind::comment, id); }));
    EXPECT_FALSE(good([&] { return comments::remove(db(), kind::comment, id); }));
    EXPECT_TRUE(
        good([&] { return comments::update(db(), kind::comment, id, user(author), "x"); }).row.empty());
}

TEST_F(Comments, ALikeCountsOnceUntilItIsTakenBack) {
    const auto id = comment(author), answer = reply(author, id);
    for (auto [k, one] : {std::pair(kind::comment, id), std::pair(kind::reply, answer)}) {
        EXPECT_EQ(like(k, one, author), true) << "one's own may be liked";
        EXPECT_EQ(like(k, one, author), false);
        EXPECT_EQ(like(k, one, other), true);
        EXPECT_EQ(unlike(k, one, author), true);
        EXPECT_EQ(unlike(k, one, author), false);
        EXPECT_FALSE(like(k, uuid::random(), author));
        EXPECT_FALSE(unlike(k, uuid::random(), author));
    }
    EXPECT_EQ(counters(id), "1 1");
    EXPECT_EQ(wrong_counters(), "0");
}

TEST_F(Comments, SixtyLikesAndRepliesAtOnceAreAllCounted) {
    const auto id = comment(author);
    std::vector<uuid> users;
    for (int i = 0; i < 30; ++i)
        users.push_back(w().add_user(fmt::format("u{}", i)));
    std::vector<std::future<int>> done;
    for (std::size_t i = 0; i < 60; ++i)
        done.push_back(std::async(std::launch::async, [&, i] {
            const bool liked =
                like(kind::comment, id, users[i / 2], i % 2).value_or(false); // each user twice
            reply(users[i / 2], id);
            return liked ? 1 : 0;
        }));
    int first = 0;
    for (auto& d : done)
        first += d.get();
    EXPECT_EQ(first, 30);
    EXPECT_EQ(counters(id), "30 60");
    done.clear();
    for (std::size_t i = 0; i < 60; ++i)
        done.push_back(std::async(std::launch::async, [&, i] {
            return unlike(kind::comment, id, users[i / 2], i % 2).value_or(false) ? 1 : 0;
        }));
    int taken = 0;
    for (auto& d : done)
        taken += d.get();
    EXPECT_EQ(taken, 30);
    EXPECT_EQ(counters(id), "0 60");
}

TEST_F(Comments, GoWithTheirCarPartOrAuthorAndLeaveRightCountersBehind) {
    const auto part = add_part();
    const auto on_part = create(user(author), part, subject::part).front().id(0), on_car = comment(author);
    for (const auto id : {on_part, on_car}) {
        const auto answer = reply(other, id);
        reply(author, id);
        for (const auto who : {author, other, seller}) {
            like(kind::comment, id, who);
            like(kind::reply, answer, who);
        }
    }
    sql("DELETE FROM users WHERE id = '" + other.text() + "'");
    EXPECT_EQ(counters(on_car), "2 1");
    EXPECT_EQ(wrong_counters(), "0");
    sql("DELETE FROM parts");
    EXPECT_EQ(sql("SELECT count(*) FROM comments"), "1");
    sql("DELETE FROM cars");
    for (auto* table : {"comments", "comment_replies", "comment_likes", "comment_reply_likes"})
        EXPECT_EQ(sql(fmt::format("SELECT count(*) FROM {}", table)), "0") << table;
}

TEST_F(Comments, OnACarThatVanishesMeanwhileThereIsNothingLeftBehind) {
    std::vector<std::future<bool>> made;
    for (std::size_t i = 0; i < 20; ++i)
        made.push_back(std::async(std::launch::async, [&, i] {
            auto r = run([&] { return comments::create(db(), subject::car, car, user(author), "x"); }, i % 2);
            return r.has_value();
        }));
    sql("DELETE FROM cars");
    for (auto& m : made)
        EXPECT_TRUE(m.get()) << "made, or nothing to comment on: no error";
    EXPECT_EQ(sql("SELECT count(*) FROM comments"), "0");
}

} // namespace
} // namespace mvp::storage
