// The pipeline's decisions, told what libpq would report; no server.
#include "storage/postgres/errors.hpp"
#include "storage/postgres/pipeline.hpp"

#include <gtest/gtest.h>

namespace mvp::storage {
namespace {

using kind = pipeline::step::kind;

/// Keeps the answer where the test can look.
class noted final : public completion {
  public:
    explicit noted(std::optional<result<std::vector<rows>>>& where) : where_(where) {}
    void operator()(result<std::vector<rows>> answer) override { where_ = std::move(answer); }

  private:
    std::optional<result<std::vector<rows>>>& where_;
};

struct Pipeline : ::testing::Test {
    using answer = std::optional<result<std::vector<rows>>>;

    static unit_ptr read(answer& where, std::vector<const statement*> what) {
        auto u = std::make_unique<unit>();
        for (auto* s : what)
            u->commands.emplace_back(*s);
        u->shared = true;
        u->done = std::make_unique<noted>(where);
        return u;
    }
    static unit_ptr write(answer& where, std::vector<const statement*> what) {
        auto u = read(where, std::move(what));
        u->shared = false;
        return u;
    }
    static std::vector<kind> kinds(const std::vector<pipeline::step>& steps) {
        std::vector<kind> out;
        for (const auto& s : steps)
            out.push_back(s.what);
        return out;
    }

    // What libpq reports of one message.
    void good() {
        p.on_rows(rows());
        p.on_end();
    }
    void bad(const char* state = "22P02") {
        p.on_error(state, sql_error(state, "", "bad"));
        p.on_end();
    }
    void skipped() {
        p.on_aborted();
        p.on_end();
    }
    std::size_t finish() {
        auto finished = p.take_finished();
        for (auto& u : finished)
            u->finish();
        return finished.size();
    }

    pipeline p;
    statement a{"SELECT 1"}, b{"SELECT 2"}, c{"SELECT 3"};
    answer first, second, third;
};

TEST_F(Pipeline, AStatementIsPreparedBeforeItsFirstUseOnly) {
    EXPECT_EQ(kinds(p.add(read(first, {&a}))), (std::vector{kind::prepare, kind::run}));
    EXPECT_EQ(kinds(p.add(read(second, {&a, &b}))), (std::vector{kind::run, kind::prepare, kind::run}));
}

TEST_F(Pipeline, ReadsOfOneSyncAreAnsweredEachAtItsOwnEnd) {
    p.add(read(first, {&a}));
    p.add(read(second, {&a, &b}));
    p.sync_sent();
    good(); // prepare a
    good();
    EXPECT_EQ(finish(), 1u);
    ASSERT_TRUE(first && *first);
    EXPECT_EQ((*first)->size(), 1u);
    good(); // a
    good(); // prepare b
    EXPECT_EQ(finish(), 0u);
    good();
    EXPECT_EQ(finish(), 1u);
    EXPECT_EQ((*second)->size(), 2u);
    EXPECT_FALSE(p.idle());
    p.on_sync();
    EXPECT_TRUE(p.idle());
}

TEST_F(Pipeline, AFailingReadHasThoseBehindItSentAgainOnTheirOwn) {
    p.add(read(first, {&a}));
    p.add(read(second, {&b}));
    p.add(read(third, {&a}));
    p.sync_sent();
    good();
    good();    // a
    good();    // prepare b
    bad();     // b
    skipped(); // a
    p.on_sync();
    EXPECT_EQ(finish(), 2u);
    EXPECT_TRUE(*first);
    ASSERT_FALSE(*second);
    EXPECT_EQ(second->error().code, errc::bad_request);
    EXPECT_FALSE(third);
    auto again = p.take_again();
    ASSERT_EQ(again.size(), 1u);
    EXPECT_EQ(kinds(p.add(std::move(again[0]))), (std::vector{kind::run}));
    p.sync_sent();
    good();
    EXPECT_EQ(finish(), 0u) << "with a Sync of its own it is done at the Sync";
    p.on_sync();
    EXPECT_EQ(finish(), 1u);
    EXPECT_TRUE(*third);
}

TEST_F(Pipeline, AStatementWhoseParseWasSkippedIsPreparedAgain) {
    p.add(read(first, {&a}));
    p.add(read(second, {&b}));
    p.sync_sent();
    good();    // prepare a
    bad();     // a
    skipped(); // prepare b
    skipped(); // b
    p.on_sync();
    finish();
    auto again = p.take_again();
    ASSERT_EQ(again.size(), 1u);
    EXPECT_EQ(kinds(p.add(std::move(again[0]))), (std::vector{kind::prepare, kind::run}));
}

TEST_F(Pipeline, AReadOfALaterTurnThatCountedOnASkippedParseIsSentAgain) {
    p.add(read(first, {&a}));
    p.add(read(second, {&b}));
    p.sync_sent();
    EXPECT_EQ(kinds(p.add(read(third, {&b}))), (std::vector{kind::run})); // before the first turn is answered
    p.sync_sent();
    good();
    bad(); // a
    skipped();
    skipped(); // b and its Parse
    p.on_sync();
    bad("26000"); // no such prepared statement
    p.on_sync();
    finish();
    EXPECT_FALSE(third);
    EXPECT_EQ(p.take_again().size(), 2u);
}

TEST_F(Pipeline, AStatementThatDoesNotParseFailsWithItsOwnError) {
    p.add(read(first, {&a}));
    p.sync_sent();
    bad("42601");
    skipped();
    p.on_sync();
    EXPECT_EQ(finish(), 1u);
    ASSERT_FALSE(*first);
    EXPECT_EQ(first->error().code, errc::internal);
    EXPECT_TRUE(p.take_again().empty());
    EXPECT_EQ(kinds(p.add(read(second, {&a}))), (std::vector{kind::prepare, kind::run}));
}

TEST_F(Pipeline, AWriteIsDoneWhenItsSyncIsAnswered) {
    p.add(write(first, {&a, &b}));
    p.sync_sent();
    good();
    good();
    good();
    good();
    EXPECT_EQ(finish(), 0u);
    p.on_sync();
    EXPECT_EQ(finish(), 1u);
    EXPECT_EQ((*first)->size(), 2u);
}

TEST_F(Pipeline, AWriteWhoseCommitFailsFails) {
    p.add(write(first, {&a}));
    p.sync_sent();
    good();
    good();
    bad("23503"); // a deferred constraint: reported of the Sync itself
    p.on_sync();
    EXPECT_EQ(finish(), 1u);
    ASSERT_FALSE(*first);
    EXPECT_EQ(first->error().code, errc::conflict);
}

TEST_F(Pipeline, AFailingWriteIsNotRepeated) {
    p.add(write(first, {&a, &b}));
    p.sync_sent();
    good();
    bad("23505");
    skipped();
    skipped();
    p.on_sync();
    EXPECT_EQ(finish(), 1u);
    EXPECT_EQ(first->error().code, errc::conflict);
    EXPECT_TRUE(p.take_again().empty());
}

TEST_F(Pipeline, ABatchIsRepeatedAsAWhole) {
    p.add(read(first, {&a}));
    p.add(read(second, {&a, &a}));
    p.sync_sent();
    good();
    bad();
    skipped();
    skipped();
    p.on_sync();
    finish();
    auto again = p.take_again();
    ASSERT_EQ(again.size(), 1u);
    p.add(std::move(again[0]));
    p.sync_sent();
    good();
    good();
    p.on_sync();
    finish();
    EXPECT_EQ((*second)->size(), 2u);
}

TEST_F(Pipeline, BeyondItsLimitItSendsTextsOfRunTimeUnpreparedAndTheProgramsOwnPreparedStill) {
    pipeline small(1);
    statement one("SELECT 4", statement::use::often), other("SELECT 5", statement::use::often);
    EXPECT_EQ(kinds(small.add(read(first, {&one}))), (std::vector{kind::prepare, kind::run}));
    EXPECT_EQ(kinds(small.add(read(second, {&other}))), (std::vector{kind::run_once}));
    EXPECT_EQ(kinds(small.add(read(third, {&one, &a}))), (std::vector{kind::run, kind::prepare, kind::run}));
}

TEST_F(Pipeline, AStatementOfOneUseIsNeverPreparedAndLivesAsLongAsItsUnit) {
    auto once = std::make_shared<statement>("SELECT 4", statement::use::once);
    auto u = read(first, {});
    u->commands.emplace_back(once);
    u->commands.emplace_back(a);
    std::weak_ptr<statement> alive = once;
    once.reset();
    EXPECT_EQ(kinds(p.add(std::move(u))), (std::vector{kind::run_once, kind::prepare, kind::run}));
    p.sync_sent();
    p.units().front()->fail(unavailable("late"));
    EXPECT_FALSE(alive.expired());
    good();
    good();
    good();
    p.on_sync();
    finish();
    EXPECT_TRUE(alive.expired());
}

TEST_F(Pipeline, AStatementOfOneUseThatWasSkippedIsSentAgain) {
    statement once("SELECT 4", statement::use::once);
    p.add(read(first, {&a}));
    p.add(read(second, {&once}));
    p.sync_sent();
    good();
    bad();     // a
    skipped(); // once
    p.on_sync();
    finish();
    auto again = p.take_again();
    ASSERT_EQ(again.size(), 1u);
    EXPECT_EQ(kinds(p.add(std::move(again[0]))), (std::vector{kind::run_once}));
}

TEST_F(Pipeline, WhatIsInFlightWhenTheConnectionBreaksIsHandedBack) {
    p.add(read(first, {&a}));
    p.sync_sent();
    p.add(write(second, {&b}));
    p.sync_sent();
    good();
    EXPECT_EQ(p.take_all().size(), 2u);
    EXPECT_TRUE(p.idle());
    EXPECT_EQ(p.in_flight(), 0u);
}

TEST_F(Pipeline, NobodyIsToldTwice) {
    p.add(read(first, {&a}));
    p.sync_sent();
    p.units().front()->fail(unavailable("late"));
    first.reset();
    good();
    good();
    p.on_sync();
    finish();
    EXPECT_FALSE(first);
}

TEST(SqlErrors, AreJudgedByTheirState) {
    EXPECT_EQ(sql_error("23505", "users_email_key", "x").code, errc::conflict);
    EXPECT_EQ(sql_error("23505", "users_email_key", "x").constraint, "users_email_key");
    EXPECT_EQ(sql_error("22003", "", "out of range").code, errc::bad_request);
    EXPECT_EQ(sql_error("22021", "", "bad bytes").code, errc::bad_request);
    EXPECT_EQ(sql_error("57014", "", "statement timeout").code, errc::unavailable);
    EXPECT_EQ(sql_error("57P01", "", "shut down").retry_after, 1);
    EXPECT_EQ(sql_error("25006", "", "cannot execute INSERT in a read-only transaction").code,
              errc::unavailable);
    EXPECT_EQ(sql_error("", "", "lost").code, errc::unavailable);
    for (const char* missing : {"42P01", "42703", "42883", "3F000"}) {
        EXPECT_EQ(sql_error(missing, "", "no table").code, errc::unavailable) << missing;
        EXPECT_TRUE(is_missing_schema(sql_error(missing, "", "no table"))) << missing;
        EXPECT_TRUE(is_rolled_back(sql_error(missing, "", "no table"))) << missing;
        EXPECT_FALSE(is_retryable(sql_error(missing, "", "no table"))) << missing;
    }
    EXPECT_EQ(sql_error("42601", "", "no SQL").code, errc::internal);
    EXPECT_TRUE(is_retryable(sql_error("40P01", "", "deadlock")));
    EXPECT_FALSE(is_retryable(sql_error("57014", "", "statement timeout")));
}

} // namespace
} // namespace mvp::storage
