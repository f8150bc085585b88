// What every use of libcurl needs: the library started once, and handles that free themselves.
#pragma once

#include "storage/mail/deadlines.hpp"

#include <curl/curl.h>

#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>

namespace mvp::storage::mailing {

struct curl_deleter {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
    void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using curl_handle = std::unique_ptr<CURL, curl_deleter>;
using curl_list = std::unique_ptr<curl_slist, curl_deleter>;

/// Before the first handle. Any thread; throws when the library cannot start.
inline void start_curl() {
    static std::once_flag once;
    std::call_once(once, [] {
        if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
            throw std::runtime_error("libcurl cannot start");
    });
}

inline bool is_url(const std::string& text) {
    const std::unique_ptr<CURLU, curl_deleter> parsed{curl_url()};
    return parsed && curl_url_set(parsed.get(), CURLUPART_URL, text.c_str(), 0) == CURLUE_OK;
}

/// What all exchanges have in common; `reason` has CURL_ERROR_SIZE bytes and outlives them.
inline void prepare(CURL* h, const std::string& url, const char* schemes, const deadlines& limits,
                    char* reason) {
    curl_easy_setopt(h, CURLOPT_URL, url.c_str());
    curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, schemes);
    curl_easy_setopt(h, CURLOPT_PROXY,
                     ""); // settings have names of ours; the environment's proxies are not among them
    curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits.connect.count()));
    curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, static_cast<long>(limits.total.count()));
    curl_easy_setopt(h, CURLOPT_ERRORBUFFER, reason);
}

} // namespace mvp::storage::mailing
