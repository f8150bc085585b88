#include "actors/view_book.hpp"

#include "actors/supervise.hpp"
#include "storage/log.hpp"

#include <algorithm>
#include <caf/send.hpp>

namespace mvp::actors {
namespace {

std::string key_of(const storage::forum::new_view& v) {
    std::string key(reinterpret_cast<const char*>(v.thread.bytes.data()), v.thread.bytes.size());
    return key += v.viewer;
}

} // namespace

view_book::view_book(caf::actor_config& config, writer write)
    : caf::event_based_actor(config), write_(std::move(write)) {
    log_exceptions(this, "view_book");
}

caf::behavior view_book::make_behavior() {
    return {
        [this](storage::forum::new_view& what) { note(what); },
        [this](write_views) {
            waiting_ = false;
            write_some();
        },
        [this](const views_written& written) { on_written(written.done); },
        [this](stop_book& stop) {
            stopping_ = std::move(stop.stopped);
            if (noted_.empty() && writing_.empty())
                finish();
            else
                write_some();
        },
    };
}

void view_book::note(storage::forum::new_view& what) {
    if (known_.size() >= noted_limit || !known_.insert(key_of(what)).second)
        return;
    noted_.push_back(std::move(what));
    write_later();
}

void view_book::write_some() {
    if (!writing_.empty() || noted_.empty())
        return;
    const auto count = static_cast<std::ptrdiff_t>(std::min(noted_.size(), batch_limit));
    writing_.assign(noted_.begin(), noted_.begin() + count);
    noted_.erase(noted_.begin(), noted_.begin() + count);
    write_(writing_, [self = caf::actor_cast<caf::actor>(this)](result<> done) {
        caf::anon_send(self, views_written{std::move(done)});
    });
}

void view_book::write_later() {
    if (waiting_)
        return;
    waiting_ = true;
    delayed_send(this, std::min(pause * (1 << std::min(failures_, 10)), longest_pause), write_views{});
}

void view_book::on_written(const result<>& done) {
    const auto written = std::exchange(writing_, {});
    if (!done) {
        if (failures_++ == 0)
            log::warn("views of threads could not be counted yet: {}", done.error().text);
        if (stopping_)
            return finish();
        noted_.insert(noted_.begin(), written.begin(), written.end());
        return write_later();
    }
    failures_ = 0;
    for (const auto& each : written)
        known_.erase(key_of(each));
    if (noted_.empty() && stopping_)
        finish();
    else if (stopping_ || noted_.size() >= batch_limit)
        write_some();
    else if (!noted_.empty())
        write_later();
}

void view_book::finish() {
    stopping_->set_value();
    quit();
}

} // namespace mvp::actors
