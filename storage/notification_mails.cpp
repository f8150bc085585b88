#include "storage/notification_mails.hpp"

#include "storage/mail/notices.hpp"
#include "storage/notifications.hpp"
#include "storage/notifications_sql.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <optional>

namespace mvp::storage {
namespace {

using mailing::notice;

struct recipient {
    uuid id{};
    std::string email;
    bool is_active = false;
};

/// Locked: until the end nothing new becomes due for him, and he does not change his preferences.
task<result<std::optional<recipient>>> take(transaction& t, timestamp now) {
    static const statement due(
        "SELECT u.id, u.email, u.is_active FROM mail_items i JOIN users u ON u.id = i.user_id "
        "WHERE i.due_at <= $1 ORDER BY i.due_at LIMIT 1 FOR NO KEY UPDATE OF u SKIP LOCKED");
    auto got = co_await t.query(due, parameters(now));
    if (!got)
        co_return fail(std::move(got.error()));
    std::optional<recipient> taken;
    if (!got->empty()) {
        taken.emplace();
        taken->id = got->front().id(0);
        taken->email = got->front().text(1);
        taken->is_active = got->front().boolean(2);
    }
    co_return taken;
}

/// What is due for one user, sorted out.
struct plan {
    mail_frequency frequency{};
    std::vector<notice> notices;                         ///< for mails now
    std::vector<std::string> done;                       ///< items that are in them, or dropped
    std::map<timestamp, std::vector<std::string>> later; ///< items by when they are due
    std::int64_t dropped = 0;
};

std::string absolute(const mail_links& links, std::string_view url) {
    if (url.starts_with('/'))
        return links.public_url + std::string(url);
    return url.starts_with("https://") || url.starts_with("http://") ? std::string(url) : std::string();
}

/// Rows of: frequency, quiet hours (4 columns), then an item: is it wanted, when was it made, id, type,
/// title, message, action_url.
plan sort_out(const rows& items, const recipient& to, const mail_links& links, timestamp now) {
    plan p;
    mail_schedule schedule;
    for (std::size_t i = 0; i < items.size(); ++i) {
        const row item = items[i];
        if (i == 0) {
            schedule.frequency = p.frequency =
                parse_choice<mail_frequency>(item.text(0)).value_or(mail_frequency::instant);
            schedule.quiet = read_quiet_hours(item, 1);
        }
        const std::string id(item.text(7)), type(item.text(8));
        const bool wanted =
            item.boolean(5) && (to.is_active || type == to_text(notification_type::account_alert));
        if (!wanted) {
            p.done.push_back(id);
            ++p.dropped;
        } else if (const auto due = mail_due(schedule, item.time(6), now); due > now) {
            p.later[due].push_back(id);
        } else {
            p.done.push_back(id);
            notice n;
            n.type = type;
            n.title = item.text(9);
            n.message = item.text(10);
            n.url = absolute(links, item.text(11));
            p.notices.push_back(std::move(n));
        }
    }
    return p;
}

task<result<plan>> look(transaction& t, const recipient& to, const mail_links& links, timestamp now) {
    // A statement of its own: it sees what was committed before the lock was had.
    static const statement items(
        fmt::format("SELECT p.email_frequency, p.quiet_hours_enabled, p.quiet_hours_start, "
                    "p.quiet_hours_end, p.timezone, "
                    "  {}, i.created_at, i.id, i.type, i.title, i.message, i.action_url "
                    "FROM mail_items i LEFT JOIN notification_preferences p ON p.user_id = i.user_id "
                    "WHERE i.user_id = $1 AND i.due_at <= $2 ORDER BY i.id LIMIT {}",
                    wants_sql("email", "i.type", "p"), most_items));
    auto got = co_await t.query(items, parameters(to.id, now));
    if (!got)
        co_return fail(std::move(got.error()));
    co_return sort_out(*got, to, links, now);
}

std::vector<mail> written(const plan& p, const recipient& to, const mail_links& links) {
    std::vector<mail> mails;
    if (p.frequency == mail_frequency::instant) {
        for (const auto& n : p.notices)
            mails.push_back(mailing::notice_mail(to.email, n, links.unsubscribe(to.id, {n.type})));
    } else if (!p.notices.empty()) {
        std::vector<std::string> types;
        for (const auto& n : p.notices)
            if (std::find(types.begin(), types.end(), n.type) == types.end())
                types.push_back(n.type);
        mails.push_back(
            mailing::digest_mail(to.email, to_text(p.frequency), p.notices, links.unsubscribe(to.id, types)));
    }
    return mails;
}

task<result<mailing_round>> write_for_one(transaction& t, const mail_links& links, timestamp now) {
    static const statement remove("DELETE FROM mail_items WHERE id = ANY($1::bigint[])");
    static const statement postpone("UPDATE mail_items SET due_at = $2 WHERE id = ANY($1::bigint[])");
    mailing_round round;
    auto to = co_await take(t, now);
    if (!to)
        co_return fail(std::move(to.error()));
    if (!*to)
        co_return round;
    round.found = true;
    auto planned = co_await look(t, **to, links, now);
    if (!planned)
        co_return fail(std::move(planned.error()));
    std::vector<command> steps;
    for (const auto& m : written(*planned, **to, links)) {
        steps.push_back(append_command(m));
        ++round.written;
    }
    if (!planned->done.empty())
        steps.push_back(command(remove, parameters(planned->done)));
    for (const auto& [due, items] : planned->later)
        steps.push_back(command(postpone, parameters(items, due)));
    round.dropped = planned->dropped;
    if (steps.empty()) // another process was quicker
        co_return round;
    auto done = co_await t.batch(std::move(steps));
    if (!done)
        co_return fail(std::move(done.error()));
    co_return round;
}

} // namespace

task<result<mailing_round>> write_due_mails(database& db, const mail_links& links, timestamp now) {
    auto body = [&links, now](transaction& t) -> task<result<mailing_round>> {
        return write_for_one(t, links, now);
    };
    co_return co_await db.transact(body);
}

task<result<backlog>> count_backlog(database& db) {
    static const statement count(
        "SELECT (SELECT count(*) FROM mail_items), "
        "(SELECT count(*) FROM mails WHERE state = 'waiting'), "
        "(SELECT count(*) FROM text_messages WHERE state = 'waiting'), "
        "(SELECT count(*) FROM outbox WHERE done_at IS NULL), "
        "coalesce((SELECT extract(epoch FROM now() - created_at)::bigint FROM outbox "
        "WHERE done_at IS NULL ORDER BY id LIMIT 1), 0)");
    auto got = co_await db.query(count);
    if (!got)
        co_return fail(std::move(got.error()));
    backlog w;
    w.items = got->front().integer(0);
    w.mails = got->front().integer(1);
    w.text_messages = got->front().integer(2);
    w.events = got->front().integer(3);
    w.oldest_event_seconds = got->front().integer(4);
    co_return w;
}

} // namespace mvp::storage
