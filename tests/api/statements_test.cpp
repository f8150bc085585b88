// No page costs more than three statements in two round trips to PostgreSQL, however many rows it shows:
// asked of every GET that is routed, on the seed's data.
#include "tests/support/contract.hpp"
#include "tests/support/server.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <gtest/gtest.h>

namespace mvp::test {
namespace {

constexpr std::uint64_t most_statements = 3, most_round_trips = 2;

struct cost {
    std::uint64_t statements = 0, round_trips = 0;
};

class statements : public ::testing::Test {
  protected:
    void prepare(environment settings) {
        on_ = std::make_unique<server>(std::move(settings));
        ASSERT_EQ(on_->run({"seed", "--scale", "1"}), 0);
        staff_ = register_staff(*on_);
    }

    std::uint64_t counter(std::string_view name) {
        const auto text = on_->client().get("/metrics").body;
        const auto at = text.find(fmt::format("\n{} ", name));
        std::uint64_t value = 0;
        if (at != text.npos) {
            const auto begin = at + name.size() + 2;
            std::from_chars(text.data() + begin, text.data() + text.size(), value);
        }
        return value;
    }

    /// The least of five: what works in the background sends statements now and then.
    cost cost_of(const std::string& path, const std::string& token) {
        cost least{1000, 1000};
        auto client = on_->client();
        for (int i = 0; i < 5; ++i) {
            const cost before{counter("database_statements_total"), counter("database_round_trips_total")};
            const auto r = client.get(path, token);
            EXPECT_EQ(r.status, 200) << path << ' ' << r.body.substr(0, 200);
            const cost after{counter("database_statements_total"), counter("database_round_trips_total")};
            least.statements = std::min(least.statements, after.statements - before.statements);
            least.round_trips = std::min(least.round_trips, after.round_trips - before.round_trips);
        }
        return least;
    }

    /// The first row of a collection as staff see it; null if it is empty.
    json::value first_of(const std::string& collection) {
        auto body = on_->client().get(collection, staff_.access).json();
        const auto& rows = body.is_array() ? body.as_array() : body.at("results").as_array();
        return rows.empty() ? json::value() : rows.front();
    }

    /// The path with what it needs; empty: it is not about rows.
    std::string ready(const std::string& path) {
        if (path.find("/ws/") == 0 || path.find("/media/") == 0 || path.find("/api/docs/") == 0 ||
            path.find("verification_document") != path.npos || path.find("unsubscribe") != path.npos ||
            path.find("my_store") != path.npos || path.find("my_verification") != path.npos)
            return {};
        std::string filled = path;
        if (const auto id = filled.find("{id}"); id != filled.npos) {
            const auto row = first_of(filled.substr(0, id));
            if (row.is_null())
                return {};
            filled.replace(id, 4, row.at("id").as_string().c_str());
        }
        if (filled.find('{') != filled.npos)
            return {};
        const auto with = [&](std::string_view name, const json::value& value) {
            filled += fmt::format("?{}={}", name, value.as_string().c_str());
        };
        const auto ends = [&](std::string_view end) { return path.ends_with(end); };
        if (ends("/cars/seller_cars/"))
            with("seller_id", first_of("/api/cars/").at("seller").at("id"));
        else if (ends("/parts/by_category/"))
            with("category_id", first_of("/api/part-categories/").at("id"));
        else if (ends("/threads/by_category/"))
            with("category_id", first_of("/api/forum/categories/").at("id"));
        else if (ends("/by_seller/"))
            with("seller_id", first_of("/api/seller-ratings/").at("seller").at("id"));
        else if (ends("/by_type/"))
            filled += "?type=listing_update";
        else if (ends("/by_object/"))
            filled += fmt::format("?content_type=car&object_id={}",
                                  first_of("/api/cars/").at("id").as_string().c_str());
        return filled;
    }

    void expect_constant(const std::string& token) {
        int asked = 0;
        for (const auto& path : program_contract().document().at("paths").as_object()) {
            const auto& methods = path.value().as_object();
            if (!methods.contains("get"))
                continue;
            const std::string filled = ready(path.key());
            if (filled.empty() || on_->client().get(filled, token).status != 200)
                continue;
            const auto least = cost_of(filled, token);
            EXPECT_LE(least.statements, most_statements) << filled;
            EXPECT_LE(least.round_trips, most_round_trips) << filled;
            ++asked;
        }
        EXPECT_GE(asked, 15);
    }

    std::unique_ptr<server> on_;
    user staff_;
};

TEST_F(statements, OfAPageAreFewForEverybodyWhenNothingIsCached) {
    prepare({{"NEAR_CACHE", "false"}, {"SHARED_CACHE", "false"}});
    expect_constant({});
}

TEST_F(statements, OfAPageAreFewForStaffWhoSeeWhatIsNeverCached) {
    prepare({});
    expect_constant(staff_.access);
}

TEST_F(statements, OfAPageAreFewForAUserWhoHasRowsOfHisOwn) {
    prepare({});
    expect_constant(register_seller(*on_).access);
}

} // namespace
} // namespace mvp::test
