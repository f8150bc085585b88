// The words of mails about notifications: one by itself, or many in a digest. Text and HTML, everything that
// a user typed escaped. Pure.
#pragma once

#include "storage/outbox.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace mvp::storage::mailing {

/// A notification as a mail shows it.
struct notice {
    std::string type, title, message;
    std::string url{}; ///< absolute, of what it is about; empty: no link
};

/// `unsubscribe_url` ends the mails of the notice's type.
mail notice_mail(std::string to, const notice& about, std::string unsubscribe_url);
/// `period`: "daily" or "weekly". `all`, of which there is at least one, in the order in which they happened;
/// the mail groups them by type and shows the first of each. `unsubscribe_url` ends the mails of their types.
mail digest_mail(std::string to, std::string_view period, const std::vector<notice>& all,
                 std::string unsubscribe_url);

} // namespace mvp::storage::mailing
