// What the black-box tests look at in an answer.
#pragma once

#include "tests/support/server.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

namespace mvp::test {

inline constexpr char no_login[] = R"(401 {"detail":"Authentication credentials were not provided."})";
inline constexpr char not_yours[] = R"(403 {"detail":"You do not have permission to perform this action."})";

/// "status body".
inline std::string told(const reply& r) {
    return fmt::format("{} {}", r.status, r.body);
}

/// One value of an answer, as JSON.
inline std::string field(const reply& r, std::string_view key) {
    return json::serialize(r.json().at(key));
}

inline std::vector<std::string> keys(const json::value& object) {
    std::vector<std::string> names;
    for (const auto& member : object.as_object())
        names.emplace_back(member.key());
    return names;
}

/// Of what was made or shown; throws the answer if it was not.
inline std::string id_of(const reply& r) {
    if (r.status != 200 && r.status != 201)
        throw std::runtime_error(told(r));
    return std::string(r.json().at("id").as_string());
}

} // namespace mvp::test
