// Hands mails to the SMTP server that EMAIL_URL names. Blocking, with deadlines: for the worker pool.
#pragma once

#include "storage/mail/deadlines.hpp"
#include "storage/mail/mime.hpp"
#include "storage/model/error.hpp"

#include <string>
#include <string_view>

namespace mvp::storage::mailing {

class smtp_sender {
  public:
    /// `url`: smtp://[user:password@]host[:port] (STARTTLS when the server offers it) or smtps://…; `from` as
    /// in mailbox::parse(). errc::invalid with a sentence if either cannot be used.
    static result<smtp_sender> create(std::string url, std::string_view from, deadlines limits = {});

    /// Success: the server has taken the mail. errc::refused: it (or we) will never take this one, trying
    /// again is no use. errc::unavailable: not now; try later. The text is for the log. Any thread, several
    /// at once.
    result<> send(const outgoing& mail) const;

  private:
    smtp_sender(std::string url, mailbox from, deadlines limits);
    std::string url_;
    mailbox from_;
    deadlines limits_;
};

} // namespace mvp::storage::mailing
