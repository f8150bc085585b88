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

void clock::update() {
    const auto now =
        std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
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
