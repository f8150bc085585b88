// The time of day as texts that many answers share: made once a second, by each loop for itself.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace mvp::http {

class clock {
  public:
    using steady = std::chrono::steady_clock;

    /// Reads the time. Call before using the texts.
    void update();
    /// When that was.
    steady::time_point updated() const { return updated_; }
    /// "Date: Mon, 23 Nov 2026 01:02:03 GMT\r\n"
    std::string_view date_line() const { return date_line_; }
    /// Appends "2026-11-23T01:02:03.456Z".
    void append_time(std::string& out) const;

  private:
    steady::time_point updated_{}, read_{}; ///< the latter: the time of day
    std::chrono::sys_time<std::chrono::nanoseconds> day_time_{};
    std::chrono::sys_seconds second_{};
    int milliseconds_ = 0;
    std::string date_line_, iso_second_;
};

/// "Mon, 23 Nov 2026 01:02:03 GMT", as Date and Last-Modified have it.
std::string http_date(std::chrono::sys_seconds at);

} // namespace mvp::http
