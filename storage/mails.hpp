// Mails that wait in their table until the SMTP server has taken them.
//
// A mail is taken by a row lock that is held while it is sent: several processes share the work, and when one
// is killed PostgreSQL gives its mail back at once. So no mail is sent twice because of a restart before it
// was handed over.
#pragma once

#include "storage/async.hpp"
#include "storage/mail/mime.hpp"
#include "storage/postgres/database.hpp"

#include <functional>

namespace mvp::storage {

/// Hands one mail over. errc::refused: it will never be taken; any other error: try again later.
using mail_sender = std::function<task<result<>>(mailing::outgoing mail)>;

enum class mail_outcome {
    none_due,  ///< nothing to do
    sent,      ///< the server has taken it
    postponed, ///< it is tried again after a pause that grows each time
    failed,    ///< for good: refused, or tried for about a day
};

/// Takes a due mail that nobody else has, and sends it.
task<result<mail_outcome>> deliver_mail(database& db, mail_sender send);

} // namespace mvp::storage
