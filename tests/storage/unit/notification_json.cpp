#include "storage/notifications.hpp"

#include <gtest/gtest.h>

namespace mvp::storage {
namespace {

using namespace std::chrono_literals;

TEST(NotificationJson, EscapesAndKeepsTheOrderOfKeys) {
    const timestamp day = std::chrono::sys_days(std::chrono::year(2026) / 5 / 15);
    notification n;
    n.type = "account_alert";
    n.title = "\"quoted\"\n";
    n.message = "é";
    n.is_read = true;
    n.created_at = day;
    n.read_at = day + 1h + 5us;
    n.seq = 7;
    std::string out;
    append_json(out, n);
    EXPECT_EQ(out, R"({"id":"00000000-0000-0000-0000-000000000000","notification_type":"account_alert",)"
                   R"("title":"\"quoted\"\n","message":"é","is_read":true,"action_url":null,)"
                   R"("created_at":"2026-05-15T00:00:00Z","read_at":"2026-05-15T01:00:00.000005Z","seq":7})");
}

} // namespace
} // namespace mvp::storage
