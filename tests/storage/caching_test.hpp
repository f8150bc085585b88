// Tests of storage with a database and a cache of their own, and some users.
#pragma once

#include "storage/viewer.hpp"
#include "tests/storage/caching_world.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>

namespace mvp::storage {

class CachingTest : public ::testing::Test {
  protected:
    static test::caching_world& w() { return *shared_; }
    static database& db() { return shared_->db(); }
    static cache& kept() { return shared_->kept; }
    static std::string sql(const std::string& text) { return shared_->sql(text); }
    template <class F> static auto run(F work, std::size_t loop = 0) {
        return shared_->run(std::move(work), loop);
    }
    /// The value, or a failure with the error's text.
    template <class F> static auto good(F work, std::size_t loop = 0) {
        return shared_->good(std::move(work), loop);
    }
    static void SetUpTestSuite() { shared_ = new test::caching_world; }
    static void TearDownTestSuite() { delete std::exchange(shared_, nullptr); }

    void SetUp() override {
        sql("DELETE FROM outbox; DELETE FROM users");
        seller = shared_->add_user("seller");
        other = shared_->add_user("other");
        staff = shared_->add_user("staff");
    }

    /// How often a body under the tag had to be made so far: raised when it was forgotten since.
    static int made(const std::string& tag) {
        auto body = run([&] {
            return kept().get(tag, "a", [&]() -> task<result<std::string>> {
                ++made_[tag];
                co_return std::string("x");
            });
        });
        EXPECT_TRUE(body);
        return made_[tag];
    }

    uuid add_car(std::string_view status = "active") const {
        return *uuid::parse(sql(fmt::format(
            "INSERT INTO cars (seller_id, make, model, year, mileage, transmission, fuel_type, condition, "
            "price, title, description, city, state_province, country, status) VALUES ('{}', 'm', 'm', 2000, "
            "1, 'manual', 'petrol', 'good', 1, 'A car', 'd', 'c', 's', 'x', '{}') RETURNING id",
            seller.text(), status)));
    }
    uuid add_part(std::string_view status = "active") const {
        return *uuid::parse(
            sql(fmt::format("INSERT INTO parts (seller_id, name, description, condition, price, "
                            "quantity_in_stock, status) VALUES ('{}', 'Brake pads', 'New', 'new', 10, 5, "
                            "'{}') RETURNING id",
                            seller.text(), status)));
    }

    viewer owner() const { return {seller, false}; }
    viewer stranger() const { return {other, false}; }
    viewer as_staff() const { return {staff, true}; }

    uuid seller, other, staff;

  private:
    static inline test::caching_world* shared_ = nullptr;
    static inline std::map<std::string, int> made_;
};

} // namespace mvp::storage
