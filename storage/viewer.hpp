// Who looks: decides which rows a statement finds.
#pragma once

#include "storage/model/uuid.hpp"

#include <optional>

namespace mvp::storage {

/// Everybody sees what is public, users their own too, staff all.
struct viewer {
    std::optional<uuid> id{};
    bool staff = false;
    viewer() = default; ///< anonymous
    viewer(uuid user, bool is_staff) : id(user), staff(is_staff) {}
};

/// What a handler must know of a row before it lets somebody see or change it.
struct ownership {
    uuid owner{};
    bool is_public = false;

    bool seen_by(const viewer& v) const { return is_public || changed_by(v); }
    bool changed_by(const viewer& v) const { return v.staff || v.id == owner; }
};

} // namespace mvp::storage
