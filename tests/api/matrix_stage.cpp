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
    make_reviews();
}

// --- callers
// ----------------------------------------------------------------------------------------------------------

void stage::make_callers() {
    staff_ = register_staff(on_);
    token(role::staff) = staff_.access;
    token(role::superuser) = superuser(on_).access;
    for (const auto each : {role::user, role::other, role::expert})
        token(each) = register_user(on_).access;
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
    expect_done(
        client_.request(
            "POST", "/api/users/submit_verification/",
            {{"Authorization", "Bearer " + u.access}, {"Content-Type", "multipart/form-data; boundary=xyz"}},
            multipart("xyz", {}, {{"verification_document", "a.pdf", "application/pdf", small_pdf()}})),
        "document");
    expect_done(
        client_.post("/api/users/" + u.id + "/verify/", json::object{{"status", "verified"}}, staff_.access),
        "verify");
    expect_done(client_.action("/api/users/enable_seller/", u.access), "enable_seller");
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

/// The owner has written them, about the seller and about a part of his.
void stage::make_reviews() {
    const json::object words{{"reviewer_id", owner_.id}, {"title", "t"}, {"text", "x"}, {"rating", 5}};
    auto of_seller = words;
    of_seller["seller_id"] = seller_.id;
    rows_.push_back({"/api/reviews/", "{id}", "reviews", insert("reviews", of_seller), "seller_id", "users"});
    auto of_part = words;
    of_part["part_id"] = insert("parts", {{"seller_id", seller_.id},
                                          {"name", "Brake pad"},
                                          {"description", "d"},
                                          {"condition", "new"},
                                          {"price", "10.00"},
                                          {"quantity_in_stock", 5},
                                          {"status", "active"}});
    rows_.push_back(
        {"/api/part-reviews/", "{id}", "part_reviews", insert("part_reviews", of_part), "part_id", "parts"});
    rows_.push_back({"/api/seller-ratings/", "{id}", "seller_ratings",
                     insert("seller_ratings", {{"seller_id", owner_.id}})});
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

std::string stage::copy(std::string_view table, const std::string& id, const json::object& changes) {
    const auto columns =
        on_.database()
            .sql("SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns WHERE "
                 "table_name = $1 AND is_generated = 'NEVER' AND column_name <> 'id'",
                 {std::string(table)})
            .at(0)
            .at(0);
    return on_.database()
        .sql(
            fmt::format("INSERT INTO {0} ({1}) SELECT {1} FROM (SELECT (jsonb_populate_record(r, $2)).* FROM "
                        "{0} r WHERE id = $1) changed RETURNING id",
                        table, columns),
            {id, json::serialize(changes)})
        .at(0)
        .at(0);
}

std::string stage::copy(const named_row& row) {
    json::object changes;
    if (row.unique_table == "users")
        changes[row.unique_column] = register_user(on_).id;
    else if (!row.unique_table.empty())
        changes[row.unique_column] = copy(
            row.unique_table,
            on_.database()
                .sql(fmt::format("SELECT {} FROM {} WHERE id = $1", row.unique_column, row.table), {row.id})
                .at(0)
                .at(0));
    return copy(row.table, row.id, changes);
}

// --- calls
// ------------------------------------------------------------------------------------------------------------

/// The path with ids of the owner's rows.
std::string stage::filled(const operation& o, bool let_in) {
    const bool gone = o.method == "DELETE", fresh = let_in && (gone || o.method == "POST");
    himself_ = owner_;
    std::string path = o.path;
    for (std::size_t open; (open = path.find('{')) != path.npos;) {
        const auto name = path.substr(open, path.find('}', open) + 1 - open);
        const auto begin = o.path.substr(0, o.path.find(name));
        const bool last = o.path.find('{', begin.size() + 1) == o.path.npos;
        std::string value = name == "{path}" ? "nothing.png" : "00000000-0000-4000-8000-000000000000";
        for (const auto& row : rows_)
            if (row.path == begin && row.parameter == name)
                value = fresh && last && (gone || row.unique_column.empty()) && !row.table.empty() ? copy(row)
                                                                                                   : row.id;
        if (begin == "/api/users/") {
            if (fresh)
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
