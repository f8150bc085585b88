// What of a PNG its decoder gets to see. A compressed text of some kilobytes unfolds to megabytes, decoders
// unfold all of them before the first row, and none is kept in what this program stores; the data of the
// picture may unfold far beyond it. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mvp::storage::media {

/// The longest chunk of colours or orientation that is kept. A profile unfolds to a thousand times its length
/// at most.
inline constexpr std::size_t longest_side_chunk = 64 * 1024;

/// The PNG with the chunks that its picture needs: all critical ones, and of those about transparency,
/// colours, resolution and orientation the first of each that is no longer than longest_side_chunk; texts,
/// dates, private and other chunks are gone. Nothing is checked: a critical chunk that ends beyond the bytes
/// stays as it is, and the PNG ends before any other that does (decoders reserve what it promises), so that
/// it is theirs to refuse. What is no PNG is returned unchanged.
std::string picture_chunks(std::string_view png);

/// Whether a PNG's data unfold to more than the rows that its header promises. Decoders read such a stream to
/// its end, which may be a thousand times its length away. Costs the unfolding of as many bytes as the rows
/// have, at most. False for what cannot be unfolded or has no valid header: decoders refuse that themselves.
bool unfolds_beyond_rows(std::string_view png);

} // namespace mvp::storage::media
