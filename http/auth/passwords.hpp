// Passwords: hashing (argon2id), checking (also Django's pbkdf2_sha256 of imported users) and the rules for
// new ones. hash(), verify() and verify_nobody() cost milliseconds by design: call them on the worker pool.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mvp::http::passwords {

/// An argon2id string (operations 2, memory 19 MiB), at most 128 bytes. Throws std::bad_alloc when memory is
/// short.
std::string hash(std::string_view password);

/// Whether `password` is the one behind `stored` (argon2id, or pbkdf2_sha256$iterations$salt$digest). False
/// for an unknown or unusable format, and for parameters beyond what this program would ever pay for.
bool verify(std::string_view stored, std::string_view password);

/// What verify() costs for a hash of hash(): for users that do not exist, so that they take the same time.
void verify_nobody(std::string_view password);

/// True when `stored` was not made by hash() as it is today: hash anew after a successful verify().
bool needs_rehash(std::string_view stored);

/// Everything that is wrong with a new password, as the contract's texts, in order; empty: it may be used.
/// Cheap.
std::vector<std::string> complaints(std::string_view password);

} // namespace mvp::http::passwords
