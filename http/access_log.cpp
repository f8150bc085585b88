#include "http/access_log.hpp"

#include "http/clock.hpp"

#include <cerrno>
#include <charconv>
#include <poll.h>
#include <unistd.h>

namespace mvp::http {

namespace {

constexpr std::size_t batch_bytes = 64 * 1024; ///< each wakes the thread that writes

void append_number(std::string& out, std::uint64_t n) {
    char text[20];
    out.append(text, std::to_chars(text, text + sizeof text, n).ptr);
}

/// All of it, however slow the reader is; gives up when the descriptor is broken.
void write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const auto n = ::write(descriptor, text.data(), text.size());
        if (n >= 0) {
            text.remove_prefix(static_cast<std::size_t>(n));
        } else if (errno == EAGAIN) {
            pollfd ready{descriptor, POLLOUT, 0};
            ::poll(&ready, 1, 1000);
        } else if (errno != EINTR) {
            return;
        }
    }
}

} // namespace

access_log::access_log(access_log_options options) : options_(options) {
    if (options_.enabled)
        writer_ = std::thread([this] { run(); });
}

access_log::~access_log() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_one();
    if (writer_.joinable())
        writer_.join();
}

void access_log::write(std::string&& lines, std::size_t count) {
    {
        std::lock_guard lock(mutex_);
        if (waiting_bytes_ + lines.size() > options_.waiting_bytes) {
            dropped_.fetch_add(count, std::memory_order_relaxed);
            return;
        }
        waiting_bytes_ += lines.size();
        waiting_.push_back(std::move(lines));
    }
    changed_.notify_one();
}

void access_log::run() {
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
        if (waiting_.empty())
            return;
        auto batches = std::exchange(waiting_, {});
        lock.unlock();
        for (const auto& batch : batches)
            write_all(options_.descriptor, batch);
        lock.lock();
        for (const auto& batch : batches)
            waiting_bytes_ -= batch.size();
    }
}

void access_lines::add(const clock& at, const access_line& line) {
    if (!to_.options().enabled)
        return;
    if (to_.options().json) {
        text_ += R"({"time":")";
        at.append_time(text_);
        text_.append(R"(","id":")").append(line.id); // ids and methods are tokens: nothing to escape
        text_.append(R"(","method":")").append(line.method);
        text_.append(R"(","route":")").append(line.route);
        text_ += R"(","status":)";
        append_number(text_, static_cast<std::uint64_t>(line.status));
        text_ += R"(,"us":)";
        append_number(text_, line.microseconds);
        text_ += R"(,"user":)";
        if (line.user) {
            text_ += '"';
            line.user->append_to(text_);
            text_ += "\"}\n";
        } else {
            text_ += "null}\n";
        }
    } else {
        at.append_time(text_);
        text_.append(1, ' ')
            .append(line.id)
            .append(1, ' ')
            .append(line.method)
            .append(1, ' ')
            .append(line.route);
        text_ += ' ';
        append_number(text_, static_cast<std::uint64_t>(line.status));
        text_ += ' ';
        append_number(text_, line.microseconds);
        text_ += "us ";
        if (line.user)
            line.user->append_to(text_);
        else
            text_ += '-';
        text_ += '\n';
    }
    ++count_;
    if (text_.size() > batch_bytes)
        flush();
}

void access_lines::flush() {
    if (text_.empty())
        return;
    to_.write(std::exchange(text_, {}), std::exchange(count_, 0));
    text_.reserve(batch_bytes + 512);
}

} // namespace mvp::http
