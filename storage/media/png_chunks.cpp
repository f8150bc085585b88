#include "storage/media/png_chunks.hpp"

#include "storage/media/format.hpp"

#define ZLIB_CONST // its input is only read
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
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

/// How many bytes the rows take at most, each behind the byte that names its filter; nothing without a valid
/// header.
std::optional<std::uint64_t> bytes_of_rows(std::string_view png) noexcept {
    if (png.size() < 26)
        return std::nullopt;
    const std::uint64_t width = big_endian32(png.substr(16)), height = big_endian32(png.substr(20));
    static constexpr std::array<unsigned, 7> samples{1, 0, 3, 1, 2, 0, 4}; // by the type of colours
    const auto depth = static_cast<unsigned char>(png[24]), colours = static_cast<unsigned char>(png[25]);
    constexpr std::uint64_t longest_side = 1u << 28; // decoders stop far before
    if (width > longest_side || height > longest_side || depth > 16 || colours >= samples.size())
        return std::nullopt;
    // The passes of an interlaced picture have nearly twice as many rows, each with its byte and a byte
    // begun.
    return height * ((width * depth * samples[colours] + 7) / 8 + 4) + 64;
}

/// Unfolds a stream that comes in pieces, keeping nothing but the count.
class unfolded_length {
  public:
    explicit unfolded_length(std::uint64_t most) : most_(most) { usable_ = inflateInit(&stream_) == Z_OK; }
    unfolded_length(const unfolded_length&) = delete;
    unfolded_length& operator=(const unfolded_length&) = delete;
    ~unfolded_length() { inflateEnd(&stream_); }

    /// Whether more is of use: false when the stream has ended, is broken, or is too long.
    bool add(std::string_view piece) {
        stream_.next_in = reinterpret_cast<const Bytef*>(piece.data());
        stream_.avail_in = static_cast<uInt>(piece.size());
        do {
            stream_.next_out = out_.data();
            stream_.avail_out = static_cast<uInt>(out_.size());
            // Z_BUF_ERROR: the piece ended just where the room did, and more may come.
            const int how = usable_ ? inflate(&stream_, Z_NO_FLUSH) : Z_STREAM_ERROR;
            usable_ = how == Z_OK || how == Z_BUF_ERROR;
            count_ += out_.size() - stream_.avail_out;
        } while (usable_ && !too_long() && (stream_.avail_in > 0 || stream_.avail_out == 0));
        return usable_ && !too_long();
    }
    bool too_long() const { return count_ > most_; }

  private:
    z_stream stream_{};
    std::array<Bytef, 64 * 1024> out_;
    std::uint64_t most_, count_ = 0;
    bool usable_;
};

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

bool unfolds_beyond_rows(std::string_view png) {
    const auto most = format_of(png) == format::png ? bytes_of_rows(png) : std::nullopt;
    if (!most)
        return false;
    unfolded_length data(*most);
    for (auto rest = png.substr(signature); rest.size() >= around_data;) {
        const std::uint64_t length = big_endian32(rest);
        if (rest.substr(4, 4) == "IDAT"sv && length > 0 && !data.add(rest.substr(8, length)))
            break;
        rest.remove_prefix(std::min(rest.size(), around_data + length));
    }
    return data.too_long();
}

} // namespace mvp::storage::media
