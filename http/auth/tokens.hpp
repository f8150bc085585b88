// Signed tokens. `tokens`: the access and refresh JWTs (HS256) that log a user in, in the claims and refusals
// that clients know. `signed_tokens`: single-purpose ones for links in mails. Pure computation, for any
// thread.
#pragma once

#include "storage/model/error.hpp"
#include "storage/model/timestamp.hpp"
#include "storage/model/uuid.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mvp::http {

enum class token_kind { access, refresh };

/// What a verified token says.
struct claims {
    token_kind kind = token_kind::access;
    std::chrono::sys_seconds expires{};
    std::chrono::sys_seconds issued{}; ///< the epoch if the token does not say
    std::string jti{};
    uuid user{}; ///< nil if `user_id` was no UUID: a user that does not exist
    std::optional<std::int64_t>
        generation{};     ///< absent in tokens of other makers: they are judged by `issued`
    std::string family{}; ///< access tokens: the jti of their refresh token; may be empty
};

struct token_pair {
    std::string refresh, access;
    std::string refresh_jti; ///< the family
};

/// Where a token is presented; it decides which kind is asked for and how a refusal is put.
enum class token_use {
    access,  ///< an Authorization header: "Given token not valid for any token type" and the reason in
             ///< `messages`
    refresh, ///< the body of token/refresh and token/blacklist: the reason itself is the detail
    any,     ///< the body of token/verify: either kind
};

class tokens {
  public:
    struct lifetimes {
        std::chrono::seconds access{7 * 86400};
        std::chrono::seconds refresh{30 * 86400};
    };

    tokens(std::string_view secret, lifetimes lives);
    ~tokens();
    tokens(const tokens&) = delete;
    tokens& operator=(const tokens&) = delete;

    /// A refresh token and an access token of its family. `generation`: the account's token_generation.
    token_pair issue_pair(const uuid& user, std::int64_t generation, timestamp now) const;
    /// A new access token for a verified refresh token (whose account was looked at: see revoked()).
    std::string issue_access(const claims& refresh, std::int64_t generation, timestamp now) const;
    /// Signature, lifetime and claims, in that order; errc::bad_token with the contract's texts. Says nothing
    /// of the account or of log-outs. Any input is safe.
    result<claims> verify(std::string_view text, token_use use, timestamp now) const;
    const lifetimes& lives() const { return lives_; }

  private:
    struct key;
    std::unique_ptr<key> key_;
    lifetimes lives_;
};

/// The refusal of a token that is well-formed but dead (log-out, password change, suspension lifted, …).
error dead_token(token_use use);

/// Whether the account has moved on since: by generation, or for tokens without one by the time of issue.
bool revoked(const claims& c, std::int64_t generation, std::optional<timestamp> valid_after);

/// What a link in a mail may be for; a token for one purpose is worth nothing for another.
enum class token_purpose : std::uint8_t { verify_email = 1, reset_password = 2, unsubscribe = 3 };

/// `binding` is what must still be so when the token comes back: the address that was to be verified, the
/// account's token_generation in decimal (a reset raises it, so that its token works once), the type of mail
/// to end.
struct link_claims {
    uuid user{};
    std::string binding{};
};

class signed_tokens {
  public:
    explicit signed_tokens(std::string_view secret);
    ~signed_tokens();
    signed_tokens(const signed_tokens&) = delete;
    signed_tokens& operator=(const signed_tokens&) = delete;

    /// URL-safe text. Lifetimes are the caller's: email_verification_lifetime, password_reset_lifetime, …
    std::string issue(token_purpose purpose, const link_claims& c, timestamp expires) const;
    /// errc::refused "Invalid or expired token" for whatever is wrong with it.
    result<link_claims> verify(token_purpose purpose, std::string_view text, timestamp now) const;

    /// For what is stored only to be compared (a code that was sent to a phone): nobody without the key can
    /// find `text` by trying them all. 43 characters.
    std::string keyed_hash(std::string_view text) const;

  private:
    struct key;
    std::unique_ptr<key> key_;
};

inline constexpr std::chrono::hours email_verification_lifetime{72};
inline constexpr std::chrono::hours password_reset_lifetime{24};
inline constexpr std::chrono::hours unsubscribe_lifetime{24 * 365};

} // namespace mvp::http
