#include "http/clock.hpp"

#include <ctime>

namespace mvp::http {

namespace {

std::tm utc(std::chrono::sys_seconds at) {
    const std::time_t seconds = at.time_since_epoch().count();
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    return parts;
}

std::string formatted(const char* how, const std::tm& parts) {
    char text[64];
    return {text, std::strftime(text, sizeof text, how, &parts)}; // the program never leaves the C locale
}

} // namespace

std::string http_date(std::chrono::sys_seconds at) {
    return formatted("%a, %d %b %Y %H:%M:%S GMT", utc(at));
}

// One clock is read, the other is compared with it once a second: reading takes long beside the rest of a
// request.
void clock::update() {
    updated_ = steady::now();
    if (updated_ - read_ > std::chrono::seconds(1)) {
        read_ = updated_;
        day_time_ = std::chrono::system_clock::now();
    }
    const auto now = std::chrono::floor<std::chrono::milliseconds>(day_time_ + (updated_ - read_));
    const auto second = std::chrono::floor<std::chrono::seconds>(now);
    milliseconds_ = static_cast<int>((now - second).count());
    if (second == second_)
        return;
    second_ = second;
    date_line_ = "Date: " + http_date(second) + "\r\n";
    iso_second_ = formatted("%Y-%m-%dT%H:%M:%S.", utc(second));
}

void clock::append_time(std::string& out) const {
    out += iso_second_;
    out += static_cast<char>('0' + milliseconds_ / 100);
    out += static_cast<char>('0' + milliseconds_ / 10 % 10);
    out += static_cast<char>('0' + milliseconds_ % 10);
    out += 'Z';
}

} // namespace mvp::http
