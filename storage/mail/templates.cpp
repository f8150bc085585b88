#include "storage/mail/templates.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mvp::storage::mailing {
namespace {

/// What one mail says; all of it is our own text.
struct wording {
    std::string_view kind, subject, request, button, otherwise;
};

constexpr wording verification{
    "verification", "Verify your email address", "Please confirm that this is your email address.",
    "Verify email address",
    "The link is valid for 3 days. If you did not create an account, ignore this mail."};

constexpr wording password_reset{"password_reset", "Reset your password",
                                 "Somebody, hopefully you, asked to reset the password of your account.",
                                 "Choose a new password",
                                 "The link is valid for 24 hours and works once. If it was not you, ignore "
                                 "this mail: your password stays as it is."};

/// Anybody can register a stranger's address: a "name" that could carry a link of his own is not repeated.
bool is_presentable(std::string_view name) {
    return !name.empty() && name.size() <= 100 && name.find_first_of("/:@<>\\") == name.npos &&
           std::ranges::none_of(name,
                                [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

mail write(const wording& w, std::string to, std::string_view first_name, std::string_view link) {
    const auto greeting =
        is_presentable(first_name) ? fmt::format("Hello {},", first_name) : std::string("Hello,");
    mail m;
    m.to = std::move(to);
    m.subject = w.subject;
    m.kind = w.kind;
    m.text = fmt::format("{}\n\n{}\n\n{}:\n{}\n\n{}\n", greeting, w.request, w.button, link, w.otherwise);
    m.html = fmt::format(
        "<!DOCTYPE html>\n<html><body>\n<p>{}</p>\n<p>{}</p>\n<p><a href=\"{}\">{}</a></p>\n<p>{}</p>\n"
        "</body></html>\n",
        escape_html(greeting), w.request, escape_html(link), w.button, w.otherwise);
    return m;
}

} // namespace

std::string escape_html(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '"':
            out += "&quot;";
            break;
        case '\'':
            out += "&#x27;";
            break;
        default:
            out += c;
        }
    }
    return out;
}

mail verification_mail(std::string to, std::string_view first_name, std::string_view link) {
    return write(verification, std::move(to), first_name, link);
}

mail password_reset_mail(std::string to, std::string_view first_name, std::string_view link) {
    return write(password_reset, std::move(to), first_name, link);
}

} // namespace mvp::storage::mailing
