#include "storage/model/uuid.hpp"

#include <cerrno>
#include <cstdlib>
#include <sys/random.h>

namespace mvp {
namespace {

int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

constexpr bool dash_before(std::size_t byte) {
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

void fill_random(std::uint8_t* out, std::size_t size) {
    while (size > 0) {
        const ssize_t got = getrandom(out, size, 0);
        if (got < 0) {
            if (errno == EINTR)
                continue;
            std::abort(); // without randomness nothing here is safe
        }
        out += got;
        size -= static_cast<std::size_t>(got);
    }
}

} // namespace

std::optional<uuid> uuid::parse(std::string_view text) noexcept {
    const bool dashes = text.size() == 36;
    if (!dashes && text.size() != 32)
        return std::nullopt;
    uuid id;
    std::size_t at = 0;
    for (std::size_t i = 0; i < 16; ++i) {
        if (dashes && dash_before(i) && text[at++] != '-')
            return std::nullopt;
        const int high = hex_digit(text[at]);
        const int low = hex_digit(text[at + 1]);
        if (high < 0 || low < 0)
            return std::nullopt;
        id.bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
        at += 2;
    }
    return id;
}

uuid uuid::random() {
    // One system call for 64 ids: a create needs one, a fan-out hundreds.
    thread_local std::array<std::uint8_t, 1024> pool;
    thread_local std::size_t left = 0;
    if (left == 0) {
        fill_random(pool.data(), pool.size());
        left = pool.size();
    }
    uuid id;
    left -= 16;
    for (std::size_t i = 0; i < 16; ++i)
        id.bytes[i] = pool[left + i];
    id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | 0x40);
    id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
    return id;
}

void uuid::append_to(std::string& out) const {
    static constexpr char digits[] = "0123456789abcdef";
    char buffer[36];
    std::size_t at = 0;
    for (std::size_t i = 0; i < 16; ++i) {
        if (dash_before(i))
            buffer[at++] = '-';
        buffer[at++] = digits[bytes[i] >> 4];
        buffer[at++] = digits[bytes[i] & 15];
    }
    out.append(buffer, sizeof buffer);
}

std::string uuid::text() const {
    std::string out;
    append_to(out);
    return out;
}

} // namespace mvp
