// The authorization matrix: every operation that is routed, called by every kind of caller. The operations
// come from the program itself, so one without a row in matrix_table.hpp fails here.
#include "tests/api/matrix_table.hpp"

#include "tests/support/contract.hpp"
#include "tests/support/forge.hpp"
#include "tests/support/server.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <set>

namespace mvp::test {
namespace {

constexpr auto roles = static_cast<std::size_t>(role::count);
constexpr std::array<std::string_view, roles> role_names{
    "anonymous", "user",      "other",     "owner",       "seller",  "company", "expert",
    "staff",     "superuser", "suspended", "deactivated", "expired", "revoked"};

struct operation {
    std::string id, method, path;
};

std::vector<operation> all_operations() {
    std::vector<operation> found;
    for (const auto& path : program_contract().document().at("paths").as_object())
        for (const auto& method : path.value().as_object()) {
            std::string verb = method.key();
            std::transform(verb.begin(), verb.end(), verb.begin(),
                           [](unsigned char c) { return std::toupper(c); });
            found.push_back({method.value().at("operationId").as_string().c_str(), verb, path.key()});
        }
    return found;
}

/// The letters of a row without the space between them.
std::string letters(const matrix_row& row) {
    std::string text(row.expected);
    text.erase(std::remove(text.begin(), text.end(), ' '), text.end());
    return text;
}

void expect_done(const reply& r, std::string_view what) {
    if (r.status >= 300)
        throw std::runtime_error(fmt::format("{}: {} {}", what, r.status, r.body));
}

/// A server with one caller of each kind, and the rows that the owner has.
class stage {
  public:
    stage() : client_(on_.client()) {
        staff_ = register_staff(on_);
        token(role::staff) = staff_.access;
        token(role::superuser) = superuser(on_).access;
        for (const auto each : {role::user, role::other, role::expert})
            token(each) = register_user(on_).access;
        owner_ = make_owner();
        token(role::owner) = owner_.access;
        token(role::seller) = register_seller(on_).access;
        token(role::company) = register_user(on_, "company",
                                             {{"user_type", "company"},
                                              {"company_name", "Parts Ltd"},
                                              {"company_registration_number", "R-1"}})
                                   .access;
        make_lost_callers();
        make_rows();
    }

    reply call(const operation& o, role by, bool let_in) {
        const bool changes = o.method != "GET";
        // Who is let in may change the row: he gets one of his own.
        const auto path = filled(o.path, changes && let_in);
        auto token_of_caller = token(by);
        if (by == role::owner && !fresh_owner_.access.empty())
            token_of_caller = fresh_owner_.access;
        header_list headers;
        if (!token_of_caller.empty())
            headers.emplace_back("Authorization", "Bearer " + token_of_caller);
        if (changes)
            headers.emplace_back("Content-Type", "application/json");
        return client_.request(o.method, path, headers, changes && o.method != "DELETE" ? "{}" : "");
    }

  private:
    std::string& token(role of) { return tokens_[static_cast<std::size_t>(of)]; }

    /// A verified seller with a document.
    user make_owner() {
        auto u = register_user(on_, "owner");
        expect_done(
            client_.request(
                "POST", "/api/users/submit_verification/",
                {{"Authorization", "Bearer " + u.access},
                 {"Content-Type", "multipart/form-data; boundary=xyz"}},
                multipart("xyz", {}, {{"verification_document", "a.pdf", "application/pdf", small_pdf()}})),
            "document");
        expect_done(client_.post("/api/users/" + u.id + "/verify/", json::object{{"status", "verified"}},
                                 staff_.access),
                    "verify");
        expect_done(client_.action("/api/users/enable_seller/", u.access), "enable_seller");
        return u;
    }

    void make_lost_callers() {
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

    void make_rows() {
        car_ = create_car(on_, owner_, true, "2020 Toyota Camry");
        expect_done(client_.put("/api/cars/" + car_ + "/specification/", json::object{}, owner_.access),
                    "specification");
        image_ = on_.database()
                     .sql("INSERT INTO car_images (car_id, image) VALUES ($1, 'cars/none.png') RETURNING id",
                          {car_})
                     .at(0)
                     .at(0);
        const auto there = [&] {
            const auto rows =
                on_.database().sql("SELECT id FROM notifications WHERE user_id = $1 LIMIT 1", {owner_.id});
            if (!rows.empty())
                notification_ = rows.at(0).at(0);
            return !rows.empty();
        };
        if (!eventually(there))
            throw std::runtime_error("the owner was never told that he is verified");
    }

    /// A copy of a row with another id.
    std::string copy(const std::string& table, const std::string& id) {
        const auto columns =
            on_.database()
                .sql(
                    "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns WHERE "
                    "table_name = $1 AND is_generated = 'NEVER' AND column_name <> 'id'",
                    {table})
                .at(0)
                .at(0);
        return on_.database()
            .sql(fmt::format("INSERT INTO {0} ({1}) SELECT {1} FROM {0} WHERE id = $1 RETURNING id", table,
                             columns),
                 {id})
            .at(0)
            .at(0);
    }

    /// The path with ids of the owner's rows; `fresh`: of rows that nobody else uses.
    std::string filled(std::string path, bool fresh) {
        fresh_owner_ = {};
        std::string id = "00000000-0000-4000-8000-000000000000", inner = id;
        if (path.starts_with("/api/users/{id}/")) {
            if (fresh)
                fresh_owner_ = make_owner();
            id = fresh ? fresh_owner_.id : owner_.id;
        } else if (path.starts_with("/api/cars/{id}/")) {
            const bool whole = path.find("{image_id}") == path.npos && !path.ends_with("specification/");
            id = fresh && whole ? copy("cars", car_) : car_;
            inner = fresh ? copy("car_images", image_) : image_;
        } else if (path.starts_with("/api/notifications/{id}/")) {
            id = notification_;
        }
        for (const auto& [name, value] : {std::pair{"{id}", id}, std::pair{"{image_id}", inner},
                                          std::pair{"{path}", std::string("nothing.png")}})
            if (const auto at = path.find(name); at != path.npos)
                path.replace(at, std::string_view(name).size(), value);
        return path;
    }

    server on_;
    http_client client_;
    std::array<std::string, roles> tokens_;
    user staff_, owner_, fresh_owner_;
    std::string car_, image_, notification_;
};

/// The letter that the answer stands for.
char verdict(const reply& r) {
    switch (r.status) {
    case 401:
        return '1';
    case 403:
        return '3';
    case 404:
        return r.body.starts_with(R"({"error":)") ? '+' : '4';
    default:
        return r.status < 300 || r.status == 400 ? '+' : '?';
    }
}

TEST(Matrix, EveryOperationHasARowAndEveryRowAnOperation) {
    std::set<std::string_view> rows;
    for (const auto& row : matrix) {
        EXPECT_TRUE(rows.insert(row.operation).second) << row.operation << " twice";
        EXPECT_EQ(letters(row).size(), roles) << row.operation;
    }
    std::set<std::string> operations;
    for (const auto& o : all_operations()) {
        EXPECT_EQ(rows.count(o.id), 1u) << "say in tests/api/matrix_table.hpp who may call " << o.id << " ("
                                        << o.method << " " << o.path << ")";
        operations.insert(o.id);
    }
    for (const auto row : rows)
        EXPECT_EQ(operations.count(std::string(row)), 1u) << row << " is not routed";
}

TEST(Matrix, EveryCallerGetsInWhereHeMayAndNowhereElse) {
    stage all;
    const auto operations = all_operations();
    for (const auto& row : matrix) {
        const auto o = std::find_if(operations.begin(), operations.end(),
                                    [&](const operation& each) { return each.id == row.operation; });
        if (o == operations.end())
            continue; // the test above says so
        const auto expected = letters(row);
        for (std::size_t i = 0; i < roles; ++i) {
            const auto answer = all.call(*o, static_cast<role>(i), expected[i] == '+');
            EXPECT_EQ(verdict(answer), expected[i])
                << o->method << ' ' << o->path << " as " << role_names[i] << ": " << answer.status << ' '
                << answer.body.substr(0, 300);
        }
    }
}

} // namespace
} // namespace mvp::test
