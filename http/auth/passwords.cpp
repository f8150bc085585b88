#include "http/auth/passwords.hpp"

#include "http/auth/common_passwords.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <new>
#include <optional>
#include <stdexcept>

namespace mvp::http::passwords {
namespace {

constexpr unsigned long long operations = 2;
constexpr std::size_t memory = 19u << 20; // what OWASP asks for with two operations
constexpr std::string_view argon2id = "$argon2id$v=19$m=", pbkdf2 = "pbkdf2_sha256$";
constexpr unsigned long most_iterations = 5'000'000, most_memory_kib = 256 * 1024, most_operations = 10;
constexpr std::size_t shortest_password = 8;

void require_sodium() {
    static const bool ready = sodium_init() >= 0;
    if (!ready)
        throw std::runtime_error("libsodium cannot be initialised");
}

/// Takes the text before `end` (and `end`) off the front of `rest`.
std::optional<std::string_view> take_until(std::string_view& rest, char end) {
    const auto at = rest.find(end);
    if (at == rest.npos)
        return std::nullopt;
    const auto taken = rest.substr(0, at);
    rest.remove_prefix(at + 1);
    return taken;
}

std::optional<unsigned long> number(std::optional<std::string_view> text, unsigned long most) {
    unsigned long value = 0;
    if (!text)
        return std::nullopt;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc{} || end != text->data() + text->size() || value == 0 || value > most)
        return std::nullopt;
    return value;
}

bool verify_pbkdf2(std::string_view rest, std::string_view password) {
    const auto iterations = number(take_until(rest, '$'), most_iterations);
    const auto salt = take_until(rest, '$');
    if (!iterations || !salt || salt->empty())
        return false;
    std::array<unsigned char, 32> digest;
    if (PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()),
                          reinterpret_cast<const unsigned char*>(salt->data()),
                          static_cast<int>(salt->size()), static_cast<int>(*iterations), EVP_sha256(),
                          digest.size(), digest.data()) != 1)
        return false;
    std::array<unsigned char, 45> text; // 44 characters of base64 and a zero byte
    const auto size = static_cast<std::size_t>(EVP_EncodeBlock(text.data(), digest.data(), digest.size()));
    return rest.size() == size && CRYPTO_memcmp(rest.data(), text.data(), size) == 0;
}

/// "m=19456,t=2,p=1$…": what verifying would cost must be within reason.
bool affordable(std::string_view rest) {
    const auto kib = number(take_until(rest, ','), most_memory_kib);
    if (!kib || !rest.starts_with("t="))
        return false;
    rest.remove_prefix(2);
    return number(take_until(rest, ','), most_operations).has_value();
}

bool verify_argon2id(std::string_view stored, std::string_view password) {
    if (stored.size() >= crypto_pwhash_STRBYTES || !affordable(stored.substr(argon2id.size())))
        return false;
    require_sodium();
    const std::string text(stored); // libsodium wants a zero byte behind it
    return crypto_pwhash_str_verify(text.c_str(), password.data(), password.size()) == 0;
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

} // namespace

std::string hash(std::string_view password) {
    require_sodium();
    std::array<char, crypto_pwhash_STRBYTES> out;
    if (crypto_pwhash_str_alg(out.data(), password.data(), password.size(), operations, memory,
                              crypto_pwhash_ALG_ARGON2ID13) != 0)
        throw std::bad_alloc();
    return out.data();
}

bool verify(std::string_view stored, std::string_view password) {
    if (stored.starts_with(argon2id))
        return verify_argon2id(stored, password);
    if (stored.starts_with(pbkdf2))
        return verify_pbkdf2(stored.substr(pbkdf2.size()), password);
    return false;
}

void verify_nobody(std::string_view password) {
    static const std::string nobody = hash("nobody has this password");
    verify(nobody, password);
}

bool needs_rehash(std::string_view stored) {
    if (!stored.starts_with(argon2id) || stored.size() >= crypto_pwhash_STRBYTES)
        return true;
    require_sodium();
    return crypto_pwhash_str_needs_rehash(std::string(stored).c_str(), operations, memory) != 0;
}

std::vector<std::string> complaints(std::string_view password) {
    std::vector<std::string> texts;
    const auto is_first_byte = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
    if (static_cast<std::size_t>(std::ranges::count_if(password, is_first_byte)) < shortest_password)
        texts.emplace_back("This password is too short. It must contain at least 8 characters.");
    std::string lower_case(password);
    std::ranges::transform(lower_case, lower_case.begin(), lower);
    if (is_common(lower_case))
        texts.emplace_back("This password is too common.");
    if (!password.empty() && std::ranges::all_of(password, [](char c) { return c >= '0' && c <= '9'; }))
        texts.emplace_back("This password is entirely numeric.");
    return texts;
}

} // namespace mvp::http::passwords
