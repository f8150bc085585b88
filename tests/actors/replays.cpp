#include "tests/actors/simulated_inbox.hpp"

namespace mvp::actors {
namespace {

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

TEST_F(Inbox, ReplaysInPiecesAsTheSocketTakesThem) {
    const std::string again = R"(,"replayed":true)";
    for (int i = 0; i < 5; ++i)
        rows.add();
    auto live = attach(), s = std::make_shared<socket>();
    s->room = 3;
    tell(attach_socket{s, true, 0});
    settle();
    live->take();
    EXPECT_EQ(s->take(), (lines{hello(5, 5), told(1, 5, again), told(2, 5, again)}));
    rows.add();
    tell(inbox_wake{});
    settle();
    EXPECT_EQ(live->take(), lines{told(6, 6)}) << "nobody waits for it";
    EXPECT_TRUE(s->frames.empty());
    tell(replay_taken{s});
    settle();
    EXPECT_EQ(s->take(), (lines{told(3, 6, again), told(4, 6, again), told(5, 6, again)}));
    tell(replay_taken{s});
    settle();
    EXPECT_EQ(s->take(), lines{told(6, 6)}) << "made after the hello";
    tell(replay_taken{s}); // nothing waits any more
    rows.add();
    tell(inbox_wake{});
    settle();
    EXPECT_EQ(s->take(), lines{told(7, 7)});
    EXPECT_EQ(live->take(), lines{told(7, 7)});
    EXPECT_EQ(around->sockets, 2u);
}

TEST_F(Inbox, ReplaysDoNotKeepLiveFramesBack) {
    for (int i = 0; i < 9; ++i)
        rows.add();
    auto live = attach();
    std::shared_ptr<socket> replayed[2];
    for (auto& s : replayed) {
        s = std::make_shared<socket>();
        s->room = 2;
        tell(attach_socket{s, true, 0});
    }
    settle();
    live->take();
    for (auto& s : replayed) {
        s->take();
        tell(replay_taken{s});
    }
    rows.add();
    tell(inbox_wake{});
    answer(); // the first one's piece
    run();
    answer(); // the look, before the second one's piece
    run();
    EXPECT_EQ(live->take(), lines{told(10, 10)});
    EXPECT_TRUE(replayed[1]->frames.empty());
    settle();
    EXPECT_EQ(replayed[1]->frames.size(), 2u);
}

TEST_F(Inbox, TellsWhatWasReadDuringAReplayAtItsEnd) {
    for (int i = 0; i < 3; ++i)
        rows.add();
    auto s = std::make_shared<socket>();
    s->room = 2;
    tell(attach_socket{s, true, 0});
    settle();
    s->take();
    mark(these({1}));
    settle();
    EXPECT_TRUE(s->frames.empty());
    s->room = 10;
    tell(replay_taken{s});
    settle();
    EXPECT_EQ(s->take(),
              (lines{told(2, 2, R"(,"replayed":true)"), told(3, 2, R"(,"replayed":true)"), read({1}, 2)}));
}

TEST_F(Inbox, AReplayThatWaitsEndsWithItsSocket) {
    for (int i = 0; i < 3; ++i)
        rows.add();
    std::shared_ptr<socket> waiting[2];
    for (auto& s : waiting) {
        s = std::make_shared<socket>();
        s->room = 2;
        tell(attach_socket{s, true, 0});
    }
    settle();
    tell(detach_socket{waiting[0]});
    EXPECT_EQ(around->sockets, 1u);
    inbox = nullptr;
    for (int i = 0; i < 3; ++i) {
        inboxes.sweep_all();
        settle();
    }
    EXPECT_EQ(inboxes.counts().live, 1u) << "a socket waits";
    tell(close_all_sockets{4401, ""});
    EXPECT_EQ(waiting[0]->closed, 0);
    EXPECT_EQ(waiting[1]->closed, 4401);
    EXPECT_EQ(around->sockets, 0u);
    for (auto& s : waiting)
        tell(replay_taken{s});
    settle();
    EXPECT_EQ(waiting[1]->frames.size(), 2u);
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

} // namespace
} // namespace mvp::actors
