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

/// Sets a bool once the recipient was named. libcurl tells of a refused sender and of a refused recipient by
/// the same code.
int watch_commands(CURL*, curl_infotype what, char* data, std::size_t size, void* named) {
    if (what == CURLINFO_HEADER_OUT && std::string_view(data, size).starts_with("RCPT "))
        *static_cast<bool*>(named) = true;
    return 0;
}

/// A 5xx answer to the recipient or the contents is final for this mail. One to the greeting, the log-in or
/// the sender is about the server or our settings, which may be mended.
bool is_final(CURLcode failure, long answer, bool recipient_named, bool contents_begun) {
    const bool about_login = answer == 530 || answer == 534 || answer == 535 || answer == 538;
    const bool about_mail = (failure == CURLE_SEND_ERROR && recipient_named) ||
                            (failure == CURLE_WEIRD_SERVER_REPLY && contents_begun);
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
    bool recipient_named = false;
    curl_easy_setopt(h, CURLOPT_VERBOSE, 1L); // to the function, nowhere else
    curl_easy_setopt(h, CURLOPT_DEBUGFUNCTION, watch_commands);
    curl_easy_setopt(h, CURLOPT_DEBUGDATA, &recipient_named);

    const CURLcode done = curl_easy_perform(h);
    if (done == CURLE_OK)
        return {};
    long answer = 0;
    curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &answer);
    auto text = fmt::format("SMTP {}: {}", answer, *reason ? reason : curl_easy_strerror(done));
    const bool for_good = is_final(done, answer, recipient_named, source.begun);
    return fail(for_good ? errc::refused : errc::unavailable, std::move(text));
}

} // namespace mvp::storage::mailing
