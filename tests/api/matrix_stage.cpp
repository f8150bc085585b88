#include "tests/api/matrix_stage.hpp"

#include "tests/support/forge.hpp"

#include <fmt/format.h>
#include <stdexcept>

namespace mvp::test {
namespace {

void expect_done(const reply& r, std::string_view what) {
    if (r.status >= 300)
        throw std::runtime_error(fmt::format("{}: {} {}", what, r.status, r.body));
}

} // namespace

stage::stage() : client_(on_.client()) {
    make_callers();
    make_lost_callers();
    make_rows();
    make_parts();
    make_reviews();
    make_forum();
}

// --- callers
// ----------------------------------------------------------------------------------------------------------

void stage::make_callers() {
    staff_ = register_staff(on_);
    token(role::staff) = staff_.access;
    token(role::superuser) = superuser(on_).access;
    for (const auto each : {role::user, role::other})
        token(each) = register_user(on_).access;
    expert_ = register_user(on_);
    token(role::expert) = expert_.access;
    owner_ = make_owner();
    token(role::owner) = owner_.access;
    seller_ = register_seller(on_);
    token(role::seller) = seller_.access;
    token(role::company) =
        register_user(
            on_, "company",
            {{"user_type", "company"}, {"company_name", "Parts Ltd"}, {"company_registration_number", "R-1"}})
            .access;
}

/// A verified seller with a document.
user stage::make_owner() {
    auto u = register_user(on_, "owner");
    expect_done(client_.form("POST", "/api/users/submit_verification/", {},
                             {{"verification_document", "a.pdf", "application/pdf", small_pdf()}}, u.access),
                "document");
    enable_selling(on_, u);
    return u;
}

void stage::make_lost_callers() {
    const auto suspended = register_user(on_);
    token(role::suspended) = suspended.access;
    expect_done(client_.post("/api/users/" + suspended.id + "/suspend/", json::object{{"reason", "x"}},
                             staff_.access),
                "suspend");
    const auto deactivated = register_user(on_);
    token(role::deactivated) = deactivated.access;
    expect_done(client_.del("/api/users/" + deactivated.id + "/", deactivated.access), "deactivate");
    token(role::expired) = forged("EXPIRED", register_user(on_).id, secret_key).value();
    const auto revoked = register_user(on_);
    token(role::revoked) = revoked.access;
    expect_done(client_.post("/api/users/change_password/",
                             json::object{{"old_password", good_password},
                                          {"new_password", "An0ther!Passw0rd"},
                                          {"new_password2", "An0ther!Passw0rd"}},
                             revoked.access),
                "change_password");
}

// --- rows
// -------------------------------------------------------------------------------------------------------------

void stage::make_rows() {
    const auto car = create_car(on_, owner_, true, "2020 Toyota Camry");
    expect_done(client_.put("/api/cars/" + car + "/specification/", json::object{}, owner_.access),
                "specification");
    rows_.push_back({"/api/cars/", "{id}", "cars", car});
    rows_.push_back({"/api/cars/{id}/images/", "{image_id}", "car_images",
                     insert("car_images", {{"car_id", car}, {"image", "cars/none.png"}})});
    const auto comment = insert("comments", {{"author_id", owner_.id}, {"car_id", car}, {"text", "Nice"}});
    rows_.push_back({"/api/comments/", "{id}", "comments", comment});
    rows_.push_back(
        {"/api/comment-replies/", "{id}", "comment_replies",
         insert("comment_replies", {{"author_id", owner_.id}, {"comment_id", comment}, {"text", "Thanks"}})});
    rows_.push_back({"/api/notifications/", "{id}", "", owners_notification()});
}

std::string stage::owners_notification() {
    std::string id;
    const auto there = [&] {
        const auto rows =
            on_.database().sql("SELECT id FROM notifications WHERE user_id = $1 LIMIT 1", {owner_.id});
        if (!rows.empty())
            id = rows.at(0).at(0);
        return !rows.empty();
    };
    if (!eventually(there))
        throw std::runtime_error("the owner was never told that he is verified");
    return id;
}

std::string stage::part_of(const user& seller) {
    return insert("parts", {{"seller_id", seller.id},
                            {"name", "Brake pad"},
                            {"description", "d"},
                            {"condition", "new"},
                            {"price", "10.00"},
                            {"quantity_in_stock", 5},
                            {"status", "active"}});
}

void stage::make_parts() {
    const auto part = part_of(owner_);
    rows_.push_back({"/api/parts/", "{id}", "parts", part});
    rows_.push_back({"/api/parts/{id}/images/", "{image_id}", "part_images",
                     insert("part_images", {{"part_id", part}, {"image", "parts/none.png"}})});
    add_only_one("/api/parts/{id}/compatibilities/", "part_compatibilities",
                 {{"part_id", part},
                  {"car_make", "Toyota"},
                  {"car_model", "Camry"},
                  {"car_year_from", 2015},
                  {"car_year_to", 2020}},
                 "{compatibility_id}");
    add_only_one("/api/part-categories/", "part_categories", {{"name", "Brakes"}, {"description", "d"}});
    json::object store{{"company_id", owner_.id}, {"store_email", "s@example.com"}};
    for (const char* text : {"store_name", "store_description", "store_phone", "store_address", "store_city",
                             "store_state", "store_country"})
        store[text] = "x";
    add_only_one("/api/company-stores/", "company_stores", store);
}

/// The owner has written them, about the seller and about a part of his.
void stage::make_reviews() {
    const json::object words{{"reviewer_id", owner_.id}, {"title", "t"}, {"text", "x"}, {"rating", 5}};
    auto of_seller = words;
    of_seller["seller_id"] = seller_.id;
    add_only_one("/api/reviews/", "reviews", of_seller);
    auto of_part = words;
    of_part["part_id"] = part_of(seller_);
    add_only_one("/api/part-reviews/", "part_reviews", of_part);
    rows_.push_back(
        {"/api/seller-ratings/", "{id}", "", insert("seller_ratings", {{"seller_id", owner_.id}})});
}

void stage::make_forum() {
    add_only_one("/api/forum/categories/", "forum_categories", {{"name", "Engines"}, {"description", "d"}});
    const auto thread =
        insert("forum_threads",
               {{"author_id", owner_.id}, {"title", "t"}, {"description", "d"}, {"responses_count", 100}});
    rows_.push_back({"/api/forum/threads/", "{id}", "forum_threads", thread});
    rows_.push_back(
        {"/api/forum/responses/", "{id}", "forum_responses",
         insert("forum_responses", {{"thread_id", thread}, {"author_id", owner_.id}, {"content", "x"}})});
    json::object expert{{"years_of_experience", 5},
                        {"bio", "b"},
                        {"status", "approved"},
                        {"verification_document", "none.pdf"}};
    expert["user_id"] = expert_.id;
    insert("expert_verifications", expert);
    expert["user_id"] = owner_.id;
    add_only_one("/api/forum/experts/", "expert_verifications", expert);
}

std::string stage::insert(std::string_view table, const json::object& values) {
    std::string columns;
    for (const auto& value : values)
        columns += (columns.empty() ? "" : ", ") + std::string(value.key());
    return on_.database()
        .sql(fmt::format("INSERT INTO {0} ({1}) SELECT {1} FROM jsonb_populate_record(NULL::{0}, $1) "
                         "RETURNING id",
                         table, columns),
             {json::serialize(values)})
        .at(0)
        .at(0);
}

namespace {
/// For statements about whole rows: all columns that hold something of their own.
constexpr char columns_of[] =
    "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns WHERE table_name = $1 "
    "AND is_generated = 'NEVER' AND column_name <> $2";
} // namespace

std::string stage::copy(std::string_view table, const std::string& id) {
    const auto columns = on_.database().sql(columns_of, {std::string(table), "id"}).at(0).at(0);
    return on_.database()
        .sql(fmt::format("INSERT INTO {0} ({1}) SELECT {1} FROM {0} WHERE id = $1 RETURNING id", table,
                         columns),
             {id})
        .at(0)
        .at(0);
}

void stage::add_only_one(std::string_view path, std::string_view table, const json::object& values,
                         std::string_view parameter) {
    const auto id = insert(table, values);
    const auto whole =
        on_.database().sql(fmt::format("SELECT to_jsonb(r) FROM {} r WHERE id = $1", table), {id});
    rows_.push_back({path, parameter, table, id, whole.at(0).at(0)});
}

void stage::put_back(const named_row& row) {
    const auto columns = on_.database().sql(columns_of, {std::string(row.table), ""}).at(0).at(0);
    on_.database().sql(fmt::format("DELETE FROM {} WHERE id = $1", row.table), {row.id});
    on_.database().sql(
        fmt::format("INSERT INTO {0} ({1}) SELECT {1} FROM jsonb_populate_record(NULL::{0}, $1)", row.table,
                    columns),
        {row.as_it_was});
}

std::string stage::id_for(const named_row& row, bool copied) {
    if (!row.as_it_was.empty())
        put_back(row);
    else if (copied && !row.table.empty())
        return copy(row.table, row.id);
    return row.id;
}

// --- calls
// ------------------------------------------------------------------------------------------------------------

/// The path with ids of the owner's rows.
std::string stage::filled(const operation& o, bool let_in) {
    const bool changes = let_in && (o.method == "DELETE" || o.method == "POST");
    himself_ = owner_;
    std::string path = o.path;
    for (std::size_t open; (open = path.find('{')) != path.npos;) {
        const auto name = path.substr(open, path.find('}', open) + 1 - open);
        const auto begin = o.path.substr(0, o.path.find(name));
        const bool last = o.path.find('{', begin.size() + 1) == o.path.npos;
        std::string value = name == "{path}" ? "nothing.png" : "00000000-0000-4000-8000-000000000000";
        for (const auto& row : rows_)
            if (row.path == begin && row.parameter == name)
                value = id_for(row, changes && last);
        if (begin == "/api/users/") {
            if (changes)
                himself_ = make_owner();
            value = himself_.id;
        }
        path.replace(open, name.size(), value);
    }
    return path;
}

reply stage::call(const operation& o, role by, bool let_in) {
    const auto path = filled(o, let_in);
    const auto token_of_caller = by == role::owner ? himself_.access : token(by);
    header_list headers;
    if (!token_of_caller.empty())
        headers.emplace_back("Authorization", "Bearer " + token_of_caller);
    const bool has_body = o.method != "GET" && o.method != "DELETE";
    if (has_body)
        headers.emplace_back("Content-Type", "application/json");
    return client_.request(o.method, path, headers, has_body ? "{}" : "");
}

} // namespace mvp::test
