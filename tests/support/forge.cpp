#include "tests/support/forge.hpp"

#include <ctime>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace mvp::test {
namespace {

std::string base64url(std::string_view bytes) {
    std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    const int n =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    out.resize(static_cast<std::size_t>(n));
    while (!out.empty() && out.back() == '=')
        out.pop_back();
    for (auto& c : out)
        c = c == '+' ? '-' : c == '/' ? '_' : c;
    return out;
}

std::string token(std::string_view algorithm, std::string_view claims, std::string_view key) {
    const auto head =
        base64url(fmt::format(R"({{"alg":"{}","typ":"JWT"}})", algorithm)) + "." + base64url(claims);
    if (algorithm == "none")
        return head + ".";
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    HMAC(algorithm == "HS512" ? EVP_sha512() : EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(head.data()), head.size(), digest, &size);
    return head + "." + base64url({reinterpret_cast<const char*>(digest), size});
}

} // namespace

std::optional<std::string> forged(std::string_view name, std::string_view user_id, std::string_view key) {
    const auto now = std::time(nullptr);
    const auto claims = [&](std::string_view type, std::time_t expiry, std::string_view user) {
        return fmt::format(R"({{"token_type":"{}","exp":{},"iat":{},"jti":"{:032x}","user_id":"{}"}})", type,
                           expiry, now - 7200, static_cast<unsigned>(now), user);
    };
    const auto later = now + 3600, past = now - 3600;
    if (name == "EXPIRED")
        return token("HS256", claims("access", past, user_id), key);
    if (name == "EXPIRED_REFRESH")
        return token("HS256", claims("refresh", past, user_id), key);
    if (name == "REFRESH_AS_ACCESS")
        return token("HS256", claims("refresh", later, user_id), key);
    if (name == "WRONG_SIGNATURE")
        return token("HS256", claims("access", later, user_id), "another key that is long enough to be one");
    if (name == "ALG_NONE")
        return token("none", claims("access", later, user_id), key);
    if (name == "HS512")
        return token("HS512", claims("access", later, user_id), key);
    if (name == "UNKNOWN_USER")
        return token("HS256", claims("access", later, "00000000-0000-0000-0000-000000000005"), key);
    if (name == "NO_USER_ID")
        return token("HS256",
                     fmt::format(R"({{"token_type":"access","exp":{},"iat":{},"jti":"a"}})", later, now),
                     key);
    if (name == "NO_EXP")
        return token(
            "HS256",
            fmt::format(R"({{"token_type":"access","iat":{},"jti":"a","user_id":"{}"}})", now, user_id), key);
    if (name == "NO_TYPE")
        return token("HS256",
                     fmt::format(R"({{"exp":{},"iat":{},"jti":"a","user_id":"{}"}})", later, now, user_id),
                     key);
    if (name == "NO_JTI")
        return token(
            "HS256",
            fmt::format(R"({{"token_type":"access","exp":{},"iat":{},"user_id":"{}"}})", later, now, user_id),
            key);
    return std::nullopt;
}

} // namespace mvp::test
