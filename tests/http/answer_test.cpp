// Negotiation, indentation, validators, ranges.
#include "http/answer.hpp"
#include "http/negotiation.hpp"
#include "http/ranges.hpp"
#include "http/text.hpp"

#include <gmock/gmock.h>

namespace mvp::http {
namespace {

TEST(Negotiation, GivesJsonToWhoeverDoesNotExcludeIt) {
    for (const char* accept : {"", "*/*", "application/json", "APPLICATION/JSON", "application/*",
                               "text/html", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                               "application/xml, application/json;q=0.1", "application/json; charset=utf-8"})
        EXPECT_TRUE(negotiate(accept).acceptable) << accept;
    for (const char* accept :
         {"application/xml", "image/*", "text/plain", "application/json;q=0", "*/*; q=0.000", "json", ","})
        EXPECT_FALSE(negotiate(accept).acceptable) << accept;
}

TEST(Negotiation, HtmlIsForWhoWantsItMoreThanJson) {
    for (const char* accept : {"text/html", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                               "application/json;q=0.2, TEXT/*;q=0.3", "*/*;q=0.1, text/html;q=0.2"})
        EXPECT_TRUE(prefers_html(accept)) << accept;
    for (const char* accept : {"", "*/*", "application/json", "application/json, text/html",
                               "text/html;q=0, */*", "text/html;q=0.5, application/json",
                               "text/html;q=0.8, */*;q=0.9", "text/plain", "text/html;q=nonsense"})
        EXPECT_FALSE(prefers_html(accept)) << accept;
}

TEST(Negotiation, IndentsAsAskedButNotMoreThanEight) {
    EXPECT_EQ(negotiate("application/json; indent=4").indent, 4);
    EXPECT_EQ(negotiate("text/html, application/json;indent=\"2\"").indent, 2);
    EXPECT_EQ(negotiate("application/json; indent=99").indent, 8);
    EXPECT_EQ(negotiate("application/json; indent=-3").indent, 0);
    EXPECT_EQ(negotiate("application/json; indent=x").indent, 0);
    EXPECT_EQ(negotiate("*/*; indent=4").indent, 0);
}

TEST(Indentation, LooksLikePythons) {
    EXPECT_EQ(
        indent_json(R"({"a":[1,{"b":"x,:{}\"\\"}],"c":{},"d":[]})", 4),
        "{\n    \"a\": [\n        1,\n        {\n            \"b\": \"x,:{}\\\"\\\\\"\n        }\n    ],\n"
        "    \"c\": {},\n    \"d\": []\n}");
    EXPECT_EQ(indent_json("[]", 2), "[]");
}

std::string head_of_preflight(const std::string& origin) {
    request call;
    call.method = verb::options;
    call.known.origin = origin;
    answered what{call};
    what.preflight = true;
    std::string head;
    append_head(head, what, response(), 0, "", clock(), cors({"http://app.example"}));
    return head;
}

TEST(Preflight, TellsMethodsToOriginsOfTheListOnly) {
    EXPECT_THAT(head_of_preflight("http://app.example"), testing::HasSubstr("Access-Control-Allow-Methods"));
    EXPECT_THAT(head_of_preflight("http://evil.example"), testing::Not(testing::HasSubstr("Access-Control")));
}

TEST(Etag, DependsOnEveryByte) {
    const std::string body(100, 'a');
    EXPECT_EQ(etag_of(body), etag_of(std::string(100, 'a')));
    for (std::size_t i = 0; i < body.size(); ++i) {
        std::string other = body;
        other[i] = 'b';
        EXPECT_NE(etag_of(other), etag_of(body)) << i;
    }
    EXPECT_NE(etag_of(std::string(1, '\0')), etag_of(""));
}

TEST(Etag, IsFoundInAnyFormOfTheHeader) {
    EXPECT_TRUE(etag_matches("\"a\"", "\"a\""));
    EXPECT_TRUE(etag_matches("\"b\", W/\"a\"", "\"a\""));
    EXPECT_TRUE(etag_matches("*", "\"a\""));
    EXPECT_FALSE(etag_matches("\"ab\"", "\"a\""));
    EXPECT_FALSE(etag_matches("", "\"a\""));
}

class Ranges : public testing::Test {
  protected:
    file_part ask(std::vector<std::pair<std::string_view, std::string_view>> headers,
                  std::uint64_t size = 1000) {
        request call;
        for (const auto& [name, value] : headers)
            if (name == "if-none-match")
                call.known.if_none_match = value;
        call.headers = std::move(headers);
        return choose_part(call, size, modified_);
    }
    const std::chrono::sys_seconds modified_{
        std::chrono::seconds(1'795'395'723)}; // Mon, 23 Nov 2026 01:02:03 GMT
};

TEST_F(Ranges, GiveTheBytesThatWereAskedFor) {
    const auto is = [&](std::string_view range, int status, std::uint64_t first, std::uint64_t length,
                        std::string_view content) {
        const auto part = ask({{"range", range}});
        EXPECT_EQ(part.status, status) << range;
        EXPECT_EQ(part.first, first) << range;
        EXPECT_EQ(part.length, length) << range;
        EXPECT_EQ(part.content_range, content) << range;
    };
    is("bytes=0-99", 206, 0, 100, "bytes 0-99/1000");
    is("bytes=900-", 206, 900, 100, "bytes 900-999/1000");
    is("bytes=-100", 206, 900, 100, "bytes 900-999/1000");
    is("bytes=-5000", 206, 0, 1000, "bytes 0-999/1000");
    is("bytes=999-5000", 206, 999, 1, "bytes 999-999/1000");
    is("bytes=1000-", 416, 0, 0, "bytes */1000");
    is("bytes=-0", 416, 0, 0, "bytes */1000");
    for (const char* odd : {"bytes=5-1", "bytes=0-1,5-6", "lines=1-2", "bytes=a-b", "bytes=1", "bytes=-",
                            "bytes=1-x", "bytes=99999999999999999999-"})
        is(odd, 200, 0, 1000, "");
}

TEST_F(Ranges, AreIgnoredWhenTheFileIsAnotherThanTheClientHas) {
    const auto etag = ask({}).etag;
    EXPECT_EQ(ask({{"range", "bytes=0-9"}, {"if-range", etag}}).status, 206);
    EXPECT_EQ(ask({{"range", "bytes=0-9"}, {"if-range", "Mon, 23 Nov 2026 01:02:03 GMT"}}).status, 206);
    EXPECT_EQ(ask({{"range", "bytes=0-9"}, {"if-range", "\"other\""}}).status, 200);
}

TEST_F(Ranges, AClientThatHasTheFileGetsNoBytes) {
    const auto etag = ask({}).etag;
    EXPECT_EQ(ask({{"if-none-match", etag}, {"range", "bytes=0-9"}}).status, 304);
    EXPECT_EQ(ask({{"if-modified-since", "Mon, 23 Nov 2026 01:02:03 GMT"}}).status, 304);
    EXPECT_EQ(ask({{"if-modified-since", "Mon, 23 Nov 2026 01:02:02 GMT"}}).status, 200);
    EXPECT_EQ(ask({{"if-modified-since", "yesterday"}}).status, 200);
    EXPECT_EQ(
        ask({{"if-none-match", "\"other\""}, {"if-modified-since", "Mon, 23 Nov 2026 01:02:03 GMT"}}).status,
        200);
}

TEST_F(Ranges, AnEmptyFileHasNoParts) {
    EXPECT_EQ(ask({}, 0).status, 200);
    EXPECT_EQ(ask({{"range", "bytes=0-"}}, 0).status, 416);
    EXPECT_EQ(ask({{"range", "bytes=-1"}}, 0).status, 416);
}

TEST(Utf8, IsToldFromWhatIsNone) {
    for (const char* good :
         {"", "a", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x9a\x97", "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf"})
        EXPECT_TRUE(is_utf8(good)) << good;
    for (const char* bad : {"\x80", "\xc3", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                            "\xf8\x88\x80\x80\x80", "\xff"})
        EXPECT_FALSE(is_utf8(bad));
    EXPECT_EQ(replace_invalid_utf8("a\xff\xc3\xa9\xe2\x82"), "a\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd");
}

TEST(HeaderParameter, ReadsQuotesAndSkipsWhatIsNotAsked) {
    EXPECT_EQ(header_parameter("form-data; name=\"a\\\"b; c\"; filename=x.png", "name"), "a\"b; c");
    EXPECT_EQ(header_parameter("form-data; name=\"a\\\"b; c\"; filename=x.png", "filename"), "x.png");
    EXPECT_EQ(header_parameter("form-data; flag; Name = y ", "name"), "y");
    EXPECT_EQ(header_parameter("form-data; name=\"open", "name"), "open");
    EXPECT_EQ(header_parameter("form-data", "name"), "");
}

} // namespace
} // namespace mvp::http
