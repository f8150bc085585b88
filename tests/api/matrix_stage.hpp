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
    /// What a parameter of the paths that begin so stands for: a row of the owner. No table: no call harms
    /// it.
    struct named_row {
        std::string_view path, parameter, table;
        std::string id;
        /// Copies of the row must differ in this column, which names a row of that table.
        std::string_view unique_column{}, unique_table{};
    };

    std::string& token(role of) { return tokens_[static_cast<std::size_t>(of)]; }
    user make_owner();
    void make_callers();
    void make_lost_callers();
    void make_rows();
    void make_reviews();
    std::string owners_notification();

    /// A new row of these values, and of defaults; its id.
    std::string insert(std::string_view table, const json::object& values);
    /// A row like that one, but for its id and `changes`; its id.
    std::string copy(std::string_view table, const std::string& id, const json::object& changes = {});
    std::string copy(const named_row& row);
    std::string filled(const operation& o, bool let_in);

    server on_;
    http_client client_;
    std::array<std::string, roles> tokens_;
    user staff_, owner_, seller_;
    user himself_; ///< whom the path names in the owner's place, when it names a user
    std::vector<named_row> rows_;
};

} // namespace mvp::test
