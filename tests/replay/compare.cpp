#include "tests/replay/compare.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <regex>
#include <vector>

namespace mvp::replay {
namespace {

std::string text_of(const json::value& v) {
    return v.is_string() ? std::string(v.as_string()) : json::serialize(v);
}

bool is_any(const json::value& v) {
    return v.is_string() &&
           (v.as_string() == "{ANY}" || v.as_string() == "..." || v.as_string() == "<description>");
}

bool contains(const json::object& line, std::string_view key, std::string_view item) {
    const auto* list = line.if_contains(key);
    if (!list || !list->is_array())
        return false;
    for (const auto& v : list->as_array())
        if (v.is_string() && v.as_string() == item)
            return true;
    return false;
}

using found = std::optional<std::string>;

/// Keys that answers have since, behind all recorded ones.
bool added(std::string_view key) {
    return key == "seq" || key == "timezone";
}

struct comparer {
    const json::object& line;
    bool superset = false, shape = false, unordered = false;

    found values(const json::value& want, const json::value& got, const std::string& at) const {
        if (is_any(want))
            return {};
        if (want.is_object()) {
            if (!got.is_object())
                return fmt::format("{}: an object expected, got {}", at, json::serialize(got));
            return objects(want.as_object(), got.as_object(), at);
        }
        if (want.is_array()) {
            if (!got.is_array())
                return fmt::format("{}: a list expected, got {}", at, json::serialize(got));
            return arrays(want.as_array(), got.as_array(), at);
        }
        if (shape)
            return {};
        if (want.is_number() && got.is_number()) {
            const double a = want.to_number<double>(), b = got.to_number<double>();
            if (a == b || std::fabs(a - b) < 1e-9)
                return {};
        } else if (want.is_string() && got.is_string()) {
            if (normalised(want.as_string()) == normalised(got.as_string()))
                return {};
        } else if (want == got) {
            return {};
        }
        return fmt::format("{}: {} expected, got {}", at, text_of(want), text_of(got));
    }

    found objects(const json::object& want, const json::object& got, const std::string& at) const {
        std::vector<std::string> wanted, present;
        for (const auto& item : want)
            if (!contains(line, "ignore", item.key()))
                wanted.emplace_back(item.key());
        for (const auto& item : got)
            if (!contains(line, "ignore", item.key()) &&
                (want.contains(item.key()) || !(superset || added(item.key()))))
                present.emplace_back(item.key());
        if (wanted != present)
            return fmt::format("{}: keys [{}] expected, got [{}]", at, fmt::join(wanted, ","),
                               fmt::join(present, ","));
        for (const auto& key : wanted)
            if (auto d = values(counted(want, key), got.at(key), at + "." + key))
                return d;
        return {};
    }

    /// The original counted responses before it had added the newest: where a recorded thread lists them,
    /// there are as many as it lists.
    static json::value counted(const json::object& want, const std::string& key) {
        const auto* listed = want.if_contains("responses");
        if (key == "responses_count" && listed && listed->is_array())
            return listed->as_array().size();
        return want.at(key);
    }

    found arrays(const json::array& want, const json::array& got, const std::string& at) const {
        if (shape) {
            if (!want.empty() && !got.empty())
                return values(want[0], got[0], at + ".0");
            return {};
        }
        if (want.size() != got.size())
            return fmt::format("{}: {} items expected, got {}", at, want.size(), got.size());
        if (unordered) { // each recorded item has one that agrees, in whatever place
            std::vector<const json::value*> left;
            for (const auto& v : got)
                left.push_back(&v);
            for (const auto& v : want) {
                const auto same = std::find_if(left.begin(), left.end(),
                                               [&](const json::value* g) { return !values(v, *g, at); });
                if (same == left.end())
                    return fmt::format("{}: other items than recorded", at);
                left.erase(same);
            }
            return {};
        }
        for (std::size_t i = 0; i < want.size(); ++i)
            if (auto d = values(want[i], got[i], fmt::format("{}.{}", at, i)))
                return d;
        return {};
    }
};

/// The first text anywhere inside.
std::string first_text(const json::value& v) {
    if (v.is_string())
        return std::string(v.as_string());
    if (v.is_array() && !v.as_array().empty())
        return first_text(v.as_array()[0]);
    if (v.is_object() && !v.as_object().empty())
        return first_text(v.as_object().begin()->value());
    return {};
}

/// Every key that we have is one of the recorded, in the recorded order.
found root_difference(const json::object& want, const json::object& got) {
    auto next = want.begin();
    for (const auto& item : got) {
        while (next != want.end() && next->key() != item.key())
            ++next;
        if (next == want.end())
            return fmt::format("root: {} is unknown or out of order", std::string_view(item.key()));
        if (normalised(next->value().as_string()) != normalised(item.value().as_string()))
            return fmt::format("root: {} leads to {}", std::string_view(item.key()), text_of(item.value()));
    }
    return got.empty() ? found("root: empty") : found{};
}

found page_difference(comparer compare, const json::object& got) {
    for (const char* key : {"count", "next", "previous", "results"})
        if (!got.contains(key))
            return fmt::format("page: no {}", key);
    const auto* want = compare.line.if_contains("response_body");
    if (!want || !want->is_object())
        return {};
    const auto& rows = want->as_object().at("results").as_array();
    const auto& have = got.at("results").as_array();
    if (rows.empty() || have.empty())
        return {};
    compare.shape = true;
    return compare.values(rows[0], have[0], "results.0");
}

const json::value* recorded_body(const json::object& line) {
    if (const auto* pinned = line.if_contains("pinned_body"))
        return pinned;
    return line.if_contains("response_body");
}

/// The recorded methods in their order; others that came later may stand between them.
bool methods_within(std::string_view want, std::string_view have) {
    std::size_t at = 0;
    while (!want.empty()) {
        const auto comma = want.find(", ");
        const auto method = want.substr(0, comma);
        at = have.find(method, at);
        if (at == std::string_view::npos)
            return false;
        at += method.size();
        want.remove_prefix(comma == std::string_view::npos ? want.size() : comma + 2);
    }
    return true;
}

found header_difference(const json::object& line, const test::reply& got) {
    const auto* headers = line.if_contains("response_headers");
    if (!headers || !headers->is_object())
        return {};
    for (const auto& item : headers->as_object()) {
        const std::string name(item.key());
        const std::string want = text_of(item.value()), have = got.header(name);
        if (normalised(want) == normalised(have) || (name == "allow" && methods_within(want, have)))
            continue;
        // The HTML of unknown paths is JSON here; nothing can depend on it.
        if (name == "content-type" && line.contains("compare") && line.at("compare") == "status")
            continue;
        return fmt::format("header {}: {} expected, got {}", name, want, have);
    }
    return {};
}

/// The list is ordered by a field that has one value in all its rows: their order means nothing.
bool all_tied(const json::object& line, const json::value* want) {
    const std::string path = text_of(line.at("path_template"));
    const auto at = path.find("ordering=");
    if (at == path.npos || !want || !want->is_object() || !want->as_object().contains("results"))
        return false;
    std::string name = path.substr(at + 9);
    name.resize(std::min(name.find_first_of(",&"), name.size()));
    name.erase(0, name.find_first_not_of('-'));
    const auto& rows = want->at("results").as_array();
    return !rows.empty() && std::all_of(rows.begin(), rows.end(), [&](const json::value& row) {
        const auto* value = row.as_object().if_contains(name);
        return value && *value == *rows[0].as_object().if_contains(name);
    });
}

found body_difference(const json::object& line, const test::reply& got) {
    const std::string how = line.contains("compare") ? text_of(line.at("compare")) : "";
    if (how == "status")
        return {};
    const auto* want = recorded_body(line);
    if (want && line.contains("pinned_body") && want->is_string())
        return {}; // a word on what the pinned version answers: the status is all there is to compare
    comparer compare{line};
    compare.superset = line.contains("superset");
    compare.shape = how == "shape" || line.contains("incomplete");
    compare.unordered = how == "unordered" || all_tied(line, want);
    if (how == "page")
        return page_difference(compare, got.json().as_object());
    if (!want || want->is_null()) // nothing recorded: an empty body, or HTML that was left out
        return got.status == 204 && !got.body.empty() ? found("a body on a 204") : found{};
    if (how == "root")
        return root_difference(want->as_object(), got.json().as_object());
    if (how == "prefix") {
        const auto prefix = text_of(line.at("prefix"));
        const auto first = first_text(got.json());
        return first.rfind(prefix, 0) == 0 ? found{}
                                           : fmt::format("{} expected at the start of {}", prefix, first);
    }
    if (how == "options") {
        compare.superset = true;
        json::object part = want->as_object();
        part.stable_erase("actions");
        part.stable_erase("description");
        return compare.values(part, got.json(), "body");
    }
    return compare.values(*want, got.json(), "body");
}

const json::value* find_in_rows(const json::value& body) {
    if (body.is_object() && body.as_object().contains("results"))
        return &body.as_object().at("results");
    return body.is_array() ? &body : nullptr;
}

found rows_unexpected(const json::object& expected, const json::value& body) {
    const auto* rows = find_in_rows(body);
    if (!rows)
        return "a list expected";
    const auto& list = rows->as_array();
    if (const auto* n = expected.if_contains("count"); n && list.size() != n->to_number<std::size_t>())
        return fmt::format("{} rows expected, got {}", n->to_number<std::size_t>(), list.size());
    if (const auto* n = expected.if_contains("min_count"); n && list.size() < n->to_number<std::size_t>())
        return fmt::format("at least {} rows expected, got {}", n->to_number<std::size_t>(), list.size());
    if (const auto* ids = expected.if_contains("ids"))
        for (std::size_t i = 0; i < ids->as_array().size(); ++i)
            if (i >= list.size() || list[i].at("id") != ids->as_array()[i])
                return fmt::format("row {}: another id than expected", i);
    if (const auto* all = expected.if_contains("all"))
        for (const auto& row : list)
            for (const auto& item : all->as_object())
                if (row.at(item.key()) != item.value())
                    return fmt::format("a row has {} = {}", std::string_view(item.key()),
                                       text_of(row.at(item.key())));
    if (const auto* key = expected.if_contains("ascending"))
        for (std::size_t i = 1; i < list.size(); ++i)
            if (list[i].at(key->as_string()).to_number<double>() <
                list[i - 1].at(key->as_string()).to_number<double>())
                return fmt::format("not ascending by {}", text_of(*key));
    return {};
}

} // namespace

std::string normalised(std::string_view text) {
    static const std::regex id("[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}");
    static const std::regex time(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d))");
    static const std::regex token(R"(eyJ[\w-]+\.[\w-]+\.[\w-]*)");
    static const std::regex host(R"(http://[^/"]+)");
    static const std::regex media(R"(/media/([a-z_]+)/[^"]*)");
    std::string out(text);
    out = std::regex_replace(out, id, "<id>");
    out = std::regex_replace(out, time, "<time>");
    out = std::regex_replace(out, token, "<token>");
    out = std::regex_replace(out, host, "http://<host>");
    return std::regex_replace(out, media, "/media/$1/<file>");
}

std::optional<std::string> difference(const json::object& line, const test::reply& got) {
    const auto* status = line.if_contains("pinned_status");
    if (!status)
        status = &line.at("status");
    if (got.status != status->to_number<int>())
        return fmt::format("status {} expected, got {} {}", status->to_number<int>(), got.status, got.body);
    if (auto d = header_difference(line, got))
        return d;
    return body_difference(line, got);
}

std::optional<std::string> unexpected(const json::object& expected, const test::reply& got) {
    if (const auto* want = expected.if_contains("status")) {
        bool fits = false;
        if (want->is_array())
            for (const auto& s : want->as_array())
                fits |= s.to_number<int>() == got.status;
        else
            fits = want->to_number<int>() == got.status;
        if (!fits)
            return fmt::format("status {} expected, got {} {}", json::serialize(*want), got.status, got.body);
    }
    if (const auto* body = expected.if_contains("body"); body && !body->is_null()) {
        comparer compare{expected};
        if (auto d = compare.values(*body, got.json(), "body"))
            return d;
    }
    const auto keys = [&](const char* name, auto check) -> found {
        const auto* list = expected.if_contains(name);
        if (!list)
            return {};
        const auto body = got.json();
        for (const auto& key : list->as_array())
            if (auto d = check(body.as_object(), std::string(key.as_string())))
                return d;
        return {};
    };
    if (const auto* has = expected.if_contains("has")) {
        const auto body = got.json();
        for (const auto& item : has->as_object())
            if (!body.as_object().contains(item.key()) || body.at(item.key()) != item.value())
                return fmt::format("{} = {} expected in {}", std::string_view(item.key()),
                                   text_of(item.value()), got.body);
    }
    if (auto d = keys("null", [](const json::object& o, const std::string& k) {
            return o.contains(k) && o.at(k).is_null() ? found{} : found(k + " is not null");
        }))
        return d;
    if (auto d = keys("not_null", [](const json::object& o, const std::string& k) {
            return o.contains(k) && !o.at(k).is_null() ? found{} : found(k + " is null");
        }))
        return d;
    if (auto d = keys("without", [](const json::object& o, const std::string& k) {
            return o.contains(k) ? found(k + " is there") : found{};
        }))
        return d;
    for (const char* key : {"count", "min_count", "ids", "all", "ascending"})
        if (expected.contains(key))
            return rows_unexpected(expected, got.json());
    return {};
}

} // namespace mvp::replay
