#include "http/auth/common_passwords.hpp"

namespace mvp::http::passwords {
namespace {

/// One a line, sorted by bytes, each with a line feed before and behind it (see common_passwords.sh).
constexpr std::string_view list = "\n"
#include "common_passwords.inc"
    ;

} // namespace

bool is_common(std::string_view lower_case) {
    // Binary search over the text itself: [low, high) always begins at a line and ends behind one.
    std::size_t low = 1, high = list.size();
    while (low < high) {
        const std::size_t begin = list.rfind('\n', low + (high - low) / 2 - 1) + 1;
        const std::size_t end = list.find('\n', begin);
        const auto line = list.substr(begin, end - begin);
        if (line == lower_case)
            return true;
        if (line < lower_case)
            low = end + 1;
        else
            high = begin;
    }
    return false;
}

} // namespace mvp::http::passwords
