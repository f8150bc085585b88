#include "storage/model/car.hpp"
#include "storage/query.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mvp::storage {
namespace {

using testing::HasSubstr;

/// The value of $n; "NULL" for none.
std::string value(const parameters& p, std::size_t n) {
    const char* text = p.pointers().at(n - 1);
    return text ? text : "NULL";
}

TEST(Query, ColumnsFollowTheShapeThroughItsRelations) {
    const auto list = select_list(car_listed, "c");
    EXPECT_THAT(list,
                testing::StartsWith("c.id, s.id, s.email, btrim(s.first_name || ' ' || s.last_name), "));
    EXPECT_THAT(list,
                testing::EndsWith("c.created_at, i.id, i.image, i.is_primary, i.uploaded_at, c.mileage"));
    EXPECT_EQ(column_count(car_listed),
              static_cast<std::size_t>(std::count(list.begin(), list.end(), ',')) + 1);
    EXPECT_THAT(join_list(car_listed),
                testing::StartsWith(" JOIN users s ON s.id = c.seller_id LEFT JOIN LATERAL"));
}

TEST(Query, ConditionsNumberTheirValues) {
    conditions where;
    where.add("c.seller_id = ?", "x").add("c.year BETWEEN ? AND ?", 1990, 2000).add("true");
    EXPECT_EQ(where.text(), "c.seller_id = $1 AND c.year BETWEEN $2 AND $3 AND true");
    EXPECT_EQ(value(where.values, 3), "2000");
}

TEST(Query, APageIsChosenBeforeAnythingIsJoinedToIt) {
    conditions where;
    where.add("c.status = ?", "active");
    const auto text = list_sql(cars_resource, car_listed, where, "c.price, c.id", 20);
    EXPECT_THAT(
        text.rows,
        HasSubstr(" FROM (SELECT c.id, c.price, c.seller_id, c.make, c.model, c.year, c.mileage, "
                  "c.condition, c.city, c.status, c.created_at FROM cars c WHERE c.status = $1 "
                  "ORDER BY c.price, c.id LIMIT 20 OFFSET $2) c JOIN users s ON s.id = c.seller_id "));
    EXPECT_THAT(text.rows, testing::EndsWith(" ORDER BY c.price, c.id"));
    EXPECT_EQ(text.count, "SELECT count(*) FROM cars c WHERE c.status = $1");
}

TEST(Query, AListWithoutRelationsIsOneSelect) {
    static constexpr auto shape = shape_of(car_fields, "id", "make");
    const auto text = list_sql(cars_resource, shape, {}, "c.id", 100);
    EXPECT_EQ(text.rows, "SELECT c.id, c.make FROM cars c WHERE true ORDER BY c.id LIMIT 100 OFFSET $1");
}

TEST(Query, SearchTermsAreSeparatedByBlanksAndCommasAndQuotesKeepPhrasesWhole) {
    using list = std::vector<std::string>;
    EXPECT_EQ(search_terms("toyota,dhaka  camry\t2020"), (list{"toyota", "dhaka", "camry", "2020"}));
    EXPECT_EQ(search_terms("\"brake pads\" bosch"), (list{"brake pads", "bosch"}));
    EXPECT_EQ(search_terms("'a b',c"), (list{"a b", "c"}));
    EXPECT_EQ(search_terms("it's \"open"), (list{"it's", "\"open"}));
    EXPECT_EQ(search_terms(" , ,"), list{});
    EXPECT_EQ(search_terms("\"\""), list{});
}

TEST(Query, WildcardsInATermStandForThemselves) {
    EXPECT_EQ(like_pattern("50%_off\\"), "%50\\%\\_off\\\\%");
}

TEST(Query, ManySearchTermsMakeFewTexts) {
    conditions three, six;
    add_search(three, "c.search_text", "x aaaa bbb");
    add_search(six, "c.search_text", "aaa bbb ccccc ddd eeee x");
    EXPECT_EQ(three.text(), six.text());
    EXPECT_EQ(value(six.values, 1), "%ccccc%");
    EXPECT_EQ(value(six.values, 2), "%eeee%");
    EXPECT_EQ(value(six.values, 3), R"({"%aaa%","%bbb%","%ddd%","%x%"})");
    conditions none, brief;
    add_search(none, "c.search_text", " , ");
    EXPECT_EQ(none.text(), "");
    add_search(brief, "c.search_text", "to"); // too short for the index
    EXPECT_EQ(brief.values.size(), 1u);
    EXPECT_THAT(brief.text(), HasSubstr("LIKE ALL"));
}

TEST(Query, OrderingTakesOnlySortableFieldsAndBreaksTiesById) {
    EXPECT_EQ(order_by(cars_resource, ""), "c.created_at DESC, c.id");
    EXPECT_EQ(order_by(cars_resource, "make"), "c.created_at DESC, c.id");
    EXPECT_EQ(order_by(cars_resource, "--price"), "c.created_at DESC, c.id");
    EXPECT_EQ(order_by(cars_resource, "price"), "c.price, c.id");
    EXPECT_EQ(order_by(cars_resource, "-price"), "c.price DESC, c.id DESC");
    EXPECT_EQ(order_by(cars_resource, " -price , nothing,year"), "c.price DESC, c.year, c.id");
    EXPECT_EQ(order_by(cars_resource, "price,-price"), "c.price, c.id");
    EXPECT_EQ(order_by(cars_resource, "price,year,-price,-mileage,year,created_at"),
              "c.price, c.year, c.mileage DESC, c.created_at, c.id");
    EXPECT_EQ(order_by(cars_resource, "year;DROP TABLE cars"), "c.created_at DESC, c.id");
}

TEST(Query, InsertNamesEveryColumnThatAClientSets) {
    const auto text = insert_sql(cars_resource, flag::created, {"seller_id"});
    EXPECT_THAT(text, testing::StartsWith("INSERT INTO cars (make, model, year, mileage, "));
    EXPECT_THAT(text, HasSubstr("features, seller_id) SELECT $1, $2, "));
    EXPECT_THAT(text, testing::EndsWith(", $20"));
    car c;
    c.make = "Toyota";
    c.price.units = 2500000;
    const auto values = insert_values(car_fields, flag::created, &c);
    EXPECT_EQ(values.size(), 19u);
    EXPECT_EQ(value(values, 1), "Toyota");
    EXPECT_EQ(value(values, 7), "NULL"); // engine_capacity
    EXPECT_EQ(value(values, 9), "25000.00");
    EXPECT_EQ(value(values, 19), "[]");
}

TEST(Query, UpdateHasOneTextWhicheverFieldsChange) {
    car_specification s;
    s.torque = 249;
    field_set changed;
    changed.set(position(car_specification_fields, "torque"))
        .set(position(car_specification_fields, "weight"));
    const resource of{"CarSpecification", "car_specifications", "p", car_specification_fields, "p.id"};
    const auto list = update_sql(of, flag::updated, "p");
    EXPECT_THAT(list.text,
                testing::StartsWith(
                    "horsepower = CASE WHEN ($1::boolean[])[1] THEN $2 ELSE p.horsepower END, torque = "));
    EXPECT_EQ(list.next_place, 14u);
    const auto values = update_values(car_specification_fields, flag::updated, &s, changed);
    EXPECT_EQ(value(values, 1), "{f,t,f,f,f,f,f,f,f,t,f,f}");
    EXPECT_EQ(value(values, 3), "249");
    EXPECT_EQ(value(values, 11), "NULL");
}

TEST(Query, AFilterThatIsNotGivenLeavesTheTextAsItIs) {
    conditions with, without;
    const auto& make = car_fields[position(car_fields, "make")];
    const std::string toyota = "Toyota";
    add_filter(with, cars_resource, make, &toyota);
    add_filter(without, cars_resource, make, nullptr);
    EXPECT_EQ(with.text(), without.text());
    EXPECT_EQ(value(with.values, 1), "Toyota");
    EXPECT_EQ(value(without.values, 1), "NULL");
}

} // namespace
} // namespace mvp::storage
