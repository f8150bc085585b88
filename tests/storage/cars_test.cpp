#include "storage/cars.hpp"
#include "tests/storage/caching_test.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <future>

namespace mvp::storage {
namespace {

class Cars : public CachingTest {
  protected:
    void SetUp() override {
        CachingTest::SetUp();
        run([&] { return kept().invalidate({cars::all().public_tag()}); });
    }
    static car sample(std::string make = "Toyota", std::string model = "Camry") {
        car c;
        c.make = std::move(make);
        c.model = std::move(model);
        c.year = 2020;
        c.mileage = 45000;
        c.price.units = 2500000;
        c.title = "A " + c.make;
        c.description = "Nice";
        c.city = "Dhaka";
        c.state_province = "Dhaka";
        c.country = "Bangladesh";
        c.features = {"AC", "ABS"};
        return c;
    }
    uuid create(car c = sample(), bool active = true) {
        const auto made = good([&] { return cars::all().create(db(), seller, &c); });
        const auto id = made.found.front().id(0);
        if (active)
            good([&] {
                return cars::all().transition(db(), kept(), id, as_staff(), listing_change::approve);
            });
        return id;
    }
    bool sees(uuid id, storage::viewer by) {
        return !good([&] { return cars::all().find(db(), id, by); }).found.empty();
    }
    page list(storage::viewer by, listing_request wanted = {}, int size = 20, std::int64_t offset = 0) {
        return good([&] { return cars::all().list(db(), kept(), by, wanted, size, offset); });
    }
    /// The makes of a page in its order, "Toyota,Honda".
    static std::string makes(const page& p) {
        std::string out;
        for (std::size_t i = 0; i < p.items.size(); ++i)
            out.append(out.empty() ? "" : ",").append(p.items[i].text(12));
        return out;
    }
    std::string refusal(uuid id, storage::viewer by, listing_change what) {
        auto r = run([&] { return cars::all().transition(db(), kept(), id, by, what); });
        return r ? "done" : r.error().text;
    }
    static std::string status(uuid id) {
        return sql("SELECT status FROM cars WHERE id = '" + id.text() + "'");
    }
};

TEST_F(Cars, ANewCarIsPendingAndComesBackWhole) {
    const auto c = sample();
    const auto made = good([&] { return cars::all().create(db(), seller, &c); }).found;
    ASSERT_EQ(made.size(), 1u);
    EXPECT_EQ(static_cast<std::size_t>(made.front().columns()), column_count(car_detailed));
    EXPECT_EQ(made.front().id(1), seller);
    EXPECT_EQ(status(made.front().id(0)), "pending");
    const auto found = good([&] {
        auto by_id =
            prepared(fmt::format("{}{}.id = $1", select_all_sql(cars_resource), cars_resource.alias));
        return db().query(std::move(by_id), parameters(made.front().id(0)));
    });
    ASSERT_EQ(found.size(), 1u);
    std::optional<car> read;
    ASSERT_TRUE(read_object(found.front(), cars_resource.fields, &read.emplace()));
    EXPECT_EQ(read->make, "Toyota");
    EXPECT_EQ(read->price.units, 2500000);
    EXPECT_EQ(read->features, (std::vector<std::string>{"AC", "ABS"}));
    EXPECT_FALSE(read->sold_at);
}

TEST_F(Cars, WhoMayNotSellCreatesNothing) {
    const auto c = sample();
    const auto made = [&] { return good([&] { return cars::all().create(db(), seller, &c); }).found.size(); };
    for (auto* change : {"is_seller = false", "is_active = false", "is_suspended = true"}) {
        sql("UPDATE users SET is_seller = true, is_active = true, is_suspended = false");
        sql(std::string("UPDATE users SET ") + change + " WHERE id = '" + seller.text() + "'");
        EXPECT_EQ(made(), 0u) << change;
    }
    sql("UPDATE users SET is_suspended = true, suspension_until = now() - interval '1 s', is_seller = true, "
        "is_active = true");
    EXPECT_EQ(made(), 1u);
    EXPECT_EQ(sql("SELECT count(*) FROM cars"), "1");
}

TEST_F(Cars, PendingCarsAreSeenByTheirOwnerAndStaffOnly) {
    const auto id = create(sample(), false);
    EXPECT_FALSE(sees(id, {}));
    EXPECT_FALSE(sees(id, stranger()));
    EXPECT_TRUE(sees(id, owner()));
    EXPECT_TRUE(sees(id, as_staff()));
    good([&] { return cars::all().transition(db(), kept(), id, as_staff(), listing_change::approve); });
    EXPECT_TRUE(sees(id, {}));
    EXPECT_TRUE(sees(id, stranger()));
}

TEST_F(Cars, CarsOfHiddenSellersAreSeenByTheOwnerAndStaffOnly) {
    const auto id = create();
    for (auto* change : {"is_active = false", "is_suspended = true"}) {
        sql("UPDATE users SET is_active = true, is_suspended = false");
        sql(std::string("UPDATE users SET ") + change + " WHERE id = '" + seller.text() + "'");
        run([&] { return kept().invalidate({"cars:public"}); });
        EXPECT_FALSE(sees(id, {})) << change;
        EXPECT_TRUE(sees(id, owner())) << change;
        EXPECT_EQ(list({}).count, 0) << change;
        EXPECT_EQ(makes(list({})), "") << change;
        EXPECT_EQ(list(as_staff()).count, 1) << change;
    }
}

TEST_F(Cars, ListsCountWhatTheyShowForEveryKindOfViewer) {
    create(sample("Toyota"));
    create(sample("Honda"));
    create(sample("Mazda"), false);
    for (int again = 0; again < 2; ++again) { // the second time from the kept count
        EXPECT_EQ(list({}).count, 2);
        EXPECT_EQ(makes(list({})), "Honda,Toyota");
        EXPECT_EQ(list(stranger()).count, 2);
        EXPECT_EQ(list(owner()).count, 3);
        EXPECT_EQ(makes(list(owner())), "Mazda,Honda,Toyota");
        EXPECT_EQ(list(as_staff()).count, 3);
    }
    const auto second = list({}, {}, 1, 1);
    EXPECT_EQ(makes(second), "Toyota");
}

TEST_F(Cars, TheKeptCountFollowsEveryChange) {
    EXPECT_EQ(list({}).count, 0);
    const auto id = create();
    EXPECT_EQ(list({}).count, 1);
    good([&] { return cars::all().transition(db(), kept(), id, owner(), listing_change::archive); });
    EXPECT_EQ(list({}).count, 0);
    good([&] { return cars::all().transition(db(), kept(), id, owner(), listing_change::reactivate); });
    EXPECT_EQ(list({}).count, 0);
    good([&] { return cars::all().transition(db(), kept(), id, as_staff(), listing_change::approve); });
    EXPECT_EQ(list({}).count, 1);
    good([&] { return cars::all().remove(db(), kept(), id); });
    EXPECT_EQ(list({}).count, 0);
}

TEST_F(Cars, ListsAreOrderedAsAsked) {
    auto cheap = sample("Cheap"), dear = sample("Dear");
    cheap.price.units = 100;
    cheap.year = 2021;
    dear.year = 2019;
    create(cheap);
    create(dear);
    EXPECT_EQ(makes(list({}, {.ordering = "price"})), "Cheap,Dear");
    EXPECT_EQ(makes(list({}, {.ordering = "-price"})), "Dear,Cheap");
    EXPECT_EQ(makes(list({}, {.ordering = "nothing"})), "Dear,Cheap");
    EXPECT_EQ(makes(list({}, {.ordering = "mileage,year"})), "Dear,Cheap");
    EXPECT_EQ(makes(list({}, {.ordering = "created_at"})), "Cheap,Dear");
}

TEST_F(Cars, SearchFindsEveryTermSomewhereAndTakesWildcardsLiterally) {
    auto c = sample("Toyota", "Camry");
    c.description = "100% original_parts ÜRÜN";
    create(c);
    create(sample("Honda", "Civic"));
    const auto found = [&](std::string terms) { return makes(list({}, {.search = std::move(terms)})); };
    EXPECT_EQ(found("toyota,dhaka"), "Toyota");
    EXPECT_EQ(found("OYOT"), "Toyota");
    EXPECT_EQ(found("toyota civic"), "");
    EXPECT_EQ(found("dhaka"), "Honda,Toyota");
    EXPECT_EQ(found("\"original_parts\" 100%"), "Toyota");
    EXPECT_EQ(found("original%parts"), "");
    EXPECT_EQ(found("originalXparts"), "");
    EXPECT_EQ(found("ürün"), "Toyota");
    EXPECT_EQ(found("to ca"), "Toyota");
    EXPECT_EQ(found("\"toyota camry\""), ""); // not across two fields
    EXPECT_EQ(found("toyota camry nice dhaka original_parts 100%"), "");
    EXPECT_EQ(found("toy oyo yot ota cam amr mry dha"), "Toyota");
    EXPECT_EQ(list({}, {.search = "toyota"}).count, 1);
}

TEST_F(Cars, FiltersNarrowWhatIsVisible) {
    create(sample("Toyota"));
    create(sample("Honda"));
    create(sample("Mazda"), false);
    const auto filtered = [&](std::string_view field, std::string value, storage::viewer by) {
        listing_request wanted;
        wanted.filters.resize(car_fields.size());
        wanted.filters[position(car_fields, field)] = std::move(value);
        const auto p = list(by, wanted);
        return std::to_string(p.count) + ":" + makes(p);
    };
    EXPECT_EQ(filtered("make", "Toyota", {}), "1:Toyota");
    EXPECT_EQ(filtered("status", "pending", {}), "0:");
    EXPECT_EQ(filtered("status", "pending", owner()), "1:Mazda");
    EXPECT_EQ(filtered("city", "Nowhere", {}), "0:");
    EXPECT_EQ(filtered("year", "2020", {}), "2:Honda,Toyota");
    EXPECT_EQ(filtered("is_featured", "f", {}), "2:Honda,Toyota");
}

TEST_F(Cars, TheSearchPageCombinesItsParameters) {
    auto c = sample("Toyota", "Camry");
    create(c);
    c.make = "Toyo";
    c.year = 2010;
    c.price.units = 100;
    create(c);
    const auto found = [&](cars::search_request wanted, storage::viewer by = {}) {
        const auto p = good([&] { return cars::search(db(), kept(), by, wanted, "", 20, 0); });
        return std::to_string(p.count) + ":" + makes(p);
    };
    EXPECT_EQ(found({}), "2:Toyo,Toyota");
    EXPECT_EQ(found({.make = "TOY"}), "2:Toyo,Toyota");
    EXPECT_EQ(found({.make = "camry"}), "0:");
    EXPECT_EQ(found({.make = "toy", .model = "cam", .city = "dha", .search = "a toyota"}), "2:Toyo,Toyota");
    EXPECT_EQ(found({.search = "dhaka"}), "0:");
    EXPECT_EQ(found({.search = "to"}), "2:Toyo,Toyota");
    EXPECT_EQ(found({.year_from = 2011}), "1:Toyota");
    EXPECT_EQ(found({.year_from = 2010, .year_to = 2010}), "1:Toyo");
    EXPECT_EQ(found({.price_to = decimal<2>{100}}), "1:Toyo");
    EXPECT_EQ(found({.price_from = decimal<2>{101}, .mileage_max = 45000}), "1:Toyota");
    EXPECT_EQ(found({.mileage_max = 44999}), "0:");
    EXPECT_EQ(found({.condition = car_condition::excellent}), "2:Toyo,Toyota");
    EXPECT_EQ(found({.fuel_type = car_fuel::diesel}), "0:");
    EXPECT_EQ(found({.transmission = car_transmission::manual}, stranger()), "2:Toyo,Toyota");
}

TEST_F(Cars, ASellersCarsAreAllForHimselfAndPublicOnesForOthers) {
    create(sample("Toyota"));
    create(sample("Mazda"), false);
    const auto of = [&](bool all) {
        return good([&] { return cars::all().of_seller(db(), seller, all, "", 20, 0); });
    };
    EXPECT_EQ(makes(of(true)), "Mazda,Toyota");
    EXPECT_EQ(of(true).count, 2);
    EXPECT_EQ(makes(of(false)), "Toyota");
    EXPECT_EQ(of(false).count, 1);
}

TEST_F(Cars, StatesFollowEachOtherAndRefusalsNameTheState) {
    using change = listing_change;
    const auto id = create(sample(), false);
    EXPECT_EQ(refusal(id, owner(), change::sell), "Only active listings can be marked as sold");
    EXPECT_EQ(refusal(id, owner(), change::reactivate), "Car is already pending");
    EXPECT_EQ(refusal(id, as_staff(), change::approve), "done");
    EXPECT_EQ(refusal(id, as_staff(), change::approve), "Car is already active");
    EXPECT_EQ(refusal(id, as_staff(), change::reject), "Car is active");
    EXPECT_EQ(refusal(id, owner(), change::sell), "done");
    EXPECT_NE(sql("SELECT sold_at FROM cars"), "");
    EXPECT_EQ(refusal(id, owner(), change::sell), "Car is already sold");
    EXPECT_EQ(refusal(id, owner(), change::archive), "Car is sold");
    EXPECT_EQ(refusal(id, owner(), change::reactivate), "Car is sold");
    EXPECT_EQ(refusal(id, as_staff(), change::reactivate), "done");
    EXPECT_EQ(sql("SELECT sold_at FROM cars"), "");
    EXPECT_EQ(refusal(id, owner(), change::archive), "done");
    EXPECT_EQ(refusal(id, as_staff(), change::approve), "Car is archived");
    EXPECT_EQ(refusal(uuid::random(), as_staff(), change::approve), "No Car matches the given query.");
}

TEST_F(Cars, OfTwoSalesAtOnceOneIsRefused) {
    const auto id = create();
    std::vector<std::future<std::string>> sales;
    for (std::size_t i = 0; i < 8; ++i)
        sales.push_back(std::async(std::launch::async, [&, i] {
            auto r =
                run([&] { return cars::all().transition(db(), kept(), id, owner(), listing_change::sell); },
                    i % 2);
            return r ? std::string("done") : r.error().text;
        }));
    int done = 0, refused = 0;
    for (auto& sale : sales) {
        const auto how = sale.get();
        done += how == "done";
        refused += how == "Car is already sold";
    }
    EXPECT_EQ(done, 1);
    EXPECT_EQ(refused, 7);
}

TEST_F(Cars, TheSellerHearsOfWhatOthersDoToHisCar) {
    const auto id = create();
    EXPECT_EQ(sql("SELECT type || '|' || recipient || '|' || title || '|' || message || '|' || related_type "
                  "|| '|' ||"
                  " related_id || '|' || action_url FROM outbox"),
              "listing_update|" + seller.text() +
                  "|Listing approved|Your listing \"A Toyota\" has been approved.|car|" + id.text() +
                  "|/cars/" + id.text());
    sql("DELETE FROM outbox");
    EXPECT_EQ(refusal(id, owner(), listing_change::sell), "done");
    EXPECT_EQ(sql("SELECT type || related_type || related_id FROM outbox"), "changedcar" + id.text())
        << "he is not told, only the caches are";
    sql("DELETE FROM outbox");
    const auto second = create(sample(), false);
    good([&] {
        return cars::all().transition(db(), kept(), second, as_staff(), listing_change::reject,
                                      "No pictures");
    });
    EXPECT_EQ(sql("SELECT message FROM outbox"), "Your listing \"A Toyota\" has been rejected: No pictures");
}

TEST_F(Cars, AChangeTouchesTheGivenFieldsOnly) {
    const auto id = create();
    car c;
    c.price.units = 2400000;
    c.status = car_status::sold;
    field_set changed;
    changed.set(position(car_fields, "price"))
        .set(position(car_fields, "color"))
        .set(position(car_fields, "status"));
    const auto after = good([&] { return cars::all().update(db(), kept(), id, owner(), &c, changed); });
    ASSERT_EQ(after.size(), 1u);
    EXPECT_EQ(after.front().text(0), "Toyota");
    EXPECT_EQ(after.front().text(8), "24000.00");
    EXPECT_EQ(status(id), "active"); // staff only
    EXPECT_EQ(sql("SELECT features::text FROM cars"), R"(["AC", "ABS"])");
    EXPECT_TRUE(
        good([&] { return cars::all().update(db(), kept(), uuid::random(), owner(), &c, changed); }).empty());
}

TEST_F(Cars, StaffSetTheStateAndTheSellerHearsOfIt) {
    const auto id = create();
    sql("DELETE FROM outbox");
    car c;
    field_set changed;
    changed.set(position(car_fields, "status"));
    const auto set = [&](car_status to) {
        c.status = to;
        good([&] { return cars::all().update(db(), kept(), id, as_staff(), &c, changed); });
    };
    set(car_status::sold);
    EXPECT_EQ(status(id), "sold");
    EXPECT_NE(sql("SELECT sold_at FROM cars"), "");
    EXPECT_EQ(list({}).count, 0);
    set(car_status::active);
    EXPECT_EQ(sql("SELECT sold_at FROM cars"), "");
    EXPECT_EQ(list({}).count, 1);
    set(car_status::active);
    EXPECT_EQ(sql("SELECT string_agg(message, '|' ORDER BY id) FROM outbox WHERE type <> 'changed'"),
              "Your listing \"A Toyota\" is now sold.|Your listing \"A Toyota\" is now active.");
    c.is_featured = true;
    changed.reset().set(position(car_fields, "is_featured"));
    good([&] { return cars::all().update(db(), kept(), id, as_staff(), &c, changed); });
    EXPECT_EQ(sql("SELECT is_featured FROM cars"), "t");
    EXPECT_EQ(status(id), "active");
    EXPECT_EQ(sql("SELECT count(*) FROM outbox WHERE type <> 'changed'"), "2");
}

TEST_F(Cars, ADetailIsForgottenWhenItsCarChanges) {
    const auto c = sample();
    const auto id = create(c);
    const auto look = [&] { return made(cars::all().tag_of(id)); };
    EXPECT_EQ(look(), 1);
    EXPECT_EQ(look(), 1);
    field_set changed;
    changed.set(position(car_fields, "price"));
    good([&] { return cars::all().update(db(), kept(), id, owner(), &c, changed); });
    EXPECT_EQ(look(), 2);
    const auto images = good([&] { return cars::all().add_images(db(), kept(), id, {"a.png"}); });
    EXPECT_EQ(look(), 3);
    good([&] { return cars::all().set_primary_image(db(), kept(), id, images.front().id(0)); });
    EXPECT_EQ(look(), 4);
    good([&] { return cars::all().remove_image(db(), kept(), id, images.front().id(0)); });
    EXPECT_EQ(look(), 5);
    good([&] { return cars::write_specification(db(), kept(), id, {}, {}, true); });
    EXPECT_EQ(look(), 6);
    good([&] { return cars::all().transition(db(), kept(), id, owner(), listing_change::sell); });
    EXPECT_EQ(look(), 7);
    good([&] { return cars::all().remove(db(), kept(), id); });
}

TEST_F(Cars, PicturesKeepTheirOrderAndOnlyOneIsPrimary) {
    const auto id = create();
    const auto images = good([&] {
        return cars::all().add_images(db(), kept(), id, {"1.png", "2.png", "3.png"});
    });
    ASSERT_EQ(images.size(), 3u);
    EXPECT_EQ(images[0].text(1), "1.png");
    EXPECT_EQ(images[2].text(1), "3.png");
    const auto order = [&] {
        std::string out;
        const auto found = good([&] { return cars::all().find(db(), id, {}); });
        for (std::size_t i = 0; i < found.lists[0].size(); ++i)
            out += std::string(found.lists[0][i].text(1)) + (found.lists[0][i].boolean(2) ? "*" : "") + " ";
        return out;
    };
    EXPECT_EQ(order(), "1.png 2.png 3.png ");
    EXPECT_EQ(list({}).items.front().text(21), "1.png"); // the oldest stands for the primary one
    for (const auto n : {1u, 2u}) {
        const auto primary =
            good([&] { return cars::all().set_primary_image(db(), kept(), id, images[n].id(0)); });
        ASSERT_EQ(primary.size(), 1u);
        EXPECT_TRUE(primary.front().boolean(2));
    }
    EXPECT_EQ(order(), "3.png* 1.png 2.png ");
    EXPECT_EQ(list({}).items.front().text(21), "3.png");
    EXPECT_TRUE(
        good([&] { return cars::all().set_primary_image(db(), kept(), id, uuid::random()); }).empty());
    EXPECT_EQ(order(), "3.png* 1.png 2.png ");
    EXPECT_EQ(good([&] { return cars::all().remove_image(db(), kept(), id, images[2].id(0)); }), "3.png");
    EXPECT_EQ(good([&] { return cars::all().remove_image(db(), kept(), id, images[2].id(0)); }),
              std::nullopt);
    EXPECT_EQ(order(), "1.png 2.png ");
    const auto paths = good([&] { return cars::all().remove(db(), kept(), id); });
    ASSERT_TRUE(paths);
    EXPECT_EQ(paths->size(), 2u);
    EXPECT_FALSE(good([&] { return cars::all().remove(db(), kept(), id); }));
}

TEST_F(Cars, ARemovalKnowsThePicturesThatAreAddedWhileItWaits) {
    const auto id = create();
    std::future<std::optional<std::vector<std::string>>> removed;
    good([&] {
        return db().transact([&](transaction& t) -> task<result<bool>> {
            static const statement lock("SELECT FROM cars WHERE id = $1 FOR UPDATE");
            static const statement add("INSERT INTO car_images (car_id, image) VALUES ($1, 'late.png')");
            if (auto locked = co_await t.query(lock, parameters(id)); !locked)
                co_return fail(locked.error());
            removed = std::async(std::launch::async, [&] {
                auto paths = run([&] { return cars::all().remove(db(), kept(), id); }, 1);
                return paths ? *paths : std::nullopt;
            });
            EXPECT_TRUE(test::eventually([&] {
                return sql("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                           "wait_event_type = 'Lock'") == "1";
            }));
            if (auto added = co_await t.query(add, parameters(id)); !added)
                co_return fail(added.error());
            co_return true;
        });
    });
    const auto paths = removed.get();
    ASSERT_TRUE(paths);
    EXPECT_EQ(*paths, std::vector<std::string>{"late.png"});
    EXPECT_EQ(sql("SELECT count(*) FROM car_images"), "0");
}

TEST_F(Cars, PrimariesSetAtOnceLeaveOne) {
    const auto id = create();
    const auto images = good([&] { return cars::all().add_images(db(), kept(), id, {"1", "2", "3", "4"}); });
    std::vector<std::future<bool>> all;
    for (std::size_t i = 0; i < 8; ++i)
        all.push_back(std::async(std::launch::async, [&, i] {
            const auto image = images[i % 4].id(0);
            return run([&] { return cars::all().set_primary_image(db(), kept(), id, image); }, i % 2)
                .has_value();
        }));
    for (auto& one : all)
        EXPECT_TRUE(one.get());
    EXPECT_EQ(sql("SELECT count(*) FROM car_images WHERE is_primary"), "1");
}

TEST_F(Cars, WhatIsAddedToOneThatIsGoneMeanwhileFindsNoCar) {
    const uuid gone = uuid::random();
    const auto images = run([&] { return cars::all().add_images(db(), kept(), gone, {"a.png"}); });
    ASSERT_FALSE(images);
    EXPECT_EQ(images.error().code, errc::not_found);
    const auto data = run([&] { return cars::write_specification(db(), kept(), gone, {}, {}, true); });
    ASSERT_FALSE(data);
    EXPECT_EQ(data.error().text, "No Car matches the given query.");
}

TEST_F(Cars, NoMoreThanTwentyPicturesAlsoWhenTheyComeAtOnce) {
    const auto id = create();
    good([&] { return cars::all().add_images(db(), kept(), id, std::vector<std::string>(15, "x.png")); });
    EXPECT_EQ(good([&] { return cars::all().room_for_images(db(), id); }), 5);
    std::vector<std::future<std::string>> all;
    for (std::size_t i = 0; i < 4; ++i)
        all.push_back(std::async(std::launch::async, [&, i] {
            auto r = run(
                [&] {
                    return cars::all().add_images(db(), kept(), id, std::vector<std::string>(3, "y.png"));
                },
                i % 2);
            return r ? std::string("done") : r.error().text;
        }));
    int done = 0;
    for (auto& one : all) {
        const auto how = one.get();
        done += how == "done";
        EXPECT_TRUE(how == "done" || how == "A listing can have at most 20 images") << how;
    }
    EXPECT_EQ(done, 1);
    EXPECT_EQ(sql("SELECT count(*) FROM car_images"), "18");
}

TEST_F(Cars, ASpecificationIsMadeByPutAndChangedByPatch) {
    const auto id = create();
    EXPECT_TRUE(good([&] { return cars::specification(db(), id); }).empty());
    car_specification s;
    s.horsepower = 203;
    s.length = decimal<2>{488550};
    field_set all, changed;
    all.set();
    changed.set(position(car_specification_fields, "torque"));
    EXPECT_TRUE(good([&] { return cars::write_specification(db(), kept(), id, s, changed, false); }).empty());
    const auto made = good([&] { return cars::write_specification(db(), kept(), id, s, all, true); });
    EXPECT_EQ(made.front().text(1), "203");
    EXPECT_EQ(made.front().text(7), "4885.50");
    s.horsepower = 1;
    s.torque = 249;
    const auto patched = good([&] { return cars::write_specification(db(), kept(), id, s, changed, false); });
    EXPECT_EQ(patched.front().text(1), "203");
    EXPECT_EQ(patched.front().text(2), "249");
    const auto again = good([&] { return cars::write_specification(db(), kept(), id, {}, changed, true); });
    EXPECT_EQ(again.front().id(0), made.front().id(0));
    EXPECT_EQ(again.front().text(1), "203"); // not given: stays
    EXPECT_TRUE(again.front().is_null(2));
    EXPECT_EQ(good([&] { return cars::specification(db(), id); }).size(), 1u);
}

TEST_F(Cars, ADetailAndAPageTakeOneRoundTripOfTwoStatements) {
    const auto id = create();
    list({});
    const auto counted = [&](auto work) {
        const auto before = db().statements();
        good(std::move(work));
        return db().statements() - before;
    };
    EXPECT_EQ(counted([&] { return cars::all().find(db(), id, {}); }), 2u);
    EXPECT_EQ(counted([&] { return cars::all().list(db(), kept(), {}, {}, 20, 0); }), 1u);
    EXPECT_EQ(counted([&] { return cars::all().list(db(), kept(), as_staff(), {}, 20, 0); }), 2u);
}

TEST_F(Cars, EveryTableHasTheColumnsOfItsFields) {
    const auto columns = [&](const resource& of) {
        auto found = run([&]() -> task<result<rows>> {
            auto all = prepared(select_all_sql(of) + "false");
            co_return co_await db().query(std::move(all));
        });
        return found ? std::string("all there") : found.error().text;
    };
    EXPECT_EQ(columns(cars_resource), "all there");
    EXPECT_EQ(columns(users_resource), "all there");
    EXPECT_EQ(columns({"CarImage", "car_images", "i", listing_image_fields, "i.id"}), "all there");
    EXPECT_EQ(columns({"CarSpecification", "car_specifications", "p", car_specification_fields, "p.id"}),
              "all there");
}

TEST_F(Cars, ARefusedStepNeverNamesAStateThatAllowsIt) {
    for (int round = 0; round < 60; ++round) {
        const auto id = create();
        auto archived =
            std::async(std::launch::async, [&] { return refusal(id, owner(), listing_change::archive); });
        const auto reactivated = refusal(id, owner(), listing_change::reactivate);
        EXPECT_EQ(archived.get(), "done");
        EXPECT_NE(reactivated, "Car is archived") << round;
    }
}

} // namespace
} // namespace mvp::storage
