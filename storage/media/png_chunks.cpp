#include "storage/media/png_chunks.hpp"

#include "storage/media/format.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace mvp::storage::media {
namespace {

using namespace std::string_view_literals;

// A chunk: length (4), type (4), data, checksum (4).
constexpr std::size_t signature = 8, around_data = 12;

constexpr std::array needed{"tRNS"sv, "gAMA"sv, "cHRM"sv, "sRGB"sv, "iCCP"sv, "sBIT"sv, "pHYs"sv, "eXIf"sv};

std::uint32_t big_endian32(std::string_view bytes) noexcept {
    std::uint32_t value = 0;
    for (const char byte : bytes.substr(0, 4))
        value = value << 8 | static_cast<unsigned char>(byte);
    return value;
}

/// Whether a picture can be shown without chunks of that type: a small first letter says so.
bool is_ancillary(std::string_view type) noexcept {
    return type.size() == 4 && type[0] >= 'a' && type[0] <= 'z';
}

} // namespace

std::string picture_chunks(std::string_view png) {
    if (format_of(png) != format::png)
        return std::string{png};
    std::string kept{png.substr(0, signature)};
    std::array<bool, needed.size()> seen{};
    for (auto rest = png.substr(signature); !rest.empty();) {
        const auto type = rest.substr(std::min<std::size_t>(rest.size(), 4), 4);
        const std::uint64_t size = around_data + std::uint64_t{big_endian32(rest)};
        if (size > rest.size())
            return is_ancillary(type) ? kept : kept.append(rest);
        const auto which =
            static_cast<std::size_t>(std::find(needed.begin(), needed.end(), type) - needed.begin());
        if (!is_ancillary(type) || (which < needed.size() && size <= around_data + longest_side_chunk &&
                                    !std::exchange(seen[which], true)))
            kept.append(rest.substr(0, size));
        rest.remove_prefix(size);
    }
    return kept;
}

} // namespace mvp::storage::media
