// Mailer, senders and announcer of several processes on one database.
#include "actors/announcer.hpp"
#include "actors/mailer.hpp"
#include "actors/sender.hpp"
#include "storage/announcements.hpp"
#include "storage/mails.hpp"
#include "storage/outbox.hpp"
#include "tests/actors/live/process.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace mvp::actors {
namespace {

using namespace std::chrono_literals;
using mvp::test::eventually;

/// Subjects of what all processes sent.
struct post {
    std::mutex mutex;
    std::vector<std::string> subjects;
    std::size_t count() {
        std::lock_guard lock(mutex);
        return subjects.size();
    }
    storage::mail_sender taking() {
        return [this](storage::mailing::outgoing mail) -> task<result<>> {
            std::lock_guard lock(mutex);
            subjects.push_back(mail.subject);
            co_return result<>();
        };
    }
};

struct mailing_process : process {
    mailing_process(const std::string& database, post& into)
        : process(database), announces(actors, db, boxes, 20),
          writes(actors, db,
                 {"https://x.example",
                  [](const uuid&, const std::vector<std::string>&) {
                      return std::string("https://x.example/out");
                  }}),
          sends(actors, db, "mails",
                [this, take = into.taking()] { return storage::deliver_mail(db, take); }) {
        start(true);
    }
    ~mailing_process() {
        events->stop();
        announces.stop();
        writes.stop();
        sends.stop();
    }
    announcer announces;
    mailer writes;
    sender sends;
};

struct Mailing : ::testing::Test {
    mvp::test::test_database database;
    post sent;
    std::string sql(const std::string& text) { return mvp::test::run_sql(database.url(), text); }
    uuid make_user(const std::string& name) {
        return *uuid::parse(sql(fmt::format(
            "INSERT INTO users (email, password, first_name, last_name) VALUES ('{}@example.com', "
            "'!', 'A', 'L') RETURNING id",
            name)));
    }
};

TEST_F(Mailing, AnEventIsInThePostWithoutWaitingForAnybodysTick) {
    mailing_process p(database.url(), sent);
    const uuid user = make_user("a");
    const auto begun = std::chrono::steady_clock::now();
    for (int i = 1; i <= 5; ++i) {
        const storage::event news{"listing_update", user, fmt::format("T{}", i), "M"};
        auto append = [&news](storage::transaction& t) { return storage::append(t, news); };
        auto appended = p.run([&] { return p.db.transact(append); });
        ASSERT_TRUE(appended);
        ASSERT_TRUE(eventually([&] { return sent.count() == static_cast<std::size_t>(i); }));
    }
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 2500ms) << "five ticks";
    EXPECT_EQ(p.writes.counts().written, 5u);
    EXPECT_TRUE(eventually([&] { return p.sends.counts().sent == 5; }));
}

TEST_F(Mailing, ProcessesShareTheWorkAndNothingIsSentTwice) {
    mailing_process a(database.url(), sent), b(database.url(), sent);
    for (int i = 0; i < 10; ++i)
        make_user(fmt::format("u{}", i));
    sql("INSERT INTO outbox (type, recipient, title, message) SELECT 'listing_update', id, email || n, 'M' "
        "FROM users, "
        "generate_series(1, 10) n");
    ASSERT_TRUE(eventually([&] { return sent.count() >= 100; }));
    ASSERT_TRUE(eventually([&] { return a.sends.counts().sent + b.sends.counts().sent == 100; }));
    std::sort(sent.subjects.begin(), sent.subjects.end());
    EXPECT_EQ(std::unique(sent.subjects.begin(), sent.subjects.end()), sent.subjects.end());
    EXPECT_EQ(sql("SELECT count(*) FROM mail_items"), "0");
}

TEST_F(Mailing, AnAnnouncementReachesTheSocketsOfAllProcesses) {
    mailing_process a(database.url(), sent), b(database.url(), sent);
    std::vector<std::shared_ptr<kept_socket>> sockets;
    for (int i = 0; i < 50; ++i) {
        sockets.push_back(std::make_shared<kept_socket>());
        (i % 2 ? a : b).attach(make_user(fmt::format("u{}", i)), {sockets.back()});
        ASSERT_TRUE(sockets.back()->has(1));
    }
    const uuid author = make_user("staff");
    storage::announcement news{"News", "There is news."};
    auto queued = a.run([&] { return storage::announce(a.db, author, news); });
    ASSERT_TRUE(queued) << queued.error().text;
    EXPECT_EQ(*queued, 50);
    for (auto& s : sockets) {
        ASSERT_TRUE(s->has(2));
        EXPECT_NE(s->frames()[1].find("There is news."), std::string::npos);
    }
    EXPECT_EQ(a.announces.made() + b.announces.made(), 50u);
    EXPECT_EQ(sql("SELECT count(*) FROM notifications"), "50");
}

} // namespace
} // namespace mvp::actors
