#include "storage/cleaning.hpp"

#include "storage/log.hpp"

#include <array>
#include <fmt/format.h>

namespace mvp::storage {
namespace {

struct rule {
    std::string_view table;
    statement erase;

    rule(std::string_view from, std::string_view key, std::string_view over)
        : table(from),
          erase(fmt::format("DELETE FROM {0} WHERE {1} IN (SELECT {1} FROM {0} WHERE {2} LIMIT {3} "
                            "FOR UPDATE SKIP LOCKED)",
                            from, key, over, cleaning_batch)) {}
};

} // namespace

task<result<bool>> clean(database& db) {
    static const std::array<rule, 6> rules{
        rule("revoked_tokens", "id", "expires_at < now()"),
        rule("phone_codes", "user_id", "expires_at < now()"),
        rule("outbox", "id", "done_at < now() - interval '7 days'"),
        rule("mails", "id", "state <> 'waiting' AND created_at < now() - interval '30 days'"),
        rule("text_messages", "id", "state <> 'waiting' AND created_at < now() - interval '30 days'"),
        rule("thread_views", "ctid", "hour < now() - interval '2 hours'"),
    };
    bool more = false;
    for (const rule& r : rules) {
        auto erased = co_await db.execute(r.erase);
        if (!erased)
            co_return fail(std::move(erased.error()));
        if (erased->affected() > 0)
            log::info("{} rows of {} were of no use any more", erased->affected(), r.table);
        more = more || erased->affected() == static_cast<std::int64_t>(cleaning_batch);
    }
    co_return more;
}

} // namespace mvp::storage
