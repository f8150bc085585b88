// An inbox in simulated time, with sockets, PostgreSQL and the other processes in a few lines each.
#pragma once

#include "actors/notification_inbox.hpp"
#include "tests/actors/simulated.hpp"

#include <caf/send.hpp>
#include <deque>
#include <fmt/format.h>

namespace mvp::actors {

using lines = std::vector<std::string>;

struct socket final : feed_socket {
    lines frames;
    int closed = 0;
    std::size_t room = std::numeric_limits<std::size_t>::max(); // for frames
    bool takes_more() override { return frames.size() < room; }
    void send(std::shared_ptr<const std::string> f) override { frames.push_back(*f); }
    void close(std::uint16_t code, std::string) override { closed = code; }
    lines take() { return std::exchange(frames, {}); }
};

/// PostgreSQL in a few lines: numbers as the real statements give them, answered when the test says so.
struct stored final : inbox_storage {
    std::vector<storage::notification> rows;
    std::vector<std::int64_t> read_seqs; // of rows[i]; 0: not read
    std::int64_t read_seq = 0;
    storage::quiet_hours quiet{};
    bool away = false;
    bool no_user = false;
    int reads = 0, marks = 0;
    std::deque<std::function<void()>> waiting;

    void add(bool is_read = false) {
        storage::notification n;
        n.id = uuid::random();
        n.seq = static_cast<std::int64_t>(rows.size()) + 1;
        n.type = "listing_update";
        n.is_read = is_read;
        rows.push_back(n);
        read_seqs.push_back(0);
    }
    std::int64_t unread() const {
        return std::count_if(rows.begin(), rows.end(), [](auto& n) { return !n.is_read; });
    }

    result<storage::inbox_state> look(const storage::inbox_query& what) {
        if (away)
            return fail(unavailable());
        if (no_user)
            return fail(errc::not_found, "");
        storage::inbox_state s;
        s.seq = static_cast<std::int64_t>(rows.size());
        s.read_seq = read_seq;
        s.unread = unread();
        s.quiet = quiet;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            if (what.after && rows[i].seq > *what.after)
                s.news.push_back(rows[i]);
            if (what.read_after && read_seqs[i] > *what.read_after)
                s.reads.push_back({read_seqs[i], rows[i].id});
        }
        s.too_many = s.news.size() > storage::replay_limit || s.reads.size() > storage::replay_limit;
        return s;
    }
    storage::marking set_read(const std::optional<std::vector<uuid>>& ids) {
        storage::marking m;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const bool meant = !ids || std::find(ids->begin(), ids->end(), rows[i].id) != ids->end();
            m.found += meant;
            if (!meant || rows[i].is_read)
                continue;
            ++m.changed;
            rows[i].is_read = true;
            read_seqs[i] = read_seq + 1;
        }
        read_seq += m.changed > 0;
        m.unread = unread();
        return m;
    }
    // The statement takes its moment when the test lets it: answer() runs and reports it.
    void read(uuid, storage::inbox_query what,
              std::function<void(result<storage::inbox_state>)> done) override {
        ++reads;
        waiting.push_back([this, what, done] { done(look(what)); });
    }
    void mark(uuid, const mark_as_read& what, std::function<void(result<storage::marking>)> done) override {
        ++marks;
        waiting.push_back([this, what, done] {
            if (away)
                return done(fail(unavailable()));
            done(set_read(what.all ? std::nullopt : std::optional(what.ids)));
        });
    }
};

struct channel final : wake_ups {
    bool alive = true;
    std::uint64_t number = 1;
    std::vector<bool> told; // all_read of each
    bool live() const override { return alive; }
    std::uint64_t epoch() const override { return number; }
    void tell_others(const uuid&, bool all_read) override { told.push_back(all_read); }
};

struct Inbox : simulated {
    stored rows;
    channel others;
    std::shared_ptr<inbox_surroundings> around = std::make_shared<inbox_surroundings>(rows, others);
    caf::actor inbox; // the last one made
    directory inboxes{system, [this](caf::actor_system& s, resident me) {
                          inbox =
                              caf::actor_cast<caf::actor>(s.spawn<notification_inbox>(std::move(me), around));
                          return inbox;
                      }};
    const uuid user = uuid::random();

    void TearDown() override {
        inbox = nullptr;
        inboxes.end_all();
        settle();
    }
    /// Lets everything happen: messages and statements.
    void settle() {
        run();
        while (!rows.waiting.empty()) {
            answer();
            run();
        }
    }
    void answer() {
        auto one = std::move(rows.waiting.front());
        rows.waiting.pop_front();
        one();
    }
    template <class M> void tell(M message) {
        inboxes.send(user, std::move(message));
        run();
    }
    std::shared_ptr<socket> attach(std::optional<std::int64_t> since = {}) {
        auto s = std::make_shared<socket>();
        tell(attach_socket{s, since.has_value(), since.value_or(0)});
        return s;
    }
    /// Asks; the answer appears in what is returned.
    template <class R, class M> std::shared_ptr<std::optional<result<R>>> ask(M message) {
        if (!inbox)
            tell(inbox_wake{});
        auto got = std::make_shared<std::optional<result<R>>>();
        system.spawn([to = inbox, got, message](caf::event_based_actor* me) {
            me->request(to, caf::infinite, message)
                .then([got](result<R>& r) { *got = std::move(r); },
                      [got](const caf::error& e) { *got = result<R>(tl::unexpect, no_answer(e)); });
        });
        run();
        return got;
    }
    auto count() { return ask<unread_count>(get_unread_count{}); }
    auto mark(mark_as_read what) { return ask<marked_as_read>(std::move(what)); }
    mark_as_read these(std::vector<int> seqs) {
        mark_as_read m;
        for (int seq : seqs)
            m.ids.push_back(rows.rows[static_cast<std::size_t>(seq) - 1].id);
        return m;
    }

    static std::string hello(int seq, int unread) {
        return fmt::format(R"({{"type":"hello","seq":{},"unread_count":{}}})", seq, unread);
    }
    std::string told(int seq, int unread, std::string more = "") {
        std::string text = fmt::format(R"({{"type":"notification","seq":{},"notification":)", seq);
        storage::append_json(text, rows.rows[static_cast<std::size_t>(seq) - 1]);
        return text + fmt::format(R"(,"unread_count":{}{}}})", unread, more);
    }
    std::string read(std::vector<int> seqs, int unread) {
        std::string ids;
        for (int seq : seqs)
            ids +=
                (ids.empty() ? "\"" : ",\"") + rows.rows[static_cast<std::size_t>(seq) - 1].id.text() + "\"";
        return fmt::format(R"({{"type":"read","ids":[{}],"unread_count":{}}})", ids, unread);
    }
};

} // namespace mvp::actors
