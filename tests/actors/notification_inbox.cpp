#include "actors/notification_inbox.hpp"

#include "tests/actors/simulated.hpp"

#include <caf/send.hpp>
#include <deque>
#include <fmt/format.h>

namespace mvp::actors {
namespace {

using namespace std::chrono_literals;
using lines = std::vector<std::string>;

struct socket final : feed_socket {
    lines frames;
    int closed = 0;
    void send(std::shared_ptr<const std::string> f) override { frames.push_back(*f); }
    void close(std::uint16_t code, std::string) override { closed = code; }
    lines take() { return std::exchange(frames, {}); }
};

/// PostgreSQL in a few lines: numbers as the real statements give them, answered when the test says so.
struct stored final : inbox_storage {
    std::vector<storage::notification> rows;
    std::vector<std::int64_t> read_seqs; // of rows[i]; 0: not read
    std::int64_t read_seq = 0;
    storage::quiet_hours quiet{};
    bool away = false;
    bool no_user = false;
    int reads = 0, marks = 0;
    std::deque<std::function<void()>> waiting;

    void add(bool is_read = false) {
        storage::notification n;
        n.id = uuid::random();
        n.seq = static_cast<std::int64_t>(rows.size()) + 1;
        n.type = "listing_update";
        n.is_read = is_read;
        rows.push_back(n);
        read_seqs.push_back(0);
    }
    std::int64_t unread() const {
        return std::count_if(rows.begin(), rows.end(), [](auto& n) { return !n.is_read; });
    }

    result<storage::inbox_state> look(const storage::inbox_query& what) {
        if (away)
            return fail(unavailable());
        if (no_user)
            return fail(errc::not_found, "");
        storage::inbox_state s;
        s.seq = static_cast<std::int64_t>(rows.size());
        s.read_seq = read_seq;
        s.unread = unread();
        s.quiet = quiet;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            if (what.after && rows[i].seq > *what.after)
                s.news.push_back(rows[i]);
            if (what.read_after && read_seqs[i] > *what.read_after)
                s.reads.push_back({read_seqs[i], rows[i].id});
        }
        s.too_many = s.news.size() > storage::replay_limit || s.reads.size() > storage::replay_limit;
        return s;
    }
    storage::marking set_read(const std::optional<std::vector<uuid>>& ids) {
        storage::marking m;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const bool meant = !ids || std::find(ids->begin(), ids->end(), rows[i].id) != ids->end();
            m.found += meant;
            if (!meant || rows[i].is_read)
                continue;
            ++m.changed;
            rows[i].is_read = true;
            read_seqs[i] = read_seq + 1;
        }
        read_seq += m.changed > 0;
        m.unread = unread();
        return m;
    }
    // The statement takes its moment when the test lets it: answer() runs and reports it.
    void read(uuid, storage::inbox_query what,
              std::function<void(result<storage::inbox_state>)> done) override {
        ++reads;
        waiting.push_back([this, what, done] { done(look(what)); });
    }
    void mark(uuid, const mark_as_read& what, std::function<void(result<storage::marking>)> done) override {
        ++marks;
        waiting.push_back([this, what, done] {
            if (away)
                return done(fail(unavailable()));
            done(set_read(what.all ? std::nullopt : std::optional(what.ids)));
        });
    }
};

struct channel final : wake_ups {
    bool alive = true;
    std::uint64_t number = 1;
    std::vector<bool> told; // all_read of each
    bool live() const override { return alive; }
    std::uint64_t epoch() const override { return number; }
    void tell_others(const uuid&, bool all_read) override { told.push_back(all_read); }
};

struct Inbox : simulated {
    stored rows;
    channel others;
    std::shared_ptr<inbox_surroundings> around = std::make_shared<inbox_surroundings>(rows, others);
    caf::actor inbox; // the last one made
    directory inboxes{system, [this](caf::actor_system& s, resident me) {
                          inbox =
                              caf::actor_cast<caf::actor>(s.spawn<notification_inbox>(std::move(me), around));
                          return inbox;
                      }};
    const uuid user = uuid::random();

    void TearDown() override {
        inbox = nullptr;
        inboxes.end_all();
        settle();
    }
    /// Lets everything happen: messages and statements.
    void settle() {
        run();
        while (!rows.waiting.empty()) {
            answer();
            run();
        }
    }
    void answer() {
        auto one = std::move(rows.waiting.front());
        rows.waiting.pop_front();
        one();
    }
    template <class M> void tell(M message) {
        inboxes.send(user, std::move(message));
        run();
    }
    std::shared_ptr<socket> attach(std::optional<std::int64_t> since = {}) {
        auto s = std::make_shared<socket>();
        tell(attach_socket{s, since.has_value(), since.value_or(0)});
        return s;
    }
    /// Asks; the answer appears in what is returned.
    template <class R, class M> std::shared_ptr<std::optional<result<R>>> ask(M message) {
        if (!inbox)
            tell(inbox_wake{});
        auto got = std::make_shared<std::optional<result<R>>>();
        system.spawn([to = inbox, got, message](caf::event_based_actor* me) {
            me->request(to, caf::infinite, message)
                .then([got](result<R>& r) { *got = std::move(r); },
                      [got](const caf::error& e) { *got = result<R>(tl::unexpect, no_answer(e)); });
        });
        run();
        return got;
    }
    auto count() { return ask<unread_count>(get_unread_count{}); }
    auto mark(mark_as_read what) { return ask<marked_as_read>(std::move(what)); }
    mark_as_read these(std::vector<int> seqs) {
        mark_as_read m;
        for (int seq : seqs)
            m.ids.push_back(rows.rows[static_cast<std::size_t>(seq) - 1].id);
        return m;
    }

    static std::string hello(int seq, int unread) {
        return fmt::format(R"({{"type":"hello","seq":{},"unread_count":{}}})", seq, unread);
    }
    std::string told(int seq, int unread, std::string more = "") {
        std::string text = fmt::format(R"({{"type":"notification","seq":{},"notification":)", seq);
        storage::append_json(text, rows.rows[static_cast<std::size_t>(seq) - 1]);
        return text + fmt::format(R"(,"unread_count":{}{}}})", unread, more);
    }
    std::string read(std::vector<int> seqs, int unread) {
        std::string ids;
        for (int seq : seqs)
            ids +=
                (ids.empty() ? "\"" : ",\"") + rows.rows[static_cast<std::size_t>(seq) - 1].id.text() + "\"";
        return fmt::format(R"({{"type":"read","ids":[{}],"unread_count":{}}})", ids, unread);
    }
};

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

TEST_F(Inbox, ReplaysWhatASocketLacksInOrder) {
    for (int i = 0; i < 4; ++i)
        rows.add(i == 1);
    auto s = attach(1);
    settle();
    EXPECT_EQ(s->take(), (lines{hello(4, 3), told(2, 3, R"(,"replayed":true)"),
                                told(3, 3, R"(,"replayed":true)"), told(4, 3, R"(,"replayed":true)")}));
}

TEST_F(Inbox, ResetsASocketThatLacksMoreThanAThousand) {
    for (int i = 0; i < 1002; ++i)
        rows.add();
    auto far = attach(1), near = attach(2);
    settle();
    EXPECT_EQ(far->take(), (lines{hello(1002, 1002), R"({"type":"reset","seq":1002,"unread_count":1002})"}));
    EXPECT_EQ(near->frames.size(), 1001u);
    near->take();
    rows.add();
    tell(inbox_wake{});
    settle();
    EXPECT_EQ(far->take(), lines{told(1003, 1003)}) << "it is live after the reset";
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

TEST_F(Inbox, NothingIsMissingAndNothingTwiceWhateverIsWrittenDuringAReplay) {
    rows.add();
    auto first = attach(0);
    settle();
    first->take();
    rows.add(); // nobody has looked yet
    auto second = attach(0);
    rows.add();
    tell(inbox_wake{});
    answer(); // second's replay reads here: 1, 2, 3
    run();
    rows.add(); // while the first one's look is on its way
    tell(inbox_wake{});
    settle();
    EXPECT_EQ(first->take(), (lines{told(2, 2), told(3, 3), told(4, 4)}));
    EXPECT_EQ(second->take(),
              (lines{hello(3, 3), told(1, 3, R"(,"replayed":true)"), told(2, 3, R"(,"replayed":true)"),
                     told(3, 3, R"(,"replayed":true)"), told(4, 4)}));
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
