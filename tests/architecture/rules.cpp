#include "tests/architecture/rules.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>

namespace mvp::architecture {
namespace {

/// A room may include headers of ours only from these places. The first room that a path begins with counts.
struct room {
    std::string_view path;
    std::vector<std::string_view> may_include;
};
const std::array rooms{
    room{"storage/model/", {"storage/model/"}},
    room{"storage/", {"storage/"}},
    room{"actors/", {"actors/", "storage/"}},
    room{"http/", {"http/", "actors/", "storage/"}},
    room{"config/", {"config/"}},
};
const std::array<std::string_view, 5> ours{"storage/", "actors/", "http/", "config/", "tests/"};

/// A library that only some places may see: whoever else needs it asks them.
struct library {
    std::string_view header;
    std::vector<std::string_view> places;
    bool in_headers = false;
};
const std::array libraries{
    library{"libpq", {"storage/postgres/", "storage/migrate."}, true},
    library{"hiredis/", {"storage/redis/"}, true},
    library{"vips/", {"storage/media/"}, true},
    library{"curl/", {"storage/mail/"}, true},
    library{"caf/", {"actors/"}, true},
    library{"boost/beast/", {"http/"}},
    library{"simdjson", {"http/"}},
    library{"prometheus/", {"http/"}},
    library{"sodium", {"http/auth/", "storage/"}},
    library{"toml++/", {"config/"}},
};
/// Enumerations only: they cost no compile time.
const std::array<std::string_view, 2> light{"boost/beast/http/verb.hpp", "boost/beast/http/status.hpp"};

/// Headers that show a library which else stays in .cpp files; the parser is one of Beast's, and only its own
/// room's two files include it.
const std::array<std::string_view, 1> showing_headers{"http/parser.hpp"};

/// Tables of examples make tests longer.
int most_lines(std::string_view path) {
    return path.starts_with("tests/") ? 600 : 400;
}

bool begins_with_any(std::string_view text, const auto& prefixes) {
    return std::ranges::any_of(prefixes, [&](std::string_view prefix) { return text.starts_with(prefix); });
}

/// Tests and the load tool may look at everything.
bool is_bound(std::string_view path) {
    return !path.starts_with("tests/") && !path.starts_with("bench/");
}

std::optional<std::string> wrong_own_header(std::string_view path, std::string_view header) {
    const auto here = std::ranges::find_if(rooms, [&](const room& r) { return path.starts_with(r.path); });
    if (here == rooms.end() || !begins_with_any(header, ours) || begins_with_any(header, here->may_include))
        return std::nullopt;
    return std::string(here->path) + " may not include " + std::string(header);
}

std::optional<std::string> wrong_library(std::string_view path, std::string_view header) {
    const auto known =
        std::ranges::find_if(libraries, [&](const library& l) { return header.starts_with(l.header); });
    if (known == libraries.end() || std::ranges::find(light, header) != light.end())
        return std::nullopt;
    if (!begins_with_any(path, known->places))
        return std::string(header) + " belongs to " + std::string(known->places.front());
    if (!known->in_headers && path.ends_with(".hpp") &&
        std::ranges::find(showing_headers, path) == showing_headers.end())
        return std::string(header) + " belongs into a .cpp file";
    return std::nullopt;
}

/// g++ 12 destroys what the branches of such an expression made twice, or never.
bool awaits_in_a_condition(std::string_view line) {
    for (const char branch : {'?', ':'})
        if (line.find(std::string(1, branch) + " co_await ") != std::string_view::npos)
            return true;
    return false;
}

/// The name between <> or "" if the line is an #include.
std::string_view included(std::string_view line) {
    constexpr std::string_view directive = "#include";
    if (!line.starts_with(directive))
        return {};
    const auto open = line.find_first_of("<\"", directive.size());
    const auto close = open == std::string_view::npos ? open : line.find_first_of(">\"", open + 1);
    return close == std::string_view::npos ? std::string_view() : line.substr(open + 1, close - open - 1);
}

} // namespace

std::vector<std::string> violations(std::string_view path, std::string_view content) {
    std::vector<std::string> found;
    const auto report = [&](int line, const std::string& sentence) {
        found.push_back(std::string(path) + ":" + std::to_string(line) + ": " + sentence);
    };
    if (path.ends_with(".hpp")) {
        if (!content.starts_with("// "))
            report(1, "a header opens with a comment that says what it is for");
        if (content.find("#pragma once") == std::string_view::npos)
            report(1, "a header has #pragma once");
    }
    int number = 0;
    while (!content.empty()) {
        const auto end = std::min(content.find('\n'), content.size());
        const std::string_view line = content.substr(0, end);
        content.remove_prefix(std::min(end + 1, content.size()));
        ++number;
        if (awaits_in_a_condition(line))
            report(number, "no branch of a conditional operator awaits: use if");
        const std::string_view header = included(line);
        if (header.empty())
            continue;
        if (header.starts_with("."))
            report(number, "headers are named from the root of the repository");
        if (!is_bound(path))
            continue;
        for (const auto& wrong : {wrong_own_header(path, header), wrong_library(path, header)})
            if (wrong)
                report(number, *wrong);
    }
    if (number > most_lines(path))
        report(number, "a file has at most " + std::to_string(most_lines(path)) + " lines");
    return found;
}

} // namespace mvp::architecture
