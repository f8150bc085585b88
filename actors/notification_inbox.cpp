#include "actors/notification_inbox.hpp"

#include "actors/supervise.hpp"

#include <algorithm>
#include <caf/send.hpp>

namespace mvp::actors {
namespace {

constexpr std::uint16_t going_away = 1001, inner_error = 1011, try_again_later = 1013, not_allowed = 4401;
constexpr char try_again_text[] = "Try again later.";

} // namespace

notification_inbox::notification_inbox(caf::actor_config& config, resident me,
                                       std::shared_ptr<inbox_surroundings> surroundings)
    : caf::event_based_actor(config), me_(std::move(me)), around_(std::move(surroundings)) {
    log_exceptions(this, "notification_inbox");
    set_exit_handler([this](caf::exit_msg& told) {
        shutting_down_ = true;
        quit(std::move(told.reason));
    });
}

caf::behavior notification_inbox::make_behavior() {
    return {
        [this](get_unread_count) {
            me_.handled();
            return on_count();
        },
        [this](mark_as_read& what) {
            me_.handled();
            return on_mark(what);
        },
        [this](attach_socket& what) {
            me_.handled();
            return on_attach(what);
        },
        [this](const detach_socket& what) {
            me_.handled();
            on_detach(what);
        },
        [this](const replay_taken& what) {
            me_.handled();
            on_taken(what);
        },
        [this](const close_all_sockets& how) {
            me_.handled();
            close_all(how.code, how.reason);
        },
        [this](inbox_wake wake) {
            me_.handled();
            dirty_ = true;
            all_read_ |= wake.all_read;
            next();
        },
        [this](inbox_read_done& done) { on_read_done(done.state); },
        [this](inbox_mark_done& done) { on_mark_done(done.marked); },
        [this](inbox_retry) {
            retrying_ = false;
            next();
        },
        [this](retire_request asked) {
            const bool free = listeners_.empty() && attaches_.empty() && replaying_.empty() &&
                              marks_.empty() && counts_.empty() && running_ == step::nothing;
            if (free && me_.retire(asked))
                quit();
        },
    };
}

void notification_inbox::on_exit() {
    close_all(shutting_down_ ? going_away : inner_error, shutting_down_ ? "Going away." : try_again_text);
    for (auto* waiting : {&counts_, &counts_of_this_read_})
        for (auto& each : std::exchange(*waiting, {}))
            each.deliver(result<unread_count>(tl::unexpect, unavailable()));
    for (auto& each : std::exchange(marks_, {}))
        each.answer.deliver(result<marked_as_read>(tl::unexpect, unavailable()));
}

// --- messages

caf::result<result<unread_count>> notification_inbox::on_count() {
    if (remembers())
        return result<unread_count>(unread_count{*unread_});
    if (counts_.size() >= waiting_limit)
        return result<unread_count>(tl::unexpect, unavailable());
    counts_.push_back(make_response_promise<result<unread_count>>());
    auto answer = counts_.back();
    next();
    return answer;
}

caf::result<result<marked_as_read>> notification_inbox::on_mark(mark_as_read& what) {
    if (marks_.size() >= waiting_limit)
        return result<marked_as_read>(tl::unexpect, unavailable());
    marks_.push_back({std::move(what), make_response_promise<result<marked_as_read>>()});
    auto answer = marks_.back().answer;
    next();
    return answer;
}

result<attached> notification_inbox::on_attach(attach_socket& what) {
    if (attaches_.size() >= waiting_limit)
        return result<attached>(tl::unexpect, unavailable());
    around_->sockets.fetch_add(1, std::memory_order_relaxed);
    attaches_.push_back(
        {.socket = std::move(what.socket), .after = what.resume ? std::optional(what.since) : std::nullopt});
    next();
    return attached{};
}

void notification_inbox::on_detach(const detach_socket& what) {
    const auto is_it = [&](const auto& each) { return each.socket == what.socket; };
    const auto gone = std::erase_if(listeners_, is_it) + std::erase_if(replaying_, is_it);
    around_->sockets.fetch_sub(gone, std::memory_order_relaxed);
    for (auto& each : attaches_)
        if (each.socket == what.socket) { // its place in the queue stays: a read for it may run
            each.socket = nullptr;
            around_->sockets.fetch_sub(1, std::memory_order_relaxed);
        }
}

void notification_inbox::on_taken(const replay_taken& what) {
    const auto it = std::find_if(replaying_.begin(), replaying_.end(),
                                 [&](const joiner& j) { return j.socket == what.socket; });
    if (it == replaying_.end())
        return;
    attaches_.push_back(std::move(*it));
    replaying_.erase(it);
    next();
}

// --- one statement at a time

void notification_inbox::next() {
    if (running_ != step::nothing)
        return;
    std::erase_if(attaches_, [](const joiner& j) { return !j.socket; });
    const bool look = !counts_.empty() || (dirty_ && !listeners_.empty() && !retrying_);
    if (!marks_.empty())
        begin_mark();
    else if (!attaches_.empty() && !(look && look_next_))
        begin_attach();
    else if (look)
        begin_look();
}

void notification_inbox::begin_mark() {
    running_ = step::marking;
    epoch_at_begin_ = around_->others.epoch();
    live_at_begin_ = around_->others.live();
    around_->storage.mark(me_.key(), marks_.front().what,
                          [self = caf::actor_cast<caf::actor>(this)](result<storage::marking> m) {
                              caf::anon_send(self, inbox_mark_done{std::move(m)});
                          });
}

void notification_inbox::begin_attach() {
    look_next_ = true;
    storage::inbox_query what;
    what.after = attaches_.front().after;
    begin_read(step::attaching, what);
}

void notification_inbox::begin_look() {
    look_next_ = false;
    storage::inbox_query what;
    for (const auto& each : listeners_) {
        what.after = std::min(what.after.value_or(each.seq), each.seq);
        what.read_after = std::min(what.read_after.value_or(each.read_seq), each.read_seq);
    }
    begin_read(step::reading, what);
}

void notification_inbox::begin_read(step as, storage::inbox_query what) {
    running_ = as;
    if (dirty_)
        unread_.reset(); // known to be old, until this read says better
    dirty_ = false;
    all_read_in_this_read_ = std::exchange(all_read_, false);
    epoch_at_begin_ = around_->others.epoch();
    live_at_begin_ = around_->others.live();
    counts_of_this_read_ = std::exchange(counts_, {});
    around_->storage.read(me_.key(), what,
                          [self = caf::actor_cast<caf::actor>(this)](result<storage::inbox_state> state) {
                              caf::anon_send(self, inbox_read_done{std::move(state)});
                          });
}

void notification_inbox::look_again_later() {
    dirty_ = true;
    all_read_ |= all_read_in_this_read_;
    if (listeners_.empty() || retrying_)
        return;
    retrying_ = true;
    const int pause = std::min(100 << std::min(failures_, 5), 2000);
    delayed_send(this, std::chrono::milliseconds(pause), inbox_retry{});
    ++failures_;
}

// --- what a statement said

void notification_inbox::on_read_done(result<storage::inbox_state>& state) {
    const step was = std::exchange(running_, step::nothing);
    if (state)
        remember(state->unread);
    answer_counts(state);
    if (was == step::attaching)
        finish_attach(state);
    if (!state && state.error().code == errc::not_found) {
        close_all(not_allowed, "No such user.");
    } else if (!state) {
        look_again_later();
    } else if (was == step::reading) {
        failures_ = 0;
        bring_up_to_date(*state);
    } else if (behind(*state)) {
        dirty_ = true;
        all_read_ |= all_read_in_this_read_;
    }
    next();
}

void notification_inbox::on_mark_done(result<storage::marking>& marked) {
    running_ = step::nothing;
    waiting_mark done = std::move(marks_.front());
    marks_.erase(marks_.begin());
    if (!marked) {
        done.answer.deliver(result<marked_as_read>(tl::unexpect, std::move(marked.error())));
        return next();
    }
    remember(marked->unread);
    if (marked->changed > 0) {
        dirty_ |= !listeners_.empty();
        all_read_ |= done.what.all;
        around_->others.tell_others(me_.key(), done.what.all);
    }
    done.answer.deliver(
        result<marked_as_read>(marked_as_read{marked->changed, marked->found, marked->unread}));
    next();
}

void notification_inbox::remember(std::int64_t unread) {
    unread_.reset();
    if (!live_at_begin_)
        return;
    unread_ = unread;
    unread_epoch_ = epoch_at_begin_;
}

bool notification_inbox::remembers() const {
    return unread_ && !dirty_ && around_->others.live() && around_->others.epoch() == unread_epoch_;
}

void notification_inbox::answer_counts(const result<storage::inbox_state>& state) {
    for (auto& each : std::exchange(counts_of_this_read_, {})) {
        if (state)
            each.deliver(result<unread_count>(unread_count{state->unread}));
        else
            each.deliver(result<unread_count>(tl::unexpect, state.error()));
    }
}

void notification_inbox::finish_attach(const result<storage::inbox_state>& state) {
    joiner joins = std::move(attaches_.front());
    attaches_.erase(attaches_.begin());
    if (!joins.socket)
        return;
    if (!state)
        return close(joins.socket, try_again_later, try_again_text);
    if (!joins.greeted) {
        push(joins.socket, hello_frame(state->seq, state->unread));
        joins.greeted = state->seq;
        joins.read_seq = state->read_seq;
    }
    if (state->too_many)
        push(joins.socket, reset_frame(state->seq, state->unread));
    else if (!replay(joins, *state))
        return replaying_.push_back(std::move(joins));
    listeners_.push_back({std::move(joins.socket), state->seq, joins.read_seq});
}

/// Whether the socket took all of it.
bool notification_inbox::replay(joiner& to, const storage::inbox_state& state) {
    const bool silent = quiet(state.quiet, around_->now());
    for (const auto& n : state.news) {
        if (!to.socket->takes_more())
            return false;
        push(to.socket, notification_frame(n, state.unread, n.seq <= *to.greeted, silent));
        to.after = n.seq;
    }
    return true;
}

bool notification_inbox::behind(const storage::inbox_state& state) const {
    return std::any_of(listeners_.begin(), listeners_.end(),
                       [&](const listener& l) { return l.seq < state.seq || l.read_seq < state.read_seq; });
}

void notification_inbox::bring_up_to_date(const storage::inbox_state& state) {
    if (state.too_many) {
        const frame reset = reset_frame(state.seq, state.unread);
        for (auto& each : listeners_)
            if (each.seq < state.seq || each.read_seq < state.read_seq)
                push(each.socket, reset);
    } else {
        tell_reads(state);
        // Counting up to what it is now, so that each frame says what was true when its notification came.
        std::int64_t unread = state.unread;
        for (const auto& n : state.news)
            unread -= !n.is_read;
        const bool silent = quiet(state.quiet, around_->now());
        for (const auto& n : state.news) {
            unread += !n.is_read;
            frame made;
            for (auto& each : listeners_) {
                if (each.seq >= n.seq)
                    continue;
                if (!made)
                    made = notification_frame(n, unread, false, silent);
                push(each.socket, made);
            }
        }
    }
    for (auto& each : listeners_) {
        each.seq = std::max(each.seq, state.seq);
        each.read_seq = std::max(each.read_seq, state.read_seq);
    }
}

// Before the news of the same look: "all" must not reach what came after it.
void notification_inbox::tell_reads(const storage::inbox_state& state) {
    frame made;
    const listener* made_for = nullptr; // mostly all of them are at the same place
    for (const auto& each : listeners_) {
        if (each.read_seq >= state.read_seq)
            continue;
        if (!made_for || made_for->seq != each.seq || made_for->read_seq != each.read_seq)
            made = reads_beyond(each, state);
        made_for = &each;
        if (made)
            push(each.socket, made);
    }
}

frame notification_inbox::reads_beyond(const listener& place, const storage::inbox_state& state) const {
    std::vector<uuid> ids;
    for (const auto& each : state.reads)
        if (each.read_seq > place.read_seq)
            ids.push_back(each.id);
    if (ids.empty())
        return nullptr;
    std::int64_t unread = state.unread;
    for (const auto& n : state.news)
        unread -= n.seq > place.seq && !n.is_read;
    return all_read_in_this_read_ && unread == 0 ? all_read_frame(unread) : read_frame(ids, unread);
}

// --- sockets

void notification_inbox::push(const feed_socket_ptr& to, frame what) {
    around_->frames.fetch_add(1, std::memory_order_relaxed);
    to->send(std::move(what));
}

void notification_inbox::close(feed_socket_ptr& socket, std::uint16_t code, const std::string& reason) {
    around_->sockets.fetch_sub(1, std::memory_order_relaxed);
    std::exchange(socket, nullptr)->close(code, reason);
}

void notification_inbox::close_all(std::uint16_t code, const std::string& reason) {
    for (auto& each : std::exchange(listeners_, {}))
        close(each.socket, code, reason);
    for (auto& each : std::exchange(replaying_, {}))
        close(each.socket, code, reason);
    for (auto& each : attaches_)
        if (each.socket)
            close(each.socket, code, reason);
}

} // namespace mvp::actors
