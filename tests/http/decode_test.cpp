#include "http/decode.hpp"
#include "storage/model/car.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace mvp::http {
namespace {

namespace flag = storage::flag;
using storage::field;
using storage::kind;

enum class colour { red, green };
BOOST_DESCRIBE_ENUM(colour, red, green)

struct sample {
    std::string name;
    std::optional<std::string> note;
    std::optional<std::string> mail, site, phone;
    int count = 5;
    std::optional<int> size;
    storage::decimal<2> price{};
    bool shown = true;
    std::optional<bool> maybe;
    std::optional<colour> paint;
    std::optional<storage::day> born;
    std::optional<storage::time_of_day> at;
    std::optional<uuid> link, other;
    std::vector<std::string> tags;
    std::string level = "low";
};

constexpr auto fields = [] {
    using namespace flag;
    return std::array{
        field<&sample::name>("name", required | written, {.length = 5}),
        field<&sample::note>("note", written | blank, {.length = 10}),
        field<&sample::mail>("mail", written, {.length = 20, .as = kind::email}),
        field<&sample::site>("site", written, {.length = 30, .as = kind::url}),
        field<&sample::phone>("phone", written | blank, {.length = 17, .as = kind::phone}),
        field<&sample::count>("count", written, {.min = -5, .max = 100}),
        field<&sample::size>("size", written),
        field<&sample::price>("price", written, {.min = 0, .digits = 6}),
        field<&sample::shown>("shown", written),
        field<&sample::maybe>("maybe", written),
        field<&sample::paint>("paint", written),
        field<&sample::born>("born", written),
        field<&sample::at>("at", written),
        field<&sample::link>("link", written),
        field<&sample::other>("other", written, {.as = kind::reference}),
        field<&sample::tags>("tags", written, {.length = 4, .items = 3}),
        field<&sample::level>("level", flag::staff, {.length = 5}),
    };
}();
static_assert(storage::covers<sample>(fields));

request json_request(std::string body) {
    request r;
    r.type = body_type::json;
    r.body = std::move(body);
    return r;
}

request form_request(std::vector<std::pair<std::string, std::string>> items) {
    request r;
    r.type = body_type::form;
    r.fields.fields = std::move(items);
    return r;
}

/// "name: text; text | other: text", in order.
std::string complaints(const error& e) {
    std::string out;
    for (const auto& f : e.fields) {
        out += (out.empty() ? "" : " | ") + f.path + ": ";
        for (const auto& text : f.texts)
            out += (&text == &f.texts.front() ? "" : "; ") + text;
    }
    return out;
}

std::string refusal(request r, mode how = mode::patch) {
    auto d = decode<sample>(r, fields, how);
    return d ? "accepted" : d.error().fields.empty() ? d.error().text : complaints(d.error());
}
std::string refusal(std::string body, mode how = mode::patch) {
    return refusal(json_request(body), how);
}

sample accepted(request r) {
    auto d = decode<sample>(r, fields, mode::patch);
    EXPECT_TRUE(d) << (d ? "" : complaints(d.error()));
    return d ? d->value : sample{};
}
sample accepted(std::string body) {
    return accepted(json_request(body));
}

TEST(Decode, ABodyThatIsNoObjectIsRefused) {
    EXPECT_EQ(refusal("[1]"), "non_field_errors: Invalid data. Expected a dictionary, but got list.");
    EXPECT_EQ(refusal("\"abc\""), "non_field_errors: Invalid data. Expected a dictionary, but got str.");
    EXPECT_EQ(refusal("5"), "non_field_errors: Invalid data. Expected a dictionary, but got int.");
    EXPECT_EQ(refusal("5.5"), "non_field_errors: Invalid data. Expected a dictionary, but got float.");
    EXPECT_EQ(refusal("true"), "non_field_errors: Invalid data. Expected a dictionary, but got bool.");
    EXPECT_EQ(refusal("null"), "non_field_errors: No data provided");
}

TEST(Decode, WhatIsWrongWithTheBodyIsToldWhenItIsAskedFor) {
    request r;
    r.body_error = error(errc::unsupported_media, "Unsupported media type \"text/plain\" in request.");
    auto d = decode<sample>(r, fields, mode::patch);
    ASSERT_FALSE(d);
    EXPECT_EQ(d.error().code, errc::unsupported_media);
    EXPECT_EQ(refusal("{'a':1}"), "JSON parse error - Expecting property name enclosed in double quotes: "
                                  "line 1 column 2 (char 1)");
}

TEST(Decode, NoBodyCountsAsAnEmptyObject) {
    EXPECT_EQ(refusal(request{}), "accepted");
    EXPECT_EQ(refusal(request{}, mode::create), "name: This field is required.");
}

TEST(Decode, RequiredIsAskedForByCreateAndPutOnly) {
    EXPECT_EQ(refusal("{}", mode::create), "name: This field is required.");
    EXPECT_EQ(refusal("{}", mode::put), "name: This field is required.");
    EXPECT_EQ(refusal("{}", mode::patch), "accepted");
}

TEST(Decode, AllWrongFieldsAreToldTogetherInTheOrderOfTheTable) {
    EXPECT_EQ(refusal(R"({"price":"x","count":"y","name":""})"),
              "name: This field may not be blank. | count: A valid integer is required. | "
              "price: A valid number is required.");
}

TEST(Decode, UnknownAndReadOnlyFieldsAreIgnored) {
    EXPECT_EQ(accepted(R"({"nothing":{"a":[1]},"level":"high"})").level, "low");
}

TEST(Decode, StaffFieldsAreTakenFromStaffAtChangesOnly) {
    auto r = json_request(R"({"level":"high"})");
    EXPECT_EQ(decode<sample>(r, fields, mode::patch, true)->value.level, "high");
    EXPECT_EQ(decode<sample>(r, fields, mode::patch, false)->value.level, "low");
    r = json_request(R"({"level":"high","name":"x"})");
    EXPECT_EQ(decode<sample>(r, fields, mode::create, true)->value.level, "low");
}

TEST(Decode, PresentFieldsAreRememberedAlsoWhenNull) {
    auto r = json_request(R"({"size":null,"name":"x"})");
    auto d = decode<sample>(r, fields, mode::patch);
    ASSERT_TRUE(d);
    EXPECT_EQ(d->present.count(), 2u);
    EXPECT_TRUE(d->present[storage::position(fields, "size")]);
    EXPECT_TRUE(d->present[storage::position(fields, "name")]);
}

TEST(Decode, NullWhereThereIsNone) {
    EXPECT_EQ(refusal(R"({"name":null,"count":null,"price":null,"shown":null,"tags":null})"),
              "name: This field may not be null. | count: This field may not be null. | "
              "price: This field may not be null. | shown: This field may not be null. | "
              "tags: This field may not be null.");
    EXPECT_FALSE(accepted(R"({"note":null})").note.has_value());
}

TEST(Decode, Text) {
    EXPECT_EQ(accepted(R"({"name":"  x\u00a0 "})").name, "x");
    EXPECT_EQ(accepted(R"({"name":12})").name, "12");
    EXPECT_EQ(accepted(R"({"name":7.0})").name, "7.0");
    EXPECT_EQ(accepted(R"({"name":"üöäßé"})").name, "üöäßé");
    EXPECT_EQ(accepted(R"({"note":""})").note, "");
    EXPECT_EQ(accepted(R"({"note":"  "})").note, "");
    EXPECT_EQ(refusal(R"({"name":true})"), "name: Not a valid string.");
    EXPECT_EQ(refusal(R"({"name":["a"]})"), "name: Not a valid string.");
    EXPECT_EQ(refusal(R"({"name":{"a":1}})"), "name: Not a valid string.");
    EXPECT_EQ(refusal(R"({"name":""})"), "name: This field may not be blank.");
    EXPECT_EQ(refusal(R"({"name":" \t\u3000"})"), "name: This field may not be blank.");
    EXPECT_EQ(refusal(R"({"name":"123456"})"), "name: Ensure this field has no more than 5 characters.");
    EXPECT_EQ(refusal(R"({"name":"a\u0000b"})"), "name: Null characters are not allowed.");
    EXPECT_EQ(refusal(R"({"name":"123456\u0000"})"),
              "name: Ensure this field has no more than 5 characters.; Null characters are not allowed.");
    EXPECT_EQ(refusal(R"({"name":"\ud800"})"), "name: Surrogate characters are not allowed: U+D800.");
}

TEST(Decode, Email) {
    for (auto good : {"a@example.com", "a.b+c@x.example.co", R"(\"odd\"@example.com)", "a@localhost",
                      "a@[127.0.0.1]", "a@bücher.de", "a@例え.jp", "a@пример.рф"})
        EXPECT_EQ(refusal(std::string(R"({"mail":")") + good + "\"}"), "accepted") << good;
    for (auto bad : {"abc", "a@", "@example.com", "a@b", "a b@example.com", "a@example..com",
                     ".a@example.com", "a@example.com\u200b", "a@ex\u00adample.com", "a@example\u034f.com",
                     "a@exam\u3000ple.com", "a@example.com\ufe0f", "a@ex\u0085ample.com",
                     "a@ex\U000e0041ample.com", "a@-x.com", "a@x.c", "a@@x.com", "a@x.123"})
        EXPECT_EQ(refusal(std::string(R"({"mail":")") + bad + "\"}"), "mail: Enter a valid email address.")
            << bad;
    EXPECT_EQ(refusal(R"({"mail":"aaaaaaaaaaaaaaaaaaaaaaaaaa"})"),
              "mail: Ensure this field has no more than 20 characters.; Enter a valid email address.");
}

TEST(Decode, Url) {
    for (auto good :
         {"http://example.com", "https://a.example.com:80/x?y#z", "ftp://e.com/x", "ftps://e.com",
          "http://localhost/", "http://127.0.0.1", "http://[::1]:80/", "HTTP://E.COM", "http://u:p@e.com"})
        EXPECT_EQ(refusal(std::string(R"({"site":")") + good + "\"}"), "accepted") << good;
    for (auto bad :
         {"example.com", "http://", "http://x", "gopher://e.com", "http://e.com:x", "http://e .com",
          "http://-e.com", "http://256.1.1.1", "http://[::z]/", "javascript:alert(1)", "http://e.com/a b"})
        EXPECT_EQ(refusal(std::string(R"({"site":")") + bad + "\"}"), "site: Enter a valid URL.") << bad;
}

TEST(Decode, Phone) {
    for (auto good : {"123456789", "+8801712345678", "+1123456789012345", "112345678901234"})
        EXPECT_EQ(refusal(std::string(R"({"phone":")") + good + "\"}"), "accepted") << good;
    for (auto bad : {"12345678", "12ab", "+", "++123456789", "2123456789012345"})
        EXPECT_EQ(refusal(std::string(R"({"phone":")") + bad + "\"}"),
                  "phone: Phone number must be entered in the format: +999999999. Up to 15 digits allowed.")
            << bad;
    EXPECT_EQ(refusal(R"({"phone":"123456789012345678"})"),
              "phone: Phone number must be entered in the format: +999999999. Up to 15 digits allowed.; "
              "Ensure this field has no more than 17 characters.");
}

TEST(Decode, Integer) {
    for (auto good : {"7", "7.0", "\"7\"", "\" 7 \"", "\"7.0\"", "\"+7\"", "\"0_7\"", "\"7.\""})
        EXPECT_EQ(accepted(std::string(R"({"count":)") + good + "}").count, 7) << good;
    EXPECT_EQ(accepted(R"({"count":1e2})").count, 100);
    for (auto bad :
         {"true", "7.5", "\"\"", "\"x\"", "\"10.5\"", "[7]", "{}", "\"7 7\"", "\"1e2\"", "\"_7\"", "1e20"})
        EXPECT_EQ(refusal(std::string(R"({"count":)") + bad + "}"), "count: A valid integer is required.")
            << bad;
    EXPECT_EQ(refusal(R"({"count":101})"), "count: Ensure this value is less than or equal to 100.");
    EXPECT_EQ(refusal(R"({"count":-6})"), "count: Ensure this value is greater than or equal to -5.");
    EXPECT_EQ(refusal(R"({"size":2147483648})"),
              "size: Ensure this value is less than or equal to 2147483647.");
    EXPECT_EQ(refusal(R"({"size":99999999999999999999})"),
              "size: Ensure this value is less than or equal to 2147483647.");
    EXPECT_EQ(refusal(R"({"size":-99999999999999999999})"),
              "size: Ensure this value is greater than or equal to -2147483648.");
    EXPECT_EQ(refusal(R"({"size":")" + std::string(1001, '9') + "\"}"), "size: String value too large.");
}

TEST(Decode, Decimal) {
    const auto units = [](std::string text) { return accepted(R"({"price":)" + text + "}").price.units; };
    EXPECT_EQ(units("\"25.5\""), 2550);
    EXPECT_EQ(units("25"), 2500);
    EXPECT_EQ(units("1999.5"), 199950);
    EXPECT_EQ(units("\"1e2\""), 10000);
    EXPECT_EQ(units("1e2"), 10000);
    EXPECT_EQ(units("\" +12.5 \""), 1250);
    EXPECT_EQ(units("\"-0\""), 0);
    EXPECT_EQ(units("\".5\""), 50);
    EXPECT_EQ(units("\"0007.50\""), 750);
    EXPECT_EQ(units("1.50"), 150);
    for (auto bad : {"true", "\"\"", "\"abc\"", "[1]", "{}", "\"NaN\"", "\"Infinity\"", "\"-inf\"",
                     "\"1.2.3\"", "\"1e\"", "\".\"", "1e400"})
        EXPECT_EQ(refusal(std::string(R"({"price":)") + bad + "}"), "price: A valid number is required.")
            << bad;
    EXPECT_EQ(refusal(R"({"price":"1.500"})"), "price: Ensure that there are no more than 2 decimal places.");
    EXPECT_EQ(refusal(R"({"price":"12345.67"})"),
              "price: Ensure that there are no more than 6 digits in total.");
    EXPECT_EQ(refusal(R"({"price":"12345.6"})"),
              "price: Ensure that there are no more than 4 digits before the decimal point.");
    EXPECT_EQ(refusal(R"({"price":"1e5"})"),
              "price: Ensure that there are no more than 4 digits before the decimal point.");
    EXPECT_EQ(refusal(R"({"price":"1e999999999999"})"),
              "price: Ensure that there are no more than 6 digits in total.");
    EXPECT_EQ(refusal(R"({"price":"1e-999999999999"})"),
              "price: Ensure that there are no more than 6 digits in total.");
    EXPECT_EQ(refusal(R"({"price":"-1"})"), "price: Ensure this value is greater than or equal to 0.");
    EXPECT_EQ(refusal(R"({"price":")" + std::string(1001, '9') + "\"}"), "price: String value too large.");
}

TEST(Decode, Boolean) {
    for (auto yes : {"true", "1", "1.0", "\"t\"", "\"Y\"", "\"yes\"", "\"tRuE\"", "\"on\"", "\"1\""})
        EXPECT_EQ(accepted(std::string(R"({"maybe":)") + yes + "}").maybe, true) << yes;
    for (auto no : {"false", "0", "0.0", "\"f\"", "\"N\"", "\"no\"", "\"FALSE\"", "\"off\"", "\"0\""})
        EXPECT_EQ(accepted(std::string(R"({"maybe":)") + no + "}").maybe, false) << no;
    for (auto bad : {"2", "\"maybe\"", "[true]", "{}"})
        EXPECT_EQ(refusal(std::string(R"({"shown":)") + bad + "}"), "shown: Must be a valid boolean.") << bad;
    EXPECT_EQ(accepted(R"({"maybe":""})").maybe, std::nullopt);
}

TEST(Decode, Choice) {
    EXPECT_EQ(accepted(R"({"paint":"green"})").paint, colour::green);
    EXPECT_EQ(refusal(R"({"paint":"RED"})"), "paint: \"RED\" is not a valid choice.");
    EXPECT_EQ(refusal(R"({"paint":""})"), "paint: \"\" is not a valid choice.");
    EXPECT_EQ(refusal(R"({"paint":["red"]})"), "paint: \"['red']\" is not a valid choice.");
    EXPECT_EQ(refusal(R"({"paint":5})"), "paint: \"5\" is not a valid choice.");
    EXPECT_EQ(refusal(R"({"paint":true})"), "paint: \"True\" is not a valid choice.");
}

TEST(Decode, DateAndTime) {
    std::string out;
    storage::append_day(out, *accepted(R"({"born":"1990-02-28"})").born);
    EXPECT_EQ(out, "1990-02-28");
    for (auto bad : {"\"28.02.1990\"", "\"1990-02-30\"", "\"1990-02-28T00:00\"", "5", "\"\""})
        EXPECT_EQ(refusal(std::string(R"({"born":)") + bad + "}"),
                  "born: Date has wrong format. Use one of these formats instead: YYYY-MM-DD.")
            << bad;
    EXPECT_EQ(accepted(R"({"at":"7:05"})").at->since_midnight, std::chrono::minutes(425));
    for (auto bad : {"\"25:00\"", "\"x\"", "7", "\"\""})
        EXPECT_EQ(refusal(std::string(R"({"at":)") + bad + "}"),
                  "at: Time has wrong format. Use one of these formats instead: hh:mm[:ss[.uuuuuu]].")
            << bad;
}

TEST(Decode, Uuid) {
    EXPECT_EQ(accepted(R"({"link":"A3B2E7B99F964396A2B5C722E7207B1A"})").link->text(),
              "a3b2e7b9-9f96-4396-a2b5-c722e7207b1a");
    EXPECT_EQ(refusal(R"({"link":"abc","other":"abc"})"),
              "link: Must be a valid UUID. | other: “abc” is not a valid UUID.");
}

TEST(Decode, ListOfTexts) {
    EXPECT_EQ(accepted(R"({"tags":["a"," b "]})").tags, (std::vector<std::string>{"a", "b"}));
    EXPECT_TRUE(accepted(R"({"tags":[]})").tags.empty());
    EXPECT_EQ(refusal(R"({"tags":{"a":1}})"), "tags: Expected a list of items but got type \"dict\".");
    EXPECT_EQ(refusal(R"({"tags":"a"})"), "tags: Expected a list of items but got type \"str\".");
    EXPECT_EQ(refusal(R"({"tags":5})"), "tags: Expected a list of items but got type \"int\".");
    EXPECT_EQ(refusal(R"({"tags":["a",5,"too long"]})"),
              "tags.1: Not a valid string. | tags.2: Ensure this field has no more than 4 characters.");
    EXPECT_EQ(refusal(R"({"tags":[null]})"), "tags.0: This field may not be null.");
    EXPECT_EQ(refusal(R"({"tags":["a","b","c","d"]})"),
              "tags: Ensure this field has no more than 3 elements.");
    EXPECT_EQ(refusal(R"({"tags":["\u0000"]})"), "tags.0: Null characters are not allowed.");
}

TEST(Decode, AListIsJudgedOnlyWhenEveryOtherFieldPassed) {
    EXPECT_EQ(refusal(R"({"count":"x","tags":"a"})"), "count: A valid integer is required.");
}

TEST(Decode, FormsSayNullByAnEmptyText) {
    auto d = accepted(form_request({{"size", ""}, {"note", ""}, {"mail", ""}, {"maybe", ""}, {"born", ""}}));
    EXPECT_FALSE(d.size || d.mail || d.maybe || d.born);
    EXPECT_EQ(d.note, "");
    EXPECT_EQ(refusal(form_request({{"name", ""}})), "name: This field may not be blank.");
}

TEST(Decode, AnEmptyTextForAFieldWithADefaultIsAsIfItWereAbsent) {
    auto r = form_request({{"count", ""}, {"shown", ""}});
    auto d = decode<sample>(r, fields, mode::patch);
    ASSERT_TRUE(d);
    EXPECT_TRUE(d->present.none());
    EXPECT_EQ(d->value.count, 5);
}

TEST(Decode, AnAbsentBooleanOfAFormKeepsItsDefault) {
    auto r = form_request({{"name", "x"}});
    auto d = decode<sample>(r, fields, mode::create);
    ASSERT_TRUE(d);
    EXPECT_TRUE(d->value.shown);
    EXPECT_FALSE(d->present[storage::position(fields, "shown")]);
}

TEST(Decode, OfDuplicateFormFieldsTheLastCounts) {
    EXPECT_EQ(accepted(form_request({{"name", "a"}, {"name", "b"}})).name, "b");
}

TEST(Decode, ListsInFormsAreJson) {
    EXPECT_EQ(accepted(form_request({{"tags", "[\"AC\"]"}})).tags, std::vector<std::string>{"AC"});
    EXPECT_EQ(refusal(form_request({{"tags", "AC"}})), "tags: Value must be valid JSON.");
    EXPECT_EQ(refusal(form_request({{"tags", ""}})), "tags: Value must be valid JSON.");
    EXPECT_EQ(refusal(form_request({{"tags", "null"}})), "tags: This field may not be null.");
}

TEST(Decode, FilesComeAsPartsOfAForm) {
    struct upload {
        std::string picture;
    };
    static constexpr auto table = std::array{field<&upload::picture>(
        "picture", flag::required | flag::created, {.length = 10, .as = kind::image})};
    const auto refused = [](request& r) {
        auto d = decode<upload>(r, table, mode::create);
        return d ? std::string("accepted") : complaints(d.error());
    };
    request r = form_request({});
    r.type = body_type::multipart;
    EXPECT_EQ(refused(r), "picture: No file was submitted.");
    r.fields.fields = {{"picture", "text"}};
    EXPECT_EQ(refused(r), "picture: The submitted data was not a file. Check the encoding type on the form.");
    auto& file = r.fields.files.emplace_back();
    file.field = "picture";
    file.name = "a.png";
    EXPECT_EQ(refused(r), "picture: The submitted file is empty.");
    file.size = 5;
    EXPECT_EQ(refused(r), "accepted");
    EXPECT_EQ(decode<upload>(r, table, mode::create)->file("picture"), &file);
    file.name = "a-long-name.png";
    EXPECT_EQ(refused(r), "picture: Ensure this filename has at most 10 characters (it has 15).");
    request json = json_request(R"({"picture":"x"})");
    EXPECT_EQ(refused(json),
              "picture: The submitted data was not a file. Check the encoding type on the form.");
}

TEST(Decode, TheRecordedMistakesOfACarAreToldAsTheyAlwaysWere) {
    auto r = json_request(
        R"({"make":")" + std::string(101, 'm') +
        R"(","model":"Camry","year":1899,"mileage":-1,"transmission":"x","fuel_type":"","condition":null,)"
        R"("price":"-1","title":"","description":"d","city":"Dhaka","state_province":"Dhaka","country":"B",)"
        R"("color":"Silver","doors":"x","seats":5,"features":"notjson","engine_capacity":"123.456"})");
    auto d = decode<storage::car>(r, storage::car_fields, mode::create);
    ASSERT_FALSE(d);
    EXPECT_EQ(
        complaints(d.error()),
        "make: Ensure this field has no more than 100 characters. | "
        "year: Ensure this value is greater than or equal to 1900. | "
        "mileage: Ensure this value is greater than or equal to 0. | "
        "transmission: \"x\" is not a valid choice. | fuel_type: \"\" is not a valid choice. | "
        "engine_capacity: Ensure that there are no more than 4 digits in total. | "
        "condition: This field may not be null. | price: Ensure this value is greater than or equal to 0. | "
        "title: This field may not be blank. | doors: A valid integer is required.");
}

TEST(Decode, ACarHasAtMostAHundredDoorsAndSeats) {
    for (const char* field : {"doors", "seats"}) {
        auto most = json_request(fmt::format(R"({{"{}":100}})", field));
        auto more = json_request(fmt::format(R"({{"{}":101}})", field));
        EXPECT_TRUE(decode<storage::car>(most, storage::car_fields, mode::patch)) << field;
        const auto refused = decode<storage::car>(more, storage::car_fields, mode::patch);
        ASSERT_FALSE(refused) << field;
        EXPECT_EQ(complaints(refused.error()),
                  fmt::format("{}: Ensure this value is less than or equal to 100.", field));
    }
}

TEST(Decode, AYearAfterNextYearIsRefused) {
    auto r = json_request(R"({"year":2999})");
    auto d = decode<storage::car>(r, storage::car_fields, mode::patch);
    ASSERT_FALSE(d);
    EXPECT_EQ(complaints(d.error()), "year: Ensure this value is less than or equal to " +
                                         std::to_string(storage::newest_model_year()) + ".");
}

} // namespace
} // namespace mvp::http
