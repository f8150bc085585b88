#include "storage/mail/notices.hpp"

#include "storage/mail/templates.hpp"
#include "storage/model/notification.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace mvp::storage::mailing {
namespace {

/// In the order of notification_type.
constexpr std::array<std::string_view, choice_names<notification_type>.size()> headings{
    "Messages",         "Listing updates", "Expert responses", "Reviews received",
    "Seller responses", "Forum replies",   "Available parts",  "Price alerts",
    "Verification",     "Account alerts",  "Announcements"};

// In bytes.
constexpr std::size_t longest_subject = 200, longest_message_in_digest = 500;
constexpr std::size_t most_of_a_type = 20;

std::string_view heading_of(std::string_view type) {
    const auto known = parse_choice<notification_type>(type);
    return known ? headings[static_cast<std::size_t>(*known)] : std::string_view("Other");
}

/// Cut between characters.
std::string shortened(std::string_view text, std::size_t most) {
    if (text.size() <= most)
        return std::string(text);
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80)
        --most;
    return std::string(text.substr(0, most)) + "…";
}

/// Titles hold what users typed, and a subject is one line.
std::string one_line(std::string_view text) {
    std::string out(text);
    std::ranges::replace_if(
        out, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
    return out;
}

std::string text_of(const notice& n, std::string_view message) {
    std::string out = fmt::format("{}\n\n{}\n", one_line(n.title), message);
    if (!n.url.empty())
        out += fmt::format("\n{}\n", n.url);
    return out;
}

std::string html_of(const notice& n, std::string_view message) {
    const auto title = escape_html(one_line(n.title));
    std::string out = n.url.empty() ? fmt::format("<p><strong>{}</strong></p>\n", title)
                                    : fmt::format("<p><strong><a href=\"{}\">{}</a></strong></p>\n",
                                                  escape_html(n.url), title);
    out += fmt::format("<p style=\"white-space: pre-line\">{}</p>\n", escape_html(message));
    return out;
}

mail finish(mail m, std::string_view about, std::string unsubscribe_url) {
    m.text +=
        fmt::format("\n--\nYou get this mail because of your preferences. No more mails about: {}:\n{}\n",
                    about, unsubscribe_url);
    m.html = fmt::format(
        "<!DOCTYPE html>\n<html><body>\n{}<hr>\n<p>You get this mail because of your preferences. "
        "<a href=\"{}\">No more mails about: {}</a></p>\n</body></html>\n",
        m.html, escape_html(unsubscribe_url), about);
    m.unsubscribe_url = std::move(unsubscribe_url);
    return m;
}

/// One type's notices in a digest.
void append_group(mail& m, std::string_view heading, const std::vector<const notice*>& group) {
    m.text += fmt::format("\n== {} ({})\n", heading, group.size());
    m.html += fmt::format("<h2>{} ({})</h2>\n", heading, group.size());
    const auto shown = std::min(group.size(), most_of_a_type);
    for (std::size_t i = 0; i < shown; ++i) {
        const auto message = shortened(group[i]->message, longest_message_in_digest);
        m.text += "\n" + text_of(*group[i], message);
        m.html += html_of(*group[i], message);
    }
    if (shown < group.size()) {
        m.text += fmt::format("\nand {} more\n", group.size() - shown);
        m.html += fmt::format("<p>and {} more</p>\n", group.size() - shown);
    }
}

} // namespace

mail notice_mail(std::string to, const notice& about, std::string unsubscribe_url) {
    mail m;
    m.to = std::move(to);
    m.subject = shortened(one_line(about.title), longest_subject);
    m.kind = about.type;
    m.text = text_of(about, about.message);
    m.html = html_of(about, about.message);
    return finish(std::move(m), heading_of(about.type), std::move(unsubscribe_url));
}

mail digest_mail(std::string to, std::string_view period, const std::vector<notice>& all,
                 std::string unsubscribe_url) {
    mail m;
    m.to = std::move(to);
    m.subject =
        fmt::format("Your {} digest: {} notification{}", period, all.size(), all.size() == 1 ? "" : "s");
    m.kind = fmt::format("{}_digest", period);
    m.text = m.subject + "\n";
    m.html = fmt::format("<h1>{}</h1>\n", m.subject);
    std::string about;
    for (const auto type : choice_names<notification_type>) {
        std::vector<const notice*> group;
        for (const auto& n : all)
            if (n.type == type)
                group.push_back(&n);
        if (group.empty())
            continue;
        append_group(m, heading_of(type), group);
        about += (about.empty() ? "" : ", ") + std::string(heading_of(type));
    }
    return finish(std::move(m), about, std::move(unsubscribe_url));
}

} // namespace mvp::storage::mailing
