#include "storage/text_messages.hpp"

namespace mvp::storage {
namespace {

task<result<>> refused_as_old() {
    co_return fail(errc::refused, "the code in it has expired");
}

} // namespace

task<result<send_outcome>> deliver_text_message(database& db, text_message_sender send) {
    static const send_queue text_messages("text_messages",
                                          "recipient, body, created_at < now() - interval '10 minutes'", 6);
    const send_queue::hand_over hand_over = [&send](row due) -> task<result<>> {
        if (due.boolean(3))
            return refused_as_old();
        mailing::text_message message;
        message.to = due.text(1);
        message.text = due.text(2);
        return send(std::move(message));
    };
    co_return co_await text_messages.deliver(db, hand_over);
}

} // namespace mvp::storage
