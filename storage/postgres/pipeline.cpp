#include "storage/postgres/pipeline.hpp"

#include "storage/postgres/errors.hpp"

namespace mvp::storage {

void unit::finish() {
    if (!done)
        return;
    auto waiting = std::move(done);
    if (failure)
        (*waiting)(mvp::fail(std::move(*failure)));
    else
        (*waiting)(std::move(got));
}

void unit::fail(error e) {
    failure = std::move(e);
    finish();
}

std::vector<pipeline::step> pipeline::add(unit_ptr u) {
    std::vector<step> steps;
    steps.reserve(u->commands.size() * 2);
    // A unit that was aborted once gets a Sync of its own, so that it cannot be aborted again.
    if (u->tries > 0)
        u->shared = false;
    for (const auto& c : u->commands) {
        const statement& s = *c.what;
        bool last = &c == &u->commands.back();
        if (!is_prepared(s) && may_prepare(s)) {
            set_prepared(s, true);
            steps.push_back({step::kind::prepare, &s, nullptr});
            expected_.push_back({message::kind::prepare, &s, false});
        }
        const bool named = is_prepared(s);
        steps.push_back({named ? step::kind::run : step::kind::run_once, &s, &c.with});
        expected_.push_back({message::kind::run, named ? &s : nullptr, last && u->shared});
    }
    units_.push_back(std::move(u));
    unsynced_ = true;
    return steps;
}

void pipeline::sync_sent() {
    bool own = !units_.empty() && !units_.back()->shared && unsynced_;
    expected_.push_back({message::kind::sync, nullptr, own});
    unsynced_ = false;
}

void pipeline::on_rows(rows r) {
    if (!expected_.empty() && expected_.front().what == message::kind::run)
        units_.front()->got.push_back(std::move(r));
}

void pipeline::on_error(std::string_view state, error e) {
    if (expected_.empty())
        return;
    const message& m = expected_.front();
    if (m.what == message::kind::sync && !m.ends_unit)
        return; // the commit of reads: nothing can be lost
    if (m.what == message::kind::prepare)
        set_prepared(*m.subject, false);
    unit& u = *units_.front();
    if (m.what == message::kind::run && m.subject && is_unprepared(state) && !u.in_transaction) {
        set_prepared(*m.subject, false);
        u.aborted = true;
        return;
    }
    if (!u.failure)
        u.failure = std::move(e);
}

void pipeline::on_aborted() {
    if (expected_.empty())
        return;
    const message& m = expected_.front();
    if (m.what == message::kind::prepare)
        set_prepared(*m.subject, false);
    if (m.what != message::kind::sync)
        units_.front()->aborted = true;
}

void pipeline::on_end() {
    // The null behind an error of a Sync itself: its own answer is still to come.
    if (expected_.empty() || expected_.front().what == message::kind::sync)
        return;
    bool ends_unit = expected_.front().ends_unit;
    expected_.pop_front();
    if (ends_unit)
        settle();
}

void pipeline::on_sync() {
    if (expected_.empty())
        return;
    bool ends_unit = expected_.front().ends_unit;
    expected_.pop_front();
    if (ends_unit)
        settle();
}

void pipeline::settle() {
    unit_ptr u = std::move(units_.front());
    units_.pop_front();
    if (!u->failure && u->aborted) {
        u->aborted = false;
        u->got.clear();
        if (++u->tries <= 3)
            return again_.push_back(std::move(u));
        u->failure = unavailable("aborted again and again");
    }
    finished_.push_back(std::move(u));
}

std::vector<unit_ptr> pipeline::take_all() {
    std::vector<unit_ptr> all = std::exchange(finished_, {});
    for (auto& u : again_)
        all.push_back(std::move(u));
    for (auto& u : units_)
        all.push_back(std::move(u));
    again_.clear();
    units_.clear();
    expected_.clear();
    unsynced_ = false;
    return all;
}

bool pipeline::may_prepare(const statement& s) const {
    return s.how() == statement::use::always ||
           (s.how() == statement::use::often && prepared_count_ < prepared_limit_);
}

void pipeline::set_prepared(const statement& s, bool value) {
    if (prepared_.size() <= s.number())
        prepared_.resize(s.number() + 1);
    if (prepared_[s.number()] == value)
        return;
    prepared_[s.number()] = value;
    if (s.how() == statement::use::often)
        prepared_count_ += value ? 1 : std::size_t(-1);
}

} // namespace mvp::storage
