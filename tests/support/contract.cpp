#include "tests/support/contract.hpp"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <map>
#include <mutex>
#include <regex>
#include <stdexcept>

namespace mvp::test {
namespace {

bool matches(std::string_view text, const std::string& pattern) {
    static std::mutex lock;
    static std::map<std::string, std::regex> known;
    const std::scoped_lock held(lock);
    const auto& compiled = known.try_emplace(pattern, pattern).first->second;
    return std::regex_search(text.begin(), text.end(), compiled);
}

bool has_format(std::string_view text, std::string_view format) {
    if (format == "uuid")
        return matches(text, "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$");
    if (format == "date-time")
        return matches(text, R"(^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z$)");
    if (format == "date")
        return matches(text, R"(^\d{4}-\d\d-\d\d$)");
    if (format == "email")
        return text.find('@') != text.npos;
    if (format == "uri")
        return matches(text, "^(https?|ftps?)://[^ ]+$");
    if (format == "uri-reference")
        return matches(text, "^(https?://|/)[^ ]+$");
    throw std::logic_error(fmt::format("a format that nobody checks: {}", format));
}

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

bool is_a(const json::value& value, std::string_view type) {
    if (type == "null")
        return value.is_null();
    if (type == "string")
        return value.is_string();
    if (type == "boolean")
        return value.is_bool();
    if (type == "integer")
        return value.is_int64() || value.is_uint64();
    if (type == "number")
        return value.is_number();
    if (type == "array")
        return value.is_array();
    if (type == "object")
        return value.is_object();
    throw std::logic_error(fmt::format("a type that nobody knows: {}", type));
}

std::string_view take_segment(std::string_view& rest) {
    const auto slash = rest.find('/');
    const auto segment = rest.substr(0, slash);
    rest = slash == rest.npos ? std::string_view() : rest.substr(slash + 1);
    return segment;
}

class checker {
  public:
    checker(const json::object& document, bool partial) : document_(document), partial_(partial) {}

    std::string check(const json::object& schema, const json::value& value, const std::string& at) const {
        for (const auto& [word, said] : schema)
            if (auto wrong = check_word(schema, word, said, value, at); !wrong.empty())
                return wrong;
        if (value.is_object() && schema.contains("properties") && !schema.contains("additionalProperties"))
            for (const auto& member : value.get_object())
                if (!schema.at("properties").as_object().contains(member.key()))
                    return fmt::format("{}: the document has no key '{}'", at, std::string(member.key()));
        return {};
    }

    /// What "#/components/schemas/Car" names.
    const json::object& resolve(std::string_view reference) const {
        const json::object* here = &document_;
        for (auto rest = reference.substr(2); !rest.empty();)
            here = &here->at(take_segment(rest)).as_object();
        return *here;
    }

  private:
    std::string check_word(const json::object& schema, std::string_view word, const json::value& said,
                           const json::value& value, const std::string& at) const {
        const auto wrong = [&](bool bad) {
            return bad ? fmt::format("{}: {} is not as {} {} says", at, json::serialize(value).substr(0, 200),
                                     word, json::serialize(said))
                       : std::string();
        };
        if (word == "$ref")
            return check(resolve(said.as_string()), value, at);
        if (word == "type")
            return wrong(!is_one(value, said));
        if (word == "enum")
            return wrong(std::find(said.as_array().begin(), said.as_array().end(), value) ==
                         said.as_array().end());
        if (word == "const")
            return wrong(value != said);
        if (word == "anyOf")
            return any_of(said.as_array(), value, at);
        if (value.is_object() &&
            (word == "properties" || word == "required" || word == "additionalProperties"))
            return check_object(schema, word, said, value.get_object(), at);
        if (value.is_array() && word == "items")
            return check_items(said.as_object(), value.get_array(), at);
        if (value.is_array() && word == "maxItems")
            return wrong(value.get_array().size() > said.to_number<std::size_t>());
        if (value.is_string() && word == "format")
            return wrong(!has_format(value.get_string(), said.as_string()));
        if (value.is_string() && word == "pattern")
            return wrong(!matches(value.get_string(), std::string(said.as_string())));
        if (value.is_string() && word == "maxLength")
            return wrong(characters(value.get_string()) > said.to_number<std::size_t>());
        if (value.is_number() && word == "minimum")
            return wrong(value.to_number<double>() < said.to_number<double>());
        if (value.is_number() && word == "maximum")
            return wrong(value.to_number<double>() > said.to_number<double>());
        static constexpr std::string_view harmless[] = {
            "description", "readOnly", "contentMediaType", "properties", "required",  "additionalProperties",
            "items",       "maxItems", "format",           "pattern",    "maxLength", "minLength",
            "minimum",     "maximum",  "default"};
        if (std::find(std::begin(harmless), std::end(harmless), word) == std::end(harmless))
            throw std::logic_error(fmt::format("a word that nobody checks: {}", word));
        return {};
    }

    static bool is_one(const json::value& value, const json::value& types) {
        if (types.is_string())
            return is_a(value, types.get_string());
        return std::any_of(types.as_array().begin(), types.as_array().end(),
                           [&](const json::value& type) { return is_a(value, type.as_string()); });
    }

    std::string any_of(const json::array& schemas, const json::value& value, const std::string& at) const {
        std::string all;
        for (const auto& each : schemas) {
            const auto wrong = check(each.as_object(), value, at);
            if (wrong.empty())
                return {};
            all += (all.empty() ? "" : "; nor: ") + wrong;
        }
        return all;
    }

    std::string check_object(const json::object& schema, std::string_view word, const json::value& said,
                             const json::object& value, const std::string& at) const {
        if (word == "required") {
            for (const auto& name : said.as_array())
                if (!partial_ && !value.contains(name.as_string()))
                    return fmt::format("{}: '{}' is missing", at, std::string(name.as_string()));
            return {};
        }
        for (const auto& member : value) {
            const std::string key = member.key();
            const auto* properties = schema.if_contains("properties");
            const auto* known = properties ? properties->as_object().if_contains(key) : nullptr;
            if (word == "additionalProperties" ? known != nullptr : known == nullptr)
                continue;
            const auto& by = word == "additionalProperties" ? said.as_object() : known->as_object();
            if (auto wrong = check(by, member.value(), at + "." + key); !wrong.empty())
                return wrong;
        }
        return {};
    }

    std::string check_items(const json::object& schema, const json::array& value,
                            const std::string& at) const {
        for (std::size_t i = 0; i < value.size(); ++i)
            if (auto wrong = check(schema, value[i], fmt::format("{}[{}]", at, i)); !wrong.empty())
                return wrong;
        return {};
    }

    const json::object& document_;
    bool partial_;
};

/// Refusals of the connection rather than of the request: any path may have them.
bool is_about_the_connection(const reply& answer) {
    static constexpr int statuses[] = {301, 408, 413, 414, 431};
    return std::find(std::begin(statuses), std::end(statuses), answer.status) != std::end(statuses) ||
           (answer.status == 400 && answer.header("Content-Type").starts_with("text/html"));
}

bool is_parameter(std::string_view segment) {
    return segment.starts_with('{');
}

/// How well the request's path fits: how many segments are the very same; -1: not at all.
int fit(std::string_view path, std::string_view described) {
    int same = 0;
    while (!path.empty() || !described.empty()) {
        if (described == "{path}" && !path.empty())
            return same;
        if (path.empty() || described.empty())
            return -1;
        const bool last = path.find('/') == path.npos, last_described = described.find('/') == described.npos;
        const auto segment = take_segment(path), wanted = take_segment(described);
        if (last != last_described)
            return -1;
        if (segment == wanted)
            ++same;
        else if (!is_parameter(wanted) || segment.empty() || segment.find('.') != segment.npos)
            return -1;
    }
    return same;
}

std::string output_of(const std::string& command) {
    std::FILE* pipe = popen(command.c_str(), "r");
    if (!pipe)
        throw std::runtime_error("cannot run " + command);
    std::string out;
    char block[65536];
    for (std::size_t n; (n = std::fread(block, 1, sizeof block, pipe)) > 0;)
        out.append(block, n);
    if (pclose(pipe) != 0)
        throw std::runtime_error("failed: " + command);
    return out;
}

} // namespace

std::string schema_complaint(const json::object& document, const json::object& schema,
                             const json::value& value, bool partial) {
    return checker(document, partial).check(schema, value, "body");
}

const json::object* contract::path_item(std::string_view path) const {
    const json::object* best = nullptr;
    int best_fit = -1;
    for (const auto& member : document().at("paths").as_object()) {
        const int now = fit(path.substr(1), std::string_view(member.key()).substr(1));
        if (now > best_fit) {
            best_fit = now;
            best = &member.value().as_object();
        }
    }
    return best;
}

std::string contract::complaint(std::string_view method, std::string_view target, const reply& answer) const {
    const auto question = target.find('?');
    const auto path = target.substr(0, question);
    const auto query = question == target.npos ? std::string_view() : target.substr(question + 1);
    if (!path.starts_with('/') || path.find('%') != path.npos || is_about_the_connection(answer))
        return {};
    const auto* item = path_item(path);
    std::string name(method == "HEAD" ? "GET" : method);
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    const auto* operation = item ? item->if_contains(name) : nullptr;
    if (!operation)
        return {};
    const auto& responses = operation->as_object().at("responses").as_object();
    const auto* described = responses.if_contains(std::to_string(answer.status));
    if (!described)
        return fmt::format("{} {}: the document has no {} ({})", method, target, answer.status, answer.body);
    const json::object* response = &described->as_object();
    const checker schemas(document(), query.find("fields=") != query.npos);
    if (const auto* reference = response->if_contains("$ref"))
        response = &schemas.resolve(reference->as_string());
    const auto* content = response->if_contains("content");
    if (method == "HEAD")
        return {};
    if (!content)
        return answer.body.empty() ? std::string()
                                   : fmt::format("{} {}: {} has a body", method, target, answer.status);
    const auto* json_content = content->as_object().if_contains("application/json");
    if (!json_content)
        return {};
    const auto type = answer.header("Content-Type");
    if (!type.starts_with("application/json") &&
        content->as_object().contains(type.substr(0, type.find(';'))))
        return {};
    if (!type.starts_with("application/json"))
        return fmt::format("{} {}: the answer is {}", method, target, type);
    const auto wrong = schemas.check(json_content->at("schema").as_object(), answer.json(), "body");
    return wrong.empty() ? wrong : fmt::format("{} {}: {}: {}", method, target, answer.status, wrong);
}

const contract& program_contract() {
    static const contract made = [] {
        const char* program = std::getenv("MVPBACKEND");
        if (!program)
            throw std::runtime_error("MVPBACKEND names no program");
        return contract(json::parse(output_of(fmt::format("'{}' openapi", program))));
    }();
    return made;
}

} // namespace mvp::test
