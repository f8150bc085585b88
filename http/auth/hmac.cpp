#include "http/auth/hmac.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <cstring>
#include <stdexcept>

namespace mvp::http {
namespace {

constexpr std::size_t block_size = 64; // of SHA-256

struct context_deleter {
    void operator()(EVP_MD_CTX* c) const { EVP_MD_CTX_free(c); }
};
using context = std::unique_ptr<EVP_MD_CTX, context_deleter>;

context new_context() {
    context c{EVP_MD_CTX_new()};
    if (!c)
        throw std::bad_alloc();
    return c;
}

void require(int ok) {
    if (ok != 1)
        throw std::runtime_error("OpenSSL: SHA-256 failed");
}

/// A digest that has already taken in the key, masked with `mask`.
context keyed(const std::array<std::uint8_t, block_size>& key, std::uint8_t mask) {
    auto masked = key;
    for (auto& byte : masked)
        byte ^= mask;
    auto c = new_context();
    require(EVP_DigestInit_ex(c.get(), EVP_sha256(), nullptr));
    require(EVP_DigestUpdate(c.get(), masked.data(), masked.size()));
    OPENSSL_cleanse(masked.data(), masked.size());
    return c;
}

mac finish(const EVP_MD_CTX* begun, std::string_view message) {
    // Copying into a context that exists costs a quarter of what OpenSSL's one-shot HMAC() does.
    thread_local const context work = new_context();
    mac out;
    require(EVP_MD_CTX_copy_ex(work.get(), begun));
    require(EVP_DigestUpdate(work.get(), message.data(), message.size()));
    require(EVP_DigestFinal_ex(work.get(), out.data(), nullptr));
    return out;
}

constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::array<std::int8_t, 256> make_values() {
    std::array<std::int8_t, 256> values{};
    for (auto& v : values)
        v = -1;
    for (int i = 0; i < 64; ++i)
        values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
    return values;
}
constexpr auto values = make_values();

} // namespace

struct hmac_key::contexts {
    context inner, outer;
};

hmac_key::hmac_key(std::string_view secret) {
    std::array<std::uint8_t, block_size> key{};
    if (secret.size() > block_size)
        require(EVP_Digest(secret.data(), secret.size(), key.data(), nullptr, EVP_sha256(), nullptr));
    else
        std::memcpy(key.data(), secret.data(), secret.size());
    contexts_ = std::make_unique<contexts>(contexts{keyed(key, 0x36), keyed(key, 0x5c)});
    OPENSSL_cleanse(key.data(), key.size());
}

hmac_key::~hmac_key() = default;

mac hmac_key::sign(std::string_view message) const {
    const mac inner = finish(contexts_->inner.get(), message);
    return finish(contexts_->outer.get(), as_text(inner));
}

bool hmac_key::check(std::string_view message, std::string_view signature) const {
    const mac right = sign(message);
    return signature.size() == right.size() &&
           CRYPTO_memcmp(right.data(), signature.data(), right.size()) == 0;
}

void append_base64url(std::string& out, std::string_view bytes) {
    out.reserve(out.size() + (bytes.size() * 4 + 2) / 3);
    std::uint32_t bits = 0;
    int count = 0;
    for (const unsigned char byte : bytes) {
        bits = bits << 8 | byte;
        for (count += 8; count >= 6;) {
            count -= 6;
            out += alphabet[bits >> count & 63];
        }
    }
    if (count > 0)
        out += alphabet[bits << (6 - count) & 63];
}

std::optional<std::string> decode_base64url(std::string_view text) {
    if (text.size() % 4 == 1)
        return std::nullopt;
    std::string out(text.size() * 3 / 4, '\0');
    std::size_t at = 0;
    std::uint32_t bits = 0;
    int count = 0;
    for (const unsigned char c : text) {
        const int value = values[c];
        if (value < 0)
            return std::nullopt;
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        count += 6;
        if (count >= 8) {
            count -= 8;
            out[at++] = static_cast<char>(bits >> count & 255);
        }
    }
    if ((bits & ((1u << count) - 1)) != 0)
        return std::nullopt;
    return out;
}

} // namespace mvp::http
