// The forum against a real PostgreSQL: what is counted equals what is there, whoever changes it at once.
#include "storage/experts.hpp"
#include "storage/forum.hpp"
#include "storage/forum_categories.hpp"
#include "storage/seed.hpp"
#include "tests/support/database.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

namespace mvp::storage {
namespace {

using mvp::test::live_database;

class Forum : public ::testing::Test {
  protected:
    static void SetUpTestSuite() { live = std::make_unique<live_database>(2); }
    static void TearDownTestSuite() { live.reset(); }
    static database& db() { return live->db; }
    static std::string sql(const std::string& text) { return live->sql(text); }

    void SetUp() override {
        sql("DELETE FROM outbox; DELETE FROM users; DELETE FROM forum_categories");
        asker = add_user("asker");
        other = add_user("other");
        staff_id = add_user("staff");
        sql("UPDATE users SET is_staff = true WHERE id = '" + staff_id.text() + "'");
    }

    template <class F> static auto run(F work) { return live->run(std::move(work)); }
    template <class F> static auto good(F work) {
        auto r = run(std::move(work));
        if (!r)
            throw std::runtime_error(r.error().text + r.error().constraint);
        if constexpr (!std::is_void_v<typename decltype(r)::value_type>)
            return std::move(*r);
    }
    static uuid add_user(const std::string& name) {
        const auto id = uuid::random();
        sql(fmt::format(
            "INSERT INTO users (id, email, password, first_name, last_name) VALUES ('{}', '{}@example.com', "
            "'x', '{}', 'Test')",
            id.text(), name, name));
        return id;
    }
    uuid add_thread(std::optional<uuid> category = {}) {
        forum_thread t;
        t.title = "Brake noise";
        t.description = "It squeals";
        t.category = category;
        return good([&] { return forum::create_thread(db(), asker, t); });
    }
    static forum::outcomes say(uuid thread, std::vector<std::pair<uuid, std::string>> what,
                               bool any = false) {
        std::vector<forum::new_response> given;
        for (auto& [author, content] : what)
            given.push_back({author, content});
        return good([&] { return forum::respond(db(), thread, given, any); });
    }
    static uuid said(uuid thread, uuid author, const std::string& content = "Check the pads") {
        auto all = say(thread, {{author, content}});
        if (!all[0])
            throw std::runtime_error(all[0].error().text);
        return all[0]->response().id(0);
    }
    static forum::outcomes voted(std::vector<forum::new_vote> votes) {
        return good([&] { return forum::vote(db(), votes); });
    }
    uuid make_expert(uuid user, bool approved = true) {
        expert_verification e;
        e.bio = "b";
        e.verification_document = "private/x";
        const auto id = good([&] { return experts::request(db(), user, e); }).front().id(0);
        if (approved)
            good([&] { return experts::decide(db(), id, staff(), true, ""); });
        return id;
    }
    viewer staff() const { return {staff_id, true}; }
    viewer as(uuid user) const { return {user, false}; }
    static void judge(uuid response, bool approved) {
        auto commands = forum::judge_response(response, {approved, false, {}});
        good([&] { return db().execute_batch(commands); });
    }
    /// Every counter equals what it counts.
    static void expect_exact() {
        EXPECT_EQ(sql("SELECT count(*) FROM forum_threads t WHERE responses_count <> (SELECT count(*) FROM "
                      "forum_responses r WHERE r.thread_id = t.id AND r.is_approved)"),
                  "0");
        EXPECT_EQ(sql("SELECT count(*) FROM forum_responses r WHERE helpful_count <> (SELECT count(*) FROM "
                      "response_votes v WHERE v.response_id = r.id AND v.vote_type = 'helpful') OR "
                      "unhelpful_count <> (SELECT count(*) FROM response_votes v WHERE v.response_id = r.id "
                      "AND v.vote_type = 'unhelpful')"),
                  "0");
        EXPECT_EQ(
            sql("SELECT count(*) FROM expert_verifications e WHERE (total_responses, helpful_responses) "
                "<> (SELECT count(*), count(*) FILTER (WHERE helpful_count > 0) FROM forum_responses r "
                "WHERE r.author_id = e.user_id AND r.is_expert_response AND r.is_approved)"),
            "0");
        EXPECT_EQ(sql("SELECT count(*) FROM users u WHERE is_expert <> EXISTS (SELECT FROM "
                      "expert_verifications e WHERE e.user_id = u.id AND e.status = 'approved')"),
                  "0");
    }

    static std::unique_ptr<live_database> live;
    uuid asker, other, staff_id;
};
std::unique_ptr<live_database> Forum::live;

TEST_F(Forum, AResponseIsCountedShownAndToldToTheThreadsAuthor) {
    const auto thread = add_thread();
    const auto id = said(thread, other);
    const auto found = good([&] { return forum::find_thread(db(), thread, {}); });
    ASSERT_EQ(found.responses.size(), 1u);
    EXPECT_EQ(found.responses.front().id(0), id);
    EXPECT_EQ(sql("SELECT type || ' ' || recipient || ' ' || action_url || ' ' || message FROM outbox"),
              fmt::format("forum_reply {} /forum/threads/{} other Test replied to \"Brake noise\".",
                          asker.text(), thread.text()));
    said(thread, asker, "Thanks");
    EXPECT_EQ(sql("SELECT count(*) FROM outbox"), "1") << "nobody hears of his own";
    expect_exact();
}

TEST_F(Forum, ABatchRefusesEachForItself) {
    const auto thread = add_thread(), stranger = uuid::random();
    const auto hidden = add_user("hidden");
    sql("UPDATE users SET is_suspended = true WHERE id = '" + hidden.text() + "'");
    said(thread, other, "Check the pads");
    auto all = say(thread, {{asker, "Thanks"}, {other, "Check the pads"}, {hidden, "x"}, {stranger, "y"}});
    ASSERT_TRUE(all[0]);
    EXPECT_EQ(all[1].error().text, "You already said this");
    EXPECT_EQ(all[2].error().code, errc::permission_denied);
    EXPECT_EQ(all[3].error().code, errc::not_found);
    EXPECT_EQ(sql("SELECT responses_count FROM forum_threads"), "2");
    EXPECT_EQ(say(stranger, {{asker, "x"}})[0].error().code, errc::not_found);
    expect_exact();
}

TEST_F(Forum, ABatchStaysInItsOrderAndNothingIsChangedBeforeItIsThere) {
    std::vector<std::pair<uuid, std::string>> given;
    std::string order;
    for (int i = 10; i < 30; ++i) {
        given.emplace_back(add_user(fmt::format("user{}", i)), std::to_string(i));
        order += std::to_string(i);
    }
    const auto thread = add_thread();
    say(thread, given);
    EXPECT_EQ(sql("SELECT string_agg(content, '' ORDER BY created_at) FROM forum_responses"), order);
    EXPECT_EQ(sql("SELECT count(*) FROM forum_responses WHERE updated_at <> created_at"), "0");
}

TEST_F(Forum, TheSameTextMayComeAgainLater) {
    const auto thread = add_thread();
    said(thread, other, "Check the pads");
    sql("UPDATE forum_responses SET created_at = now() - interval '11 minutes'");
    EXPECT_TRUE(say(thread, {{other, "Check the pads"}})[0]);
}

TEST_F(Forum, AFloodIsRefusedUntilItsFirstResponseIsAMinuteOld) {
    const auto thread = add_thread();
    for (int i = 0; i < forum::flood_limit; ++i)
        EXPECT_TRUE(say(thread, {{other, std::to_string(i)}})[0]);
    auto refused = say(thread, {{other, "one more"}});
    ASSERT_FALSE(refused[0]);
    EXPECT_EQ(refused[0].error().code, errc::throttled);
    EXPECT_GT(refused[0].error().retry_after, 50);
    EXPECT_LE(refused[0].error().retry_after, 60);
    EXPECT_TRUE(say(thread, {{other, "one more"}}, true)[0]) << "limits are off";
    EXPECT_TRUE(say(thread, {{asker, "I too"}})[0]) << "another author";
    EXPECT_TRUE(say(add_thread(), {{other, "one more"}})[0]) << "another thread";
    sql("UPDATE forum_responses SET created_at = created_at - interval '61 seconds'");
    EXPECT_TRUE(say(thread, {{other, "later"}})[0]);
}

TEST_F(Forum, AClosedThreadTakesNoResponsesAndEachStepNamesTheState) {
    const auto thread = add_thread();
    using enum forum::thread_change;
    const auto text = [&](forum::thread_change what) {
        auto r = run([&] { return forum::change_thread(db(), thread, what); });
        return r ? std::string("done") : r.error().text;
    };
    EXPECT_EQ(text(resolve), "done");
    const auto first = sql("SELECT resolved_at FROM forum_threads");
    EXPECT_EQ(text(resolve), "done");
    EXPECT_EQ(sql("SELECT resolved_at FROM forum_threads"), first) << "the first time counts";
    EXPECT_EQ(text(close), "done");
    EXPECT_EQ(text(close), "Thread is already closed");
    EXPECT_EQ(text(resolve), "Thread is closed");
    EXPECT_EQ(say(thread, {{other, "late"}})[0].error().text, "Thread is closed");
    EXPECT_EQ(text(reopen), "done");
    EXPECT_EQ(text(reopen), "Thread is already open");
    EXPECT_EQ(text(pin), "done");
    EXPECT_EQ(text(pin), "Thread is already pinned");
    EXPECT_EQ(text(unpin), "done");
    EXPECT_EQ(text(unpin), "Thread is not pinned");
    EXPECT_EQ(text(feature), "done");
    EXPECT_EQ(text(unfeature), "done");
    EXPECT_EQ(sql("SELECT status || ' ' || (resolved_at IS NULL) FROM forum_threads"), "open true");
}

TEST_F(Forum, VotesAreCountedOnceSwitchedAndTakenBack) {
    const auto thread = add_thread();
    const auto r = said(thread, other);
    const auto up = helpfulness::helpful, down = helpfulness::unhelpful;
    auto first = voted({{r, asker, up}, {r, staff_id, down}});
    ASSERT_TRUE(first[0] && first[1]);
    EXPECT_FALSE(first[0]->again);
    const int vote = static_cast<int>(column_count(forum_response_shown)) - 2;
    EXPECT_EQ(first[0]->response().text(vote), "helpful");
    EXPECT_EQ(first[1]->response().text(vote), "unhelpful");
    EXPECT_EQ(first[0]->response().text(vote + 1), "50.0");
    EXPECT_TRUE(voted({{r, asker, up}})[0]->again);
    EXPECT_TRUE(voted({{r, asker, down}})[0]->again);
    EXPECT_EQ(sql("SELECT helpful_count || ' ' || unhelpful_count FROM forum_responses"), "0 2");
    EXPECT_EQ(voted({{r, other, up}})[0].error().text, "You cannot vote on your own content");
    EXPECT_TRUE(voted({{r, asker, {}}})[0]);
    EXPECT_EQ(voted({{r, asker, {}}})[0].error().text, "Vote not found");
    EXPECT_EQ(voted({{uuid::random(), asker, up}})[0].error().code, errc::not_found);
    EXPECT_EQ(sql("SELECT helpful_count || ' ' || unhelpful_count FROM forum_responses"), "0 1");
    expect_exact();
}

TEST_F(Forum, ScoresAreUnroundedPercentages) {
    EXPECT_EQ(sql("SELECT percentage(0, 0)"), "0");
    EXPECT_EQ(sql("SELECT percentage(0, 3)"), "0.0");
    EXPECT_EQ(sql("SELECT percentage(2, 3)"), "66.66666666666666");
    EXPECT_EQ(sql("SELECT percentage(29, 100)"), "28.999999999999996");
    EXPECT_EQ(sql("SELECT percentage(7, 7)"), "100.0");
}

TEST_F(Forum, AnExpertsResponsesAreMarkedAndCountedWhileHeIsOne) {
    const auto before = add_thread();
    said(before, other, "from before");
    const auto expert = make_expert(other);
    const auto thread = add_thread();
    const auto r = said(thread, other);
    EXPECT_EQ(sql("SELECT type FROM outbox ORDER BY id DESC LIMIT 1"), "expert_response");
    const auto statistics = [&] {
        return sql("SELECT helpful_responses || ' of ' || total_responses FROM expert_verifications");
    };
    EXPECT_EQ(statistics(), "0 of 1");
    voted({{r, asker, helpfulness::helpful}, {r, staff_id, helpfulness::helpful}});
    EXPECT_EQ(statistics(), "1 of 1");
    voted({{r, asker, {}}});
    EXPECT_EQ(statistics(), "1 of 1");
    judge(r, false);
    EXPECT_EQ(statistics(), "0 of 0");
    judge(r, true);
    EXPECT_EQ(statistics(), "1 of 1");
    const auto second = said(thread, other, "and the discs");
    EXPECT_EQ(statistics(), "1 of 2");
    good([&] { return forum::remove_response(db(), second); });
    EXPECT_EQ(statistics(), "1 of 1");
    expect_exact();
    good([&] { return forum::remove_thread(db(), thread); });
    EXPECT_EQ(statistics(), "0 of 0");
    const auto last = said(before, other, "as an expert");
    good([&] { return experts::decide(db(), expert, staff(), false, "expired"); });
    EXPECT_EQ(sql("SELECT is_expert_response FROM forum_responses WHERE id = '" + last.text() + "'"), "f");
    EXPECT_EQ(sql("SELECT status || ' ' || (verified_at IS NULL) || ' ' || total_responses FROM "
                  "expert_verifications"),
              "rejected true 0");
    EXPECT_EQ(sql("SELECT message FROM outbox ORDER BY id DESC LIMIT 1"),
              "Your request to be verified as an expert has been rejected: expired");
    expect_exact();
}

TEST_F(Forum, AnExpertWhoIsApprovedAgainHasHisMarksAndStatisticsBack) {
    const auto thread = add_thread();
    const auto expert = make_expert(other);
    const auto shown = said(thread, other, "as an expert"), hidden = said(thread, other, "badly");
    judge(hidden, false);
    good([&] { return experts::decide(db(), expert, staff(), false, "expired"); });
    voted({{shown, asker, helpfulness::helpful}});
    said(thread, other, "as anybody");
    EXPECT_EQ(sql("SELECT count(*) FROM forum_responses WHERE is_expert_response"), "0");
    good([&] { return experts::decide(db(), expert, staff(), true, ""); });
    EXPECT_EQ(
        sql("SELECT string_agg(content, ',' ORDER BY content) FROM forum_responses WHERE is_expert_response"),
        "as an expert,badly");
    EXPECT_EQ(sql("SELECT helpful_responses || ' of ' || total_responses FROM expert_verifications"),
              "1 of 1");
    expect_exact();
    judge(hidden, true);
    expect_exact();
    good([&] { return experts::remove(db(), expert); });
    make_expert(other);
    EXPECT_EQ(sql("SELECT helpful_responses || ' of ' || total_responses FROM expert_verifications"),
              "1 of 2");
    expect_exact();
}

TEST_F(Forum, AMarkByAProgramOfBeforeThatColumnGoesAndComesBackToo) {
    const auto thread = add_thread();
    const auto expert = make_expert(other);
    said(thread, other, "as an expert");
    sql("UPDATE forum_responses SET by_expert = false"); // as the version before 0016 inserts it
    good([&] { return experts::decide(db(), expert, staff(), false, "expired"); });
    EXPECT_EQ(sql("SELECT count(*) FROM forum_responses WHERE is_expert_response"), "0");
    expect_exact();
    good([&] { return experts::decide(db(), expert, staff(), true, ""); });
    EXPECT_EQ(sql("SELECT count(*) FROM forum_responses WHERE is_expert_response"), "1");
    EXPECT_EQ(sql("SELECT total_responses FROM expert_verifications"), "1");
    expect_exact();
    sql("UPDATE forum_responses SET by_expert = false");
    good([&] { return experts::remove(db(), expert); });
    EXPECT_EQ(sql("SELECT count(*) FROM forum_responses WHERE is_expert_response"), "0");
}

TEST_F(Forum, WhatIsNotApprovedIsForItsAuthorAndStaff) {
    const auto thread = add_thread();
    const auto r = said(thread, other);
    judge(r, false);
    EXPECT_EQ(sql("SELECT responses_count FROM forum_threads"), "0");
    judge(r, false);
    EXPECT_EQ(sql("SELECT responses_count FROM forum_threads"), "0") << "again changes nothing";
    const auto seen = [&](viewer by) {
        const auto listed = good([&] { return forum::responses(db(), by, {}, 20, 0); });
        const auto nested = good([&] { return forum::find_thread(db(), thread, by); });
        const auto alone = good([&] { return forum::find_response(db(), r, by); });
        return fmt::format("{} {} {}", listed.count, nested.responses.size(), alone.size());
    };
    EXPECT_EQ(seen({}), "0 0 0");
    EXPECT_EQ(seen(as(asker)), "0 0 0");
    EXPECT_EQ(seen(as(other)), "1 1 1");
    EXPECT_EQ(seen(staff()), "1 1 1");
    judge(r, true);
    EXPECT_EQ(seen({}), "1 1 1");
    auto hide = forum::judge_thread(thread, {false, true, "spam"});
    good([&] { return db().execute_batch(hide); });
    const auto threads = [&](viewer by) {
        const auto listed = good([&] { return forum::threads(db(), by, {}, 20, 0); });
        const auto alone = good([&] { return forum::find_thread(db(), thread, by); });
        return fmt::format("{} {}", listed.count, alone.thread.size());
    };
    EXPECT_EQ(threads({}), "0 0");
    EXPECT_EQ(threads(as(other)), "0 0");
    EXPECT_EQ(threads(as(asker)), "1 1");
    EXPECT_EQ(threads(staff()), "1 1");
    const auto listed = good([&] { return forum::responses(db(), {}, {}, 20, 0); });
    EXPECT_EQ(listed.count, 0) << "a hidden thread's responses go with it";
    EXPECT_EQ(seen(as(asker)), "1 1 1") << "but not from its author";
    const auto may_vote = [&](viewer by) {
        return good([&] { return forum::find_response_target(db(), r, by); })->seen_by(by);
    };
    EXPECT_TRUE(may_vote(as(asker)));
    EXPECT_TRUE(may_vote(staff()));
    EXPECT_FALSE(may_vote(as(add_user("stranger"))));
    EXPECT_FALSE(may_vote({}));
    EXPECT_EQ(say(thread, {{other, "x"}})[0].error().code, errc::not_found);
}

TEST_F(Forum, ThreadsGoIntoActiveCategoriesOnly) {
    forum_category c;
    c.name = "Engine";
    c.description = "d";
    const auto category = good([&] { return forum_categories::create(db(), c); }).front().id(0);
    const auto thread = add_thread(category);
    c.is_active = false;
    field_set changed;
    changed.set(position(forum_category_fields, "is_active"));
    good([&] { return forum_categories::update(db(), category, c, changed); });
    forum_thread t;
    t.title = t.description = "x";
    t.category = category;
    auto made = run([&] { return forum::create_thread(db(), asker, t); });
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().fields.at(0).texts.at(0),
              fmt::format("Invalid pk \"{}\" - object does not exist.", category.text()));
    field_set moved;
    moved.set(position(forum_thread_fields, "category"));
    EXPECT_TRUE(run([&] { return forum::update_thread(db(), thread, t, moved); })) << "it may stay";
    const auto second = add_thread();
    EXPECT_FALSE(run([&] { return forum::update_thread(db(), second, t, moved); }));
    good([&] { return forum_categories::remove(db(), category); });
    EXPECT_EQ(sql("SELECT count(*) FROM forum_threads WHERE category IS NULL"), "2");
}

TEST_F(Forum, AViewCountsOnceAViewerAndHour) {
    const auto thread = add_thread(), second = add_thread();
    const auto count = [&](std::vector<forum::new_view> views) {
        good([&] { return forum::count_views(db(), views); });
        return sql("SELECT views_count FROM forum_threads WHERE id = '" + thread.text() + "'");
    };
    const auto seen = [&](std::string eyes) {
        const auto found = good([&] { return forum::find_thread(db(), thread, {}, eyes); });
        return fmt::format("{} {}", found.thread.front().text(25), found.view_counted);
    };
    EXPECT_EQ(seen("10.0.0.1"), "1 false") << "with the view that is being made";
    EXPECT_EQ(count({{thread, "10.0.0.1"}, {second, "10.0.0.1"}, {uuid::random(), "10.0.0.1"}}), "1");
    EXPECT_EQ(seen("10.0.0.1"), "1 true");
    EXPECT_EQ(count({{thread, "10.0.0.1"}}), "1");
    EXPECT_EQ(seen("10.0.0.2"), "2 false");
    EXPECT_EQ(count({{thread, "10.0.0.2"}}), "2");
    sql("UPDATE thread_views SET hour = hour - interval '1 hour'");
    EXPECT_EQ(count({{thread, "10.0.0.1"}}), "3");
}

/// Sixty at once on two loops, each a batch of its own, as sixty processes would send them.
TEST_F(Forum, SixtyAtOnceOnOneThreadAreCountedExactly) {
    const auto thread = add_thread();
    make_expert(other);
    const auto target = said(thread, other);
    std::vector<uuid> users;
    for (int i = 0; i < 60; ++i)
        users.push_back(add_user(fmt::format("user{}", i)));
    make_expert(users[0]);
    make_expert(users[1]);
    auto work = [&](std::size_t i) -> task<int> {
        std::vector<forum::new_response> response(1);
        response[0].author = users[i / 2]; // each says it twice: once too often
        response[0].content = "Me too";
        auto said = co_await forum::respond(db(), thread, std::move(response), false);
        std::vector<forum::new_vote> vote(1);
        vote[0].text = target;
        vote[0].user = users[i];
        vote[0].what = i % 3 == 0 ? helpfulness::unhelpful : helpfulness::helpful;
        auto voted = co_await forum::vote(db(), std::move(vote));
        if (!said || !voted || !(*voted)[0])
            co_return -1000;
        co_return (*said)[0] ? 1 : 0;
    };
    std::vector<std::future<int>> all;
    for (std::size_t i = 0; i < 60; ++i)
        all.push_back(net::co_spawn(live->all[i % 2].io, work(i), net::use_future));
    int added = 0;
    for (auto& each : all)
        added += each.get();
    EXPECT_EQ(added, 30);
    EXPECT_EQ(sql("SELECT helpful_count || ' ' || unhelpful_count FROM forum_responses WHERE id = '" +
                  target.text() + "'"),
              "40 20");
    EXPECT_EQ(sql("SELECT responses_count FROM forum_threads"), "31");
    expect_exact();
}

TEST_F(Forum, AUserAsksOnceToBeAnExpert) {
    make_expert(other, false);
    expert_verification e;
    e.bio = "b";
    e.verification_document = "private/y";
    auto again = run([&] { return experts::request(db(), other, e); });
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().text, "You already have an expert verification request");
    const auto count = [&](viewer by) {
        return good([&] { return experts::list(db(), by, {}, 20, 0); }).count;
    };
    EXPECT_EQ(count({}), 0);
    EXPECT_EQ(count(staff()), 1);
    const auto id = good([&] { return experts::of_user(db(), other); }).front().id(0);
    good([&] { return experts::decide(db(), id, staff(), true, ""); });
    EXPECT_EQ(run([&] { return experts::decide(db(), id, staff(), true, ""); }).error().text,
              "Expert verification is already approved");
    EXPECT_EQ(count({}), 1);
    sql("UPDATE users SET is_active = false WHERE id = '" + other.text() + "'");
    EXPECT_EQ(count({}), 0) << "hidden with its owner";
    EXPECT_EQ(count(staff()), 1);
}

/// Whoever decides at once, and although the user asks again in between.
TEST_F(Forum, AnExpertIsOneExactlyWhileHisVerificationIsApproved) {
    const auto id = make_expert(other, false);
    auto work = [&](std::size_t i) -> task<int> {
        std::string reason;
        auto decided = co_await experts::decide(db(), id, staff(), i % 2 == 0, std::move(reason));
        co_return decided ? 1 : decided.error().code == errc::refused ? 0 : -1000;
    };
    std::vector<std::future<int>> all;
    for (std::size_t i = 0; i < 60; ++i)
        all.push_back(net::co_spawn(live->all[i % 2].io, work(i), net::use_future));
    int decided = 0;
    for (auto& each : all)
        decided += each.get();
    EXPECT_GE(decided, 1);
    EXPECT_EQ(sql("SELECT count(*) FROM outbox WHERE type = 'verification_status'"), std::to_string(decided))
        << "a notice for each that changed it, none for the others";
    expect_exact();
    good([&] { return experts::remove(db(), id); });
    EXPECT_EQ(sql("SELECT count(*) FROM users WHERE is_expert"), "0");
    make_expert(other);
    expect_exact();
    EXPECT_EQ(sql("SELECT count(*) FROM users WHERE is_expert"), "1");
}

TEST_F(Forum, DemoDataIsCountedExactly) {
    sql("DELETE FROM users");
    seed_options how;
    how.password_hash = "none";
    good([&] { return seed(db(), how); });
    EXPECT_EQ(sql("SELECT count(*) FROM forum_threads"), "200");
    EXPECT_EQ(sql("SELECT count(*) FROM response_votes v JOIN forum_responses r ON r.id = v.response_id AND "
                  "r.author_id = v.user_id"),
              "0");
    EXPECT_GT(std::stoi(sql("SELECT sum(total_responses) FROM expert_verifications")), 0);
    expect_exact();
}

} // namespace
} // namespace mvp::storage
