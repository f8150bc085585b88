#include "http/auth/hmac.hpp"
#include "http/auth/tokens.hpp"

#include <cstring>

namespace mvp::http {
namespace {

// Purpose (1 byte), user (16), expiry in seconds (8, big-endian), binding (the rest).
constexpr std::size_t expiry_at = 17, binding_at = 25, longest_token = 1024;

/// A key of its own, so that a link's token and a log-in token can never be taken for each other.
std::string link_secret(std::string_view secret) {
    return std::string{as_text(hmac_key{secret}.sign("tokens of links in mails"))};
}

} // namespace

struct signed_tokens::key {
    hmac_key hmac;
};

signed_tokens::signed_tokens(std::string_view secret) : key_(new key{hmac_key{link_secret(secret)}}) {}
signed_tokens::~signed_tokens() = default;

std::string signed_tokens::issue(token_purpose purpose, const link_claims& c, timestamp expires) const {
    std::string payload(1, static_cast<char>(purpose));
    payload.append(reinterpret_cast<const char*>(c.user.bytes.data()), c.user.bytes.size());
    const auto seconds = static_cast<std::uint64_t>(
        std::chrono::floor<std::chrono::seconds>(expires).time_since_epoch().count());
    for (int shift = 56; shift >= 0; shift -= 8)
        payload += static_cast<char>(seconds >> shift & 255);
    payload += c.binding;

    std::string out;
    append_base64url(out, payload);
    out += '.';
    append_base64url(out, as_text(key_->hmac.sign(payload)));
    return out;
}

result<link_claims> signed_tokens::verify(token_purpose purpose, std::string_view text, timestamp now) const {
    const auto refuse = [] { return fail(errc::refused, "Invalid or expired token"); };
    const auto dot = text.find('.');
    if (text.size() > longest_token || dot == text.npos)
        return refuse();
    const auto payload = decode_base64url(text.substr(0, dot));
    const auto signature = decode_base64url(text.substr(dot + 1));
    if (!payload || !signature || !key_->hmac.check(*payload, *signature) || payload->size() < binding_at ||
        (*payload)[0] != static_cast<char>(purpose))
        return refuse();
    std::uint64_t expires = 0;
    for (std::size_t i = expiry_at; i < binding_at; ++i)
        expires = expires << 8 | static_cast<unsigned char>((*payload)[i]);
    if (static_cast<std::int64_t>(expires) <=
        std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count())
        return refuse();
    link_claims c;
    std::memcpy(c.user.bytes.data(), payload->data() + 1, c.user.bytes.size());
    c.binding = payload->substr(binding_at);
    return c;
}

std::string signed_tokens::keyed_hash(std::string_view text) const {
    // The byte in front is no purpose, so that no hash is ever a link's signature.
    std::string out;
    append_base64url(out, as_text(key_->hmac.sign('\0' + std::string(text))));
    return out;
}

} // namespace mvp::http
