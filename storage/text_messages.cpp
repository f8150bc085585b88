#include "storage/text_messages.hpp"

namespace mvp::storage {

task<result<send_outcome>> deliver_text_message(database& db, text_message_sender send) {
    static const send_queue text_messages("text_messages", "recipient, body", 6);
    const send_queue::hand_over hand_over = [&send](row due) {
        mailing::text_message message;
        message.to = due.text(1);
        message.text = due.text(2);
        return send(std::move(message));
    };
    co_return co_await text_messages.deliver(db, hand_over);
}

} // namespace mvp::storage
