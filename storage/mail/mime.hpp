// A mail as the bytes that SMTP carries: headers, a text and an HTML part, encoded so that any UTF-8 arrives
// and nothing that a user typed can add a header. Pure.
#pragma once

#include "storage/model/error.hpp"
#include "storage/model/timestamp.hpp"

#include <string>
#include <string_view>

namespace mvp::storage::mailing {

/// One mail to one person.
struct outgoing {
    std::string to, subject, text, html;
    std::string
        unsubscribe_url{}; ///< https link for one-click unsubscription (RFC 8058); empty: no such headers
    std::string
        id{}; ///< what makes the Message-ID, the same at every try (the outbox row's id); empty: random
};

/// "mvpBackend <noreply@example.com>", or the address alone, taken apart.
struct mailbox {
    std::string name, address;
    /// errc::invalid if there is no usable address in `text`.
    static result<mailbox> parse(std::string_view text);
};

/// Printable, with one @ inside, and nothing in it that means something to SMTP or to a header.
bool is_safe_address(std::string_view address) noexcept;

/// The message with CRLF line ends. errc::refused if an address, the subject, the id or the URL is not fit
/// for a header.
result<std::string> compose(const outgoing& mail, const mailbox& from, timestamp now);

} // namespace mvp::storage::mailing
