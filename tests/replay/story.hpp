// The state of a replay: saved ids, everybody's tokens, and how a recorded request becomes a real one.
#pragma once

#include "tests/support/server.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>

namespace mvp::replay {

namespace json = boost::json;

class story {
  public:
    explicit story(test::server& on);

    /// Variables that a template names and nobody saved (their makers are not in the product yet).
    std::optional<std::string> missing(const json::object& line) const;
    /// Whether the path's collection is one that GET /api/ lists.
    bool served(const json::object& line) const;

    test::reply send(const json::object& request);
    /// Ids, tokens and aliases that the answer brings.
    void remember(const json::object& line, const test::reply& answer);
    /// Recorded texts with this story's ids in them.
    json::value resolved(const json::value& recorded) const;

    void alias(const std::string& name, const test::user& who);

  private:
    std::string substitute(std::string_view text) const;
    std::optional<std::string> variable(std::string_view name) const;
    std::pair<std::string, std::string> body_of(const json::value& body,
                                                const std::string& content_type) const;

    test::server& server_;
    test::http_client client_;
    std::map<std::string, std::string, std::less<>> variables_;
    std::map<std::string, test::user, std::less<>> users_;
    std::set<std::string, std::less<>> collections_;
};

} // namespace mvp::replay
