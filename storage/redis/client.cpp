#include "storage/redis/client.hpp"

#include "storage/loop.hpp"
#include "storage/redis/connection.hpp"
#include "storage/redis/subscriber.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <openssl/sha.h>
#include <spdlog/spdlog.h>

#include <array>
#include <atomic>
#include <stdexcept>
#include <unordered_map>

namespace mvp::storage::redis {
namespace {

using namespace std::chrono_literals;

constexpr auto shortest_pause = 100ms, longest_pause = 1000ms;

std::string sha1_hex(std::string_view text) {
    std::array<unsigned char, SHA_DIGEST_LENGTH> digest;
    SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
    std::string hex;
    for (const auto byte : digest) {
        constexpr char digits[] = "0123456789abcdef";
        hex += digits[byte >> 4];
        hex += digits[byte & 15];
    }
    return hex;
}

struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
        return std::hash<std::string_view>{}(text);
    }
};

error away() {
    return {errc::unavailable, "Redis is not available"};
}

/// The command connection of one loop.
class lane : public std::enable_shared_from_this<lane> {
  public:
    lane(loop& home, address where) : io_(home.io), where_(std::move(where)), pause_(io_.get_executor()) {}

    void start() {
        net::co_spawn(
            io_.get_executor(), [self = shared_from_this()] { return self->keep_connected(); },
            net::detached);
    }
    void stop() {
        net::post(io_, [self = shared_from_this()] {
            self->stopping_ = true;
            self->pause_.cancel();
            if (self->connection_)
                self->connection_->close("stopped");
        });
    }
    bool up() const { return up_.load(std::memory_order_relaxed); }
    connection* current() { return up() && !connection_->closed() ? connection_.get() : nullptr; }

    /// A script's SHA1, computed once.
    const std::string& digest(std::string_view source) {
        auto found = digests_.find(source);
        if (found == digests_.end())
            found = digests_.emplace(source, sha1_hex(source)).first;
        return found->second;
    }

  private:
    task<> keep_connected() {
        auto self = shared_from_this();
        auto pause = shortest_pause;
        while (!stopping_) {
            auto fresh = std::make_shared<connection>(io_, where_, connection_limits{});
            if (co_await fresh->open() && !stopping_) {
                pause = shortest_pause;
                connection_ = fresh;
                up_ = true;
                co_await fresh->wait_closed();
                up_ = false;
                connection_ = nullptr;
            }
            fresh->close("stopped");
            if (stopping_)
                break;
            spdlog::warn("a Redis connection is down: {}", fresh->close_reason());
            boost::system::error_code ec;
            pause_.expires_after(pause);
            co_await pause_.async_wait(net::redirect_error(use_task, ec));
            pause = std::min<decltype(pause)>(pause * 2, longest_pause);
        }
    }

    net::io_context& io_;
    const address where_;
    timer pause_;
    std::shared_ptr<connection> connection_;
    std::atomic<bool> up_{false};
    bool stopping_ = false;
    std::unordered_map<std::string, std::string, text_hash, std::equal_to<>> digests_;
};

address parsed(std::string_view url) {
    auto where = parse_url(url);
    if (!where)
        throw std::invalid_argument(where.error());
    return std::move(*where);
}

} // namespace

struct client::impl {
    impl(loops& all, const address& where) {
        for (std::size_t i = 0; i < all.size(); ++i)
            lanes.push_back(std::make_shared<lane>(all[i], where));
        pushes = std::make_shared<subscriber>(all[0].io, where);
    }

    /// The caller's lane; null on a thread that runs no loop.
    lane* here() {
        const auto* current = loop::current();
        return current && current->index < lanes.size() ? lanes[current->index].get() : nullptr;
    }

    task<result<>> exchange(std::string_view commands, std::span<reply> into) {
        auto* mine = here();
        auto* to = mine ? mine->current() : nullptr;
        if (!to || !co_await to->exchange(commands, into))
            co_return fail(away());
        co_return result<>{};
    }

    std::vector<std::shared_ptr<lane>> lanes;
    std::shared_ptr<subscriber> pushes;
};

client::client(loops& all, std::string url) : impl_(std::make_shared<impl>(all, parsed(url))) {}

client::~client() {
    stop();
}

bool client::valid(std::string_view url) {
    return parse_url(url).has_value();
}

void client::start() {
    for (auto& l : impl_->lanes)
        l->start();
    impl_->pushes->start();
}

void client::stop() {
    for (auto& l : impl_->lanes)
        l->stop();
    impl_->pushes->stop();
}

task<result<reply>> client::command(std::vector<std::string> arguments) {
    std::string bytes;
    append_command(bytes, std::span<const std::string>(arguments));
    reply answer;
    auto done = co_await impl_->exchange(bytes, {&answer, 1});
    if (!done)
        co_return fail(std::move(done.error()));
    co_return answer;
}

task<result<std::vector<reply>>> client::pipeline(std::vector<std::vector<std::string>> commands) {
    std::string bytes;
    for (const auto& c : commands)
        append_command(bytes, std::span<const std::string>(c));
    std::vector<reply> answers(commands.size());
    if (commands.empty())
        co_return answers;
    auto done = co_await impl_->exchange(bytes, answers);
    if (!done)
        co_return fail(std::move(done.error()));
    co_return answers;
}

task<result<reply>> client::script(std::string_view source, std::vector<std::string> keys,
                                   std::vector<std::string> arguments) {
    auto* mine = impl_->here();
    if (!mine)
        co_return fail(away());
    const auto count = std::to_string(keys.size());
    std::vector<std::string_view> words{"EVALSHA", mine->digest(source), count};
    words.insert(words.end(), keys.begin(), keys.end());
    words.insert(words.end(), arguments.begin(), arguments.end());
    for (bool loaded : {true, false}) {
        std::string bytes;
        if (!loaded) {
            words[0] = "EVAL";
            words[1] = source;
        }
        append_command(bytes, std::span<const std::string_view>(words));
        reply answer;
        auto done = co_await impl_->exchange(bytes, {&answer, 1});
        if (!done)
            co_return fail(std::move(done.error()));
        const bool unknown = answer.type == reply::kind::error && answer.text.starts_with("NOSCRIPT");
        if (!unknown || !loaded)
            co_return answer;
    }
    co_return fail(away());
}

bool client::connected() const {
    if (auto* mine = impl_->here())
        return mine->up();
    for (const auto& l : impl_->lanes)
        if (!l->up())
            return false;
    return true;
}

void client::subscribe(std::string channel, std::function<void(std::string_view)> received) {
    impl_->pushes->subscribe(std::move(channel), std::move(received));
}
void client::unsubscribe(std::string channel) {
    impl_->pushes->unsubscribe(std::move(channel));
}
void client::track(std::string prefix, std::function<void(std::string_view)> changed) {
    impl_->pushes->track(std::move(prefix), std::move(changed));
}
bool client::subscriptions_live() const {
    return impl_->pushes->live();
}
void client::on_subscriptions(std::function<void(bool)> changed) {
    impl_->pushes->on_change(std::move(changed));
}

} // namespace mvp::storage::redis
