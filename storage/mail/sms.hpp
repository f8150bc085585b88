// Hands text messages to the gateway that SMS_URL names. Blocking, with deadlines: for the worker pool.
#pragma once

#include "storage/mail/deadlines.hpp"
#include "storage/model/error.hpp"

#include <string>

namespace mvp::storage::mailing {

struct text_message {
    std::string to, text;
};

class sms_gateway {
  public:
    /// `url`: http[s]://[user:password@]host[:port]/path. errc::invalid with a sentence if it cannot be used.
    static result<sms_gateway> create(std::string url, deadlines limits = {});

    /// POSTs {"to", "text"}. Success: a 2xx answer. errc::refused: a 4xx one; trying again is no use, unless
    /// it says "later" (408, 425, 429). errc::unavailable: that, any other answer, or none; try later.
    /// Follows no redirect. The error's text is for the log. Any thread, several at once.
    result<> send(const text_message& message) const;

  private:
    sms_gateway(std::string url, deadlines limits);
    std::string url_;
    deadlines limits_;
};

} // namespace mvp::storage::mailing
