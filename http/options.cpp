#include "http/options.hpp"

#include "storage/model/json_text.hpp"

namespace mvp::http {
namespace {

std::string capitalised(std::string_view word) {
    std::string out(word);
    if (!out.empty() && out.front() >= 'a' && out.front() <= 'z')
        out.front() = static_cast<char>(out.front() - 32);
    return out;
}

/// "forum/thread-views" -> "Forum Thread Views"
std::string title(std::string_view text) {
    std::string out;
    for (std::size_t begin = 0; begin < text.size();) {
        const auto end = std::min(text.find_first_of("-/_", begin), text.size());
        out += (out.empty() ? "" : " ") + capitalised(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return out;
}

/// The thing of which a path lists many: "/api/comment-replies/{id}/" -> "Comment Reply".
std::string thing(std::string_view path) {
    constexpr std::string_view api = "/api/";
    path.remove_prefix(std::min(api.size(), path.size()));
    std::string_view name = path.substr(0, path.find("/{"));
    if (name.ends_with('/'))
        name.remove_suffix(1);
    if (name == "parts")
        return "Car Part";
    if (name == "forum/experts")
        return "Expert Verification";
    std::string one(name);
    if (one.ends_with("ies"))
        one.replace(one.size() - 3, 3, "y");
    else if (one.ends_with('s'))
        one.pop_back();
    return title(one);
}

/// "/api/cars/{id}/mark_as_sold/" -> "Mark as sold"; "" if the path ends in a parameter.
std::string action(std::string_view path) {
    if (path.ends_with('/'))
        path.remove_suffix(1);
    std::string name = capitalised(path.substr(path.rfind('/') + 1));
    if (name.starts_with('{'))
        return {};
    for (char& c : name)
        if (c == '_')
            c = ' ';
    return name;
}

} // namespace

std::string view_name(const route& of) {
    if (of.path == "/api/")
        return "Api Root";
    if (of.name.ends_with("-list"))
        return thing(of.path) + " List";
    if (of.name.ends_with("-detail"))
        return thing(of.path) + " Instance";
    const auto known = action(of.path);
    return known.empty() ? title(of.name) : known;
}

std::string options_body(const route& of) {
    return "{\"name\":" + json_text(view_name(of)) +
           R"(,"description":"","renders":["application/json","text/html"],)"
           R"("parses":["application/json","application/x-www-form-urlencoded","multipart/form-data"]})";
}

} // namespace mvp::http
