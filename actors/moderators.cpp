#include "actors/moderators.hpp"

#include "actors/background.hpp"
#include "actors/scheduler.hpp"
#include "actors/thread_moderator.hpp"
#include "actors/view_book.hpp"

#include <caf/actor_system.hpp>
#include <caf/send.hpp>

namespace mvp::actors {
namespace {

namespace forum = storage::forum;

task<result<forum::outcomes>> change_one(storage::database& db, uuid thread, forum::thread_change what) {
    auto done = co_await forum::change_thread(db, thread, what);
    forum::outcomes one;
    if (done)
        one.emplace_back(moderated{});
    else
        one.emplace_back(tl::unexpect, std::move(done.error()));
    co_return one;
}

/// The moderators' storage on the connections of whatever loop an actor runs on.
class postgres_storage final : public moderator_storage {
  public:
    postgres_storage(storage::database& db, bool any_number) : db_(db), any_number_(any_number) {}

    void respond(uuid thread, std::vector<forum::new_response> given, written done) override {
        in_background(forum::respond(db_, thread, std::move(given), any_number_), std::move(done));
    }
    void vote(std::vector<forum::new_vote> given, written done) override {
        in_background(forum::vote(db_, std::move(given)), std::move(done));
    }
    void change(uuid thread, forum::thread_change what, written done) override {
        in_background(change_one(db_, thread, what), std::move(done));
    }

  private:
    storage::database& db_;
    const bool any_number_;
};

} // namespace

struct moderators::impl {
    impl(system& actors, storage::database& db, moderators_options o)
        : options(o), storage(db, o.any_number), around(std::make_shared<moderator_surroundings>(storage)),
          all(
              actors.caf(),
              [shared = around](caf::actor_system& s, resident me) {
                  return caf::actor_cast<caf::actor>(s.spawn<thread_moderator>(std::move(me), shared));
              },
              directory_options{.idle = o.idle, .limit = o.limit}),
          book(caf::actor_cast<caf::actor>(actors.caf().spawn<view_book>(
              view_book::writer([&db](view_book::views given, std::function<void(result<>)> done) {
                  in_background(forum::count_views(db, std::move(given)), std::move(done));
              })))) {}

    caf::actor taken_book() {
        std::lock_guard lock(mutex);
        return std::exchange(book, nullptr);
    }
    caf::actor copied_book() {
        std::lock_guard lock(mutex);
        return book;
    }

    const moderators_options options;
    postgres_storage storage;
    std::shared_ptr<moderator_surroundings> around;
    directory all;
    std::mutex mutex; // requests note views on any thread, also while stop() runs
    caf::actor book;
};

moderators::moderators(system& actors, storage::database& db, moderators_options options)
    : impl_(std::make_shared<impl>(actors, db, options)) {
    actors.every(impl_->all.sweep_period(), [weak = std::weak_ptr(impl_)] {
        if (auto me = weak.lock())
            me->all.sweep();
    });
}

moderators::~moderators() {
    stop();
}

void moderators::stop() {
    impl_->all.end_all();
    auto book = impl_->taken_book();
    if (!book)
        return;
    auto stopped = std::make_shared<std::promise<void>>();
    auto done = stopped->get_future();
    caf::anon_send(book, stop_book{std::move(stopped)}); // behind what was noted
    if (done.wait_for(std::chrono::seconds(10)) != std::future_status::ready)
        caf::anon_send_exit(book, caf::exit_reason::user_shutdown);
}

task<result<moderated>> moderators::respond(uuid thread, uuid author, std::string content) {
    forum::new_response what;
    what.author = author;
    what.content = std::move(content);
    return impl_->all.ask<moderated>(thread, impl_->options.deadline, std::move(what));
}

task<result<moderated>> moderators::vote(uuid thread, forum::new_vote what) {
    return impl_->all.ask<moderated>(thread, impl_->options.deadline, std::move(what));
}

task<result<moderated>> moderators::change(uuid thread, forum::thread_change what) {
    return impl_->all.ask<moderated>(thread, impl_->options.deadline, change_status{what});
}

void moderators::viewed(uuid thread, std::string viewer) {
    forum::new_view view;
    view.thread = thread;
    view.viewer = std::move(viewer);
    if (auto book = impl_->copied_book())
        caf::anon_send(book, std::move(view));
}

moderators_counts moderators::counts() const {
    const auto d = impl_->all.counts();
    moderators_counts c;
    c.live = d.live;
    c.waiting = d.waiting;
    c.longest_mailbox = d.longest_mailbox;
    c.batches = impl_->around->batches.load(std::memory_order_relaxed);
    c.written = impl_->around->written.load(std::memory_order_relaxed);
    return c;
}

} // namespace mvp::actors
