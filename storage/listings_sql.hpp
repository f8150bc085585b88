// The statements about one kind of listing, each with its name; for storage/listings*.cpp alone.
#pragma once

#include "storage/listings.hpp"

namespace mvp::storage {

/// True for a listing that everybody sees; `joined`: where its seller `s` is joined, which is less work for
/// one row.
std::string public_listing_sql(const listing_kind& kind, bool joined);

struct listings::statements {
    explicit statements(const listing_kind& kind);

    statement find_for_anyone, find_for_user, find_target, count_public, count_own_hidden;
    statement create, create_images, update, remove, transition, state;
    statement lock, note, count_images, add_images, clear_primary, set_primary, remove_image;
    statement images;
    std::vector<std::unique_ptr<const statement>> more_lists;

    /// `first` and the lists of a detail, to be sent together.
    std::vector<command> with_lists(command first, uuid id) const;
};

/// The answers to with_lists().
listing_detail detail_of(std::vector<rows> answers);

/// What update() may change, beside others.
inline constexpr unsigned changeable_flags = flag::updated | flag::staff;

} // namespace mvp::storage
