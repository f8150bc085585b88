// Flags and decisions against a real server: what is hidden when, what settles, what the list of staff shows.
#include "storage/comments.hpp"
#include "storage/moderation.hpp"
#include "tests/storage/caching_test.hpp"

#include <fmt/format.h>
#include <future>
#include <set>

namespace mvp::storage {
namespace {

class Moderation : public CachingTest {
  protected:
    void SetUp() override {
        CachingTest::SetUp();
        sql("DELETE FROM flags");
        author = seller;
        for (int i = 0; i < 60; ++i)
            users.push_back(w().add_user(fmt::format("u{}", i)));
        car = add_car();
        comment = add("comments (id, author_id, car_id, text)", car, "Buy pills");
        reply = add("comment_replies (id, author_id, comment_id, text)", comment, "More pills");
    }
    uuid add(std::string_view into, uuid parent, std::string_view text) {
        const auto id = uuid::random();
        sql(fmt::format("INSERT INTO {} VALUES ('{}', '{}', '{}', '{}')", into, id.text(), author.text(),
                        parent.text(), text));
        return id;
    }

    std::string flag(content_type type, uuid id, uuid by, std::string reason = "spam", std::size_t loop = 0) {
        auto r = run([&] { return moderation::flag(db(), kept(), type, id, by, reason, 3); }, loop);
        return !r ? r.error().text : *r ? "flagged" : "before";
    }
    std::string approve(content_type type, uuid id, std::size_t loop = 0) {
        auto r = run([&] { return moderation::approve(db(), kept(), type, id); }, loop);
        return r ? "done" : r.error().text;
    }
    std::string reject(content_type type, uuid id, std::size_t loop = 0) {
        auto r =
            run([&] { return moderation::reject(db(), kept(), type, id, staff, "against the rules"); }, loop);
        return r ? "done" : r.error().text;
    }
    page list(std::optional<content_type> only = {}, int size = 20, std::int64_t offset = 0) {
        return good([&] { return moderation::list(db(), only, size, offset); });
    }
    /// "approved flagged"
    static std::string state(const std::string& table, uuid id) {
        return sql(
            fmt::format("SELECT is_approved || ' ' || is_flagged FROM {} WHERE id = '{}'", table, id.text()));
    }
    static std::string open() { return sql("SELECT count(*) FROM flags WHERE settled_at IS NULL"); }

    uuid author, car, comment, reply;
    std::vector<uuid> users;
};

constexpr auto on_comment = content_type::comment, on_reply = content_type::comment_reply;

TEST_F(Moderation, TheThirdUserHidesItAndNobodyCountsTwice) {
    EXPECT_EQ(flag(on_comment, comment, users[0]), "flagged");
    EXPECT_EQ(flag(on_comment, comment, users[0]), "before");
    EXPECT_EQ(flag(on_comment, comment, users[1]), "flagged");
    EXPECT_EQ(state("comments", comment), "true true");
    EXPECT_EQ(flag(on_comment, comment, users[2]), "flagged");
    EXPECT_EQ(state("comments", comment), "false true");
    EXPECT_EQ(flag(on_comment, uuid::random(), users[2]), "No Comment matches the given query.");
    EXPECT_EQ(open(), "3");
}

TEST_F(Moderation, AHiddenReplyIsNotCountedUntilItIsApproved) {
    const auto replies = [&] { return sql("SELECT replies_count FROM comments"); };
    EXPECT_EQ(replies(), "1");
    for (int i = 0; i < 3; ++i)
        flag(on_reply, reply, users[i]);
    EXPECT_EQ(replies(), "0");
    EXPECT_EQ(approve(on_reply, reply), "done");
    EXPECT_EQ(replies(), "1");
    EXPECT_EQ(state("comment_replies", reply), "true false");
    EXPECT_EQ(reject(on_reply, reply), "done");
    EXPECT_EQ(replies(), "0");
}

TEST_F(Moderation, ADecisionSettlesTheFlagsForGood) {
    for (int i = 0; i < 3; ++i)
        flag(on_comment, comment, users[i]);
    EXPECT_EQ(approve(on_comment, comment), "done");
    EXPECT_EQ(open(), "0");
    EXPECT_EQ(state("comments", comment), "true false");
    EXPECT_EQ(flag(on_comment, comment, users[0]), "before") << "what staff approved stays";
    EXPECT_EQ(flag(on_comment, comment, users[3]), "flagged");
    EXPECT_EQ(state("comments", comment), "true true");
    EXPECT_EQ(approve(on_comment, comment), "done") << "dismisses the new one";
    EXPECT_EQ(approve(on_comment, comment), "Comment is already approved");
    EXPECT_EQ(reject(on_comment, comment), "done");
    EXPECT_EQ(reject(on_comment, comment), "Comment is already rejected");
    EXPECT_EQ(state("comments", comment), "false false");
    EXPECT_EQ(sql("SELECT reason FROM flags WHERE user_id = '" + staff.text() + "'"), "against the rules");
    EXPECT_EQ(approve(on_comment, uuid::random()), "No Comment matches the given query.");
}

TEST_F(Moderation, SixtyFlagsAtOnceAreAllThereAndHideItOnce) {
    std::vector<std::future<std::string>> flags;
    for (std::size_t i = 0; i < 60; ++i)
        flags.push_back(std::async(std::launch::async,
                                   [&, i] { return flag(on_reply, reply, users[i / 2], "spam", i % 2); }));
    int first = 0;
    for (auto& f : flags)
        first += f.get() == "flagged";
    EXPECT_EQ(first, 30);
    EXPECT_EQ(open(), "30");
    EXPECT_EQ(state("comment_replies", reply), "false true");
    EXPECT_EQ(sql("SELECT replies_count FROM comments"), "0");
}

TEST_F(Moderation, OfDecisionsAtOnceOneIsTaken) {
    std::vector<std::future<std::string>> decisions;
    for (std::size_t i = 0; i < 12; ++i)
        decisions.push_back(
            std::async(std::launch::async, [&, i] { return reject(on_comment, comment, i % 2); }));
    int done = 0, refused = 0;
    for (auto& d : decisions) {
        const auto how = d.get();
        done += how == "done";
        refused += how == "Comment is already rejected";
    }
    EXPECT_EQ(done, 1);
    EXPECT_EQ(refused, 11);
}

TEST_F(Moderation, WhateverComesAtOnceWhatIsHiddenByFlagsWaitsForStaff) {
    for (int round = 0; round < 5; ++round) {
        const auto id = add("comments (id, author_id, car_id, text)", car, "x");
        std::vector<std::future<std::string>> all;
        for (std::size_t i = 0; i < 12; ++i)
            all.push_back(std::async(std::launch::async, [&, i] {
                return i % 4 == 3 ? approve(on_comment, id, i % 2)
                                  : flag(on_comment, id, users[i], "spam", i % 2);
            }));
        for (auto& one : all)
            one.get();
        EXPECT_EQ(
            sql(fmt::format("SELECT is_approved OR (SELECT count(*) FROM flags WHERE object_id = c.id AND "
                            "settled_at IS NULL) >= 3 FROM comments c WHERE id = '{}'",
                            id.text())),
            "t");
    }
}

TEST_F(Moderation, TheListShowsOpenFlagsOldestFirst) {
    flag(on_reply, reply, users[0], "rude");
    flag(on_comment, comment, users[1], "spam");
    flag(on_comment, comment, users[2], "still spam");
    flag(on_reply, reply, users[3], "\"quoted\"");
    auto p = list();
    EXPECT_EQ(p.count, 2);
    ASSERT_EQ(p.items.size(), 2u);
    ASSERT_EQ(static_cast<std::size_t>(p.items[0].columns()), column_count(moderation_case_shown));
    EXPECT_EQ(p.items[0].text(0), "comment_reply");
    EXPECT_EQ(p.items[0].id(1), reply);
    EXPECT_EQ(p.items[0].text(2), "More pills");
    EXPECT_EQ(p.items[0].id(3), author);
    EXPECT_EQ(p.items[0].text(14), R"(["rude", "\"quoted\""])");
    EXPECT_EQ(p.items[1].integer(15), 2);
    EXPECT_EQ(list(on_comment).count, 1);
    EXPECT_EQ(list(content_type::car).count, 0);
    EXPECT_EQ(list({}, 20, 1).items.front().id(1), comment);
    approve(on_reply, reply);
    p = list();
    EXPECT_EQ(p.count, 1);
    EXPECT_EQ(p.items.front().id(1), comment);
}

TEST_F(Moderation, FlagsOnAListingAreDismissedUnlessItIsHidden) {
    const auto dismiss = [&] {
        return good([&] { return moderation::dismiss(db(), content_type::car, car); });
    };
    EXPECT_FALSE(dismiss()) << "no flags";
    flag(content_type::car, car, users[0]);
    flag(content_type::car, car, users[1]);
    EXPECT_TRUE(dismiss());
    EXPECT_EQ(sql("SELECT count(*) FROM flags WHERE NOT upheld"), "2");
    EXPECT_FALSE(dismiss());
    for (int i = 2; i < 5; ++i)
        flag(content_type::car, car, users[i]);
    EXPECT_EQ(sql("SELECT status FROM cars"), "pending");
    EXPECT_EQ(sql("SELECT title || '|' || message FROM outbox WHERE type = 'listing_update'"),
              "Listing withheld|Your listing \"A car\" is hidden until it has been reviewed.");
    EXPECT_FALSE(dismiss()) << "staff approve it";
    EXPECT_EQ(open(), "3");
}

TEST_F(Moderation, ASoldCarIsNotHiddenByItsFlagsNorKeptInTheList) {
    flag(content_type::car, car, users[0]);
    sql("UPDATE cars SET status = 'sold'");
    EXPECT_EQ(list().count, 1);
    EXPECT_TRUE(good([&] { return moderation::dismiss(db(), content_type::car, car); }));
    EXPECT_EQ(list().count, 0);
}

TEST_F(Moderation, FlagsGoWithWhatTheyAreAboutAndOutliveWhoMadeThem) {
    flag(on_comment, comment, users[0]);
    flag(on_reply, reply, users[1]);
    sql("DELETE FROM users WHERE id = '" + users[0].text() + "'");
    EXPECT_EQ(list().count, 2);
    sql("DELETE FROM comments");
    EXPECT_EQ(sql("SELECT count(*) FROM flags"), "0");
}

TEST_F(Moderation, AFlagOnWhatIsBeingRemovedLeavesNothingBehind) {
    std::vector<std::future<std::string>> flags;
    for (std::size_t i = 0; i < 20; ++i)
        flags.push_back(std::async(std::launch::async,
                                   [&, i] { return flag(on_comment, comment, users[i], "spam", i % 2); }));
    sql("DELETE FROM comments");
    for (auto& f : flags)
        EXPECT_TRUE((std::set<std::string>{"flagged", "No Comment matches the given query."}).count(f.get()));
    EXPECT_EQ(sql("SELECT count(*) FROM flags"), "0");
}

} // namespace
} // namespace mvp::storage
