// A UUID as sixteen bytes: parsed leniently (any case, with or without dashes), written in lower case with
// dashes.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace mvp {

struct uuid {
    std::array<std::uint8_t, 16> bytes{};

    auto operator<=>(const uuid&) const = default;

    /// Accepts 32 hex digits in any case, with the four dashes in their places or with none.
    static std::optional<uuid> parse(std::string_view text) noexcept;
    /// A random (version 4) one, from the operating system's generator. Any thread.
    static uuid random();

    std::string text() const;
    void append_to(std::string& out) const;
};

} // namespace mvp

template <> struct std::hash<mvp::uuid> {
    std::size_t operator()(const mvp::uuid& id) const noexcept {
        std::size_t h;
        static_assert(sizeof h <= sizeof id.bytes);
        __builtin_memcpy(&h, id.bytes.data() + 8, sizeof h);
        return h;
    }
};
