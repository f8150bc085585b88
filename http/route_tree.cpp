#include "http/route_tree.hpp"

#include "http/options.hpp"

#include <stdexcept>

namespace mvp::http {

/// A segment's place. The slash at the end of a path makes a last, empty segment.
struct route_tree::node {
    std::vector<std::pair<std::string_view, std::unique_ptr<node>>> fixed;
    std::unique_ptr<node> parameter; // {id}
    const resource* tail = nullptr;  // {path*}
    const resource* here = nullptr;
    resource* made = nullptr; // `here`, while building

    static const resource* match(const node& at, std::string_view rest, std::size_t parameters_found,
                                 path_parameters& parameters);
};

namespace {

bool is_parameter(std::string_view segment) {
    return segment.starts_with('{') && segment.ends_with('}');
}

/// Takes the first segment off `rest`; `more` says whether another one (perhaps empty) follows.
std::string_view take_segment(std::string_view& rest, bool& more) {
    const auto slash = rest.find('/');
    more = slash != rest.npos;
    const auto segment = rest.substr(0, slash);
    rest = more ? rest.substr(slash + 1) : std::string_view{};
    return segment;
}

} // namespace

std::size_t resource::place(verb method) {
    switch (method) {
    case verb::get:
    case verb::head:
        return 0;
    case verb::post:
        return 1;
    case verb::put:
        return 2;
    case verb::patch:
        return 3;
    case verb::delete_:
        return 4;
    default:
        return no_method;
    }
}

const route& resource::route_for(verb method) const {
    const auto i = place(method);
    if (i != no_method && routes_[i])
        return *routes_[i];
    return routes_[0] ? *routes_[0] : *first;
}

handler resource::handler_for(verb method) const {
    const auto i = place(method);
    return i == no_method ? nullptr : handlers_[i];
}

route_tree::route_tree(std::span<const std::span<const route>> tables) : root_(std::make_unique<node>()) {
    for (const auto& table : tables)
        for (const route& each : table)
            add(each);
    for (auto& each : resources_) {
        static constexpr std::string_view names[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
        for (std::size_t i = 0; i < 5; ++i)
            if (each->handlers_[i])
                (each->allow += names[i]) += ", ";
        if (each->handlers_[0])
            each->allow += "HEAD, ";
        each->allow += "OPTIONS";
        each->allow_line = "Allow: " + each->allow + "\r\n";
        each->options = options_body(*each->first);
    }
}

route_tree::~route_tree() = default;

void route_tree::add(const route& added) {
    node* at = root_.get();
    std::string_view rest = added.path.substr(1);
    resource* found = nullptr;
    for (bool more = true; more;) {
        const auto segment = take_segment(rest, more);
        if (is_parameter(segment) && segment.ends_with("*}")) {
            if (more || at->tail)
                throw std::logic_error("route " + std::string(added.path) + ": {…*} must be last and alone");
            found = resources_.emplace_back(std::make_unique<resource>()).get();
            at->tail = found;
            at = nullptr;
        } else if (is_parameter(segment)) {
            if (!at->parameter)
                at->parameter = std::make_unique<node>();
            at = at->parameter.get();
        } else {
            node* next = nullptr;
            for (auto& [name, child] : at->fixed)
                if (name == segment)
                    next = child.get();
            if (!next)
                next = at->fixed.emplace_back(segment, std::make_unique<node>()).second.get();
            at = next;
        }
    }
    if (at && !at->made)
        at->here = at->made = resources_.emplace_back(std::make_unique<resource>()).get();
    if (at)
        found = at->made;
    if (!found->first) {
        found->path = added.path;
        found->first = &added;
        found->index = resources_.size() - 1;
    }
    const handler given[] = {added.by_method.get, added.by_method.post, added.by_method.put,
                             added.by_method.patch, added.by_method.del};
    for (std::size_t i = 0; i < 5; ++i) {
        if (!given[i])
            continue;
        if (found->handlers_[i])
            throw std::logic_error("route " + std::string(added.path) + ": a method twice");
        found->handlers_[i] = given[i];
        found->routes_[i] = &added;
    }
}

const resource* route_tree::match(std::string_view path, path_parameters& parameters) const {
    if (!path.starts_with('/'))
        return nullptr;
    return node::match(*root_, path.substr(1), 0, parameters);
}

const resource* route_tree::node::match(const node& at, std::string_view rest, std::size_t parameters_found,
                                        path_parameters& parameters) {
    const std::string_view whole = rest;
    bool more = false;
    const auto segment = take_segment(rest, more);
    for (const auto& [name, child] : at.fixed) {
        if (name != segment)
            continue;
        if (const auto* found = more ? match(*child, rest, parameters_found, parameters) : child->here)
            return found;
        break;
    }
    if (at.parameter && !segment.empty() && segment.find('.') == segment.npos &&
        parameters_found < parameters.size()) {
        parameters[parameters_found] = segment;
        if (const auto* found =
                more ? match(*at.parameter, rest, parameters_found + 1, parameters) : at.parameter->here)
            return found;
    }
    if (at.tail && !whole.empty() && parameters_found < parameters.size()) {
        parameters[parameters_found] = whole;
        return at.tail;
    }
    return nullptr;
}

} // namespace mvp::http
