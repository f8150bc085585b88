#include "storage/company_stores.hpp"
#include "tests/storage/caching_test.hpp"

#include <future>

namespace mvp::storage {
namespace {

class Stores : public CachingTest {
  protected:
    static company_store sample(std::string name = "ABC") {
        company_store s;
        s.store_name = std::move(name);
        s.store_description = "Everything";
        s.store_email = "s@example.com";
        s.store_phone = "123";
        s.store_address = "1 Main";
        s.store_city = s.store_state = "Dhaka";
        s.store_country = "BD";
        return s;
    }
    uuid create(uuid company, std::string name = "ABC") {
        const auto s = sample(std::move(name));
        return good([&] { return company_stores::create(db(), company, s); }).front().id(0);
    }
    bool sees(uuid id, viewer by) {
        return !good([&] { return company_stores::find(db(), id, by); }).empty();
    }
    std::string listed(std::string search = "", std::string ordering = "", viewer by = {}) {
        const auto p = good([&] { return company_stores::list(db(), by, search, ordering, 20, 0); });
        std::string out = std::to_string(p.count) + ":";
        for (std::size_t i = 0; i < p.items.size(); ++i)
            out.append(p.items[i].text(1 + static_cast<int>(column_count(user_summary)))).append(" ");
        return out;
    }
};

TEST_F(Stores, OfManyMadeAtOnceACompanyHasOne) {
    std::vector<std::future<std::string>> all;
    for (std::size_t i = 0; i < 8; ++i)
        all.push_back(std::async(std::launch::async, [&, i] {
            const auto s = sample();
            auto r = run([&] { return company_stores::create(db(), seller, s); }, i % 2);
            return r ? std::string("done") : r.error().text;
        }));
    int done = 0;
    for (auto& one : all) {
        const auto how = one.get();
        done += how == "done";
        EXPECT_TRUE(how == "done" || how == "You already have a store") << how;
    }
    EXPECT_EQ(done, 1);
    EXPECT_EQ(sql("SELECT count(*) FROM company_stores"), "1");
}

TEST_F(Stores, ANewOneHasTheRatingThatTheCompanyHas) {
    sql("UPDATE users SET seller_rating = 4.33, seller_reviews_count = 3");
    create(seller);
    EXPECT_EQ(sql("SELECT store_rating || ' ' || total_reviews FROM company_stores"), "4.33 3");
}

TEST_F(Stores, InactiveOnesAndThoseOfHiddenCompaniesAreForTheOwnerAndStaff) {
    const auto id = create(seller);
    EXPECT_TRUE(sees(id, {}));
    const char* switches[][2] = {
        {"UPDATE company_stores SET is_active = false", "UPDATE company_stores SET is_active = true"},
        {"UPDATE users SET is_active = false", "UPDATE users SET is_active = true"},
        {"UPDATE users SET is_suspended = true", "UPDATE users SET is_suspended = false"}};
    for (const auto& [off, on] : switches) {
        sql(off);
        EXPECT_FALSE(sees(id, {})) << off;
        EXPECT_FALSE(sees(id, stranger())) << off;
        EXPECT_TRUE(sees(id, owner())) << off;
        EXPECT_TRUE(sees(id, as_staff())) << off;
        EXPECT_FALSE(good([&] { return company_stores::find_target(db(), id); })->is_public) << off;
        EXPECT_EQ(listed(), "0:") << off;
        EXPECT_EQ(listed("", "", owner()), "1:ABC ") << off;
        EXPECT_EQ(listed("", "", as_staff()), "1:ABC ") << off;
        sql(on);
        EXPECT_EQ(listed(), "1:ABC ") << on;
    }
    EXPECT_EQ(good([&] { return company_stores::find_of(db(), seller); }).size(), 1u);
    EXPECT_TRUE(good([&] { return company_stores::find_of(db(), other); }).empty());
}

TEST_F(Stores, AreListedBestFirstAndSearched) {
    create(seller, "First");
    create(other, "Second");
    sql("UPDATE company_stores SET store_rating = 4.5 WHERE store_name = 'First'");
    EXPECT_EQ(listed(), "2:First Second ");
    EXPECT_EQ(listed("", "store_rating"), "2:Second First ");
    EXPECT_EQ(listed("", "-created_at"), "2:Second First ");
    EXPECT_EQ(listed("second every"), "1:Second ");
    EXPECT_EQ(listed("nothing"), "0:");
}

TEST_F(Stores, AChangeTouchesTheGivenFieldsAndTellsWhichFilesAreOfNoUseAnyMore) {
    const auto id = create(seller);
    company_store s;
    s.store_logo = "logo.png";
    field_set what;
    what.set(position(company_store_fields, "store_logo"));
    auto now = good([&] { return company_stores::update(db(), id, s, what); });
    EXPECT_TRUE(now.dropped.empty());
    s.store_logo = "other.png";
    now = good([&] { return company_stores::update(db(), id, s, what); });
    EXPECT_EQ(now.dropped, std::vector<std::string>{"logo.png"});
    EXPECT_EQ(sql("SELECT store_name || is_active FROM company_stores"), "ABCtrue");
    now = good([&] { return company_stores::update(db(), uuid::random(), s, what); });
    EXPECT_TRUE(now.shown.empty());
    const auto dropped = good([&] { return company_stores::remove(db(), id); });
    ASSERT_TRUE(dropped);
    EXPECT_EQ(*dropped, std::vector<std::string>{"other.png"});
    EXPECT_FALSE(good([&] { return company_stores::remove(db(), id); }));
}

} // namespace
} // namespace mvp::storage
