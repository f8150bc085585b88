// Text messages that wait in their table until the gateway has taken them.
#pragma once

#include "storage/mail/sms.hpp"
#include "storage/send_queue.hpp"

namespace mvp::storage {

/// Hands one text message over; errors as send_queue::hand_over has them.
using text_message_sender = std::function<task<result<>>(mailing::text_message message)>;

/// Takes a due text message that nobody else has, and sends it. It is tried for ten minutes: as long as the
/// code in it is of use; one that is older, since there was no gateway, is given up.
task<result<send_outcome>> deliver_text_message(database& db, text_message_sender send);

} // namespace mvp::storage
