#include "storage/mail/sms.hpp"

#include "storage/mail/curl.hpp"
#include "storage/model/json_text.hpp"

#include <fmt/format.h>

namespace mvp::storage::mailing {
namespace {

std::size_t ignore(char*, std::size_t size, std::size_t count, void*) {
    return size * count;
}

bool is_final(long answer) {
    const bool later = answer == 408 || answer == 425 || answer == 429;
    return answer >= 400 && answer < 500 && !later;
}

} // namespace

sms_gateway::sms_gateway(std::string url, deadlines limits) : url_(std::move(url)), limits_(limits) {}

result<sms_gateway> sms_gateway::create(std::string url, deadlines limits) {
    start_curl();
    if (!url.starts_with("http://") && !url.starts_with("https://"))
        return fail(errc::invalid, "SMS_URL must begin with http:// or https://");
    if (!is_url(url))
        return fail(errc::invalid, "SMS_URL is no URL");
    return sms_gateway{std::move(url), limits};
}

result<> sms_gateway::send(const text_message& message) const {
    const auto body = fmt::format(R"({{"to":{},"text":{}}})", json_text(message.to), json_text(message.text));
    const curl_handle handle{curl_easy_init()};
    const curl_list head{curl_slist_append(nullptr, "Content-Type: application/json")};
    if (!handle || !head)
        return fail(errc::unavailable, "out of memory");
    char reason[CURL_ERROR_SIZE] = "";
    CURL* h = handle.get();
    prepare(h, url_, "http,https", limits_, reason);
    curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(h, CURLOPT_HTTPHEADER, head.get());
    curl_easy_setopt(h, CURLOPT_POSTFIELDS, body.data());
    curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
    curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, ignore);

    const CURLcode done = curl_easy_perform(h);
    if (done != CURLE_OK)
        return fail(errc::unavailable,
                    fmt::format("no answer: {}", *reason ? reason : curl_easy_strerror(done)));
    long answer = 0;
    curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &answer);
    if (answer >= 200 && answer < 300)
        return {};
    return fail(is_final(answer) ? errc::refused : errc::unavailable, fmt::format("answered {}", answer));
}

} // namespace mvp::storage::mailing
