// A server with one caller of each kind, and the rows that the matrix's owner has.
#pragma once

#include "tests/api/matrix_table.hpp"
#include "tests/support/server.hpp"

#include <array>
#include <string>
#include <vector>

namespace mvp::test {

inline constexpr auto roles = static_cast<std::size_t>(role::count);
inline constexpr std::array<std::string_view, roles> role_names{
    "anonymous", "user",      "other",     "owner",       "seller",  "company", "expert",
    "staff",     "superuser", "suspended", "deactivated", "expired", "revoked"};

/// As the OpenAPI document has it: "/api/cars/{id}/".
struct operation {
    std::string id, method, path;
};

class stage {
  public:
    stage();
    /// `let_in`: the call may change or remove the row that the path names, so it gets one of its own.
    reply call(const operation& o, role by, bool let_in);

  private:
    /// What a parameter of the paths that begin so stands for: a row of the owner. A call that may change or
    /// remove it gets a copy; where there can be but one such row, it is put back as it was before each call.
    struct named_row {
        std::string_view path, parameter, table; ///< no table: no call harms it
        std::string id;
        std::string as_it_was{}; ///< "": it may be copied
    };

    std::string& token(role of) { return tokens_[static_cast<std::size_t>(of)]; }
    user make_owner();
    void make_callers();
    void make_lost_callers();
    void make_rows();
    void make_parts();
    void make_reviews();
    void make_forum();
    std::string owners_notification();
    std::string part_of(const user& seller);

    /// A new row of these values, and of defaults; its id.
    std::string insert(std::string_view table, const json::object& values);
    /// A row like that one, but for its id; its id.
    std::string copy(std::string_view table, const std::string& id);
    void put_back(const named_row& row);
    std::string id_for(const named_row& row, bool copied);
    void add_only_one(std::string_view path, std::string_view table, const json::object& values,
                      std::string_view parameter = "{id}");
    std::string filled(const operation& o, bool let_in);

    server on_;
    http_client client_;
    std::array<std::string, roles> tokens_;
    user staff_, owner_, seller_, expert_;
    user himself_; ///< whom the path names in the owner's place, when it names a user
    std::vector<named_row> rows_;
};

} // namespace mvp::test
