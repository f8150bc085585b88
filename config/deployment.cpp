#include "config/settings.hpp"

#include <algorithm>
#include <set>

namespace mvp::config {
namespace {

/// Texts that stand in examples, and keys that a program or a person did not draw at random.
bool looks_made_up(const std::string& key) {
    std::string low = key;
    std::ranges::transform(low, low.begin(), [](unsigned char c) { return std::tolower(c); });
    for (const char* word : {"insecure", "change", "example", "secret", "password", "default", "0123456789",
                             "abcdef0", "qwerty", "testing"})
        if (low.find(word) != std::string::npos)
            return true;
    return std::set<char>(key.begin(), key.end()).size() < 10;
}

bool only_local(const std::vector<std::string>& hosts) {
    return std::ranges::all_of(hosts, [](const std::string& host) {
        return host == "localhost" || host == "0.0.0.0" || host == "[::1]" || host.starts_with("127.");
    });
}

bool has(const std::vector<std::string>& list, const char* item) {
    return std::ranges::find(list, item) != list.end();
}

} // namespace

std::vector<std::string> deployment_warnings(const settings& values) {
    std::vector<std::string> warnings;
    const auto warn_if = [&](bool unsafe, const char* sentence) {
        if (unsafe)
            warnings.emplace_back(sentence);
    };
    warn_if(values.debug, "DEBUG is on.");
    warn_if(values.database_url.empty(), "DATABASE_URL is missing.");
    warn_if(values.redis_url.empty(), "REDIS_URL is missing.");
    if (values.secret_key.empty())
        warn_if(true, "SECRET_KEY is missing.");
    else if (values.secret_key.size() < 32)
        warn_if(true, "SECRET_KEY is shorter than 32 bytes.");
    else
        warn_if(looks_made_up(values.secret_key),
                "SECRET_KEY can be guessed: draw one at random (openssl rand -base64 48).");
    warn_if(has(values.allowed_hosts, "*"), "ALLOWED_HOSTS admits any host.");
    warn_if(only_local(values.allowed_hosts),
            "ALLOWED_HOSTS names only this machine: clients outside get 400.");
    warn_if(has(values.cors_allowed_origins, "*"), "CORS_ALLOWED_ORIGINS admits every site.");
    warn_if(std::ranges::any_of(values.cors_allowed_origins,
                                [](const std::string& origin) { return origin.starts_with("http:"); }),
            "CORS_ALLOWED_ORIGINS admits a site without TLS.");
    warn_if(!values.public_url.starts_with("https://"), "PUBLIC_URL does not begin with https://.");
    warn_if(!values.rate_limits, "RATE_LIMITS is off.");
    warn_if(values.trusted_proxies.empty(),
            "TRUSTED_PROXIES is empty: behind a proxy all clients share one address in limits.");
    warn_if(values.email_url.empty(), "EMAIL_URL is empty: mails are not sent.");
    warn_if(!values.email_url.empty() && values.email_from.empty(),
            "EMAIL_FROM is empty: mails have no sender.");
    warn_if(values.media_root.is_relative(),
            "MEDIA_ROOT is relative: it depends on where the program is started.");
    warn_if(values.log_level == "debug", "LOG_LEVEL is debug.");
    return warnings;
}

} // namespace mvp::config
