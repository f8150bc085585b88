#include "http/clock.hpp"

#include <gtest/gtest.h>

namespace mvp::http {
namespace {

std::string date_now() {
    return "Date: " + http_date(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())) +
           "\r\n";
}

TEST(Clock, SaysTheTimeOfDay) {
    clock c;
    const auto before = date_now();
    c.update();
    const std::string said(c.date_line());
    const auto after = date_now();
    EXPECT_TRUE(said == before || said == after) << said;
    std::string time;
    c.append_time(time);
    EXPECT_EQ(time.size(), std::string_view("2026-11-23T01:02:03.456Z").size());
}

TEST(Clock, GoesOnBetweenReadingsOfTheTimeOfDay) {
    clock c;
    c.update();
    const auto first = c.updated();
    std::string earlier, later;
    c.append_time(earlier);
    while (c.updated() - first < std::chrono::milliseconds(3)) // less than a second: derived, not read
        c.update();
    c.append_time(later);
    EXPECT_LT(earlier, later);
}

} // namespace
} // namespace mvp::http
