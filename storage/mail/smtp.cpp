#include "storage/mail/smtp.hpp"

#include "storage/mail/curl.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace mvp::storage::mailing {
namespace {

/// What is left to send; `begun` once the server has asked for the contents.
struct upload {
    std::string_view left;
    bool begun = false;
};

std::size_t read_upload(char* buffer, std::size_t size, std::size_t count, void* data) {
    auto& source = *static_cast<upload*>(data);
    source.begun = true;
    const auto piece = std::min(size * count, source.left.size());
    std::memcpy(buffer, source.left.data(), piece);
    source.left.remove_prefix(piece);
    return piece;
}

/// A 5xx answer to the sender, the recipient or the contents is final for this mail. One to the greeting or
/// the log-in is about the server or our settings, which may be mended.
bool is_final(CURLcode failure, long answer, bool contents_begun) {
    const bool about_login = answer == 530 || answer == 534 || answer == 535 || answer == 538;
    const bool about_mail =
        failure == CURLE_SEND_ERROR || (failure == CURLE_WEIRD_SERVER_REPLY && contents_begun);
    return about_mail && answer >= 500 && answer < 600 && !about_login;
}

} // namespace

smtp_sender::smtp_sender(std::string url, mailbox from, deadlines limits)
    : url_(std::move(url)), from_(std::move(from)), limits_(limits) {}

result<smtp_sender> smtp_sender::create(std::string url, std::string_view from, deadlines limits) {
    start_curl();
    if (!url.starts_with("smtp://") && !url.starts_with("smtps://"))
        return fail(errc::invalid, "EMAIL_URL must begin with smtp:// or smtps://");
    if (!is_url(url))
        return fail(errc::invalid, "EMAIL_URL is no URL");
    auto sender = mailbox::parse(from);
    if (!sender)
        return fail(errc::invalid, "EMAIL_FROM must be an address, or a name and an address in <>");
    return smtp_sender{std::move(url), std::move(*sender), limits};
}

result<> smtp_sender::send(const outgoing& mail) const {
    auto message = compose(mail, from_, now());
    if (!message)
        return fail(std::move(message.error()));
    const curl_handle handle{curl_easy_init()};
    const curl_list recipients{curl_slist_append(nullptr, mail.to.c_str())};
    if (!handle || !recipients)
        return fail(errc::unavailable, "out of memory");
    upload source{*message};
    char reason[CURL_ERROR_SIZE] = "";
    CURL* h = handle.get();
    prepare(h, url_, "smtp,smtps", limits_, reason);
    curl_easy_setopt(h, CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_TRY));
    curl_easy_setopt(h, CURLOPT_MAIL_FROM, from_.address.c_str());
    curl_easy_setopt(h, CURLOPT_MAIL_RCPT, recipients.get());
    curl_easy_setopt(h, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(h, CURLOPT_READFUNCTION, read_upload);
    curl_easy_setopt(h, CURLOPT_READDATA, &source);

    const CURLcode done = curl_easy_perform(h);
    if (done == CURLE_OK)
        return {};
    long answer = 0;
    curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &answer);
    auto text = fmt::format("SMTP {}: {}", answer, *reason ? reason : curl_easy_strerror(done));
    return fail(is_final(done, answer, source.begun) ? errc::refused : errc::unavailable, std::move(text));
}

} // namespace mvp::storage::mailing
