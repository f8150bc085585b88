#include "http/json.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

namespace mvp::http {
namespace {

using type = json_value::type;

std::string refusal(std::string_view text) {
    auto parsed = parse_json(text);
    if (parsed)
        return "accepted";
    EXPECT_EQ(parsed.error().code, errc::bad_request);
    return parsed.error().text;
}

TEST(Json, KeepsEveryKindOfValue) {
    auto v = parse_json(R"( {"a":"ü\n\ud83d\ude97","b":[1,-2.50,true,null,{"c":{}}],"b2":[]} )");
    ASSERT_TRUE(v);
    EXPECT_EQ(v->find("a")->text, "ü\n🚗");
    const auto& list = v->find("b")->items;
    ASSERT_EQ(list.size(), 5u);
    EXPECT_EQ(list[0].is, type::integer);
    EXPECT_EQ(list[1].is, type::number);
    EXPECT_EQ(list[1].text, "-2.50");
    EXPECT_EQ(list[2].text, "true");
    EXPECT_EQ(list[3].is, type::null);
    EXPECT_EQ(list[4].find("c")->is, type::object);
    EXPECT_EQ(v->find("nothing"), nullptr);
    EXPECT_EQ(v->find("b2")->items.size(), 0u);
}

TEST(Json, OfDuplicateKeysTheLastCounts) {
    auto v = parse_json(R"({"a":1,"a":2})");
    ASSERT_TRUE(v);
    EXPECT_EQ(v->find("a")->text, "2");
}

TEST(Json, ScalarsAreDocumentsToo) {
    EXPECT_EQ(parse_json(" 5 ")->type_name(), "int");
    EXPECT_EQ(parse_json("5.0")->type_name(), "float");
    EXPECT_EQ(parse_json("\"abc\"")->type_name(), "str");
    EXPECT_EQ(parse_json("null")->type_name(), "NoneType");
    EXPECT_EQ(parse_json("false")->type_name(), "bool");
    EXPECT_EQ(parse_json("[1]")->type_name(), "list");
    EXPECT_EQ(parse_json("{}")->type_name(), "dict");
}

TEST(Json, BigIntegersSurvive) {
    auto v = parse_json("[99999999999999999999999999]");
    ASSERT_TRUE(v);
    EXPECT_EQ(v->items[0].text, "99999999999999999999999999");
}

TEST(Json, HalfASurrogatePairIsKeptAndFound) {
    auto v = parse_json(R"({"a":"x\ud800y","b":"\udc00\ud83d\ude97"})");
    ASSERT_TRUE(v);
    EXPECT_EQ(find_surrogate(v->find("a")->text), 0xd800u);
    EXPECT_EQ(find_surrogate(v->find("b")->text), 0xdc00u);
    EXPECT_EQ(find_surrogate("🚗 and ퟿"), 0u);
    EXPECT_TRUE(parse_json(R"({"\ud800":1})"));
}

TEST(Json, SaysWhatPythonWouldSay) {
    EXPECT_EQ(refusal(R"({"email": )"), "JSON parse error - Expecting value: line 1 column 11 (char 10)");
    EXPECT_EQ(refusal("{'a':1}"), "JSON parse error - Expecting property name enclosed in double quotes: "
                                  "line 1 column 2 (char 1)");
    EXPECT_EQ(refusal("{} x"), "JSON parse error - Extra data: line 1 column 4 (char 3)");
    EXPECT_EQ(refusal("5 x"), "JSON parse error - Extra data: line 1 column 3 (char 2)");
    EXPECT_EQ(refusal("x"), "JSON parse error - Expecting value: line 1 column 1 (char 0)");
    EXPECT_EQ(refusal(" "), "JSON parse error - Expecting value: line 1 column 2 (char 1)");
    EXPECT_EQ(refusal("{\n\"a\":1,\n}"),
              "JSON parse error - Expecting property name enclosed in double quotes: "
              "line 3 column 1 (char 9)");
    EXPECT_EQ(refusal("[1,]"), "JSON parse error - Expecting value: line 1 column 4 (char 3)");
    EXPECT_EQ(refusal("[1 2]"), "JSON parse error - Expecting ',' delimiter: line 1 column 4 (char 3)");
    EXPECT_EQ(refusal(R"({"a" 1})"), "JSON parse error - Expecting ':' delimiter: line 1 column 6 (char 5)");
    EXPECT_EQ(refusal(R"({"ü":x})"), "JSON parse error - Expecting value: line 1 column 6 (char 5)");
    EXPECT_EQ(refusal(R"(["abc)"),
              "JSON parse error - Unterminated string starting at: line 1 column 2 (char 1)");
    EXPECT_EQ(refusal(R"(["\x"])"), "JSON parse error - Invalid \\escape: line 1 column 3 (char 2)");
    EXPECT_EQ(refusal(R"(["\u12"])"), "JSON parse error - Invalid \\uXXXX escape: line 1 column 4 (char 3)");
    EXPECT_EQ(refusal("[\"a\tb\"]"),
              "JSON parse error - Invalid control character at: line 1 column 4 (char 3)");
    EXPECT_EQ(refusal("[01]"), "JSON parse error - Expecting ',' delimiter: line 1 column 3 (char 2)");
}

TEST(Json, NumbersThatAreNoneAreRefused) {
    EXPECT_EQ(refusal(R"({"email": NaN})"),
              "JSON parse error - Out of range float values are not JSON compliant: 'NaN'");
    EXPECT_EQ(refusal("[Infinity]"),
              "JSON parse error - Out of range float values are not JSON compliant: 'Infinity'");
    EXPECT_EQ(refusal("-Infinity"),
              "JSON parse error - Out of range float values are not JSON compliant: '-Infinity'");
}

TEST(Json, BytesThatAreNoUtf8AreRefused) {
    EXPECT_EQ(refusal("{\"email\": \"\xff\"}"),
              "JSON parse error - 'utf-8' codec can't decode byte 0xff in position 11: invalid start byte");
    EXPECT_EQ(
        refusal("[\"\xc3\"]"),
        "JSON parse error - 'utf-8' codec can't decode byte 0xc3 in position 2: invalid continuation byte");
    EXPECT_EQ(refusal("[\"\xe2\x82\"]"),
              "JSON parse error - 'utf-8' codec can't decode bytes in position 2-3: "
              "invalid continuation byte");
    EXPECT_EQ(refusal("\"\xe2\x82"),
              "JSON parse error - 'utf-8' codec can't decode bytes in position 1-2: unexpected end of data");
    EXPECT_EQ(
        refusal("\xed\xa0\x80"),
        "JSON parse error - 'utf-8' codec can't decode byte 0xed in position 0: invalid continuation byte");
}

TEST(Json, WhatIsSkippedIsCheckedToo) {
    EXPECT_NE(refusal(R"({"unknown": tru, "a": 1})"), "accepted");
    EXPECT_NE(refusal(R"({"unknown": [1.2.3]})"), "accepted");
    EXPECT_NE(refusal(R"({"unknown": {"a" "b"}})"), "accepted");
    EXPECT_NE(refusal(R"({"unknown": -})"), "accepted");
    EXPECT_NE(refusal(R"({"unknown": 1.})"), "accepted");
    EXPECT_NE(refusal("{\"a\":1"), "accepted");
    EXPECT_NE(refusal("{\"a\":1}}"), "accepted");
    EXPECT_NE(refusal("[1]]"), "accepted");
    EXPECT_NE(refusal("{} {}"), "accepted");
    EXPECT_NE(refusal("[1],"), "accepted");
}

TEST(Json, DeepNestingIsRefusedCheaply) {
    EXPECT_EQ(refusal(std::string(10'000, '[')), "JSON parse error - Values are nested too deeply.");
    EXPECT_EQ(refusal(std::string(10'000, '[') + std::string(10'000, ']')),
              "JSON parse error - Values are nested too deeply.");
    std::string objects;
    for (int i = 0; i < 10'000; ++i)
        objects += "{\"a\":";
    EXPECT_EQ(refusal(objects), "JSON parse error - Values are nested too deeply.");
    EXPECT_EQ(refusal(std::string(90, '[') + std::string(90, ']')), "accepted");
}

TEST(Json, PythonShowsValuesItsOwnWay) {
    EXPECT_EQ(python_text(*parse_json(R"(["new", 1, 2.50, true, null, {"a": "it's"}])")),
              R"(['new', 1, 2.5, True, None, {'a': "it's"}])");
    EXPECT_EQ(python_text(*parse_json("\"plain\"")), "plain");
    EXPECT_EQ(python_float(7), "7.0");
    EXPECT_EQ(python_float(1e2), "100.0");
    EXPECT_EQ(python_float(1999.5), "1999.5");
    EXPECT_EQ(python_float(1e16), "1e+16");
    EXPECT_EQ(python_float(123456789012345680.0), "1.2345678901234568e+17");
    EXPECT_EQ(python_float(0.0001), "0.0001");
    EXPECT_EQ(python_float(0.00001), "1e-05");
    EXPECT_EQ(python_float(-0.5), "-0.5");
    EXPECT_EQ(python_float(0), "0.0");
    EXPECT_EQ(python_text(*parse_json("1e400")), "inf");
}

std::string repeated(std::string_view item, std::size_t count) {
    std::string all;
    for (std::size_t i = 0; i < count; ++i)
        all.append(i ? "," : "").append(item);
    return all;
}

TEST(Json, OfMoreValuesThanAnyClientSendsIsRefused) {
    const auto too_many = fmt::format("JSON parse error - More than {} values.", most_json_values);
    // The array counts, too.
    EXPECT_TRUE(parse_json('[' + repeated("0", most_json_values - 1) + ']'));
    EXPECT_EQ(refusal('[' + repeated("0", most_json_values) + ']'), too_many);
    EXPECT_EQ(refusal('{' + repeated("\"\":0", most_json_values) + '}'), too_many);
    // Wherever they stand, and before what is wrong behind them is looked at.
    EXPECT_EQ(refusal(R"({"unknown":[)" + repeated("[0]", most_json_values / 2) + "]}"), too_many);
    EXPECT_EQ(refusal('[' + repeated("0", 1'000'000) + ",oops]"), too_many);
}

TEST(Json, OfTooManyValuesCostsLittleMemory) {
    const auto body = '[' + repeated("0", 1'000'000) + ']';
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    EXPECT_FALSE(parse_json(body));
    getrusage(RUSAGE_SELF, &after);
    EXPECT_LT(after.ru_maxrss - before.ru_maxrss,
              20'000); // KiB: the parser's index of the body, and its copy
}

} // namespace
} // namespace mvp::http
