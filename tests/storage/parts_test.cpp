#include "storage/part_categories.hpp"
#include "storage/parts.hpp"
#include "tests/storage/caching_test.hpp"

#include <future>

namespace mvp::storage {
namespace {

class Parts : public CachingTest {
  protected:
    void SetUp() override {
        CachingTest::SetUp();
        sql("DELETE FROM part_categories");
        run([&] { return kept().invalidate({parts::all().public_tag()}); });
    }

    static part sample(std::string name = "Brake pads", int stock = 5) {
        part p;
        p.name = std::move(name);
        p.description = "Good ones";
        p.condition = part_condition::new_;
        p.brand = "Bosch";
        p.price.units = 150000;
        p.quantity_in_stock = stock;
        return p;
    }
    uuid create(part p = sample(), bool approved = true) {
        const auto id = good([&] { return parts::all().create(db(), seller, &p); }).found.front().id(0);
        if (approved)
            step(id, as_staff(), listing_change::approve);
        return id;
    }
    /// "done", or why not.
    std::string step(uuid id, viewer by, listing_change what) {
        auto r = run([&] { return parts::all().transition(db(), kept(), id, by, what); });
        return r ? "done" : r.error().text;
    }
    rows set_stock(uuid id, int stock, viewer by) {
        part p;
        p.quantity_in_stock = stock;
        field_set changed;
        changed.set(position(part_fields, "quantity_in_stock"));
        return good([&] { return parts::all().update(db(), kept(), id, by, &p, changed); });
    }
    static std::string status(uuid id) {
        return sql("SELECT status FROM parts WHERE id = '" + id.text() + "'");
    }
    page list(viewer by, listing_request wanted = {}) {
        return good([&] { return parts::all().list(db(), kept(), by, wanted, 20, 0); });
    }
    /// The names of a page in its order and its count: "2:Disc,Pads".
    static std::string names(const page& p) {
        std::string out;
        const auto name = 1 + column_count(user_summary) + column_count(part_category_shown);
        for (std::size_t i = 0; i < p.items.size(); ++i)
            out.append(out.empty() ? "" : ",").append(p.items[i].text(static_cast<int>(name)));
        return std::to_string(p.count) + ":" + out;
    }
    uuid add_category(std::string name, std::optional<uuid> parent = std::nullopt) {
        part_category c;
        c.name = std::move(name);
        c.parent_category = parent;
        return good([&] { return part_categories::create(db(), kept(), staff, c); }).front().id(0);
    }
    /// "done", or the complaint.
    std::string move_below(uuid id, std::optional<uuid> parent, std::size_t loop = 0) {
        part_category c;
        c.parent_category = parent;
        field_set what;
        what.set(position(part_category_fields, "parent_category"));
        auto moved = run([&] { return part_categories::update(db(), kept(), id, staff, c, what); }, loop);
        return moved ? "done" : moved.error().fields.at(0).texts.at(0);
    }
    static part_compatibility camry() {
        part_compatibility c;
        c.car_make = "Toyota";
        c.car_model = "Camry";
        c.car_year_from = 2015;
        c.car_year_to = 2020;
        return c;
    }
};

TEST_F(Parts, ANewPartIsPendingAndTheFirstOfItsPicturesPrimary) {
    const auto p = sample();
    const std::vector<std::string> pictures{"1.png", "2.png"};
    const auto made = good([&] { return parts::all().create(db(), seller, &p, pictures); });
    EXPECT_EQ(static_cast<std::size_t>(made.found.front().columns()), column_count(part_detailed));
    ASSERT_EQ(made.lists.size(), 2u);
    const auto id = made.found.front().id(0);
    EXPECT_EQ(status(id), "pending");
    const auto read = good([&] { return parts::all().find(db(), id, owner()); });
    for (const auto& pictures_of : {made.lists[0], read.lists[0]}) {
        ASSERT_EQ(pictures_of.size(), 2u);
        EXPECT_EQ(pictures_of[0].text(1), "1.png");
        EXPECT_TRUE(pictures_of[0].boolean(2));
        EXPECT_FALSE(pictures_of[1].boolean(2));
    }
    EXPECT_TRUE(good([&] { return parts::all().find(db(), id, stranger()); }).found.empty());
}

TEST_F(Parts, WhoMayNotSellCreatesNothingAndNoPictures) {
    sql("UPDATE users SET is_seller = false");
    const auto p = sample();
    const std::vector<std::string> pictures{"1.png"};
    EXPECT_TRUE(good([&] { return parts::all().create(db(), seller, &p, pictures); }).found.empty());
    EXPECT_EQ(sql("SELECT count(*) FROM part_images"), "0");
}

TEST_F(Parts, TheStateFollowsTheStock) {
    const auto id = create();
    sql("DELETE FROM outbox");
    EXPECT_EQ(list({}).count, 1);
    set_stock(id, 0, owner());
    EXPECT_EQ(status(id), "out_of_stock");
    EXPECT_EQ(list({}).count, 0);
    EXPECT_EQ(sql("SELECT string_agg(type, ',') FROM outbox"), "changed") << "he did it himself";
    set_stock(id, 3, owner());
    EXPECT_EQ(status(id), "active");
    EXPECT_EQ(list({}).count, 1);
    set_stock(id, 0, as_staff());
    EXPECT_EQ(sql("SELECT message FROM outbox WHERE type = 'listing_update'"),
              "Your listing \"Brake pads\" is now out_of_stock.");
    const auto pending = create(sample("New", 0), false);
    set_stock(pending, 5, owner());
    EXPECT_EQ(status(pending), "pending");
}

TEST_F(Parts, WhatIsApprovedWithoutStockWaitsForIt) {
    const auto id = create(sample("Empty", 0));
    EXPECT_EQ(status(id), "out_of_stock");
    EXPECT_EQ(list({}).count, 0);
    set_stock(id, 1, owner());
    EXPECT_EQ(status(id), "active");
}

TEST_F(Parts, StaffSetTheStateButNothingEmptyIsActive) {
    const auto id = create();
    part p;
    field_set changed;
    changed.set(position(part_fields, "status"));
    const auto set = [&](part_status to) {
        p.status = to;
        good([&] { return parts::all().update(db(), kept(), id, as_staff(), &p, changed); });
        return status(id);
    };
    EXPECT_EQ(set(part_status::out_of_stock), "out_of_stock");
    EXPECT_EQ(set(part_status::active), "active");
    set_stock(id, 0, owner());
    EXPECT_EQ(set(part_status::active), "out_of_stock");
    EXPECT_EQ(set(part_status::discontinued), "discontinued");
    set_stock(id, 2, owner());
    EXPECT_EQ(status(id), "discontinued") << "only what is out of stock comes back";
    p.status = part_status::active;
    good([&] { return parts::all().update(db(), kept(), id, owner(), &p, changed); });
    EXPECT_EQ(status(id), "discontinued") << "the owner does not set it";
}

TEST_F(Parts, StatesFollowEachOtherAndRefusalsNameTheState) {
    using change = listing_change;
    const auto id = create(sample(), false);
    EXPECT_EQ(step(id, owner(), change::reactivate), "Part is already pending");
    EXPECT_EQ(step(id, as_staff(), change::approve), "done");
    EXPECT_EQ(step(id, as_staff(), change::reject), "Part is active");
    EXPECT_EQ(step(id, owner(), change::archive), "done");
    EXPECT_EQ(status(id), "discontinued");
    EXPECT_EQ(step(id, owner(), change::archive), "Part is already discontinued");
    EXPECT_EQ(step(id, owner(), change::reactivate), "done");
    EXPECT_EQ(step(id, as_staff(), change::reject), "done");
    EXPECT_EQ(status(id), "discontinued");
    EXPECT_EQ(step(id, owner(), change::reactivate), "done");
    EXPECT_EQ(step(id, as_staff(), change::approve), "done");
    EXPECT_EQ(step(id, as_staff(), change::withhold), "done");
    EXPECT_EQ(status(id), "pending");
    EXPECT_EQ(step(uuid::random(), as_staff(), change::approve), "No CarPart matches the given query.");
}

TEST_F(Parts, OfManyApprovalsAtOnceOneSucceeds) {
    const auto id = create(sample(), false);
    std::vector<std::future<std::string>> all;
    for (std::size_t i = 0; i < 8; ++i)
        all.push_back(std::async(std::launch::async, [&, i] {
            auto r = run(
                [&] {
                    return parts::all().transition(db(), kept(), id, as_staff(), listing_change::approve);
                },
                i % 2);
            return r ? std::string("done") : r.error().text;
        }));
    int done = 0;
    for (auto& one : all) {
        const auto how = one.get();
        done += how == "done";
        EXPECT_TRUE(how == "done" || how == "Part is already active") << how;
    }
    EXPECT_EQ(done, 1);
    EXPECT_EQ(sql("SELECT count(*) FROM outbox"), "1");
}

TEST_F(Parts, ANumberBelongsToOnePart) {
    auto p = sample();
    p.part_number = "BP-1";
    const auto id = create(p);
    const auto again = run([&] { return parts::all().create(db(), seller, &p); });
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().fields.at(0).path, "part_number");
    EXPECT_EQ(again.error().fields.at(0).texts.at(0), parts::part_number_taken);
    const auto other_one = create(sample("Other"));
    field_set changed;
    changed.set(position(part_fields, "part_number"));
    EXPECT_FALSE(run([&] { return parts::all().update(db(), kept(), other_one, owner(), &p, changed); }));
    auto found = good([&] { return parts::find_references(db(), "BP-1", std::nullopt, std::nullopt); });
    EXPECT_TRUE(found.part_number_taken);
    EXPECT_TRUE(found.category_exists);
    found = good([&] { return parts::find_references(db(), "BP-1", uuid::random(), id); });
    EXPECT_FALSE(found.part_number_taken) << "its own";
    EXPECT_FALSE(found.category_exists);
    p.part_number.reset();
    p.category = uuid::random();
    const auto nowhere = run([&] { return parts::all().create(db(), seller, &p); });
    ASSERT_FALSE(nowhere);
    EXPECT_EQ(nowhere.error().fields.at(0).texts.at(0), parts::no_such_category(p.category->text()));
}

TEST_F(Parts, FieldsAndPicturesAreChangedTogetherOrNotAtAll) {
    auto p = sample();
    p.part_number = "BP-1";
    create(p);
    const auto id = create(sample("Other"));
    field_set changed;
    changed.set(position(part_fields, "part_number")).set(position(part_fields, "name"));
    const auto update = [&](std::size_t pictures) {
        const std::vector<std::string> images(pictures, "x.png");
        const auto done =
            run([&] { return parts::all().update(db(), kept(), id, owner(), &p, changed, images); });
        const auto why = done ? "done" : done.error().fields.empty() ? done.error().text : "invalid";
        const auto found = good([&] { return parts::all().find(db(), id, owner()); });
        return fmt::format("{}: {}, {} pictures", why,
                           sql("SELECT name FROM parts WHERE id = '" + id.text() + "'"),
                           found.lists[0].size());
    };
    EXPECT_EQ(update(2), "invalid: Other, 0 pictures") << "the number is another part's";
    p.part_number = "BP-2";
    p.name = "Renamed";
    EXPECT_EQ(update(2), "done: Renamed, 2 pictures");
    p.name = "Again";
    EXPECT_EQ(update(19), "A listing can have at most 20 images: Renamed, 2 pictures");
    const auto tag = parts::all().tag_of(id);
    const auto before = made(tag);
    EXPECT_EQ(update(18), "done: Again, 20 pictures");
    EXPECT_EQ(made(tag), before + 1) << "what was cached has fallen";
    const std::vector<std::string> one{"x.png"};
    EXPECT_TRUE(good([&] {
                    return parts::all().update(db(), kept(), uuid::random(), owner(), &p, changed, one);
                }).empty());
}

TEST_F(Parts, TheSearchPageCombinesItsParameters) {
    const auto brakes = add_category("Brakes");
    auto p = sample("Brake pads");
    p.category = brakes;
    p.part_number = "BP-77";
    create(p);
    p = sample("Disc");
    p.brand = "Brembo";
    p.price.units = 100;
    const auto disc = create(p);
    const auto found = [&](parts::search_request wanted, viewer by = {}) {
        return names(good([&] { return parts::search(db(), kept(), by, wanted, "", 20, 0); }));
    };
    EXPECT_EQ(found({}), "2:Disc,Brake pads");
    EXPECT_EQ(found({.name = "BRAKE", .brand = "bos"}), "1:Brake pads");
    EXPECT_EQ(found({.name = "bosch"}), "0:");
    EXPECT_EQ(found({.search = "bp-77"}), "1:Brake pads");
    EXPECT_EQ(found({.search = "good"}), "2:Disc,Brake pads");
    EXPECT_EQ(found({.search = "pads bosch"}), "0:") << "one text, in one field";
    EXPECT_EQ(found({.category = brakes}), "1:Brake pads");
    EXPECT_EQ(found({.condition = part_condition::used}), "0:");
    EXPECT_EQ(found({.price_to = decimal<2>{100}}), "1:Disc");
    EXPECT_EQ(found({.price_from = decimal<2>{101}}), "1:Brake pads");
    set_stock(disc, 0, owner());
    EXPECT_EQ(found({}, owner()), "2:Disc,Brake pads");
    EXPECT_EQ(found({.in_stock_only = true}, owner()), "1:Brake pads");
    EXPECT_EQ(names(good([&] { return parts::of_category(db(), brakes, "", 20, 0); })), "1:Brake pads");
}

TEST_F(Parts, ListsFilterAndOrder) {
    auto p = sample("Cheap", 1);
    p.price.units = 100;
    create(p);
    create(sample("Dear", 9));
    EXPECT_EQ(names(list({}, {.ordering = "price"})), "2:Cheap,Dear");
    EXPECT_EQ(names(list({}, {.ordering = "-quantity_in_stock"})), "2:Dear,Cheap");
    EXPECT_EQ(names(list({}, {.ordering = "-rating,price"})), "2:Cheap,Dear");
    EXPECT_EQ(names(list({}, {.stock_above = 1})), "1:Dear");
    EXPECT_EQ(names(list({}, {.search = "bosch cheap"})), "1:Cheap");
    listing_request wanted;
    wanted.filters.resize(part_fields.size());
    wanted.filters[position(part_fields, "brand")] = "Brembo";
    EXPECT_EQ(names(list({}, wanted)), "0:");
}

TEST_F(Parts, CompatibilitiesAreThereOnceAndInOrder) {
    const auto id = create();
    const auto add = [&](part_compatibility c) {
        return run([&] { return parts::add_compatibility(db(), kept(), id, c); });
    };
    const auto made = add(camry());
    ASSERT_TRUE(made);
    EXPECT_EQ(made->front().text(1), "Toyota");
    const auto again = add(camry());
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, errc::invalid);
    auto accord = camry();
    accord.car_make = "Honda";
    ASSERT_TRUE(add(accord));
    const auto all = good([&] { return parts::compatibilities(db(), id, 0, 0); }).items;
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0].text(1), "Honda");
    EXPECT_EQ(good([&] { return parts::all().find(db(), id, {}); }).lists[1].size(), 2u);
    const auto first = all[0].id(0);
    EXPECT_TRUE(good([&] { return parts::remove_compatibility(db(), kept(), id, first); }));
    EXPECT_FALSE(good([&] { return parts::remove_compatibility(db(), kept(), id, first); }));
    EXPECT_FALSE(run([&] { return parts::add_compatibility(db(), kept(), uuid::random(), camry()); }));
    sql("INSERT INTO part_compatibilities (part_id, car_make, car_model, car_year_from, car_year_to) SELECT "
        "id, "
        "'x', n, 2000, 2001 FROM parts, generate_series(1, 499) n");
    EXPECT_EQ(add(accord).error().text, "A part can have at most 500 compatible cars");
}

TEST_F(Parts, ADetailIsForgottenWhenAnythingInItChanges) {
    const auto brakes = add_category("Brakes");
    auto p = sample();
    p.category = brakes;
    const auto id = create(p);
    const auto tag = parts::all().tag_of(id);
    int expected = made(tag);
    const auto forgotten = [&] { return made(tag) == ++expected; };
    EXPECT_FALSE(made(tag) == expected + 1) << "kept until something changes";
    set_stock(id, 4, owner());
    EXPECT_TRUE(forgotten());
    const auto row = good([&] { return parts::add_compatibility(db(), kept(), id, camry()); }).front().id(0);
    EXPECT_TRUE(forgotten());
    good([&] { return parts::remove_compatibility(db(), kept(), id, row); });
    EXPECT_TRUE(forgotten());
    good([&] { return parts::all().add_images(db(), kept(), id, {"a.png"}); });
    EXPECT_TRUE(forgotten());
    part_category renamed;
    renamed.name = "Stopping";
    field_set what;
    what.set(position(part_category_fields, "name"));
    good([&] { return part_categories::update(db(), kept(), brakes, staff, renamed, what); });
    EXPECT_TRUE(forgotten());
    good([&] { return part_categories::remove(db(), kept(), brakes, staff); });
    EXPECT_TRUE(forgotten());
    EXPECT_EQ(sql("SELECT category IS NULL FROM parts"), "t");
    step(id, owner(), listing_change::archive);
    EXPECT_TRUE(forgotten());
}

TEST_F(Parts, ADetailTakesThreeStatementsAndAPageTwo) {
    const auto id = create();
    const auto counted = [&](auto work) {
        const auto before = db().statements();
        good(std::move(work));
        return db().statements() - before;
    };
    EXPECT_EQ(counted([&] { return parts::all().find(db(), id, {}); }), 3u);
    EXPECT_EQ(counted([&] { return parts::all().list(db(), kept(), as_staff(), {}, 20, 0); }), 2u);
}

TEST_F(Parts, ACategoryIsNeverBelowItself) {
    const auto a = add_category("A"), b = add_category("B", a), c = add_category("C", b);
    const std::string refused = "A category cannot be below itself.";
    EXPECT_EQ(move_below(a, a), refused);
    EXPECT_EQ(move_below(a, c), refused);
    EXPECT_EQ(move_below(c, a), "done");
    EXPECT_EQ(move_below(c, std::nullopt), "done");
    EXPECT_EQ(move_below(a, uuid::random()).substr(0, 10), "Invalid pk");
}

TEST_F(Parts, TwoCategoriesMovedBelowEachOtherAtOnceMakeNoCircle) {
    for (int round = 0; round < 5; ++round) {
        sql("DELETE FROM part_categories");
        const auto a = add_category("A"), b = add_category("B");
        auto first = std::async(std::launch::async, [&] { return move_below(a, b, 0); });
        auto second = std::async(std::launch::async, [&] { return move_below(b, a, 1); });
        const int done = (first.get() == "done") + (second.get() == "done");
        EXPECT_EQ(done, 1);
    }
}

TEST_F(Parts, CategoriesAreListedByNameAndSearched) {
    const auto brakes = add_category("Brakes"), pads = add_category("Pads", brakes);
    const auto list_of = [](const page& p) {
        std::string out;
        for (std::size_t i = 0; i < p.items.size(); ++i)
            out.append(p.items[i].text(1)).append(" ");
        return std::to_string(p.count) + ":" + out;
    };
    EXPECT_EQ(list_of(good([&] { return part_categories::list(db(), ""); })), "2:Brakes Pads ");
    EXPECT_EQ(list_of(good([&] { return part_categories::list(db(), "BRAK"); })), "1:Brakes ");
    EXPECT_EQ(list_of(good([&] { return part_categories::list(db(), "", 1, 1); })).substr(0, 2), "2:");
    part_category twin;
    twin.name = "Pads";
    const auto again = run([&] { return part_categories::create(db(), kept(), staff, twin); });
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().fields.at(0).texts.at(0), part_categories::name_taken);
    const int before = made(part_categories::tag);
    ASSERT_TRUE(good([&] { return part_categories::remove(db(), kept(), brakes, staff); }));
    EXPECT_EQ(made(part_categories::tag), before + 1);
    EXPECT_EQ(sql("SELECT parent_category IS NULL FROM part_categories WHERE id = '" + pads.text() + "'"),
              "t");
    EXPECT_FALSE(good([&] { return part_categories::remove(db(), kept(), brakes, staff); }));
}

} // namespace
} // namespace mvp::storage
