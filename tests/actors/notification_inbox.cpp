#include "tests/actors/simulated_inbox.hpp"

namespace mvp::actors {
namespace {

using namespace std::chrono_literals;

// --- frames

TEST_F(Inbox, GreetsASocketFirstAndReplaysNothingUnasked) {
    rows.add();
    rows.add(true);
    auto s = attach();
    EXPECT_TRUE(s->frames.empty());
    settle();
    EXPECT_EQ(s->take(), lines{hello(2, 1)});
    EXPECT_EQ(around->sockets, 1u);
}

TEST_F(Inbox, SendsNewOnesInOrderCountingUp) {
    auto s = attach();
    settle();
    s->take();
    rows.add();
    rows.add(true);
    rows.add();
    tell(inbox_wake{});
    settle();
    EXPECT_EQ(s->take(), (lines{told(1, 1), told(2, 1), told(3, 2)}));
}

TEST_F(Inbox, ManyWakeUpsMakeOneLook) {
    auto s = attach();
    settle();
    const int before = rows.reads;
    for (int i = 0; i < 100; ++i)
        tell(inbox_wake{});
    settle();
    EXPECT_EQ(rows.reads, before + 2) << "one that ran, and one for all that came meanwhile";
    EXPECT_EQ(s->take(), lines{hello(0, 0)});
}

TEST_F(Inbox, MarksReachAllSocketsHereAndTellTheOthers) {
    rows.add();
    rows.add();
    auto a = attach(), b = attach();
    settle();
    a->take();
    b->take();
    auto done = mark(these({2}));
    settle();
    ASSERT_TRUE(*done && **done);
    EXPECT_EQ((**done)->changed, 1);
    EXPECT_EQ((**done)->unread, 1);
    EXPECT_EQ(a->take(), lines{read({2}, 1)});
    EXPECT_EQ(b->take(), lines{read({2}, 1)});
    EXPECT_EQ(others.told, std::vector<bool>{false});
}

TEST_F(Inbox, MarkingWhatIsReadAlreadyOrUnknownSaysNothing) {
    rows.add(true);
    auto s = attach();
    settle();
    s->take();
    mark_as_read strange;
    strange.ids = {uuid::random(), rows.rows[0].id};
    auto done = mark(strange);
    settle();
    ASSERT_TRUE(*done && **done);
    EXPECT_EQ((**done)->changed, 0);
    EXPECT_EQ((**done)->found, 1);
    EXPECT_TRUE(s->frames.empty());
    EXPECT_TRUE(others.told.empty());
}

TEST_F(Inbox, MarkingAllSaysAll) {
    rows.add();
    rows.add();
    auto s = attach();
    settle();
    s->take();
    mark(mark_as_read{.all = true});
    settle();
    EXPECT_EQ(s->take(), lines{R"({"type":"read","all":true,"unread_count":0})"});
    EXPECT_EQ(others.told, std::vector<bool>{true});
    rows.add();
    tell(inbox_wake{});
    settle();
    s->take();
    mark(these({3}));
    settle();
    EXPECT_EQ(s->take(), lines{read({3}, 0)}) << "the last one alone is not all";
}

TEST_F(Inbox, AllReadDoesNotSwallowWhatCameAfterIt) {
    rows.add();
    auto s = attach();
    settle();
    s->take();
    rows.set_read({}); // on another process,
    rows.add();        // and then a new one, before this process looks
    tell(inbox_wake{true});
    settle();
    EXPECT_EQ(s->take(), (lines{R"({"type":"read","all":true,"unread_count":0})", told(2, 1)}));
}

TEST_F(Inbox, WhatAnotherProcessReadIsFoundByNumberWithoutBeingTold) {
    rows.add();
    rows.add();
    auto early = attach();
    settle();
    rows.set_read(std::vector{rows.rows[0].id});
    auto late = attach(); // sees the first marking in its count
    settle();
    rows.set_read(std::vector{rows.rows[1].id});
    tell(inbox_wake{});
    settle();
    EXPECT_EQ(early->take(), (lines{hello(2, 2), read({1}, 1), read({2}, 0)}));
    EXPECT_EQ(late->take(), (lines{hello(2, 1), read({2}, 0)}));
}

TEST_F(Inbox, FramesInQuietHoursAreSilent) {
    around->now = [] {
        return timestamp(std::chrono::sys_days(std::chrono::year(2026) / 7 / 1) + 21h + 30min);
    };
    rows.quiet = {true, 22h, 7h, "Europe/Berlin"}; // 23:30 there
    auto s = attach();
    settle();
    rows.add();
    tell(inbox_wake{});
    settle();
    EXPECT_EQ(s->take(), (lines{hello(0, 0), told(1, 1, R"(,"silent":true)")}));
}

TEST_F(Inbox, ADetachedSocketGetsNothingMore) {
    auto gone = attach(), stays = attach();
    settle();
    gone->take();
    stays->take();
    tell(detach_socket{gone});
    auto hasty = attach();
    tell(detach_socket{hasty}); // before its hello was read
    rows.add();
    tell(inbox_wake{});
    settle();
    EXPECT_TRUE(gone->frames.empty());
    EXPECT_TRUE(hasty->frames.empty());
    EXPECT_EQ(stays->frames.size(), 1u);
    EXPECT_EQ(around->sockets, 1u);
}

TEST_F(Inbox, ClosesAllSocketsWhenToldTo) {
    auto a = attach();
    settle();
    auto b = attach(); // not greeted yet
    tell(close_all_sockets{4401, "The token is not valid any more."});
    settle();
    EXPECT_EQ(a->closed, 4401);
    EXPECT_EQ(b->closed, 4401);
    EXPECT_EQ(around->sockets, 0u);
}

// --- the count

TEST_F(Inbox, AnswersTheCountFromMemoryWhileItHearsOfEveryChange) {
    rows.add();
    auto first = count();
    EXPECT_FALSE(*first);
    settle();
    EXPECT_EQ((**first)->count, 1);
    const int before = rows.reads;
    EXPECT_EQ((**count())->count, 1);
    EXPECT_EQ(rows.reads, before);
    rows.add();
    tell(inbox_wake{});
    auto second = count();
    settle();
    EXPECT_EQ((**second)->count, 2);
    EXPECT_EQ(rows.reads, before + 1);
}

TEST_F(Inbox, AsksPostgreSQLEachTimeWhileWakeUpsMayBeLost) {
    others.alive = false;
    count();
    settle();
    const int before = rows.reads;
    rows.add();
    auto now = count();
    settle();
    EXPECT_EQ((**now)->count, 1);
    EXPECT_EQ(rows.reads, before + 1);
}

TEST_F(Inbox, AsksAgainAfterWakeUpsMayHaveBeenLost) {
    count();
    settle();
    rows.add();
    ++others.number; // the subscription went and came
    auto now = count();
    settle();
    EXPECT_EQ((**now)->count, 1);
}

TEST_F(Inbox, ALookThatBeganBeforeTheSubscriptionWasCompleteIsNotRemembered) {
    others.alive = false;
    count();
    run();
    others.alive = true;
    settle();
    const int before = rows.reads;
    count();
    settle();
    EXPECT_EQ(rows.reads, before + 1);
}

TEST_F(Inbox, NobodyIsAnsweredByALookThatBeganBeforeHeAsked) {
    auto first = count();
    rows.add();            // committed after the first look began? It takes its moment when answered:
    auto second = count(); // so this one waits for another look
    answer();
    run();
    EXPECT_TRUE(*first);
    EXPECT_FALSE(*second);
    rows.add();
    settle();
    EXPECT_EQ((**second)->count, 2);
}

TEST_F(Inbox, AWakeUpDuringALookMakesItsCountOld) {
    count();
    run();
    rows.add();
    answer(); // the look sees one,
    rows.add();
    tell(inbox_wake{}); // and this one comes behind it
    auto now = count();
    settle();
    EXPECT_EQ((**now)->count, 2);
}

TEST_F(Inbox, AMarkIsSeenByTheNextCountWithoutALook) {
    rows.add();
    rows.add();
    count();
    settle();
    const int before = rows.reads;
    auto done = mark(these({1}));
    auto now = count(); // asked while the mark runs: may be told either
    settle();
    EXPECT_EQ((**count())->count, 1);
    EXPECT_EQ(rows.reads, before);
    ASSERT_TRUE(*now);
}

// --- trouble

TEST_F(Inbox, PostgreSQLAwayGivesErrorsAndClosesWhoCannotBeGreeted) {
    rows.away = true;
    auto c = count();
    auto m = mark(mark_as_read{.all = true});
    auto s = attach();
    settle();
    EXPECT_EQ((*c)->error().code, errc::unavailable);
    EXPECT_EQ((*m)->error().code, errc::unavailable);
    EXPECT_EQ(s->closed, 1013);
    EXPECT_EQ(around->sockets, 0u);
}

TEST_F(Inbox, ALookThatFailsIsRepeatedUntilTheSocketsHaveEverything) {
    auto s = attach();
    settle();
    s->take();
    rows.away = true;
    rows.add();
    tell(inbox_wake{});
    settle();
    for (int i = 0; i < 5; ++i) {
        pass(2s);
        settle();
    }
    EXPECT_TRUE(s->frames.empty());
    EXPECT_EQ(s->closed, 0);
    rows.away = false;
    pass(2s);
    settle();
    EXPECT_EQ(s->take(), lines{told(1, 1)});
}

TEST_F(Inbox, SocketsOfAnErasedUserAreClosed) {
    auto s = attach();
    settle();
    rows.no_user = true;
    tell(inbox_wake{});
    settle();
    EXPECT_EQ(s->closed, 4401);
}

TEST_F(Inbox, WhatWaitsIsBounded) {
    std::vector<std::shared_ptr<std::optional<result<unread_count>>>> asked;
    for (std::size_t i = 0; i < notification_inbox::waiting_limit + 3; ++i)
        asked.push_back(count());
    ASSERT_TRUE(*asked.back());
    EXPECT_EQ((*asked.back())->error().code, errc::unavailable);
    settle();
    EXPECT_TRUE(**asked.front());
}

TEST_F(Inbox, RetiresOnlyWithoutSocketsAndWork) {
    auto s = attach();
    for (int i = 0; i < 3; ++i) {
        inboxes.sweep_all();
        settle();
    }
    EXPECT_EQ(inboxes.counts().live, 1u);
    tell(detach_socket{s});
    inbox = nullptr;
    for (int i = 0; i < 3; ++i) {
        inboxes.sweep_all();
        settle();
    }
    EXPECT_EQ(inboxes.counts().live, 0u);
}

TEST_F(Inbox, GoingDownClosesSocketsAndAnswersWhoWaits) {
    auto s = attach();
    settle();
    auto c = count();
    EXPECT_TRUE(*c) << "from memory";
    tell(inbox_wake{});
    auto later = count();
    auto m = mark(mark_as_read{.all = true});
    EXPECT_FALSE(*later);
    inboxes.end_all();
    settle();
    EXPECT_EQ(s->closed, 1001);
    EXPECT_EQ((*later)->error().code, errc::unavailable);
    EXPECT_EQ((*m)->error().code, errc::unavailable);
}

} // namespace
} // namespace mvp::actors
