#include "storage/model/car.hpp"
#include "storage/model/comment.hpp"
#include "storage/model/company_store.hpp"
#include "storage/model/forum.hpp"
#include "storage/model/part.hpp"
#include "storage/model/review.hpp"
#include "storage/model/user.hpp"

#include <gtest/gtest.h>

namespace mvp::storage {
namespace {

TEST(Field, EveryMemberIsReadAndWrittenThroughItsText) {
    car c;
    const auto set = [&](std::string_view name, std::string_view text) {
        return car_fields[position(car_fields, name)].from_text(&c, &text);
    };
    const auto get = [&](std::string_view name) -> std::optional<std::string> {
        std::string out;
        if (!car_fields[position(car_fields, name)].to_text(&c, out))
            return std::nullopt;
        return out;
    };
    EXPECT_TRUE(set("make", "Toyota"));
    EXPECT_TRUE(set("year", "2020"));
    EXPECT_TRUE(set("price", "25000.5"));
    EXPECT_TRUE(set("status", "active"));
    EXPECT_TRUE(set("is_featured", "t"));
    EXPECT_TRUE(set("features", R"(["AC", "air \"bag\""])"));
    EXPECT_TRUE(set("created_at", "2026-11-22 22:36:27.8+00"));
    EXPECT_EQ(c.make, "Toyota");
    EXPECT_EQ(c.year, 2020);
    EXPECT_EQ(c.price.units, 2500050);
    EXPECT_EQ(c.status, car_status::active);
    EXPECT_TRUE(c.is_featured);
    EXPECT_EQ(c.features, (std::vector<std::string>{"AC", "air \"bag\""}));
    EXPECT_EQ(get("price"), "25000.50");
    EXPECT_EQ(get("features"), R"(["AC","air \"bag\""])");
    EXPECT_EQ(get("created_at"), "2026-11-22T22:36:27.800000Z");
    EXPECT_EQ(get("color"), std::nullopt);
    EXPECT_TRUE(set("color", ""));
    EXPECT_EQ(get("color"), "");
}

/// What users write is read by others, page by page: a body's two megabytes would be everybody's burden.
TEST(Field, EveryTextThatAUserWritesIsBounded) {
    for (const field_table table :
         {field_table(car_fields), field_table(car_specification_fields), field_table(comment_fields),
          field_table(comment_reply_fields), field_table(company_store_fields),
          field_table(forum_category_fields), field_table(forum_response_fields),
          field_table(forum_thread_fields), field_table(expert_verification_fields),
          field_table(part_category_fields), field_table(part_fields), field_table(part_compatibility_fields),
          field_table(seller_review_fields), field_table(part_review_fields), field_table(user_fields)})
        for (const auto& f : table)
            if ((f.has(flag::created) || f.has(flag::updated)) &&
                (f.type == kind::text || f.type == kind::texts)) {
                EXPECT_GT(f.bounds.length, 0) << f.name;
                EXPECT_LE(f.bounds.length, longest_post) << f.name;
                if (f.type == kind::texts) {
                    EXPECT_GT(f.bounds.items, 0) << f.name;
                    EXPECT_LE(f.bounds.items * f.bounds.length, 2 * longest_post) << f.name;
                }
            }
}

TEST(Field, AnOptionalMemberTakesNoValueAndAPlainOneRefusesIt) {
    car c;
    c.doors = 4;
    EXPECT_TRUE(car_fields[position(car_fields, "doors")].from_text(&c, nullptr));
    EXPECT_FALSE(c.doors.has_value());
    EXPECT_FALSE(car_fields[position(car_fields, "year")].from_text(&c, nullptr));
}

TEST(Field, TextOfAnotherKindIsRefused) {
    car c;
    for (auto [name, text] : {std::pair<std::string_view, std::string_view>{"year", "20x"},
                              {"price", "1e3"},
                              {"status", "ACTIVE"},
                              {"is_featured", "maybe"},
                              {"id", "abc"},
                              {"created_at", "yesterday"}})
        EXPECT_FALSE(car_fields[position(car_fields, name)].from_text(&c, &text)) << name;
}

TEST(Field, ComputedTextsFollowTheirMembers) {
    user u;
    u.first_name = "Sam";
    EXPECT_EQ(full_name(u), "Sam");
    u.last_name = "Seller";
    std::string out;
    EXPECT_TRUE(user_fields[position(user_fields, "full_name")].to_text(&u, out));
    EXPECT_EQ(out, "Sam Seller");
}

TEST(Field, TheKindFollowsFromTheMemberUnlessItIsSaid) {
    EXPECT_EQ(user_fields[position(user_fields, "email")].type, kind::email);
    EXPECT_EQ(user_fields[position(user_fields, "bio")].type, kind::text);
    EXPECT_TRUE(user_fields[position(user_fields, "bio")].has(flag::nullable));
    EXPECT_EQ(user_fields[position(user_fields, "seller_rating")].places, 2);
    EXPECT_EQ(user_fields[position(user_fields, "user_type")].choices.size(), 2u);
}

TEST(Decimal, IsExactAndHasNoNegativeZero) {
    const auto text = [](std::string_view in, int places) {
        const auto units = parse_decimal(in, places);
        if (!units)
            return std::string("none");
        std::string out;
        append_decimal(out, *units, places);
        return out;
    };
    EXPECT_EQ(text("25000", 2), "25000.00");
    EXPECT_EQ(text("-0", 2), "0.00");
    EXPECT_EQ(text("-0.05", 2), "-0.05");
    EXPECT_EQ(text(".5", 2), "0.50");
    EXPECT_EQ(text("1.500", 2), "1.50");
    EXPECT_EQ(text("1.505", 2), "none");
    EXPECT_EQ(text("9999999999.99", 2), "9999999999.99");
    EXPECT_EQ(text("12345678901234567890", 2), "none");
    EXPECT_EQ(text("", 2), "none");
    EXPECT_EQ(text("1.2.3", 2), "none");
    EXPECT_EQ(text("7", 0), "7");
}

TEST(Day, OnlyDaysThatExistInTheOneFormat) {
    EXPECT_TRUE(parse_day("2024-02-29"));
    for (auto text : {"2023-02-29", "2023-13-01", "2023-1-1", "20230101", "2023-01-01T00", "", "0000-01-01"})
        EXPECT_FALSE(parse_day(text)) << text;
    std::string out;
    append_day(out, *parse_day("2024-02-29"));
    EXPECT_EQ(out, "2024-02-29");
}

TEST(TimeOfDay, ShowsItsFractionOnlyIfThereIsOne) {
    const auto text = [](std::string_view in) {
        const auto t = parse_time_of_day(in);
        if (!t)
            return std::string("none");
        std::string out;
        append_time_of_day(out, *t);
        return out;
    };
    EXPECT_EQ(text("7:05"), "07:05:00");
    EXPECT_EQ(text("23:59:59"), "23:59:59");
    EXPECT_EQ(text("07:30:15.5"), "07:30:15.500000");
    for (auto wrong : {"24:00", "7", "7:60", "7:05:60", "7:05:", "7:05:01.", "7:05x", ""})
        EXPECT_EQ(text(wrong), "none") << wrong;
}

TEST(Texts, SurviveAsAJsonArrayWhateverTheyHold) {
    const std::vector<std::string> items{"", "a,b", "[]", "back\\slash", "\"quoted\"", "\n\t\x01", "ürün 🚗"};
    std::string out;
    append_texts(out, items);
    EXPECT_EQ(parse_texts(out), items);
    EXPECT_EQ(parse_texts("[]"), std::vector<std::string>{});
    EXPECT_EQ(parse_texts(R"([ "\ud83d\ude97" , "\u00fc" ])"), (std::vector<std::string>{"🚗", "ü"}));
    for (auto wrong : {"nothing", "", "[", "[1]", "[\"a\"", "[\"a\",]", "[\"a\"] x", "[\"\\x\"]"})
        EXPECT_FALSE(parse_texts(wrong)) << wrong;
}

} // namespace
} // namespace mvp::storage
