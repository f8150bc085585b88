// Why a body is no JSON, in the words of Python's json module, which clients know. Only runs when something
// is wrong.
#include "http/json.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mvp::http {
namespace {

struct complaint {
    std::string text;
};

class scanner {
  public:
    explicit scanner(std::string_view text) : text_(text) {}

    void document() {
        skip_space();
        value(0);
        skip_space();
        if (at_ < text_.size())
            complain("Extra data", at_);
    }

  private:
    char here() const { return at_ < text_.size() ? text_[at_] : '\0'; }

    void skip_space() {
        while (at_ < text_.size() && std::string_view(" \t\n\r").find(text_[at_]) != std::string_view::npos)
            ++at_;
    }

    [[noreturn]] void complain(std::string_view what, std::size_t at) const {
        const auto before = text_.substr(0, at);
        const auto line = std::count(before.begin(), before.end(), '\n') + 1;
        const auto newline = before.rfind('\n');
        const auto characters = [](std::string_view part) {
            return std::count_if(part.begin(), part.end(), [](char c) { return (c & 0xc0) != 0x80; });
        };
        const auto column = characters(newline == before.npos ? before : before.substr(newline + 1)) + 1;
        throw complaint{
            fmt::format("{}: line {} column {} (char {})", what, line, column, characters(before))};
    }

    void value(int depth) {
        if (depth > 1000)
            throw complaint{"Values are nested too deeply."};
        const auto rest = text_.substr(at_);
        if (rest.starts_with('"'))
            return string();
        if (rest.starts_with('{'))
            return object(depth);
        if (rest.starts_with('['))
            return array(depth);
        for (std::string_view word : {"null", "true", "false"})
            if (rest.starts_with(word)) {
                at_ += word.size();
                return;
            }
        for (std::string_view word : {"NaN", "Infinity", "-Infinity"})
            if (rest.starts_with(word))
                throw complaint{fmt::format("Out of range float values are not JSON compliant: '{}'", word)};
        number();
    }

    std::size_t digits(std::size_t at) const {
        while (at < text_.size() && text_[at] >= '0' && text_[at] <= '9')
            ++at;
        return at;
    }

    void number() {
        std::size_t at = at_ + (here() == '-');
        const std::size_t whole = digits(at);
        if (whole == at)
            complain("Expecting value", at_);
        at = text_[at] == '0' ? at + 1 : whole;
        if (at < text_.size() && text_[at] == '.' && digits(at + 1) > at + 1)
            at = digits(at + 1);
        if (at < text_.size() && (text_[at] == 'e' || text_[at] == 'E')) {
            const std::size_t sign = at + 1 < text_.size() && (text_[at + 1] == '+' || text_[at + 1] == '-');
            if (digits(at + 1 + sign) > at + 1 + sign)
                at = digits(at + 1 + sign);
        }
        at_ = at;
    }

    void string() {
        const std::size_t begin = at_++;
        while (true) {
            if (at_ >= text_.size())
                complain("Unterminated string starting at", begin);
            const char c = text_[at_++];
            if (c == '"')
                return;
            if (static_cast<unsigned char>(c) < 0x20)
                complain("Invalid control character at", at_ - 1);
            if (c != '\\')
                continue;
            if (at_ >= text_.size())
                complain("Unterminated string starting at", begin);
            const char escaped = text_[at_++];
            if (escaped == 'u') {
                const auto hex = text_.substr(at_, 4);
                if (at_ + 4 >= text_.size() || hex.find_first_not_of("0123456789abcdefABCDEF") != hex.npos)
                    complain("Invalid \\uXXXX escape", at_ - 1);
                at_ += 4;
            } else if (std::string_view("\"\\/bfnrt").find(escaped) == std::string_view::npos) {
                complain("Invalid \\escape", at_ - 2);
            }
        }
    }

    void object(int depth) {
        items('}', [&] {
            if (here() != '"')
                complain("Expecting property name enclosed in double quotes", at_);
            string();
            skip_space();
            if (here() != ':')
                complain("Expecting ':' delimiter", at_);
            ++at_;
            skip_space();
            value(depth + 1);
        });
    }

    void array(int depth) {
        items(']', [&] { value(depth + 1); });
    }

    /// What stands between two brackets, with commas in between.
    template <class Item> void items(char end, Item item) {
        ++at_;
        skip_space();
        for (bool first = true; !(first && here() == end); first = false) {
            item();
            skip_space();
            if (here() == end)
                break;
            if (here() != ',')
                complain("Expecting ',' delimiter", at_);
            ++at_;
            skip_space();
        }
        ++at_;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

/// What Python's UTF-8 decoder says about the first wrong sequence.
std::string utf8_complaint(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    for (std::size_t i = 0; i < text.size();) {
        const unsigned first = byte(i);
        const std::size_t length = first < 0x80                     ? 1
                                   : first >= 0xc2 && first <= 0xdf ? 2
                                   : first >= 0xe0 && first <= 0xef ? 3
                                   : first >= 0xf0 && first <= 0xf4 ? 4
                                                                    : 0;
        std::size_t good = 1; // bytes of the sequence that are as they should be
        for (; length && good < length && i + good < text.size(); ++good) {
            const unsigned next = byte(i + good);
            const unsigned low = good > 1 ? 0x80 : first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
            const unsigned high = good > 1 ? 0xbf : first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
            if (next < low || next > high)
                break;
        }
        if (length && good == length) {
            i += length;
            continue;
        }
        const auto reason = !length                   ? "invalid start byte"
                            : i + good == text.size() ? "unexpected end of data"
                                                      : "invalid continuation byte";
        if (good == 1)
            return fmt::format("'utf-8' codec can't decode byte 0x{:02x} in position {}: {}", first, i,
                               reason);
        return fmt::format("'utf-8' codec can't decode bytes in position {}-{}: {}", i, i + good - 1, reason);
    }
    return {};
}

} // namespace

std::string python_complaint(std::string_view text) {
    if (auto wrong = utf8_complaint(text); !wrong.empty())
        return wrong;
    try {
        scanner(text).document();
    } catch (complaint& c) {
        return std::move(c.text);
    }
    return {};
}

} // namespace mvp::http
