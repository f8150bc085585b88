#include "storage/outbox.hpp"

#include <fmt/format.h>

namespace mvp::storage {

namespace {

std::optional<std::string> or_null(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

std::string insert_sql(bool is_news, std::string_view source, std::string_view type,
                       std::string_view recipient, std::string_view title, std::string_view message,
                       std::string_view related_type, std::string_view related_id,
                       std::string_view action_url) {
    return fmt::format("INSERT INTO outbox (type, recipient, title, message, related_type, related_id, "
                       "action_url, is_news) SELECT {}, {}, {}, {}, {}, {}, {}, {} FROM {}",
                       type, recipient, title, message, related_type, related_id, action_url, is_news,
                       source);
}

} // namespace

task<result<>> append(transaction& t, event e) {
    static const statement insert(
        "INSERT INTO outbox (type, recipient, title, message, related_type, related_id, "
        "action_url) VALUES ($1, $2, $3, $4, $5, $6, $7)");
    parameters p(e.type, e.recipient, e.title, e.message, or_null(e.related_type), e.related_id,
                 or_null(e.action_url));
    auto done = co_await t.query(insert, std::move(p));
    if (!done)
        co_return fail(std::move(done.error()));
    co_return result<>();
}

std::string insert_event_sql(std::string_view source, std::string_view type, std::string_view recipient,
                             std::string_view title, std::string_view message, std::string_view related_type,
                             std::string_view related_id, std::string_view action_url) {
    return insert_sql(false, source, type, recipient, title, message, related_type, related_id, action_url);
}

std::string insert_news_sql(std::string_view source, std::string_view type, std::string_view recipient,
                            std::string_view title, std::string_view message, std::string_view related_type,
                            std::string_view related_id, std::string_view action_url) {
    return insert_sql(true, source, type, recipient, title, message, related_type, related_id, action_url);
}

std::string insert_silent_event_sql(std::string_view source, std::string_view recipient,
                                    std::string_view related_type, std::string_view related_id) {
    const std::string type = fmt::format("'{}'", silent_event);
    return insert_event_sql(source, type, recipient, "''", "''", related_type, related_id, "NULL");
}

command append_command(const mail& m) {
    static const statement insert(
        "INSERT INTO mails (recipient, subject, body_text, body_html, kind, unsubscribe_url) "
        "VALUES ($1, $2, $3, $4, $5, $6)");
    return {insert, parameters(m.to, m.subject, m.text, m.html, m.kind, or_null(m.unsubscribe_url))};
}

task<result<>> append(transaction& t, mail m) {
    auto insert = append_command(m);
    auto done = co_await t.query(*insert.what, std::move(insert.with));
    if (!done)
        co_return fail(std::move(done.error()));
    co_return result<>();
}

} // namespace mvp::storage
