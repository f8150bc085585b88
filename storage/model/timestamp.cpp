#include "storage/model/timestamp.hpp"

#include <charconv>
#include <cstdio>

namespace mvp {
namespace {

bool digits(std::string_view text, std::size_t at, std::size_t count, int& value) noexcept {
    if (at + count > text.size())
        return false;
    value = 0;
    for (std::size_t i = at; i < at + count; ++i) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        value = value * 10 + (text[i] - '0');
    }
    return true;
}

void put(char* out, unsigned value, int width) {
    for (int i = width - 1; i >= 0; --i) {
        out[i] = static_cast<char>('0' + value % 10);
        value /= 10;
    }
}

} // namespace

void append_timestamp(std::string& out, timestamp at) {
    using namespace std::chrono;
    const auto day = floor<days>(at);
    const year_month_day date{day};
    const auto rest = at - day;
    const auto seconds_of_day = duration_cast<seconds>(rest).count();
    const auto micros = (rest - duration_cast<seconds>(rest)).count();
    char text[] = "0000-00-00T00:00:00.000000Z";
    put(text, static_cast<unsigned>(static_cast<int>(date.year())), 4);
    put(text + 5, static_cast<unsigned>(date.month()), 2);
    put(text + 8, static_cast<unsigned>(date.day()), 2);
    put(text + 11, static_cast<unsigned>(seconds_of_day / 3600), 2);
    put(text + 14, static_cast<unsigned>(seconds_of_day / 60 % 60), 2);
    put(text + 17, static_cast<unsigned>(seconds_of_day % 60), 2);
    if (micros == 0) {
        out.append(text, 19);
        out += 'Z';
    } else {
        put(text + 20, static_cast<unsigned>(micros), 6);
        out.append(text, 27);
    }
}

std::string format_timestamp(timestamp at) {
    std::string out;
    append_timestamp(out, at);
    return out;
}

std::optional<timestamp> parse_timestamp(std::string_view text) noexcept {
    using namespace std::chrono;
    int y, mo, d, h, mi, s = 0;
    if (text.size() < 16 || !digits(text, 0, 4, y) || text[4] != '-' || !digits(text, 5, 2, mo) ||
        text[7] != '-' || !digits(text, 8, 2, d) || (text[10] != 'T' && text[10] != ' ') ||
        !digits(text, 11, 2, h) || text[13] != ':' || !digits(text, 14, 2, mi))
        return std::nullopt;
    std::size_t at = 16;
    const bool has_seconds = at < text.size() && text[at] == ':';
    if (has_seconds) {
        if (!digits(text, 17, 2, s))
            return std::nullopt;
        at = 19;
    }
    const year_month_day date{year{y}, month{static_cast<unsigned>(mo)}, day{static_cast<unsigned>(d)}};
    if (!date.ok() || h > 23 || mi > 59 || s > 59)
        return std::nullopt;
    int micros = 0;
    if (has_seconds && at < text.size() && text[at] == '.') {
        int scale = 100000;
        std::size_t count = 0;
        for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, ++count, scale /= 10)
            micros += (text[at] - '0') * scale;
        if (count == 0 || count > 6)
            return std::nullopt;
    }
    seconds offset{0};
    if (at < text.size() && text[at] == 'Z') {
        ++at;
    } else if (at < text.size() && (text[at] == '+' || text[at] == '-')) {
        const int sign = text[at] == '-' ? -1 : 1;
        int oh = 0, om = 0;
        if (!digits(text, at + 1, 2, oh))
            return std::nullopt;
        at += 3;
        if (at < text.size() && text[at] == ':') {
            if (!digits(text, at + 1, 2, om))
                return std::nullopt;
            at += 3;
        }
        if (oh > 23 || om > 59)
            return std::nullopt;
        offset = sign * (hours{oh} + minutes{om});
    }
    if (at != text.size())
        return std::nullopt;
    const timestamp found{sys_days{date} + hours{h} + minutes{mi} + seconds{s} + microseconds{micros} -
                          offset};
    if (found < sys_days{year{1} / 1 / 1} || found >= sys_days{year{10'000} / 1 / 1})
        return std::nullopt; // no year of four digits any more
    return found;
}

} // namespace mvp
