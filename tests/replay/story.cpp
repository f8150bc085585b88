#include "tests/replay/story.hpp"

#include "tests/support/forge.hpp"

#include <fmt/format.h>

namespace mvp::replay {
namespace {

std::string upper(std::string text) {
    for (auto& c : text)
        c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return text;
}

std::string latin1(std::string_view utf8) {
    std::string out;
    for (std::size_t i = 0; i < utf8.size(); ++i) {
        const auto c = static_cast<unsigned char>(utf8[i]);
        if (c >= 0xc0 && i + 1 < utf8.size())
            out += static_cast<char>((c & 0x1f) << 6 | (static_cast<unsigned char>(utf8[++i]) & 0x3f));
        else
            out += static_cast<char>(c);
    }
    return out;
}

std::string form_text(const json::value& v) {
    return v.is_string() ? std::string(v.as_string()) : json::serialize(v);
}

std::string file_bytes(std::string_view name, std::size_t size) {
    if (size <= 60)
        return std::string(size, 'x');
    if (name.ends_with(".pdf"))
        return test::small_pdf();
    return name.ends_with(".jpg") || name.ends_with(".jpeg") ? test::small_jpeg() : test::small_png();
}

/// {NAME} or {NAME|spelling}: calls `each` with the inside of the braces; what it returns replaces them.
template <class F> std::string braces(std::string_view text, F each) {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        const auto open = text.find('{', i);
        const auto close = open == std::string_view::npos ? open : text.find('}', open);
        const auto inside =
            close == std::string_view::npos ? std::string_view{} : text.substr(open + 1, close - open - 1);
        const bool variable =
            !inside.empty() &&
            inside.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_|"
                                     "abcdefghijklmnopqrstuvwxyz") == std::string_view::npos &&
            std::isupper(static_cast<unsigned char>(inside[0]));
        if (!variable) {
            const auto end = open == std::string_view::npos ? text.size() : open + 1;
            out += text.substr(i, end - i);
            i = end;
            continue;
        }
        out += text.substr(i, open - i);
        out += each(inside);
        i = close + 1;
    }
    return out;
}

} // namespace

story::story(test::server& on) : server_(on), client_(on.port()) {
    const auto root = client_.get("/api/").json(); // named: a temporary would not outlive the loop's head
    for (const auto& item : root.as_object())
        collections_.insert(item.key());
    collections_.insert("token");
}

bool story::served(const json::object& line) const {
    const std::string path(line.at("path_template").as_string());
    if (path.rfind("/api/", 0) != 0)
        return true;
    std::string rest = path.substr(5, path.find('?') == std::string::npos ? path.npos : path.find('?') - 5);
    if (rest.empty() || rest == ".json" || rest[0] == '/' || rest == "nope/")
        return true;
    auto first = rest.substr(0, rest.find_first_of("/."));
    if (first == "forum") {
        const auto second = rest.substr(6);
        first += "/" + second.substr(0, second.find_first_of("/."));
    }
    return collections_.contains(first);
}

std::optional<std::string> story::variable(std::string_view inside) const {
    const auto bar = inside.find('|');
    const auto name = inside.substr(0, bar);
    std::string value;
    if (name.rfind("FORGED_", 0) == 0) {
        const auto n1 = variables_.find("N1");
        return test::forged(name.substr(7), n1 == variables_.end() ? "" : n1->second, test::secret_key);
    }
    for (const bool access : {true, false}) {
        const std::string_view prefix = access ? "ACCESS_" : "REFRESH_";
        if (name.rfind(prefix, 0) == 0)
            for (const auto& [alias, who] : users_)
                if (upper(alias) == name.substr(prefix.size()))
                    return access ? who.access : who.refresh;
    }
    const auto found = variables_.find(name);
    if (found == variables_.end())
        return std::nullopt;
    value = found->second;
    const auto spelling = bar == std::string_view::npos ? std::string_view{} : inside.substr(bar + 1);
    if (spelling == "upper")
        value = upper(value);
    if (spelling == "nodash")
        std::erase(value, '-');
    return value;
}

std::string story::substitute(std::string_view text) const {
    return braces(text, [this](std::string_view inside) {
        return variable(inside).value_or("{" + std::string(inside) + "}");
    });
}

std::optional<std::string> story::missing(const json::object& line) const {
    std::optional<std::string> first;
    const auto look = [&](std::string_view inside) {
        if (inside != "ANY" && !first && !variable(inside))
            first = std::string(inside);
        return std::string{};
    };
    for (const char* key : {"path_template", "body_template", "request_headers"})
        if (const auto* v = line.if_contains(key))
            braces(v->is_string() ? std::string(v->as_string()) : json::serialize(*v), look);
    if (const auto* who = line.if_contains("auth"); !first && who && who->is_string())
        if (!users_.contains(std::string_view(who->as_string())))
            first = std::string(who->as_string());
    return first;
}

json::value story::resolved(const json::value& recorded) const {
    return json::parse(substitute(json::serialize(recorded)));
}

void story::alias(const std::string& name, const test::user& who) {
    users_[name] = who;
    variables_[upper(name)] = who.id;
}

std::pair<std::string, std::string> story::body_of(const json::value& body,
                                                   const std::string& content_type) const {
    if (body.is_null())
        return {};
    if (body.is_object()) {
        const auto& o = body.as_object();
        if (const auto* raw = o.if_contains("_raw_latin1"))
            return {latin1(std::string_view(raw->as_string())), content_type};
        if (const auto* form = o.if_contains("_form")) {
            std::string out;
            for (const auto& item : form->as_object())
                out += (out.empty() ? "" : "&") + test::url_encoded(item.key()) + "=" +
                       test::url_encoded(substitute(form_text(item.value())));
            return {out, content_type};
        }
        if (const auto* parts = o.if_contains("_multipart")) {
            test::form_fields fields;
            std::vector<test::form_file> files;
            for (const auto& item : parts->at("fields").as_object())
                fields.emplace_back(item.key(), substitute(form_text(item.value())));
            for (const auto& f : parts->at("files").as_array()) {
                const std::string name(f.at(1).as_string());
                files.push_back({std::string(f.at(0).as_string()), name, std::string(f.at(3).as_string()),
                                 file_bytes(name, f.at(2).to_number<std::size_t>())});
            }
            const auto at = content_type.find("boundary=");
            if (at == std::string::npos)
                return {test::multipart("BOUNDARYxyz", fields, files),
                        "multipart/form-data; boundary=BOUNDARYxyz"};
            return {test::multipart(content_type.substr(at + 9), fields, files), content_type};
        }
    }
    return {substitute(json::serialize(body)), content_type.empty() ? "application/json" : content_type};
}

test::reply story::send(const json::object& request) {
    test::header_list headers;
    std::string content_type;
    bool authorised = false;
    if (const auto* recorded = request.if_contains("request_headers"); recorded && recorded->is_object())
        for (const auto& item : recorded->as_object()) {
            const std::string name(item.key()),
                value = substitute(std::string_view(item.value().as_string()));
            authorised |= name == "Authorization";
            if (name == "Content-Type")
                content_type = value;
            else
                headers.emplace_back(name, value);
        }
    auto [body, type] = body_of(request.at("body_template"), content_type);
    if (const auto& recorded = request.at("body_template");
        recorded.is_object() && recorded.as_object().contains("_raw"))
        type = content_type;
    if (type.empty())
        type = content_type;
    if (!type.empty())
        headers.emplace_back("Content-Type", type);
    if (const auto* who = request.if_contains("auth"); who && who->is_string() && !authorised)
        headers.emplace_back("Authorization", "Bearer " + users_.at(std::string(who->as_string())).access);
    if (const auto* host = request.if_contains("host_header"))
        headers.emplace_back("Host", std::string(host->as_string()));
    return client_.request(std::string_view(request.at("method").as_string()),
                           substitute(std::string_view(request.at("path_template").as_string())),
                           std::move(headers), body);
}

void story::remember(const json::object& line, const test::reply& answer) {
    if (answer.status < 200 || answer.status >= 300 || answer.body.empty())
        return;
    boost::system::error_code ec;
    const auto body = json::parse(answer.body, ec);
    if (ec)
        return;
    if (const auto* saves = line.if_contains("saves"))
        for (const auto& item : saves->as_object()) {
            const auto pointer = "/" + [&] {
                std::string path(item.value().as_string());
                for (auto& c : path)
                    c = c == '.' ? '/' : c;
                return path;
            }();
            if (const auto* found = body.find_pointer(pointer, ec); found && found->is_string())
                variables_[std::string(item.key())] = std::string(found->as_string());
        }
    std::string who;
    if (const auto* name = line.if_contains("name");
        name && std::string_view(name->as_string()).starts_with("register "))
        who = std::string(name->as_string()).substr(9);
    if (const auto* token_for = line.if_contains("token_for"))
        who = std::string(token_for->as_string());
    if (const auto* name = line.if_contains("name");
        name && name->as_string() == "create user via POST /users/ (anonymous)")
        who = "n1";
    if (who.empty() || who.find(' ') != std::string::npos || !body.is_object() ||
        !body.as_object().contains("access"))
        return;
    auto& u = users_[who];
    u.access = std::string(body.at("access").as_string());
    u.refresh = std::string(body.at("refresh").as_string());
    if (const auto* user = body.as_object().if_contains("user"); user && user->is_object()) {
        u.id = std::string(user->at("id").as_string());
        variables_[upper(who)] = u.id;
    }
}

} // namespace mvp::replay
