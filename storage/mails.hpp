// Mails that wait in their table until the SMTP server has taken them.
#pragma once

#include "storage/mail/mime.hpp"
#include "storage/send_queue.hpp"

namespace mvp::storage {

/// Hands one mail over; errors as send_queue::hand_over has them.
using mail_sender = std::function<task<result<>>(mailing::outgoing mail)>;

/// Takes a due mail that nobody else has, and sends it; what somebody asked for goes before what is about
/// notifications. It is tried for a little over a day.
task<result<send_outcome>> deliver_mail(database& db, mail_sender send);

} // namespace mvp::storage
