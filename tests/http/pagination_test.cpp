#include "http/pagination.hpp"

#include <gtest/gtest.h>

namespace mvp::http {
namespace {

/// "number/size", "last/size" or the error's text.
std::string page(std::string_view query) {
    auto p = read_page(query_parameters(query));
    if (!p)
        return p.error().text;
    return (p->last ? "last" : std::to_string(p->number)) + "/" + std::to_string(p->size);
}

request get(std::string_view query) {
    request r;
    r.scheme = "http";
    r.host = "127.0.0.1:8000";
    r.path = "/api/cars/";
    r.query = query;
    return r;
}

TEST(Pagination, PageSizesOutOfRangeFallBackOrAreCapped) {
    EXPECT_EQ(page(""), "1/20");
    EXPECT_EQ(page("page_size=1"), "1/1");
    EXPECT_EQ(page("page_size=1000"), "1/100");
    EXPECT_EQ(page("page_size=99999999999999999999"), "1/100");
    for (auto bad : {"page_size=0", "page_size=-5", "page_size=abc", "page_size=", "page_size=1.5"})
        EXPECT_EQ(page(bad), "1/20") << bad;
}

TEST(Pagination, PagesAreWholePositiveNumbersOrLast) {
    EXPECT_EQ(page("page=3"), "3/20");
    EXPECT_EQ(page("page=last"), "last/20");
    EXPECT_EQ(page("page="), "1/20");
    for (auto bad : {"page=0", "page=-1", "page=abc", "page=1.0", "page=Last", "page=1e2"})
        EXPECT_EQ(page(bad), "Invalid page.") << bad;
    EXPECT_NE(page("page=99999999999999999999999"), "Invalid page."); // beyond the end: told when counted
}

TEST(Pagination, LinksKeepTheOtherParametersSortedByName) {
    const auto r = get("search=a%20b&page=2&page_size=1&ordering=-price");
    EXPECT_EQ(page_link(r, 3),
              "http://127.0.0.1:8000/api/cars/?ordering=-price&page=3&page_size=1&search=a+b");
    EXPECT_EQ(page_link(r, 1), "http://127.0.0.1:8000/api/cars/?ordering=-price&page_size=1&search=a+b");
    EXPECT_EQ(page_link(get("page=2"), 1), "http://127.0.0.1:8000/api/cars/");
    EXPECT_EQ(page_link(get("city=K%C3%B6ln&x="), 2),
              "http://127.0.0.1:8000/api/cars/?city=K%C3%B6ln&page=2&x=");
}

TEST(Pagination, ABodyKnowsItsNeighbours) {
    page_request p{.number = 2, .size = 1};
    EXPECT_EQ(*page_body(get("page=2&page_size=1"), p, 3, "[{}]"),
              R"({"count":3,"next":"http://127.0.0.1:8000/api/cars/?page=3&page_size=1",)"
              R"("previous":"http://127.0.0.1:8000/api/cars/?page_size=1","results":[{}]})");
    EXPECT_EQ(*page_body(get(""), page_request{}, 20, "[]"),
              R"({"count":20,"next":null,"previous":null,"results":[]})");
    EXPECT_EQ(*page_body(get(""), page_request{}, 0, "[]"),
              R"({"count":0,"next":null,"previous":null,"results":[]})");
}

TEST(Pagination, APageBeyondTheLastIsNotThere) {
    page_request p{.number = 2};
    const auto body = page_body(get("page=2"), p, 20, "[]");
    ASSERT_FALSE(body);
    EXPECT_EQ(body.error().code, errc::not_found);
    EXPECT_EQ(body.error().text, "Invalid page.");
}

} // namespace
} // namespace mvp::http
