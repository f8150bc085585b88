// Reviews of sellers and parts, and ratings, from outside: roles, exact answers, and figures that equal the
// rows whatever happens at once on two processes.
#include "tests/support/answers.hpp"

#include <atomic>
#include <csignal>
#include <future>
#include <gmock/gmock.h>

namespace mvp::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

json::object review_body(int rating = 5) {
    return {{"title", "Good"}, {"text", "Fine"}, {"rating", rating}};
}

constexpr char nowhere[] = "00000000-0000-0000-0000-000000000002";

class ReviewsApi : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        buyer = register_user(shared_server(), "buyer");
        other = register_user(shared_server(), "other");
        staff = register_staff(shared_server());
    }
    void SetUp() override { seller = register_seller(shared_server()); }

    http_client client = shared_server().client();
    /// Each test has a seller of its own.
    user seller;
    static inline user buyer, other, staff;

    static auto sql(const std::string& text, const std::vector<std::string>& with = {}) {
        return shared_server().database().sql(text, with);
    }
    std::string part(std::string_view status = "active") {
        return sql("INSERT INTO parts (seller_id, name, description, condition, price, quantity_in_stock, "
                   "status) VALUES ($1, 'Brake pads', 'New', 'new', 10, 5, $2) RETURNING id",
                   {seller.id, std::string(status)})
            .at(0)
            .at(0);
    }
    reply review_seller(const user& by, json::object body = review_body()) {
        body["seller_id"] = seller.id;
        return client.post("/api/reviews/", body, by.access);
    }
    reply review_part(const std::string& id, const user& by, json::object body = review_body()) {
        body["part_id"] = id;
        return client.post("/api/part-reviews/", body, by.access);
    }
    static std::string path(const std::string& id, std::string_view action = "") {
        return fmt::format("/api/reviews/{}/{}", id, action);
    }
    static std::string part_path(const std::string& id, std::string_view action = "") {
        return fmt::format("/api/part-reviews/{}/{}", id, action);
    }
    std::string hide(std::string_view table, const std::string& id) {
        sql(fmt::format("UPDATE {} SET is_approved = false WHERE id = $1", table), {id});
        return id;
    }
    /// "4.33 3", as a car's seller shows it to everybody.
    std::string seller_figures() {
        const auto r = client.get("/api/users/" + seller.id + "/", staff.access).json();
        return fmt::format("{} {}", std::string_view(r.at("seller_rating").as_string()),
                           r.at("seller_reviews_count").as_int64());
    }
};

// --- sellers

TEST_F(ReviewsApi, AReviewOfASellerNeedsALoginASellerAndABody) {
    auto body = review_body();
    EXPECT_EQ(told(client.post("/api/reviews/", body)), no_login);
    EXPECT_EQ(told(client.post("/api/reviews/", body, buyer.access)),
              R"(400 {"error":"seller_id is required"})");
    body["seller_id"] = "abc";
    EXPECT_EQ(told(client.post("/api/reviews/", body, buyer.access)),
              R"(400 {"seller_id":["Must be a valid UUID."]})");
    body["seller_id"] = nowhere;
    EXPECT_EQ(told(client.post("/api/reviews/", body, buyer.access)), R"(404 {"error":"Seller not found"})");
    body["seller_id"] = other.id;
    EXPECT_EQ(told(client.post("/api/reviews/", body, buyer.access)),
              R"(400 {"error":"You can only review sellers"})");
    EXPECT_EQ(told(review_seller(seller)), R"(400 {"error":"You cannot review yourself"})");
    EXPECT_EQ(
        told(review_seller(buyer, json::object{})),
        R"(400 {"title":["This field is required."],"text":["This field is required."],"rating":["This field is required."]})");
    auto wrong = review_body(0);
    wrong["shipping_rating"] = 6;
    EXPECT_EQ(
        told(review_seller(buyer, wrong)),
        R"(400 {"rating":["Ensure this value is greater than or equal to 1."],"shipping_rating":["Ensure this value is less than or equal to 5."]})");
    EXPECT_EQ(told(client.post("/api/reviews/", json::array{1}, buyer.access)),
              R"(400 {"non_field_errors":["Invalid data. Expected a dictionary, but got list."]})");
    EXPECT_EQ(seller_figures(), "0.00 0");
}

TEST_F(ReviewsApi, AReviewIsShownWholeAndItsFiguresAreThereAtOnce) {
    auto body = review_body(4);
    body["communication_rating"] = 5;
    body["is_verified_purchase"] = true;
    body["is_approved"] = false;
    body["helpful_count"] = 9;
    body["seller_response"] = "fake";
    const auto made = review_seller(buyer, body);
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_THAT(keys(made.json()),
                ElementsAre("id", "reviewer", "title", "text", "rating", "communication_rating",
                            "item_accuracy_rating", "shipping_rating", "is_verified_purchase",
                            "helpful_count", "unhelpful_count", "is_approved", "is_flagged",
                            "seller_response", "seller_response_date", "created_at", "updated_at",
                            "user_vote"));
    EXPECT_EQ(field(made, "is_verified_purchase"), "false");
    EXPECT_EQ(field(made, "is_approved"), "true");
    EXPECT_EQ(field(made, "helpful_count"), "0");
    EXPECT_EQ(field(made, "seller_response"), "null");
    EXPECT_EQ(made.json().at("reviewer").at("email").as_string(), buyer.email);
    EXPECT_EQ(seller_figures(), "4.00 1");
    EXPECT_EQ(told(review_seller(buyer)), R"(400 {"error":"You already reviewed this seller"})");
    const auto id = id_of(made);
    EXPECT_EQ(json::serialize(client.get(path(id)).json().at("reviewer").at("email")), "null");
    json::object alias = review_body(5);
    alias["seller"] = seller.id;
    EXPECT_EQ(client.post("/api/reviews/", alias, other.access).status, 201);
    EXPECT_EQ(seller_figures(), "4.50 2");
}

TEST_F(ReviewsApi, AReviewIsChangedByItsReviewerAndStaff) {
    const auto id = id_of(review_seller(buyer));
    EXPECT_EQ(told(client.patch(path(id), {{"rating", 1}})), no_login);
    EXPECT_EQ(told(client.patch(path(id), {{"rating", 9}}, other.access)), not_yours);
    EXPECT_EQ(told(client.patch(path(id), {{"rating", 9}}, buyer.access)),
              R"(400 {"rating":["Ensure this value is less than or equal to 5."]})");
    const auto patched = client.patch(
        path(id), {{"rating", 3}, {"is_verified_purchase", true}, {"helpful_count", 9}}, buyer.access);
    ASSERT_EQ(patched.status, 200) << patched.body;
    EXPECT_EQ(field(patched, "rating"), "3");
    EXPECT_EQ(field(patched, "is_verified_purchase"), "false");
    EXPECT_EQ(field(patched, "helpful_count"), "0");
    EXPECT_EQ(seller_figures(), "3.00 1");
    const auto put = client.put(path(id), {{"title", "only title"}}, staff.access);
    ASSERT_EQ(put.status, 200) << put.body;
    EXPECT_EQ(field(put, "rating"), "3") << "a PUT of some fields leaves the others";
    EXPECT_EQ(told(client.del(path(id), other.access)), not_yours);
    EXPECT_EQ(client.del(path(id), staff.access).status, 204);
    EXPECT_EQ(told(client.del(path(id), staff.access)),
              R"(404 {"detail":"No Review matches the given query."})");
    EXPECT_EQ(seller_figures(), "0.00 0");
    EXPECT_EQ(client.get("/api/seller-ratings/by_seller/?seller_id=" + seller.id).json().at("total_reviews"),
              json::value(0));
}

TEST_F(ReviewsApi, VotesOfOthersCountOnce) {
    const auto id = id_of(review_seller(buyer));
    const auto counts = [&] {
        const auto r = client.get(path(id), other.access);
        return field(r, "helpful_count") + field(r, "unhelpful_count") + field(r, "user_vote");
    };
    EXPECT_EQ(told(client.action(path(id, "mark_helpful/"), "")), no_login);
    EXPECT_EQ(told(client.action(path(id, "mark_helpful/"), buyer.access)),
              R"(403 {"error":"You cannot vote on your own content"})");
    EXPECT_EQ(told(client.action(path(id, "mark_helpful/"), other.access)),
              R"(201 {"message":"Review marked as helpful"})");
    EXPECT_EQ(told(client.action(path(id, "mark_helpful/"), other.access)),
              R"(200 {"message":"Already marked as helpful"})");
    EXPECT_EQ(counts(), "10\"helpful\"");
    EXPECT_EQ(told(client.action(path(id, "mark_unhelpful/"), other.access)),
              R"(200 {"message":"Vote updated"})");
    EXPECT_EQ(told(client.action(path(id, "mark_unhelpful/"), other.access)),
              R"(200 {"message":"Already marked as unhelpful"})");
    EXPECT_EQ(counts(), "01\"unhelpful\"");
    EXPECT_EQ(told(client.del(path(id, "remove_vote/"), other.access)), R"(200 {"message":"Vote removed"})");
    EXPECT_EQ(told(client.del(path(id, "remove_vote/"), other.access)), R"(404 {"error":"Vote not found"})");
    EXPECT_EQ(counts(), "00null");
    hide("reviews", id);
    EXPECT_EQ(told(client.action(path(id, "mark_helpful/"), other.access)),
              R"(404 {"detail":"No Review matches the given query."})");
}

TEST_F(ReviewsApi, OnlyTheSellerRespondsAndTheReviewerHears) {
    const auto id = id_of(review_seller(buyer));
    const json::object thanks{{"response", "Thanks!"}};
    EXPECT_EQ(told(client.post(path(id, "seller_respond/"), thanks)), no_login);
    for (const auto& stranger : {other, staff, buyer})
        EXPECT_EQ(told(client.post(path(id, "seller_respond/"), thanks, stranger.access)),
                  R"(403 {"error":"Only the seller can respond to this review"})");
    for (const json::object& empty :
         {json::object{}, json::object{{"response", "  "}}, json::object{{"response", nullptr}}})
        EXPECT_EQ(told(client.post(path(id, "seller_respond/"), empty, seller.access)),
                  R"(400 {"error":"Response text is required"})");
    const auto done = client.post(path(id, "seller_respond/"), thanks, seller.access);
    ASSERT_EQ(done.status, 200) << done.body;
    EXPECT_EQ(field(done, "seller_response"), "\"Thanks!\"");
    EXPECT_NE(field(done, "seller_response_date"), "null");
    const auto heard = [&](const user& who, std::string_view type) {
        return eventually([&] {
            const auto all =
                client.get(fmt::format("/api/notifications/by_type/?type={}", type), who.access).body;
            return all.find(fmt::format("\"action_url\":\"/reviews/{}\"", id)) != std::string::npos;
        });
    };
    EXPECT_TRUE(heard(buyer, "seller_response"));
    EXPECT_TRUE(heard(seller, "review_received"));
}

TEST_F(ReviewsApi, HiddenReviewsAreForTheirReviewerAndStaff) {
    const auto id = id_of(review_seller(buyer));
    review_seller(other, review_body(2));
    hide("reviews", id);
    const auto count = [&](std::string_view query, std::string_view token = {}) {
        return field(client.get(fmt::format("/api/reviews/{}", query), token), "count");
    };
    const auto all = "?seller=" + seller.id, by_seller = "by_seller/?seller_id=" + seller.id;
    EXPECT_EQ(count(all), "1");
    EXPECT_EQ(count(all, buyer.access), "2");
    EXPECT_EQ(count(all, staff.access), "2");
    EXPECT_EQ(count(by_seller), "1");
    EXPECT_EQ(count(by_seller, buyer.access), "1");
    EXPECT_EQ(client.get(path(id)).status, 404);
    EXPECT_EQ(client.get(path(id), seller.access).status, 404);
    EXPECT_EQ(client.get(path(id), buyer.access).status, 200);
    EXPECT_THAT(client.get("/api/reviews/my_reviews/", buyer.access).body, HasSubstr(id));
    EXPECT_EQ(told(client.get("/api/reviews/my_reviews/")), R"(401 {"error":"Authentication required"})");
}

TEST_F(ReviewsApi, ListsAreNarrowedAndOrderedAndRefuseWhatIsNoId) {
    review_seller(buyer, review_body(2));
    review_seller(other, review_body(4));
    const auto ratings = [&](std::string_view query, std::string_view list = "?seller=") {
        std::string out;
        const auto page = client.get(fmt::format("/api/reviews/{}{}&{}", list, seller.id, query)).json();
        for (const auto& each : page.at("results").as_array())
            out += json::serialize(each.at("rating"));
        return out;
    };
    EXPECT_EQ(ratings(""), "42");
    EXPECT_EQ(ratings("ordering=rating"), "24");
    EXPECT_EQ(ratings("ordering=-rating&page_size=1"), "4");
    EXPECT_EQ(ratings("", "by_seller/?seller_id="), "42");
    EXPECT_EQ(ratings("ordering=rating", "by_seller/?seller_id="), "24");
    EXPECT_EQ(told(client.get("/api/reviews/?seller=abc")), R"(400 {"seller":["Must be a valid UUID."]})");
    EXPECT_EQ(told(client.get("/api/reviews/by_seller/")), R"(400 {"error":"seller_id parameter required"})");
    EXPECT_EQ(told(client.get("/api/reviews/by_seller/?seller_id=abc")),
              R"(400 {"seller_id":["Must be a valid UUID."]})");
    EXPECT_EQ(told(client.get("/api/reviews/abc/")), R"(404 {"detail":"Not found."})");
}

// --- ratings

TEST_F(ReviewsApi, RatingsAreFoundByTheirOwnIdAndTheSellers) {
    EXPECT_EQ(told(client.get("/api/seller-ratings/by_seller/?seller_id=" + seller.id)),
              R"(404 {"error":"Rating not found"})");
    auto body = review_body(5);
    body["item_accuracy_rating"] = 4;
    review_seller(buyer, body);
    body["rating"] = 4;
    body["item_accuracy_rating"] = 3;
    review_seller(other, body);
    const auto rating = client.get("/api/seller-ratings/by_seller/?seller_id=" + seller.id);
    ASSERT_EQ(rating.status, 200) << rating.body;
    EXPECT_THAT(keys(rating.json()),
                ElementsAre("id", "seller", "average_rating", "total_reviews", "five_star_count",
                            "four_star_count", "three_star_count", "two_star_count", "one_star_count",
                            "average_communication", "average_item_accuracy", "average_shipping"));
    EXPECT_THAT(rating.body, HasSubstr(R"("average_rating":"4.50","total_reviews":2,"five_star_count":1,)"
                                       R"("four_star_count":1,"three_star_count":0,"two_star_count":0,)"
                                       R"("one_star_count":0,"average_communication":"0.00",)"
                                       R"("average_item_accuracy":"3.50","average_shipping":"0.00"})"));
    const auto id = std::string(rating.json().at("id").as_string());
    EXPECT_EQ(client.get("/api/seller-ratings/" + id + "/").body, rating.body);
    EXPECT_EQ(client.get("/api/seller-ratings/" + seller.id + "/").body, rating.body);
    EXPECT_EQ(told(client.get("/api/seller-ratings/" + std::string(nowhere) + "/")),
              R"(404 {"detail":"No Rating matches the given query."})");
    EXPECT_EQ(told(client.get("/api/seller-ratings/by_seller/")),
              R"(400 {"error":"seller_id parameter required"})");
    EXPECT_EQ(told(client.post("/api/seller-ratings/", json::object{}, staff.access)),
              R"(405 {"detail":"Method \"POST\" not allowed."})");
    EXPECT_THAT(client.get("/api/seller-ratings/?ordering=-total_reviews").body, HasSubstr(id));
}

// --- parts

TEST_F(ReviewsApi, APartIsReviewedOnceByOthers) {
    const auto id = part();
    EXPECT_EQ(told(client.post("/api/part-reviews/", {{"title", "x"}}, buyer.access)),
              R"(400 {"error":"part_id is required"})");
    EXPECT_EQ(told(review_part("abc", buyer)), R"(400 {"part_id":["Must be a valid UUID."]})");
    EXPECT_EQ(told(review_part(nowhere, buyer)), R"(404 {"error":"Part not found"})");
    EXPECT_EQ(told(review_part(part("pending"), buyer)), R"(404 {"error":"Part not found"})");
    EXPECT_EQ(told(review_part(id, seller)), R"(400 {"error":"You cannot review your own part"})");
    const auto made = review_part(id, buyer);
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_THAT(keys(made.json()),
                ElementsAre("id", "reviewer", "part", "title", "text", "rating", "quality_rating",
                            "value_rating", "fitment_rating", "is_verified_purchase", "helpful_count",
                            "unhelpful_count", "is_approved", "is_flagged", "seller_response",
                            "seller_response_date", "created_at", "updated_at", "user_vote"));
    EXPECT_EQ(made.json().at("part").as_string(), id);
    EXPECT_EQ(told(review_part(id, buyer)), R"(400 {"error":"You already reviewed this part"})");
    const auto shown = [&] { return field(client.get("/api/parts/" + id + "/"), "rating"); };
    EXPECT_EQ(shown(), "\"5.00\"");
    review_part(id, other, review_body(4));
    EXPECT_EQ(shown(), "\"4.50\"") << "though it was answered from the cache before";
    EXPECT_EQ(sql("SELECT rating || ' ' || reviews_count FROM parts WHERE id = $1", {id})[0][0], "4.50 2");
    EXPECT_EQ(client.put(part_path(id_of(made)), {{"title", "only"}}, buyer.access).status, 400);
    EXPECT_EQ(field(client.patch(part_path(id_of(made)), {{"rating", 1}}, buyer.access), "rating"), "1");
    EXPECT_EQ(sql("SELECT rating || ' ' || reviews_count FROM parts WHERE id = $1", {id})[0][0], "2.50 2");
    EXPECT_EQ(client.del(part_path(id_of(made)), buyer.access).status, 204);
    EXPECT_EQ(sql("SELECT rating || ' ' || reviews_count FROM parts WHERE id = $1", {id})[0][0], "4.00 1");
}

TEST_F(ReviewsApi, WhoeverDoesNotSeeThePartDoesNotSeeItsReviews) {
    const auto about = part();
    const auto id = id_of(review_part(about, buyer));
    const auto count = [&](const std::string& by) {
        return client.get("/api/part-reviews/?part_id=" + about, by).json().at("count").as_int64();
    };
    EXPECT_EQ(count({}), 1);
    EXPECT_EQ(client.action("/api/parts/" + about + "/archive/", seller.access).status, 200);
    constexpr char no_review[] = R"(404 {"detail":"No PartReview matches the given query."})";
    EXPECT_EQ(told(client.get(part_path(id))), no_review);
    EXPECT_EQ(told(client.get(part_path(id), other.access)), no_review);
    EXPECT_EQ(told(client.action(part_path(id, "vote_helpful/"), other.access)), no_review);
    EXPECT_EQ(told(client.del(part_path(id, "remove_vote/"), other.access)), no_review);
    EXPECT_EQ(told(client.patch(part_path(id), {{"rating", 1}}, other.access)), no_review);
    EXPECT_EQ(told(client.post(part_path(id, "seller_respond/"), {{"response", "x"}}, other.access)),
              no_review);
    EXPECT_EQ(told(client.post(part_path(id, "flag/"), {{"reason", "r"}}, other.access)), no_review);
    EXPECT_EQ(count({}), 0);
    EXPECT_EQ(count(other.access), 0);
    for (const auto& by : {buyer.access, seller.access, staff.access}) {
        EXPECT_EQ(client.get(part_path(id), by).status, 200);
        EXPECT_EQ(count(by), 1);
    }
    EXPECT_EQ(client.post(part_path(id, "seller_respond/"), {{"response", "x"}}, seller.access).status, 200);
    EXPECT_EQ(client.patch(part_path(id), {{"rating", 4}}, buyer.access).status, 200);
    sql("UPDATE parts SET status = 'out_of_stock' WHERE id = $1", {about});
    EXPECT_EQ(client.action(part_path(id, "vote_helpful/"), other.access).status, 200)
        << "who bought the last one may say so";
}

TEST_F(ReviewsApi, TextsHaveABound) {
    auto body = review_body();
    body["text"] = std::string(10'001, 'x');
    constexpr char too_long[] = R"(400 {"text":["Ensure this field has no more than 10000 characters."]})";
    EXPECT_EQ(told(review_seller(buyer, body)), too_long);
    EXPECT_EQ(told(review_part(part(), buyer, body)), too_long);
    body["text"] = std::string(10'000, 'x');
    const auto made = review_seller(buyer, body);
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(told(client.post(path(id_of(made), "seller_respond/"), {{"response", std::string(10'001, 'x')}},
                               seller.access)),
              R"(400 {"response":["Ensure this field has no more than 10000 characters."]})");
}

TEST_F(ReviewsApi, VotesOnPartReviewsHaveTheirOwnSentences) {
    const auto id = id_of(review_part(part(), buyer));
    const auto vote = [&](std::string_view action, const user& by) {
        return told(client.action(part_path(id, action), by.access));
    };
    EXPECT_EQ(vote("vote_helpful/", buyer), R"(403 {"error":"You cannot vote on your own content"})");
    EXPECT_EQ(vote("vote_helpful/", other), R"(200 {"status":"voted as helpful"})");
    EXPECT_EQ(vote("vote_helpful/", other), R"(400 {"error":"Already voted as helpful"})");
    EXPECT_EQ(vote("vote_unhelpful/", other), R"(200 {"status":"vote changed to unhelpful"})");
    EXPECT_EQ(told(client.del(part_path(id, "remove_vote/"), other.access)),
              R"(200 {"status":"vote removed"})");
    EXPECT_EQ(told(client.del(part_path(id, "remove_vote/"), other.access)),
              R"(404 {"error":"No vote found"})");
    const auto done = client.post(part_path(id, "seller_respond/"), {{"response", "Thanks"}}, seller.access);
    EXPECT_EQ(field(done, "seller_response"), "\"Thanks\"");
    EXPECT_TRUE(eventually([&] {
        return client.get("/api/notifications/", buyer.access)
                   .body.find(fmt::format("\"action_url\":\"/part-reviews/{}\"", id)) != std::string::npos;
    }));
}

TEST_F(ReviewsApi, PartReviewsAreFilteredByRatingAndPurchase) {
    const auto id = part();
    review_part(id, buyer, review_body(5));
    review_part(id, other, review_body(3));
    const auto count = [&](std::string_view query) {
        return field(client.get(fmt::format("/api/part-reviews/?part_id={}&{}", id, query)), "count");
    };
    EXPECT_EQ(count(""), "2");
    EXPECT_EQ(count("rating=5"), "1");
    EXPECT_EQ(count("rating=9"), "0");
    EXPECT_EQ(count("min_rating=3"), "2");
    EXPECT_EQ(count("min_rating=4&is_verified_purchase=false&ordering=-helpful_count"), "1");
    EXPECT_EQ(count("is_verified_purchase=true"), "0");
    EXPECT_EQ(count("rating="), "2");
    EXPECT_EQ(told(client.get("/api/part-reviews/?rating=abc")),
              R"(400 {"rating":["A valid integer is required."]})");
    EXPECT_EQ(told(client.get("/api/part-reviews/?part_id=abc")),
              R"(400 {"part_id":["Must be a valid UUID."]})");
}

// --- at once

TEST_F(ReviewsApi, SixtyAtOnceOnTwoProcessesLeaveFiguresThatEqualTheRows) {
    server second({}, shared_server().shared_world());
    constexpr std::size_t people = 60;
    std::vector<user> users(people);
    const auto at_once = [&](auto what) {
        std::vector<std::future<void>> all;
        for (std::size_t i = 0; i < people; ++i)
            all.push_back(std::async(std::launch::async, [&, i] {
                auto c = i % 2 ? second.client() : shared_server().client();
                what(i, c);
            }));
        for (auto& each : all)
            each.get();
    };
    at_once([&](std::size_t i, http_client&) {
        users[i] = register_user(i % 2 ? second : shared_server(), fmt::format("crowd{}", i));
    });
    const auto review = [&](std::size_t i, http_client& c) {
        auto body = review_body(1 + static_cast<int>(i % 5));
        body["seller_id"] = seller.id;
        return c.post("/api/reviews/", body, users[i].access);
    };
    std::vector<std::string> ids(people);
    at_once([&](std::size_t i, http_client& c) { ids[i] = id_of(review(i, c)); });
    EXPECT_EQ(seller_figures(), "3.00 60");
    // The same user sixty times: one review, the ordinary refusal for the others.
    std::atomic<int> made = 0, refused = 0;
    at_once([&](std::size_t, http_client& c) {
        auto body = review_body();
        body["seller_id"] = seller.id;
        const auto r = c.post("/api/reviews/", body, buyer.access);
        made += r.status == 201;
        refused += told(r) == R"(400 {"error":"You already reviewed this seller"})";
    });
    EXPECT_EQ(made, 1);
    EXPECT_EQ(refused, 59);
    // Deletions, changes and votes together.
    at_once([&](std::size_t i, http_client& c) {
        int status = 0;
        if (i % 3 == 0)
            status = c.del(path(ids[i]), users[i].access).status;
        else if (i % 3 == 1)
            status = c.patch(path(ids[i]), {{"rating", 5}}, users[i].access).status;
        else
            status =
                c.action(path(ids[1], i % 2 ? "mark_helpful/" : "mark_unhelpful/"), users[i].access).status;
        EXPECT_LT(status, 300);
    });
    const auto rows = sql("SELECT coalesce(round(avg(rating), 2), 0) || ' ' || count(*) FROM reviews WHERE "
                          "seller_id = $1",
                          {seller.id})[0][0];
    EXPECT_EQ(seller_figures(), rows);
    EXPECT_THAT(rows, ::testing::EndsWith(" 41"));
    const auto votes = client.get(path(ids[1]), staff.access);
    EXPECT_EQ(field(votes, "helpful_count"), "10");
    EXPECT_EQ(field(votes, "unhelpful_count"), "10");
    second.stop(SIGTERM);
}

} // namespace
} // namespace mvp::test
