#include "actors/wake_channel.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <fmt/format.h>

namespace mvp::actors {
namespace {

std::string channel_name(std::size_t number) {
    return fmt::format("notify:{}", number);
}

// A message: the sender's origin, a blank, and "*" (everybody of the channel), or "n" (new) or "a" (all read)
// and the user's id.
constexpr std::size_t origin_length = 36;
constexpr char everybody = '*', something = 'n', all_were_read = 'a';

} // namespace

void wake_channel::subscribe(receiver to) {
    to_ = std::move(to);
    for (std::size_t i = 0; i < channels; ++i)
        redis_.subscribe(channel_name(i), [self = weak_from_this(), i](std::string_view payload) {
            if (auto me = self.lock())
                me->received(i, payload);
        });
    redis_.on_subscriptions([self = weak_from_this()](bool live) {
        auto me = self.lock();
        if (!me)
            return;
        me->epoch_.fetch_add(1, std::memory_order_acq_rel);
        if (live)
            me->to_.wake_all();
    });
}

void wake_channel::received(std::size_t channel, std::string_view payload) {
    if (payload.size() < origin_length + 2 || payload.substr(0, origin_length) == origin_)
        return;
    const char what = payload[origin_length + 1];
    if (what == everybody)
        return to_.wake_channel(channel);
    if (auto user = uuid::parse(payload.substr(origin_length + 2)))
        to_.wake(*user, what == all_were_read);
}

std::string wake_channel::payload(const uuid& user, bool all_read) const {
    return fmt::format("{} {}{}", origin_, all_read ? all_were_read : something, user.text());
}

void wake_channel::tell_others(const uuid& user, bool all_read) {
    publish({{channel_of(user), payload(user, all_read)}});
}

void wake_channel::tell_others(const std::vector<uuid>& users) {
    std::vector<std::pair<std::size_t, std::string>> messages;
    for (const auto& user : users)
        messages.emplace_back(channel_of(user), payload(user, false));
    publish(std::move(messages));
}

void wake_channel::repair() {
    if (!owing_ || !redis_.connected() || !owing_.exchange(false))
        return;
    std::vector<std::pair<std::size_t, std::string>> messages;
    for (std::size_t i = 0; i < channels; ++i)
        if (owed_[i].exchange(false))
            messages.emplace_back(i, fmt::format("{} {}", origin_, everybody));
    publish(std::move(messages));
}

void wake_channel::publish(std::vector<std::pair<std::size_t, std::string>> messages) {
    auto send = [](std::shared_ptr<wake_channel> me, decltype(messages) all) -> task<> {
        std::vector<std::vector<std::string>> commands;
        for (auto& [channel, text] : all)
            commands.push_back({"PUBLISH", channel_name(channel), std::move(text)});
        auto done = co_await me->redis_.pipeline(std::move(commands));
        for (std::size_t i = 0; i < all.size(); ++i)
            if (!done || (*done)[i].type == storage::redis::reply::kind::error) {
                me->owed_[all[i].first] = true;
                me->owing_ = true;
            }
    };
    if (auto* here = loop::current())
        net::co_spawn(here->io, send(shared_from_this(), std::move(messages)), net::detached);
}

} // namespace mvp::actors
