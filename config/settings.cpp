#include "config/settings.hpp"

#include "config/table.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fmt/format.h>
#include <sys/random.h>
#include <toml++/toml.h>

namespace mvp::config {
namespace {

constexpr std::size_t key_bytes = 32; ///< the least that HS256 wants

std::string lower(std::string_view name) {
    std::string made(name);
    std::ranges::transform(made, made.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    return made;
}

/// A TOML value as the text that the environment would have; nothing for tables, dates and nested lists.
std::optional<std::string> as_text(const toml::node& node) {
    if (const auto* text = node.as_string())
        return text->get();
    if (const auto* flag = node.as_boolean())
        return flag->get() ? "true" : "false";
    if (const auto* number = node.as_integer())
        return fmt::format("{}", number->get());
    const auto* list = node.as_array();
    if (!list)
        return std::nullopt;
    std::string joined;
    for (const auto& item : *list) {
        const auto* text = item.as_string();
        if (!text || text->get().find(',') != std::string::npos)
            return std::nullopt;
        joined += (joined.empty() ? "" : ",") + text->get();
    }
    return joined;
}

using texts = std::map<std::string, std::string>;

/// The file's values by variable.
tl::expected<texts, std::string> read_file(const std::filesystem::path& file) {
    toml::table content;
    try {
        content = toml::parse_file(file.string());
    } catch (const toml::parse_error& e) {
        const auto line = e.source().begin.line;
        return tl::unexpected(line ? fmt::format("{}, line {}: {}.", file.string(), line, e.description())
                                   : fmt::format("{} cannot be read.", file.string()));
    }
    texts found;
    for (const auto& [key, value] : content) {
        const auto known =
            std::ranges::find_if(table(), [&](const entry& e) { return lower(e.name) == key.str(); });
        if (known == table().end())
            return tl::unexpected(fmt::format("{}: there is no setting '{}'.", file.string(), key.str()));
        auto text = as_text(value);
        if (!text)
            return tl::unexpected(
                fmt::format("{}: {} must be a text, a number, true or false, or a list of texts.",
                            file.string(), key.str()));
        found.emplace(known->name, std::move(*text));
    }
    return found;
}

std::string made_up_key() {
    std::array<unsigned char, key_bytes> bytes{};
    if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
        return {};
    std::string text;
    for (const unsigned char byte : bytes)
        text += fmt::format("{:02x}", byte);
    return text;
}

constexpr std::string_view mask = "********";

/// Without the password of user:password@ and without the values of parameters that look like secrets.
std::string masked_url(std::string url) {
    if (const auto behind = url.find("://"); behind != std::string::npos) {
        const auto first = behind + 3;
        auto end = std::min(url.find_first_of("/?#", first), url.size());
        auto at = url.rfind('@', end);
        const auto colon = url.find(':', first);
        if (colon < end && (at == std::string::npos || at < first))
            at = url.find('@', end); // a password with an unescaped slash: better too much than a part of it
        if (at != std::string::npos && at > first && colon < at)
            url.replace(colon + 1, at - colon - 1, mask);
    }
    for (const std::string_view word : {"password", "passfile", "token", "key", "secret"}) {
        for (auto at = url.find('?'); at != std::string::npos; at = url.find('&', at + 1)) {
            const auto equals = url.find('=', at);
            const auto end = std::min(url.find('&', at + 1), url.size());
            if (equals < end && lower(url.substr(at, equals - at)).find(word) != std::string::npos)
                url.replace(equals + 1, end - equals - 1, mask);
        }
    }
    return url;
}

std::string shown(const entry& row, const std::string& text) {
    if (row.show == entry::shown::never)
        return text.empty() ? "" : std::string(mask);
    return row.show == entry::shown::as_url ? masked_url(text) : text;
}

} // namespace

tl::expected<loaded, std::string> load(const std::map<std::string, std::string>& environment,
                                       const std::optional<std::filesystem::path>& file) {
    texts from_file;
    if (file) {
        auto read = read_file(*file);
        if (!read)
            return tl::unexpected(std::move(read.error()));
        from_file = std::move(*read);
    }
    loaded all;
    for (const entry& row : table()) {
        const std::string name(row.name);
        std::string text(row.fallback), source = "default";
        if (const auto set = environment.find(name); set != environment.end()) {
            text = set->second;
            source = "environment";
        } else if (const auto written = from_file.find(name); written != from_file.end()) {
            text = written->second;
            source = file->string();
        }
        if (auto done = row.set(all.values, text); !done)
            return tl::unexpected(fmt::format("{} ({}) {}.", name, source, done.error()));
        all.texts[name] = std::move(text);
        all.sources[name] = std::move(source);
    }
    if (all.values.public_url.empty())
        all.values.public_url = "http://" + all.values.listen;
    return all;
}

std::map<std::string, std::string> process_environment() {
    std::map<std::string, std::string> found;
    for (const entry& row : table())
        if (const char* text = std::getenv(std::string(row.name).c_str()))
            found.emplace(row.name, text);
    return found;
}

tl::expected<void, std::string> require_database(const settings& values) {
    if (values.database_url.empty())
        return tl::unexpected(std::string("DATABASE_URL is required."));
    return {};
}

tl::expected<void, std::string> require_complete(settings& values) {
    if (auto complete = require_database(values); !complete)
        return complete;
    if (values.redis_url.empty())
        return tl::unexpected(std::string("REDIS_URL is required."));
    if (values.secret_key.empty() && values.debug)
        values.secret_key = made_up_key();
    if (values.secret_key.empty())
        return tl::unexpected(std::string("SECRET_KEY is required."));
    if (values.secret_key.size() < key_bytes)
        return tl::unexpected(fmt::format("SECRET_KEY must have {} bytes or more.", key_bytes));
    return {};
}

std::string describe(const loaded& all) {
    std::string text;
    for (const entry& row : table()) {
        const std::string name(row.name);
        text += fmt::format("{} = {}  ({}) {}\n", name, shown(row, all.texts.at(name)), all.sources.at(name),
                            row.help);
    }
    return text;
}

} // namespace mvp::config
