// Both kinds of reviews against real servers: who sees them, what follows from each change, and that the
// figures equal the rows whatever happens at once.
#include "storage/reviews.hpp"

#include "storage/seller_ratings.hpp"
#include "tests/storage/caching_test.hpp"

#include <atomic>
#include <fmt/format.h>
#include <future>

namespace mvp::storage {
namespace {

using reviews::outcome;

class Reviews : public CachingTest, public ::testing::WithParamInterface<const review_kind*> {
  protected:
    void SetUp() override {
        CachingTest::SetUp();
        subject = seller;
        if (kind().noun == "part")
            subject = add_part();
    }
    static const review_kind& kind() { return *GetParam(); }
    std::string table() const { return std::string(kind().of.table); }

    static review stars(int rating, std::optional<int> first = {}) {
        review r;
        r.title = "Good";
        r.text = "Fine";
        r.rating = rating;
        r.first_aspect = first;
        return r;
    }
    result<outcome> apply(reviews::change what, std::size_t loop = 0) {
        auto done = run(
            [&] {
                std::vector<reviews::change> one{what};
                return reviews::apply(db(), kept(), kind(), subject, std::move(one));
            },
            loop);
        if (!done)
            return fail(done.error());
        return done->front();
    }
    result<outcome> create(uuid by, review content, std::size_t loop = 0) {
        return apply(reviews::creation(uuid::random(), viewer(by, false), std::move(content)), loop);
    }
    uuid created(uuid by, review content) {
        auto made = create(by, std::move(content));
        if (!made)
            throw std::runtime_error(made.error().text);
        return made->shown.front().id(0);
    }
    result<votes::outcome> vote(votes::ballot given, std::size_t loop = 0) {
        return run([&] { return reviews::vote(db(), kind(), given); }, loop);
    }
    viewer somebody() const { return {other, false}; }
    static std::string told(const result<outcome>& r) { return r ? "done" : r.error().text; }

    /// "4.33 3": the mean and the count that the subject shows.
    std::string figures() const {
        return sql(fmt::format("SELECT {} || ' ' || {} FROM {} WHERE id = '{}'", kind().mean, kind().count,
                               kind().subjects, subject.text()));
    }
    /// Empty if every figure that is kept equals what the rows say.
    std::string wrong_figures() const {
        std::string wrong = sql(fmt::format(
            "SELECT string_agg(s.id::text, ',') FROM {0} s, LATERAL (SELECT count(*) n, "
            "coalesce(round(avg(r.rating), 2), 0) m FROM {1} r WHERE r.{2} = s.id AND r.is_approved) f WHERE "
            "(s.{3}, s.{4}) IS DISTINCT FROM (f.m, f.n)",
            kind().subjects, table(), kind().column, kind().mean, kind().count));
        wrong += sql(fmt::format(
            "SELECT string_agg(r.id::text, ',') FROM {0} r, LATERAL (SELECT count(*) FILTER (WHERE "
            "vote_type = 'helpful') h, count(*) FILTER (WHERE vote_type = 'unhelpful') u FROM {1} v WHERE "
            "v.review_id = r.id) f WHERE (r.helpful_count, r.unhelpful_count) IS DISTINCT FROM (f.h, f.u)",
            table(), kind().votes));
        if (kind().noun == "seller")
            wrong += sql("SELECT string_agg(u.id::text, ',') FROM users u JOIN seller_ratings g ON "
                         "g.seller_id = u.id LEFT JOIN company_stores o ON o.company_id = u.id WHERE "
                         "(u.seller_rating, u.seller_reviews_count) IS DISTINCT FROM (g.average_rating, "
                         "g.total_reviews) OR (o.id IS NOT NULL AND (o.store_rating, o.total_reviews) IS "
                         "DISTINCT FROM (g.average_rating, g.total_reviews))");
        return wrong;
    }
    std::vector<uuid> add_users(std::size_t count) { return w().add_users("many", count); }
    std::size_t seen(viewer by, reviews::list_request wanted = {}) {
        auto p = good([&] { return reviews::list(db(), kind(), by, wanted, 100, 0); });
        EXPECT_EQ(p.count, static_cast<std::int64_t>(p.items.size()));
        return p.items.size();
    }
    bool sees(uuid id, viewer by) {
        return !good([&] { return reviews::find(db(), kind(), id, by); }).empty();
    }

    uuid subject;
};

INSTANTIATE_TEST_SUITE_P(Kinds, Reviews, ::testing::Values(&seller_reviews, &part_reviews),
                         [](const auto& kind) { return std::string(kind.param->of.name); });

TEST_P(Reviews, TheFiguresFollowEveryChange) {
    const auto users = add_users(3);
    const auto first = created(users[0], stars(5, 4));
    EXPECT_EQ(figures(), "5.00 1");
    created(users[1], stars(4));
    created(users[2], stars(4));
    EXPECT_EQ(figures(), "4.33 3");
    field_set rating;
    rating.set(position(kind().of.fields, "rating"));
    auto edited = apply(reviews::edit(first, viewer(users[0], false), stars(1), rating));
    ASSERT_TRUE(edited);
    EXPECT_EQ(edited->shown.size(), 1u);
    EXPECT_EQ(figures(), "3.00 3");
    EXPECT_EQ(sql(fmt::format("SELECT {} FROM {} WHERE id = '{}'", kind().aspects[0], table(), first.text())),
              "4")
        << "what was not sent stays";
    EXPECT_TRUE(apply(reviews::moderation(first, as_staff(), false, {})));
    EXPECT_EQ(figures(), "4.00 2");
    EXPECT_TRUE(apply(reviews::moderation(first, as_staff(), true, {})));
    EXPECT_EQ(figures(), "3.00 3");
    EXPECT_TRUE(apply(reviews::removal(first, as_staff())));
    EXPECT_EQ(figures(), "4.00 2");
    EXPECT_EQ(wrong_figures(), "");
    sql(fmt::format("DELETE FROM {}", table()));
    std::vector<reviews::change> nothing;
    EXPECT_TRUE(run([&] { return reviews::apply(db(), kept(), kind(), subject, nothing); }));
    EXPECT_EQ(figures(), "0.00 0");
}

TEST_P(Reviews, HalvesAreRoundedUp) {
    const auto users = add_users(8); // 33 stars of 8 reviews: 4.125
    for (int i = 0; i < 8; ++i)
        created(users[static_cast<std::size_t>(i)], stars(i == 0 ? 5 : 4));
    EXPECT_EQ(figures(), "4.13 8");
}

TEST_P(Reviews, ASecondReviewOfTheSameIsRefusedAndNothingIsCounted) {
    created(other, stars(5));
    EXPECT_EQ(told(create(other, stars(1))), fmt::format("You already reviewed this {}", kind().noun));
    EXPECT_EQ(figures(), "5.00 1");
    EXPECT_NE(told(create(seller, stars(5))), "done") << "nobody reviews himself, whoever asks storage";
    EXPECT_EQ(figures(), "5.00 1");
    subject = uuid::random();
    EXPECT_EQ(told(create(other, stars(5))), kind().noun == "part" ? "Part not found" : "Seller not found");
}

TEST_P(Reviews, ManyChangesInOneTransactionHaveTheirOwnOutcomes) {
    const auto users = add_users(3);
    const auto old = created(other, stars(1));
    std::vector<reviews::change> all;
    for (const auto& user : users)
        all.push_back(reviews::creation(uuid::random(), viewer(user, false), stars(5)));
    all.push_back(reviews::creation(uuid::random(), somebody(), stars(5)));
    all.push_back(reviews::removal(old, somebody()));
    all.push_back(reviews::removal(old, somebody()));
    all.push_back(reviews::moderation(all[0].id, as_staff(), true, {}));
    const auto before = db().statements();
    auto done = good([&] { return reviews::apply(db(), kept(), kind(), subject, all); });
    EXPECT_LT(db().statements() - before, 20u) << "one recompute for all";
    ASSERT_EQ(done.size(), 7u);
    std::vector<std::string> told_each;
    for (const auto& each : done)
        told_each.push_back(told(each));
    const auto gone = fmt::format("No {} matches the given query.", kind().of.name);
    EXPECT_EQ(told_each, (std::vector<std::string>{"done", "done", "done",
                                                   fmt::format("You already reviewed this {}", kind().noun),
                                                   "done", gone, "done"}));
    EXPECT_FALSE(done[6]->changed) << "it was approved before";
    EXPECT_EQ(figures(), "5.00 3");
    EXPECT_EQ(wrong_figures(), "");
}

TEST_P(Reviews, SixtyAtOnceOnTwoLoopsLeaveFiguresThatEqualTheRows) {
    const auto users = add_users(60);
    const auto at_once = [&](auto what) {
        std::vector<std::future<void>> all;
        for (std::size_t i = 0; i < users.size(); ++i)
            all.push_back(std::async(std::launch::async, [&, i] { what(i); }));
        for (auto& each : all)
            each.get();
    };
    std::vector<uuid> made(users.size());
    at_once([&](std::size_t i) {
        auto r = create(users[i], stars(1 + static_cast<int>(i % 5), 1 + static_cast<int>(i % 3)), i % 2);
        ASSERT_TRUE(r) << r.error().text;
        made[i] = r->shown.front().id(0);
    });
    EXPECT_EQ(figures(), "3.00 60");
    EXPECT_EQ(wrong_figures(), "");
    std::atomic<int> refused = 0;
    at_once([&](std::size_t i) {
        const viewer by(users[i], false);
        if (i % 3 == 0)
            refused += !apply(reviews::removal(made[i / 6], by), i % 2);
        else if (i % 3 == 1)
            apply(reviews::moderation(made[i], as_staff(), i % 2 == 0, {}), i % 2);
        else
            vote({made[59], users[i], helpfulness::helpful}, i % 2);
    });
    EXPECT_EQ(refused, 10) << "of two removals of one review one is refused";
    EXPECT_EQ(wrong_figures(), "");
    EXPECT_EQ(sql(fmt::format("SELECT helpful_count FROM {} WHERE id = '{}'", table(), made[59].text())),
              "19")
        << "all but its author's";
}

TEST_P(Reviews, BothTimesOfANewReviewAreOne) {
    for (const auto& user : add_users(20))
        created(user, stars(5));
    EXPECT_EQ(sql("SELECT count(*) FROM " + table() + " WHERE created_at <> updated_at"), "0");
}

TEST_P(Reviews, VotesOfOneUserAreOneVoteHoweverManyComeAtOnce) {
    const auto id = created(other, stars(5));
    const auto users = add_users(6);
    std::vector<std::future<void>> all;
    for (std::size_t i = 0; i < 60; ++i)
        all.push_back(std::async(std::launch::async, [&, i] {
            votes::ballot given{id, users[i % users.size()], {}};
            if (i % 5 != 4)
                given.what = i % 2 ? helpfulness::helpful : helpfulness::unhelpful;
            vote(given, i % 2);
        }));
    for (auto& each : all)
        each.get();
    EXPECT_EQ(wrong_figures(), "");
}

TEST_P(Reviews, VotesAreGivenChangedAndTakenBack) {
    const auto id = created(other, stars(5));
    const auto after = [&](std::optional<helpfulness> what) { return vote({id, staff, what}).value(); };
    const auto counts = [&] {
        return sql(fmt::format("SELECT helpful_count || ' ' || unhelpful_count FROM {}", table()));
    };
    EXPECT_EQ(after(helpfulness::helpful), votes::outcome::given);
    EXPECT_EQ(after(helpfulness::helpful), votes::outcome::same);
    EXPECT_EQ(counts(), "1 0");
    const auto shown = good([&] { return reviews::find(db(), kind(), id, as_staff()); });
    EXPECT_EQ(shown.front().text(shown.front().columns() - 1), "helpful");
    EXPECT_EQ(after(helpfulness::unhelpful), votes::outcome::changed);
    EXPECT_EQ(counts(), "0 1");
    EXPECT_EQ(after({}), votes::outcome::taken_back);
    EXPECT_EQ(counts(), "0 0");
    const auto refused = [&](votes::ballot given) {
        const auto answer = vote(given);
        return answer ? errc::internal : answer.error().code;
    };
    EXPECT_EQ(refused({id, staff, {}}), errc::missing);
    EXPECT_EQ(refused({uuid::random(), staff, helpfulness::helpful}), errc::not_found);
    EXPECT_EQ(refused({id, other, helpfulness::helpful}), errc::forbidden) << "it is his own";
}

TEST_P(Reviews, WhatIsNotApprovedIsSeenByItsReviewerAndStaff) {
    const auto id = created(other, stars(5));
    EXPECT_TRUE(sees(id, {}));
    good([&] { return reviews::set_approved(db(), kept(), kind(), id, as_staff(), false, true); });
    EXPECT_FALSE(sees(id, {}));
    EXPECT_FALSE(sees(id, viewer(seller, false)));
    EXPECT_TRUE(sees(id, somebody()));
    EXPECT_TRUE(sees(id, as_staff()));
    EXPECT_EQ(seen({}), 0u);
    EXPECT_EQ(seen(somebody()), 1u);
    EXPECT_EQ(seen(as_staff()), 1u);
    reviews::list_request approved;
    approved.approved_only = true;
    EXPECT_EQ(seen(somebody(), approved), 0u);
    EXPECT_EQ(seen(as_staff(), approved), 0u);
    const auto about = good([&] { return reviews::find_target(db(), kind(), id, {}); });
    ASSERT_TRUE(about);
    EXPECT_EQ(about->owner, other);
    EXPECT_EQ(about->seller, seller);
    EXPECT_EQ(about->subject, subject);
    EXPECT_FALSE(about->is_public);
    EXPECT_EQ(sql("SELECT is_flagged FROM " + table()), "t");
}

TEST_P(Reviews, ThoseOfAPartAreHiddenWithIt) {
    const bool about_part = kind().noun == "part";
    const auto id = created(other, stars(5));
    const viewer stranger(w().add_user("stranger"), false), by_seller(seller, false);
    const auto expect = [&](bool hidden, const std::string& why) {
        SCOPED_TRACE(why);
        for (const auto& by : {viewer(), stranger, by_seller, somebody(), as_staff()}) {
            const bool may = !hidden || by.id == seller || by.id == other || by.staff;
            EXPECT_EQ(sees(id, by), may);
            EXPECT_EQ(seen(by), may ? 1u : 0u);
            const auto target = good([&] { return reviews::find_target(db(), kind(), id, by); });
            ASSERT_TRUE(target);
            EXPECT_EQ(target->seen_by(by), may);
        }
    };
    expect(false, "active");
    for (const char* status : {"pending", "discontinued", "out_of_stock"}) {
        sql(fmt::format("UPDATE parts SET status = '{}'", status));
        expect(about_part && status != std::string("out_of_stock"), status);
    }
    sql("UPDATE parts SET status = 'active'");
    for (const char* change : {"is_active = false", "is_suspended = true"}) {
        sql(fmt::format("UPDATE users SET {} WHERE id = '{}'", change, seller.text()));
        expect(about_part, change);
        sql("UPDATE users SET is_active = true, is_suspended = false");
    }
    expect(false, "all as before");
}

TEST_P(Reviews, ListsAreNarrowedAndOrdered) {
    const auto users = add_users(3);
    for (int i = 0; i < 3; ++i)
        created(users[static_cast<std::size_t>(i)], stars(3 + i));
    reviews::list_request wanted;
    wanted.subject = subject;
    EXPECT_EQ(seen({}, wanted), 3u);
    wanted.min_rating = 4;
    EXPECT_EQ(seen({}, wanted), 2u);
    wanted.is_verified_purchase = true;
    EXPECT_EQ(seen({}, wanted), 0u);
    wanted = {};
    wanted.rating = 5;
    EXPECT_EQ(seen({}, wanted), 1u);
    wanted = {};
    wanted.reviewer = users[1];
    EXPECT_EQ(seen({}, wanted), 1u);
    wanted.subject = uuid::random();
    EXPECT_EQ(seen({}, wanted), 0u);
    const auto ratings = [&](std::string ordering) {
        reviews::list_request all;
        all.ordering = std::move(ordering);
        const auto p = good([&] { return reviews::list(db(), kind(), {}, all, 20, 0); });
        const int column = kind().noun == "part" ? 15 : 14;
        std::string out;
        for (std::size_t i = 0; i < p.items.size(); ++i)
            out += p.items[i].text(column);
        return out;
    };
    EXPECT_EQ(ratings(""), "543") << "newest first";
    EXPECT_EQ(ratings("rating"), "345");
    EXPECT_EQ(ratings("created_at"), "345");
    EXPECT_EQ(ratings("-rating,nonsense"), "543");
}

TEST_P(Reviews, TheSellerHearsOfAReviewAndTheReviewerOfTheAnswer) {
    const auto id = created(other, stars(5));
    const auto events = [&] {
        return sql("SELECT string_agg(concat_ws('|', type, recipient, related_type, related_id, action_url), "
                   "' ' ORDER BY id) FROM outbox WHERE type <> 'changed'");
    };
    EXPECT_EQ(events(), fmt::format("review_received|{}|{}|{}|{}{}", seller.text(), kind().related, id.text(),
                                    kind().path, id.text()));
    sql("DELETE FROM outbox");
    for (const char* answer : {"Thanks", "Thanks", "Thank you"})
        good([&] { return reviews::respond(db(), kind(), id, viewer(seller, false), answer); });
    EXPECT_EQ(events(), fmt::format("seller_response|{}|{}|{}|{}{}", other.text(), kind().related, id.text(),
                                    kind().path, id.text()))
        << "another answer is no news";
    EXPECT_EQ(sql("SELECT seller_response FROM " + table()), "Thank you");
    EXPECT_NE(sql("SELECT seller_response_date FROM " + table()), "");
    EXPECT_TRUE(good([&] {
                    return reviews::respond(db(), kind(), uuid::random(), viewer(seller, false), "x");
                }).empty());
}

TEST_P(Reviews, WhoMayNotReviewIsToldWhy) {
    const auto why = [&](uuid user, bool is_staff = false) {
        auto r = run([&] { return reviews::may_review(db(), kind(), subject, viewer(user, is_staff)); });
        return r ? std::string() : r.error().text;
    };
    EXPECT_EQ(why(other), "");
    EXPECT_EQ(why(seller), kind().own);
    created(other, stars(5));
    EXPECT_EQ(why(other), fmt::format("You already reviewed this {}", kind().noun));
    const auto not_there = kind().noun == "part" ? "Part not found" : "Seller not found";
    sql("UPDATE users SET is_suspended = true WHERE id = '" + seller.text() + "'");
    EXPECT_EQ(why(other), not_there);
    EXPECT_EQ(why(staff, true), "");
    sql("UPDATE users SET is_suspended = false");
    if (kind().noun == "part") {
        for (const char* status : {"pending", "discontinued"}) {
            sql(fmt::format("UPDATE parts SET status = '{}'", status));
            EXPECT_EQ(why(staff), not_there) << status;
        }
        sql("UPDATE parts SET status = 'out_of_stock'");
        EXPECT_EQ(why(staff), "");
    } else {
        sql("UPDATE users SET is_seller = false");
        EXPECT_EQ(why(staff), "You can only review sellers");
    }
    subject = uuid::random();
    EXPECT_EQ(why(other), not_there);
}

TEST_P(Reviews, CachedAnswersWithTheOldFiguresFall) {
    const auto tag = kind().noun == "part" ? "parts:" + subject.text() : "users:" + seller.text();
    int made = 0;
    const auto cached = [&] {
        good([&] {
            return kept().get(tag, "v", [&]() -> task<result<std::string>> {
                ++made;
                co_return std::string("x");
            });
        });
        return made;
    };
    EXPECT_EQ(cached(), 1);
    EXPECT_EQ(cached(), 1);
    created(other, stars(5));
    EXPECT_EQ(cached(), 2);
    EXPECT_EQ(sql("SELECT count(*) FROM outbox WHERE type = 'changed'"), "1")
        << "so that they fall also when this process is killed before it drops them";
    created(staff, stars(5));
    EXPECT_EQ(cached(), 3) << "another count, though the mean is the same";
}

TEST(SellerRatings, KeepEveryFigureInTheSameTransaction) {
    test::caching_world w;
    const auto company = w.add_user("company");
    w.sql(fmt::format("INSERT INTO company_stores (company_id, store_name, store_description, store_email, "
                      "store_phone, store_address, store_city, store_state, store_country) VALUES ('{}', "
                      "'s', 'd', 'a@b.c', '1', 'a', 'c', 's', 'c')",
                      company.text()));
    const auto apply = [&](std::vector<reviews::change> changes) {
        return w.good(
            [&] { return reviews::apply(w.db(), w.kept, seller_reviews, company, std::move(changes)); });
    };
    std::vector<reviews::change> all;
    for (int i = 0; i < 3; ++i) {
        review r;
        r.title = r.text = "x";
        r.rating = 3 + i;
        r.first_aspect = i == 0 ? std::nullopt : std::optional(i + 3);
        r.third_aspect = 1;
        const viewer by(w.add_user(fmt::format("u{}", i)), false);
        all.push_back(reviews::creation(uuid::random(), by, r));
    }
    apply(all);
    const auto figures = [&] {
        return w.sql("SELECT concat_ws(' ', average_rating, total_reviews, five_star_count, "
                     "four_star_count, three_star_count, two_star_count, one_star_count, "
                     "average_communication, average_item_accuracy, average_shipping) FROM seller_ratings");
    };
    EXPECT_EQ(figures(), "4.00 3 1 1 1 0 0 4.50 0.00 1.00");
    EXPECT_EQ(w.sql("SELECT store_rating || ' ' || total_reviews FROM company_stores"), "4.00 3");
    const auto by_seller = w.good([&] { return seller_ratings::find(w.db(), company); });
    ASSERT_EQ(by_seller.size(), 1u);
    EXPECT_EQ(w.good([&] { return seller_ratings::find(w.db(), by_seller.front().id(0)); }).size(), 1u);
    EXPECT_EQ(w.good([&] { return seller_ratings::list(w.db(), "-total_reviews", 20, 0); }).count, 1);

    // Taken back one by one: nothing old stays in any column.
    for (const auto& each : all)
        apply({reviews::removal(each.id, each.by)});
    EXPECT_EQ(figures(), "0.00 0 0 0 0 0 0 0.00 0.00 0.00");
    EXPECT_EQ(w.sql("SELECT store_rating || ' ' || total_reviews FROM company_stores"), "0.00 0");
    EXPECT_EQ(w.good([&] { return seller_ratings::of_seller(w.db(), uuid::random()); }).size(), 0u);
}

} // namespace
} // namespace mvp::storage
