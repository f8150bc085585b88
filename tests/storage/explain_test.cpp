// Every index is there for a statement: PostgreSQL must choose it, with plans as the program has them
// (generic) and 20,000 cars. An index that nobody asks for fails here, and so does one whose statement goes
// another way.
#include "storage/cars.hpp"
#include "storage/company_stores.hpp"
#include "storage/forum_sql.hpp"
#include "storage/parts.hpp"
#include "storage/reviews_sql.hpp"
#include "storage/seed.hpp"
#include "tests/storage/explain.hpp"
#include "tests/support/database.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <set>

namespace mvp::storage {
namespace {

using mvp::test::live_database;

using namespace explain;

/// A page of rows and its count, as storage::list asks for them.
use page_use(const resource& of, shape shown, std::string index, std::string what, conditions where,
             std::string_view ordering) {
    return page_of(of, shown, std::move(index), std::move(what), std::move(where), ordering);
}

use cars_page(std::string index, std::string what, conditions where, std::string_view ordering = "") {
    return page_use(cars_resource, car_listed, std::move(index), std::move(what), std::move(where), ordering);
}

use parts_page(std::string index, std::string what, conditions where, std::string_view ordering = "") {
    return page_use(parts_resource, part_listed, std::move(index), std::move(what), std::move(where),
                    ordering);
}

use stores_page(std::string index, std::string what, conditions where, std::string_view ordering = "") {
    return page_use(company_stores_resource, company_store_shown, std::move(index), std::move(what),
                    std::move(where), ordering);
}

use cars_count(std::string index, std::string what, const conditions& where) {
    return {std::move(index), std::move(what), list_sql(cars_resource, car_listed, where, "c.id", 20).count,
            quoted(where.values)};
}

const storage::viewer anybody, somebody(uuid(), false), staff(uuid(), true);

conditions all_for(const storage::viewer& by) {
    return cars::all().list_conditions(by, {});
}

conditions found(const storage::viewer& by, const std::string& text) {
    listing_request wanted;
    wanted.search = text;
    return cars::all().list_conditions(by, wanted);
}

conditions of_make(const std::string& make) {
    cars::search_request wanted;
    wanted.make = make;
    return cars::search_conditions(anybody, wanted);
}

conditions priced(std::int64_t from, std::int64_t to) {
    cars::search_request wanted;
    wanted.price_from.emplace().units = from;
    wanted.price_to.emplace().units = to;
    return cars::search_conditions(anybody, wanted);
}

conditions all_parts_for(const storage::viewer& by) {
    return parts::all().list_conditions(by, {});
}

conditions parts_found(const std::string& text) {
    listing_request wanted;
    wanted.search = text;
    return parts::all().list_conditions(anybody, wanted);
}

conditions parts_named(const std::string& name) {
    parts::search_request wanted;
    wanted.name = name;
    return parts::search_conditions(anybody, wanted);
}
/// Pages of the forum, as storage/forum asks for them.
use threads_page(std::string index, std::string what, const storage::viewer& by,
                 const forum::thread_request& wanted, std::string_view ordering = "") {
    auto where = forum::thread_conditions(by, wanted);
    auto text = list_sql(forum_threads_resource, forum_thread_listed, where,
                         order_by(forum_threads_resource, ordering), page_bound(20));
    where.values.add(0);
    return {std::move(index), std::move(what), std::move(text.rows), quoted(where.values)};
}
use responses_page(std::string index, std::string what, const storage::viewer& by,
                   const forum::response_request& wanted) {
    auto where = forum::response_conditions(by, wanted);
    auto text = list_sql(forum_responses_resource, forum_response_shown, where,
                         forum_responses_resource.default_order, page_bound(20));
    where.values.add(0);
    return {std::move(index), std::move(what), std::move(text.rows), quoted(where.values)};
}

const std::string looking = "NULL, false, " + any_id;
const forum::thread_request squealing{.search = "squeal corolla"}, filed{.category = uuid()},
    asked{.author = uuid()};

// The other statements, as their rooms write them.
const std::string hidden = "(NOT s.is_active OR s.is_suspended AND (s.suspension_until IS NULL OR "
                           "s.suspension_until > now()))";

/// As the cleaner finds what it deletes.
std::string over(const std::string& table, const std::string& condition) {
    return "SELECT id FROM " + table + " WHERE " + condition + " LIMIT 1000 FOR UPDATE SKIP LOCKED";
}

/// A page of reviews, as storage/reviews asks for it.
use reviews_page(std::string index, std::string what, const review_kind& kind, reviews::list_request wanted) {
    auto where = reviews::list_conditions(kind, somebody, wanted);
    auto text = list_sql(kind.of, kind.shown, where, order_by(kind.of, wanted.ordering), page_bound(20));
    where.values.add(0);
    return {std::move(index), std::move(what), std::move(text.rows), quoted(where.values)};
}

reviews::list_request about(uuid subject) {
    reviews::list_request wanted;
    wanted.subject = subject;
    return wanted;
}

reviews::list_request in_order(std::string ordering) {
    reviews::list_request wanted;
    wanted.ordering = std::move(ordering);
    return wanted;
}

use ratings_page(std::string index, std::string what, std::string_view ordering) {
    auto text = list_sql(seller_ratings_resource, seller_rating_shown, {},
                         order_by(seller_ratings_resource, ordering), page_bound(20));
    return {std::move(index), std::move(what), std::move(text.rows), "0"};
}

const std::vector<use> uses_of_the_first = {
    reviews_page("reviews_created_at", "GET /api/reviews/", seller_reviews, {}),
    reviews_page("reviews_rating", "...?ordering=-rating", seller_reviews, in_order("-rating")),
    reviews_page("reviews_seller", "...?seller=", seller_reviews, about(uuid())),
    {"reviews_seller", "the recompute of a seller's figures",
     reviews::statements_of(seller_reviews).recompute.sql(), any_id},
    {"review_votes_user", "the cascade from users", "DELETE FROM review_votes WHERE user_id = $1", any_id},
    reviews_page("part_reviews_created_at", "GET /api/part-reviews/", part_reviews, {}),
    reviews_page("part_reviews_rating", "...?ordering=rating", part_reviews, in_order("rating")),
    reviews_page("part_reviews_part", "...?part_id=", part_reviews, about(uuid())),
    {"part_reviews_part", "the recompute of a part's figures",
     reviews::statements_of(part_reviews).recompute.sql(), any_id},
    {"part_review_votes_user", "the cascade from users", "DELETE FROM part_review_votes WHERE user_id = $1",
     any_id},
    ratings_page("seller_ratings_average", "GET /api/seller-ratings/", ""),
    ratings_page("seller_ratings_total", "...?ordering=-total_reviews", "-total_reviews"),
    cars_page("cars_public", "GET /api/cars/", all_for(anybody)),
    cars_page("cars_public", "...?ordering=-created_at", all_for(anybody), "-created_at"),
    cars_page("cars_created_at", "GET /api/cars/ of staff", all_for(staff)),
    cars_page("cars_created_at", "GET /api/cars/ of a user", all_for(somebody)),
    cars_page("cars_price", "...?ordering=price", all_for(anybody), "price"),
    cars_page("cars_price", "...?ordering=-price of a user", all_for(somebody), "-price"),
    cars_page("cars_price", "...?ordering=price,-year", all_for(anybody), "price,-year"),
    cars_page("cars_year", "...?ordering=-year", all_for(anybody), "-year"),
    cars_page("cars_mileage", "...?ordering=mileage", all_for(anybody), "mileage"),
    cars_count("cars_price", "search?price_from=&price_to=", priced(100, 200)),
    cars_page("cars_seller", "my_listings", cars::all().seller_conditions(uuid(), true)),
    cars_page("cars_seller", "seller_cars", cars::all().seller_conditions(uuid(), false)),
    cars_count("cars_seller", "the count of seller_cars", cars::all().seller_conditions(uuid(), false)),
    {"cars_seller", "the count of a user's own that are not public",
     "SELECT count(*) FROM cars WHERE seller_id = $1 AND status <> 'active'", any_id},
    cars_page("cars_search", "GET /api/cars/?search=", found(anybody, "corolla")),
    cars_count("cars_search", "its count", found(anybody, "corolla")),
    cars_page("cars_search", "...?search= of a user", found(somebody, "corolla")),
    cars_page("cars_search", "...?search= of two words in an order", found(anybody, "toyota corolla"),
              "price"),
    cars_page("cars_search", "search?make=", of_make("bmw")),
    cars_count("cars_search", "its count", of_make("bmw")),
    cars_count("users_hidden", "the count of public cars", all_for(anybody)),
    {"car_images_car", "a car's images",
     "SELECT * FROM car_images WHERE car_id = $1 ORDER BY is_primary DESC, uploaded_at, id", any_id},
    {"car_images_car", "the primary image",
     "SELECT * FROM car_images WHERE car_id = $1 ORDER BY is_primary DESC, uploaded_at, id LIMIT 1", any_id},
    {"car_images_one_primary", "set_primary_image",
     "UPDATE car_images SET is_primary = false WHERE car_id = $1 AND is_primary", any_id},
    parts_page("parts_public", "GET /api/parts/", all_parts_for(anybody)),
    parts_page("parts_created_at", "GET /api/parts/ of staff", all_parts_for(staff)),
    parts_page("parts_created_at", "GET /api/parts/ of a user", all_parts_for(somebody)),
    parts_page("parts_price", "...?ordering=-price", all_parts_for(anybody), "-price"),
    parts_page("parts_rating", "...?ordering=-rating", all_parts_for(anybody), "-rating"),
    parts_page("parts_quantity_in_stock", "...?ordering=quantity_in_stock", all_parts_for(somebody),
               "quantity_in_stock"),
    parts_page("parts_seller", "my_listings", parts::all().seller_conditions(uuid(), true)),
    parts_page("parts_category", "by_category", parts::category_conditions(uuid())),
    parts_page("parts_search", "GET /api/parts/?search=", parts_found("radiator corolla")),
    parts_page("parts_search", "search?name=", parts_named("alternator")),
    {"parts_seller", "what falls when a user changes",
     "SELECT id FROM parts WHERE seller_id = ANY($1::uuid[])", "'{00000000-0000-0000-0000-000000000001}'"},
    {"part_images_part", "a part's images",
     "SELECT * FROM part_images WHERE part_id = $1 ORDER BY is_primary DESC, uploaded_at, id", any_id},
    {"part_images_one_primary", "set_primary_image",
     "UPDATE part_images SET is_primary = false WHERE part_id = $1 AND is_primary", any_id},
    {"part_compatibilities_key", "compatible_cars",
     "SELECT * FROM part_compatibilities f WHERE f.part_id = $1 ORDER BY f.car_make, f.car_model, "
     "f.car_year_from, f.car_year_to",
     any_id},
    stores_page("company_stores_rating", "GET /api/company-stores/",
                company_stores::list_conditions(anybody, "")),
    stores_page("company_stores_rating", "... of a user", company_stores::list_conditions(somebody, "")),
    stores_page("company_stores_rating", "... of staff", company_stores::list_conditions(staff, "")),
    stores_page("company_stores_created_at", "...?ordering=-created_at",
                company_stores::list_conditions(anybody, ""), "-created_at"),
    stores_page("company_stores_search", "...?search=", company_stores::list_conditions(anybody, "4711")),
    threads_page("forum_threads_listed", "GET /api/forum/threads/", anybody, {}),
    threads_page("forum_threads_listed", "... of a user", somebody, {}),
    threads_page("forum_threads_listed", "... of staff", staff, {}),
    threads_page("forum_threads_created_at", "...?ordering=-created_at", anybody, {}, "-created_at"),
    threads_page("forum_threads_category", "by_category", anybody, filed),
    threads_page("forum_threads_author", "my_threads", somebody, asked),
    threads_page("forum_threads_search", "...?search=", anybody, squealing),
    {"thread_views_pkey", "a thread, and whether its view is counted", forum::thread_sql(),
     looking + ", '10.0.0.1'"},
    {"forum_responses_thread", "a thread's responses", forum::thread_responses_sql(), looking},
    {"response_votes_pkey", "how the viewer voted on them", forum::thread_responses_sql(), looking},
    {"response_votes_user", "the cascade from users", "DELETE FROM response_votes WHERE user_id = $1",
     any_id},
    {"forum_responses_thread", "what an author said there lately",
     "SELECT count(*) FROM forum_responses WHERE thread_id = $1 AND author_id = $2 AND created_at > now() - "
     "interval '10 minutes'",
     any_id + ", " + any_id},
    responses_page("forum_responses_ranked", "GET /api/forum/responses/", anybody, {}),
    responses_page("forum_threads_hidden", "without those of hidden threads", anybody, {}),
    responses_page("forum_responses_thread", "...?thread=", somebody, {.thread = uuid()}),
    responses_page("forum_responses_author", "my_responses", somebody, {.author = uuid()}),
    {"thread_views_hour", "the cleaner",
     "SELECT ctid FROM thread_views WHERE hour < now() - interval '2 hours' LIMIT 1000 FOR UPDATE SKIP "
     "LOCKED",
     ""},
    {"users_email_key", "log-in", "SELECT * FROM users WHERE lower(email) = lower($1)", "'a@b.c'"},
    {"users_date_joined", "GET /api/users/sellers/?page=",
     "SELECT * FROM users s WHERE s.verification_status = 'verified' AND s.is_seller AND NOT " + hidden +
         " ORDER BY s.date_joined DESC, s.id DESC OFFSET $1 LIMIT $2",
     "0, 20"},
    {"users_date_joined", "GET /api/users/?page=",
     "SELECT * FROM users s WHERE ($1::boolean OR s.id = $2::uuid OR (s.verification_status = 'verified' AND "
     "NOT " +
         hidden + ")) ORDER BY s.date_joined DESC, s.id DESC OFFSET $3 LIMIT $4",
     "false, " + any_id + ", 0, 20"},
    {"revoked_tokens_user", "whoever makes a request", "SELECT id FROM revoked_tokens WHERE user_id = $1",
     any_id},
    {"notifications_user_id_seq_key", "GET /api/notifications/",
     "SELECT * FROM notifications WHERE user_id = $1 ORDER BY seq DESC LIMIT 20", any_id},
    {"notifications_unread", "the unread count",
     "SELECT count(*) FROM notifications WHERE user_id = $1 AND NOT is_read", any_id},
    {"notifications_unread", "GET /api/notifications/unread/",
     "SELECT * FROM notifications WHERE user_id = $1 AND NOT is_read ORDER BY seq DESC LIMIT 20", any_id},
    {"notifications_read_seq", "what was read since",
     "SELECT id FROM notifications WHERE user_id = $1 AND read_seq > $2 ORDER BY read_seq LIMIT 100",
     any_id + ", 1"},
    {"notifications_type", "by_type",
     "SELECT * FROM notifications WHERE user_id = $1 AND notification_type = $2 ORDER BY seq DESC LIMIT 20",
     any_id + ", 'account_alert'"},
    {"outbox_undone", "the relay",
     "SELECT id FROM outbox WHERE done_at IS NULL AND next_attempt_at <= now() ORDER BY id LIMIT 100 FOR "
     "UPDATE SKIP "
     "LOCKED",
     ""},
    {"outbox_done_at", "the cleaner", over("outbox", "done_at < now() - interval '7 days'"), ""},
    {"revoked_tokens_expires_at", "the cleaner", over("revoked_tokens", "expires_at < now()"), ""},
    {"mails_over", "the cleaner",
     over("mails", "state <> 'waiting' AND created_at < now() - interval '30 days'"), ""},
    {"text_messages_over", "the cleaner",
     over("text_messages", "state <> 'waiting' AND created_at < now() - interval '30 days'"), ""},
    {"mails_waiting", "the sender of mails",
     "SELECT id FROM mails WHERE state = 'waiting' AND next_attempt_at <= now() ORDER BY (unsubscribe_url IS "
     "NOT NULL), "
     "next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED",
     ""},
    {"mail_items_due", "the mailer: who has something that is due",
     "SELECT u.id FROM mail_items i JOIN users u ON u.id = i.user_id WHERE i.due_at <= $1 ORDER BY i.due_at "
     "LIMIT 1 FOR "
     "NO KEY UPDATE OF u SKIP LOCKED",
     "now()"},
    {"mail_items_user", "the mailer: what is due for him",
     "SELECT * FROM mail_items WHERE user_id = $1 AND due_at <= $2 ORDER BY id LIMIT 500",
     any_id + ", now()"},
    {"announcements_undone", "the announcer",
     "SELECT id FROM announcements WHERE done_at IS NULL ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED",
     ""},
    {"text_messages_waiting", "the sender of text messages",
     "SELECT id FROM text_messages WHERE state = 'waiting' AND next_attempt_at <= now() ORDER BY "
     "next_attempt_at LIMIT "
     "10 FOR UPDATE SKIP LOCKED",
     ""},
};

const std::vector<use> uses = [] {
    auto all = uses_of_the_first;
    for (const auto& more : {of_comments(), of_moderation()})
        all.insert(all.end(), more.begin(), more.end());
    return all;
}();

struct Indexes : ::testing::Test {
    static void SetUpTestSuite() {
        live = std::make_unique<live_database>();
        seed_options how;
        how.scale = 10;
        how.password_hash = "none";
        auto seeded = live->run([&] { return seed(live->db, how); });
        ASSERT_TRUE(seeded) << seeded.error().text;
        live->sql("INSERT INTO outbox (type, recipient, title, message, done_at) SELECT 'account_alert', "
                  "gen_random_uuid(), 't', 'm', CASE WHEN n % 100 > 0 THEN now() - n * interval '1 minute' "
                  "END FROM "
                  "generate_series(1, 5000) n");
        live->sql(
            "INSERT INTO mails (recipient, subject, body_text, body_html, kind, state) SELECT 'a@b.c', 's', "
            "'t', 'h', 'k', CASE WHEN n % 100 > 0 THEN 'sent' ELSE 'waiting' END FROM generate_series(1, "
            "5000) n");
        live->sql(
            "INSERT INTO text_messages (recipient, body, state) SELECT '1', 't', CASE WHEN n % 100 > 0 THEN "
            "'sent' ELSE 'waiting' END FROM generate_series(1, 5000) n");
        live->sql("INSERT INTO mail_items (user_id, type, title, message, due_at) SELECT id, "
                  "'account_alert', 't', 'm', "
                  "now() + n * interval '1 minute' FROM generate_series(1, 5) n, users");
        live->sql("INSERT INTO announcements (title, message, recipients, done_at) SELECT 't', 'm', 1, CASE "
                  "WHEN n > 3 THEN "
                  "now() END FROM generate_series(1, 5000) n");
        live->sql("INSERT INTO revoked_tokens (id, user_id, expires_at) SELECT gen_random_uuid(), id, now() "
                  "+ interval '30 days' FROM users");
        live->sql("UPDATE users SET is_suspended = true WHERE email LIKE 'user%99@%'");
        live->sql("INSERT INTO forum_categories (name, description) SELECT 'category ' || n, 'd' FROM "
                  "generate_series(1, 100) n");
        live->sql("UPDATE forum_threads t SET category = (SELECT id FROM forum_categories k ORDER BY "
                  "md5(t.id::text "
                  "|| k.id) LIMIT 1)");
        live->sql(
            "INSERT INTO thread_views (thread_id, viewer, hour) SELECT id, n, date_trunc('hour', now()) FROM "
            "forum_threads, generate_series(1, 5) n");
        live->sql("UPDATE forum_threads SET is_approved = false WHERE id IN (SELECT id FROM forum_threads "
                  "LIMIT 5)");
        live->sql("INSERT INTO notifications (user_id, seq, notification_type, title, message, is_read) "
                  "SELECT id, n, "
                  "'account_alert', 't', 'm', n < 190 FROM generate_series(6, 200) n, (SELECT id FROM users "
                  "LIMIT 200) u");
        live->sql("UPDATE notifications SET read_seq = seq WHERE is_read");
        live->sql(
            "WITH c AS (INSERT INTO users (email, password, first_name, last_name, user_type, company_name) "
            "SELECT 'company' || n || '@example.com', 'x', 'f', 'l', 'company', 'Company ' || n FROM "
            "generate_series(1, 5000) n RETURNING id, company_name) INSERT INTO company_stores (company_id, "
            "store_name, store_description, store_email, store_phone, store_address, store_city, "
            "store_state, store_country) SELECT id, company_name, 'd', 'e', 'p', 'a', 'c', 's', 'c' FROM c");
        add_of_comments(*live);
        add_of_moderation(*live);
        live->sql("VACUUM ANALYZE");
    }
    static void TearDownTestSuite() { live.reset(); }

    static std::string plan(const use& u) {
        // The whole plan as one value.
        std::string text = "SET plan_cache_mode = force_generic_plan; SET jit = off; PREPARE asked AS " +
                           u.sql + "; EXPLAIN (COSTS off, FORMAT json) EXECUTE asked";
        return live->sql(text + (u.values.empty() ? "" : "(" + u.values + ")"));
    }

    static std::unique_ptr<live_database> live;
};
std::unique_ptr<live_database> Indexes::live;

TEST_F(Indexes, AreChosenByTheStatementsTheyAreThereFor) {
    for (const auto& u : uses) {
        auto chosen = plan(u);
        EXPECT_NE(chosen.find(fmt::format("\"Index Name\": \"{}\"", u.index)), chosen.npos)
            << u.index << " for " << u.what << "\n"
            << chosen;
    }
}

TEST_F(Indexes, AreAllThereForAStatement) {
    std::set<std::string> used;
    for (const auto& u : uses)
        used.insert(u.index);
    // Primary keys and unique constraints are there to refuse.
    std::string all =
        live->sql("SELECT string_agg(c.relname, ',') FROM pg_index i JOIN pg_class c ON c.oid = "
                  "i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' "
                  "AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = c.oid)");
    std::stringstream names(all);
    int count = 0;
    for (std::string name; std::getline(names, name, ','); ++count)
        EXPECT_TRUE(used.count(name)) << name << " serves no statement of this test";
    EXPECT_GT(count, 10);
}

TEST_F(Indexes, SearchFindsCapitalsOfAnyAlphabetAndTakesWildcardsAsTheyAre) {
    live->sql(
        "INSERT INTO cars (seller_id, make, model, year, mileage, transmission, fuel_type, condition, price, "
        "title, description, city, state_province, country) SELECT id, 'ŠKODA', 'Čtyři 100%', 2020, 1, "
        "'manual', "
        "'petrol', 'good', 1, 't', 'd', 'c', 's', 'x' FROM users LIMIT 1");
    auto found = [&](const std::string& term) {
        return live->sql("SELECT count(*) FROM cars c WHERE c.search_text LIKE lower('" + like_pattern(term) +
                         "' COLLATE \"und-x-icu\")");
    };
    EXPECT_EQ(found("škoda"), "1");
    EXPECT_EQ(found("ČTYŘI"), "1");
    EXPECT_EQ(found("i 100%"), "1");
    EXPECT_EQ(found("1_0%"), "0");
    EXPECT_EQ(found("škodačtyři"), "0") << "no term matches across two fields";
}

} // namespace
} // namespace mvp::storage
