#include "storage/mails.hpp"

namespace mvp::storage {

task<result<send_outcome>> deliver_mail(database& db, mail_sender send) {
    static const send_queue mails("mails", "recipient, subject, body_text, body_html, unsubscribe_url", 30,
                                  "(unsubscribe_url IS NOT NULL)");
    const send_queue::hand_over hand_over = [&send](row due) {
        mailing::outgoing mail;
        mail.id = due.text(0);
        mail.to = due.text(1);
        mail.subject = due.text(2);
        mail.text = due.text(3);
        mail.html = due.text(4);
        mail.unsubscribe_url = due.text(5);
        return send(std::move(mail));
    };
    co_return co_await mails.deliver(db, hand_over);
}

} // namespace mvp::storage
