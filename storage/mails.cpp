#include "storage/mails.hpp"

#include "storage/log.hpp"

namespace mvp::storage {
namespace {

constexpr int tries = 30; // with the pauses below: a little over a day

struct due_mail {
    mailing::outgoing content;
    std::string kind;
    int attempts = 0;
};

task<result<std::optional<due_mail>>> take(transaction& t) {
    // The transaction idles while the mail is sent, longer than others may.
    static const statement be_patient(
        "SELECT set_config('idle_in_transaction_session_timeout', '60s', true)");
    static const statement next(
        "SELECT id, recipient, subject, body_text, body_html, kind, attempts FROM mails "
        "WHERE state = 'waiting' AND next_attempt_at <= now() "
        "ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED");
    std::vector<command> steps;
    steps.push_back(command(be_patient));
    steps.push_back(command(next));
    auto got = co_await t.batch(std::move(steps));
    if (!got)
        co_return fail(std::move(got.error()));
    const rows& found = (*got)[1];
    if (found.empty())
        co_return std::nullopt;
    const row r = found.front();
    due_mail mail;
    mail.content.id = r.text(0);
    mail.content.to = r.text(1);
    mail.content.subject = r.text(2);
    mail.content.text = r.text(3);
    mail.content.html = r.text(4);
    mail.kind = r.text(5);
    mail.attempts = static_cast<int>(r.integer(6)) + 1;
    co_return mail;
}

task<result<>> note_sent(transaction& t, const due_mail& mail) {
    static const statement sent(
        "UPDATE mails SET state = 'sent', sent_at = now(), attempts = $2, last_error = NULL "
        "WHERE id = $1::uuid");
    auto done = co_await t.query(sent, parameters(mail.content.id, mail.attempts));
    if (!done)
        co_return fail(std::move(done.error()));
    co_return result<>();
}

task<result<>> note_failure(transaction& t, const due_mail& mail, bool for_good, const std::string& why) {
    // 5 s, 15 s, 45 s, 2 min, 7 min, 20 min, then every hour.
    static const statement noted(
        "UPDATE mails SET state = CASE WHEN $3 THEN 'failed' ELSE 'waiting' END, attempts = $2, "
        "last_error = left($4, 1000), next_attempt_at = clock_timestamp() + "
        "  least(interval '1 hour', interval '5 seconds' * power(3, least($2::integer - 1, 10))) "
        "WHERE id = $1::uuid");
    auto done = co_await t.query(noted, parameters(mail.content.id, mail.attempts, for_good, why));
    if (!done)
        co_return fail(std::move(done.error()));
    co_return result<>();
}

task<result<mail_outcome>> take_and_send(transaction& t, const mail_sender& send) {
    auto mail = co_await take(t);
    if (!mail)
        co_return fail(std::move(mail.error()));
    if (!*mail)
        co_return mail_outcome::none_due;
    const due_mail& m = **mail;
    mailing::outgoing content = m.content;
    auto handed_over = co_await send(std::move(content));
    if (handed_over) {
        auto noted = co_await note_sent(t, m);
        if (!noted)
            co_return fail(std::move(noted.error()));
        co_return mail_outcome::sent;
    }
    const bool for_good = handed_over.error().code == errc::refused || m.attempts >= tries;
    log::warn("mail {} ({}) was not taken at try {}{}: {}", m.content.id, m.kind, m.attempts,
              for_good ? ", given up" : "", handed_over.error().text);
    auto noted = co_await note_failure(t, m, for_good, handed_over.error().text);
    if (!noted)
        co_return fail(std::move(noted.error()));
    co_return for_good ? mail_outcome::failed : mail_outcome::postponed;
}

} // namespace

task<result<mail_outcome>> deliver_mail(database& db, mail_sender send) {
    auto body = [&send](transaction& t) -> task<result<mail_outcome>> { return take_and_send(t, send); };
    co_return co_await db.transact(body);
}

} // namespace mvp::storage
