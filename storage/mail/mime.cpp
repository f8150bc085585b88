#include "storage/mail/mime.hpp"

#include "storage/model/uuid.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace mvp::storage::mailing {
namespace {

constexpr std::size_t longest_line = 998;   // RFC 5322
constexpr std::size_t encoded_line = 76;    // RFC 2045
constexpr std::size_t longest_header = 900; // of ours, before encoding

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool has_control(std::string_view text) {
    return std::ranges::any_of(text,
                               [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::string base64(std::string_view bytes) {
    static constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const auto group = bytes.substr(at, 3);
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 3; ++i)
            bits = bits << 8 | (i < group.size() ? static_cast<unsigned char>(group[i]) : 0u);
        for (std::size_t i = 0; i < 4; ++i)
            out += i <= group.size() ? digits[bits >> (18 - 6 * i) & 63] : '=';
    }
    return out;
}

/// RFC 2047: pieces of at most 45 bytes, cut between characters, one a line.
std::string encoded_words(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        auto size = std::min<std::size_t>(45, text.size());
        while (size < text.size() && size > 1 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80)
            --size;
        if (!out.empty())
            out += "\r\n ";
        out += "=?UTF-8?B?" + base64(text.substr(0, size)) + "?=";
        text.remove_prefix(size);
    }
    return out;
}

std::string header_text(std::string_view text) {
    return is_ascii(text) ? std::string(text) : encoded_words(text);
}

std::string from_header(const mailbox& from) {
    if (from.name.empty())
        return from.address;
    std::string name;
    if (is_ascii(from.name)) {
        name = '"';
        for (const char c : from.name) {
            if (c == '"' || c == '\\')
                name += '\\';
            name += c;
        }
        name += '"';
    } else {
        name = encoded_words(from.name);
    }
    return fmt::format("{} <{}>", name, from.address);
}

/// "Mon, 23 Nov 2026 01:02:03 +0000"
std::string date_header(timestamp now) {
    using namespace std::chrono;
    static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = floor<std::chrono::days>(now);
    const year_month_day date{day};
    const hh_mm_ss time{floor<seconds>(now - day)};
    return fmt::format("{}, {} {} {} {:02}:{:02}:{:02} +0000", days[weekday{day}.c_encoding()],
                       static_cast<unsigned>(date.day()), months[static_cast<unsigned>(date.month()) - 1],
                       static_cast<int>(date.year()), time.hours().count(), time.minutes().count(),
                       time.seconds().count());
}

/// Every kind of line end becomes CRLF.
std::string with_crlf(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\r' || text[i] == '\n') {
            if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n')
                ++i;
            out += "\r\n";
        } else {
            out += text[i];
        }
    }
    return out;
}

bool fits_plainly(std::string_view text) {
    if (!is_ascii(text) || text.find('\0') != text.npos)
        return false;
    std::size_t line = 0;
    for (const char c : text) {
        line = c == '\n' ? 0 : line + 1;
        if (line > longest_line)
            return false;
    }
    return true;
}

/// One part of the alternative: as it stands if it can be, else in base64.
void append_part(std::string& out, std::string_view type, std::string_view content) {
    const auto text = with_crlf(content);
    out += fmt::format("Content-Type: {}; charset=utf-8\r\n", type);
    if (fits_plainly(text)) {
        out += "Content-Transfer-Encoding: 7bit\r\n\r\n";
        out += text;
    } else {
        out += "Content-Transfer-Encoding: base64\r\n\r\n";
        const auto encoded = base64(text);
        for (std::size_t at = 0; at < encoded.size(); at += encoded_line)
            out += encoded.substr(at, encoded_line) + "\r\n";
    }
    out += "\r\n";
}

std::string_view domain_of(std::string_view address) {
    return address.substr(address.rfind('@') + 1);
}

bool fits_header(std::string_view text) {
    return text.size() <= longest_header && !has_control(text);
}

} // namespace

result<mailbox> mailbox::parse(std::string_view text) {
    mailbox box;
    const auto open = text.rfind('<');
    if (open != text.npos && text.ends_with('>')) {
        box.address = text.substr(open + 1, text.size() - open - 2);
        box.name = text.substr(0, open);
        while (!box.name.empty() && (box.name.back() == ' ' || box.name.back() == '"'))
            box.name.pop_back();
        box.name.erase(0, std::min(box.name.find_first_not_of(" \""), box.name.size()));
    } else {
        box.address = text;
    }
    if (!is_safe_address(box.address) || !fits_header(box.name))
        return fail(errc::invalid, "this is no e-mail address");
    return box;
}

bool is_safe_address(std::string_view address) noexcept {
    const auto at = address.find('@');
    return address.size() <= 254 && at != address.npos && at > 0 && at + 1 < address.size() &&
           address.find('@', at + 1) == address.npos && !has_control(address) &&
           address.find_first_of(" <>\"\\,;:()[]") == address.npos && !address.starts_with('-');
}

result<std::string> compose(const outgoing& mail, const mailbox& from, timestamp now) {
    const auto url_fits = mail.unsubscribe_url.find_first_of(" <>") == mail.unsubscribe_url.npos &&
                          is_ascii(mail.unsubscribe_url) && fits_header(mail.unsubscribe_url);
    const auto id_fits =
        mail.id.size() <= 100 && std::ranges::all_of(mail.id, [](char c) {
            return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
        });
    if (!is_safe_address(mail.to) || !fits_header(mail.subject) || !url_fits || !id_fits)
        return fail(errc::refused, "the mail has an address, subject or link that is not fit for a header");

    const std::string boundary = "part-" + uuid::random().text();
    std::string out;
    out += fmt::format("Date: {}\r\nFrom: {}\r\nTo: {}\r\nSubject: {}\r\nMessage-ID: <{}@{}>\r\n",
                       date_header(now), from_header(from), mail.to, header_text(mail.subject),
                       mail.id.empty() ? uuid::random().text() : mail.id, domain_of(from.address));
    if (!mail.unsubscribe_url.empty())
        out += fmt::format("List-Unsubscribe: <{}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
                           mail.unsubscribe_url);
    out += "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n";
    out += fmt::format("Content-Type: multipart/alternative; boundary=\"{}\"\r\n\r\n", boundary);
    out += "--" + boundary + "\r\n";
    append_part(out, "text/plain", mail.text);
    if (!mail.html.empty()) {
        out += "--" + boundary + "\r\n";
        append_part(out, "text/html", mail.html);
    }
    out += "--" + boundary + "--\r\n";
    return out;
}

} // namespace mvp::storage::mailing
