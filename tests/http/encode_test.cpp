#include "http/encode.hpp"
#include "storage/model/car.hpp"
#include "storage/query.hpp"

#include <gtest/gtest.h>
#include <libpq-fe.h>

namespace mvp::http {
namespace {

using cells = std::vector<std::optional<std::string>>;

/// A result as PostgreSQL would send it.
storage::rows result_of(const std::vector<cells>& from) {
    std::shared_ptr<PGresult> result(PQmakeEmptyPGresult(nullptr, PGRES_TUPLES_OK), PQclear);
    const auto columns = from.empty() ? 1 : from.front().size();
    std::vector<PGresAttDesc> names(columns, PGresAttDesc{const_cast<char*>("c"), 0, 0, 0, 25, -1, -1});
    PQsetResultAttrs(result.get(), static_cast<int>(columns), names.data());
    for (std::size_t r = 0; r < from.size(); ++r)
        for (std::size_t c = 0; c < columns; ++c)
            if (const auto& cell = from[r][c])
                PQsetvalue(result.get(), static_cast<int>(r), static_cast<int>(c),
                           const_cast<char*>(cell->c_str()), static_cast<int>(cell->size()));
            else
                PQsetvalue(result.get(), static_cast<int>(r), static_cast<int>(c), nullptr, -1);
    return storage::rows(result);
}

std::string value(const storage::field_info& f, std::string_view text, view to = {}) {
    std::string out;
    append_value(out, f, &text, to);
    return out;
}
const auto& car_field(std::string_view name) {
    return storage::car_fields[storage::position(storage::car_fields, name)];
}

TEST(Encode, QuotesEachKindInItsWay) {
    EXPECT_EQ(value(car_field("year"), "2020"), "2020");
    EXPECT_EQ(value(car_field("price"), "25000.00"), "\"25000.00\"");
    EXPECT_EQ(value(car_field("is_featured"), "t"), "true");
    EXPECT_EQ(value(car_field("is_featured"), "f"), "false");
    EXPECT_EQ(value(car_field("title"), "a \"b\"\n ü\xe2\x80\xa8"), "\"a \\\"b\\\"\\n ü\\u2028\"");
    EXPECT_EQ(value(car_field("features"), R"(["AC", "a, \" b"])"), R"(["AC","a, \" b"])");
    std::string out;
    append_value(out, car_field("color"), nullptr, {});
    EXPECT_EQ(out, "null");
}

TEST(Encode, TimesHaveSixDigitsOrNone) {
    const auto& f = car_field("created_at");
    EXPECT_EQ(value(f, "2026-11-22 22:36:27.844788+00"), "\"2026-11-22T22:36:27.844788Z\"");
    EXPECT_EQ(value(f, "2026-11-22 22:36:27.84+00"), "\"2026-11-22T22:36:27.840000Z\"");
    EXPECT_EQ(value(f, "2026-11-22 22:36:27+00"), "\"2026-11-22T22:36:27Z\"");
    EXPECT_EQ(value(f, "2026-11-22T22:36:27.840000Z"), "\"2026-11-22T22:36:27.840000Z\"");
}

TEST(Encode, FilesAreAbsoluteOrBeginAtTheRoot) {
    const auto& f = storage::listing_image_fields[1];
    EXPECT_EQ(value(f, "cars/a.jpg"), "\"/media/cars/a.jpg\"");
    EXPECT_EQ(value(f, "cars/a.jpg", {.origin = "http://h"}), "\"http://h/media/cars/a.jpg\"");
    EXPECT_EQ(value(f, ""), "null");
}

TEST(Encode, WhatIsNotForTheViewersEyesIsNull) {
    const auto field = [](std::string_view name) -> const storage::field_info& {
        return storage::user_fields[storage::position(storage::user_fields, name)];
    };
    EXPECT_EQ(value(field("email"), "a@b.c"), "null");
    EXPECT_EQ(value(field("email"), "a@b.c", {.logged_in = true}), "\"a@b.c\"");
    EXPECT_EQ(value(field("phone_number"), "123", {.logged_in = true}), "null");
    EXPECT_EQ(value(field("phone_number"), "123", {.logged_in = true, .personal = true}), "\"123\"");
    EXPECT_EQ(value(field("password"), "hash", {.logged_in = true, .personal = true}), "null");
}

TEST(Encode, RelationsStandInsideTheirRow) {
    namespace s = storage;
    static constexpr auto owner_shape = s::shape_of(s::user_fields, "id", "is_seller");
    static constexpr s::relation owner{"owner", "o", "", owner_shape};
    static constexpr auto picture_shape = s::shape_of(s::listing_image_fields, "id", "image");
    static constexpr s::relation picture{"primary_image", "i", "", picture_shape, true};
    static constexpr s::relation pictures{"images", "i", "", picture_shape};
    static constexpr auto shape = std::array{s::shown(s::car_fields, "id"), s::one(owner), s::one(picture),
                                             s::many(pictures), s::shown(s::car_fields, "year")};
    const auto row =
        result_of({{"1", "2", "t", "3", "x.png", "2020"}, {"1", "2", "f", std::nullopt, std::nullopt, "7"}});
    const s::rows lists[] = {result_of({{"8", "y.png"}, {"9", "z.png"}})};
    const view to{.origin = "http://h"};
    EXPECT_EQ(
        encode_object(shape, row[0], to, lists),
        R"({"id":"1","owner":{"id":"2","is_seller":true},"primary_image":{"id":"3","image":"/media/x.png"},)"
        R"("images":[{"id":"8","image":"http://h/media/y.png"},{"id":"9","image":"http://h/media/z.png"}],)"
        R"("year":2020})");
    const s::rows none[] = {s::rows()};
    EXPECT_EQ(encode_object(shape, row[1], to, none),
              R"({"id":"1","owner":{"id":"2","is_seller":false},"primary_image":null,"images":[],"year":7})");
}

TEST(Encode, AnArrayStopsWhereThePageEnds) {
    static constexpr auto shape = storage::shape_of(storage::car_fields, "year");
    std::string out;
    append_array(out, shape, result_of({{"1"}, {"2"}, {"3"}}), {}, 2);
    EXPECT_EQ(out, R"([{"year":1},{"year":2}])");
}

TEST(Encode, AStructLooksLikeItsRow) {
    storage::car c;
    c.make = "Toyota";
    c.year = 2020;
    c.price.units = 1050;
    c.features = {"AC"};
    c.doors = 4;
    static constexpr auto shape = storage::shape_of(storage::car_fields, "make", "year", "price", "features",
                                                    "doors", "seats", "status");
    std::string out;
    append_struct(out, shape, &c, {});
    EXPECT_EQ(out, R"({"make":"Toyota","year":2020,"price":"10.50","features":["AC"],"doors":4,"seats":null,)"
                   R"("status":"pending"})");
}

TEST(Encode, ATimesFractionHasSixDigitsOrIsLeftOut) {
    static constexpr storage::field_info start{.name = "start", .type = storage::kind::time};
    EXPECT_EQ(value(start, "07:30:15.5"), R"("07:30:15.500000")");
    EXPECT_EQ(value(start, "22:00:00"), R"("22:00:00")");
}

} // namespace
} // namespace mvp::http
