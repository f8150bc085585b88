// The routes of all apps as one tree of path segments, built at the start; matching a path allocates nothing.
#pragma once

#include "http/router.hpp"

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mvp::http {

/// Everything under one path. Several routes may share a path, each with methods of its own (and its own
/// access).
struct resource {
    std::string_view path;  ///< the template, for metrics and logs
    std::size_t index = 0;  ///< 0, 1, 2, …: a place in tables of counters
    std::string allow;      ///< "GET, POST, HEAD, OPTIONS"
    std::string allow_line; ///< "Allow: …\r\n"
    std::string options;    ///< the body of an answer to OPTIONS
    const route* first = nullptr;

    /// The route that decides on access for this method: that which has it, else the one with GET, else the
    /// first.
    const route& route_for(verb method) const;
    /// Null: 405. HEAD is asked for as GET.
    handler handler_for(verb method) const;

  private:
    friend class route_tree;
    static constexpr std::size_t no_method = 5;
    static std::size_t place(verb method);
    std::array<const route*, 5> routes_{};
    std::array<handler, 5> handlers_{};
};

class route_tree {
  public:
    using path_parameters = std::array<std::string_view, 4>;

    /// Throws std::logic_error for tables that contradict themselves (the same method of a path twice).
    explicit route_tree(std::span<const std::span<const route>> tables);
    ~route_tree();

    /// Null if there is none. `path` with its slash at the end, if it has one; parameters are views into it.
    const resource* match(std::string_view path, path_parameters& parameters) const;
    const std::vector<std::unique_ptr<resource>>& resources() const { return resources_; }

  private:
    struct node;
    void add(const route& added);
    std::unique_ptr<node> root_;
    std::vector<std::unique_ptr<resource>> resources_;
};

} // namespace mvp::http
