// What one server process has of actors, on the test's database and Redis; several of them are several
// processes.
#pragma once

#include "actors/event_relay.hpp"
#include "actors/inboxes.hpp"
#include "actors/scheduler.hpp"
#include "storage/redis/client.hpp"
#include "tests/support/database.hpp"

#include <cstdlib>
#include <gtest/gtest.h>
#include <mutex>
#include <optional>

namespace mvp::actors {

inline std::string redis_url() {
    const char* url = std::getenv("REDIS_URL");
    if (!url)
        throw std::runtime_error("REDIS_URL is not set: ./dev test sets it");
    return url;
}

struct process {
    explicit process(const std::string& database, std::string redis_at = redis_url(),
                     inboxes_options options = {})
        : db(all, with_url(database)), redis(all, std::move(redis_at)), actors(all),
          boxes(actors, db, redis, options) {
        all.start();
    }
    /// Begins to work; with a relay or without.
    void start(bool relaying) {
        if (relaying)
            events.emplace(actors, db, boxes);
        db.start();
        redis.start();
        if (!mvp::test::eventually([&] { return db.available() && redis.subscriptions_live(); }))
            throw std::runtime_error("no connection to the test's servers");
    }
    ~process() {
        if (events)
            events->stop();
        boxes.stop();
        actors.stop();
        redis.stop();
        db.stop();
        all.stop_and_join();
    }
    static storage::database_options with_url(const std::string& url) {
        storage::database_options o;
        o.url = url;
        return o;
    }
    /// On a loop, of a function that returns a task.
    template <class F> auto run(F work, std::size_t on = 0) {
        return mvp::test::run_on(all[on], std::move(work));
    }
    std::int64_t unread(uuid user) {
        auto got = run([&] { return boxes.unread(user); });
        return got ? got->count : -1;
    }
    result<marked_as_read> mark(uuid user, mark_as_read what) {
        return run([&] { return boxes.mark(user, what); });
    }
    void attach(uuid user, attach_socket what) {
        run([&]() -> task<int> {
            boxes.attach(user, what);
            co_return 0;
        });
    }

    loops all{2};
    storage::database db;
    storage::redis::client redis;
    system actors;
    inboxes boxes;
    std::optional<relay> events;
};

/// Keeps the frames; its calls come from any thread.
struct kept_socket final : feed_socket {
    mutable std::mutex mutex;
    std::vector<std::string> got;
    int code = 0;

    void send(std::shared_ptr<const std::string> frame) override {
        std::lock_guard lock(mutex);
        got.push_back(*frame);
    }
    bool takes_more() override { return true; }
    void close(std::uint16_t c, std::string) override {
        std::lock_guard lock(mutex);
        code = c;
    }
    std::vector<std::string> frames() const {
        std::lock_guard lock(mutex);
        return got;
    }
    int closed() const {
        std::lock_guard lock(mutex);
        return code;
    }
    bool has(std::size_t count) const {
        return mvp::test::eventually([&] { return frames().size() >= count; });
    }
    /// The seq of each notification frame, in the order of arrival.
    std::vector<int> seqs() const {
        std::vector<int> numbers;
        for (const auto& f : frames())
            if (f.starts_with(R"({"type":"notification","seq":)"))
                numbers.push_back(std::atoi(f.c_str() + 29));
        return numbers;
    }
};

} // namespace mvp::actors
