#include "http/auth/authenticate.hpp"

#include "http/services.hpp"
#include "storage/users.hpp"

#include <algorithm>
#include <cstring>
#include <openssl/sha.h>
#include <string>
#include <unordered_map>

namespace mvp::http {
namespace {

constexpr std::size_t remembered_tokens = 16'384; // a loop keeps up to twice as many
constexpr std::size_t longest_remembered = 2048;

/// Of the end only: there lies the signature, which is as good as random in every token that is remembered.
struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
        std::uint64_t end = 0;
        const auto bytes = std::min(text.size(), sizeof end);
        std::memcpy(&end, text.data() + text.size() - bytes, bytes);
        return std::hash<std::uint64_t>{}(end * 0x9e3779b97f4a7c15 >> 16);
    }
};

/// Tokens whose signature this loop has checked. Two generations bound it: when the young one is full it
/// becomes the old one, and what is used meanwhile moves back. No lock: one a thread.
class token_memory {
  public:
    const session_token* find(const tokens* maker, std::string_view text) {
        if (maker != maker_)
            return nullptr;
        if (auto found = young_.find(text); found != young_.end())
            return &found->second;
        auto found = old_.find(text);
        if (found == old_.end())
            return nullptr;
        session_token kept = found->second;
        return add(maker, text, std::move(kept));
    }

    const session_token* add(const tokens* maker, std::string_view text, session_token token) {
        if (maker != maker_) { // another key (tests run several in a process)
            young_.clear();
            old_.clear();
            maker_ = maker;
        }
        if (young_.size() >= remembered_tokens)
            old_ = std::exchange(young_, {});
        return &young_.insert_or_assign(std::string(text), std::move(token)).first->second;
    }

    void forget(std::string_view text) {
        if (auto found = young_.find(text); found != young_.end())
            young_.erase(found);
        if (auto found = old_.find(text); found != old_.end())
            old_.erase(found);
    }

  private:
    using map = std::unordered_map<std::string, session_token, text_hash, std::equal_to<>>;
    map young_, old_;
    const tokens* maker_ = nullptr;
};

token_memory& memory() {
    static thread_local token_memory one;
    return one;
}

session_token make_session_token(const claims& c) {
    session_token token;
    token.user = c.user;
    token.expires = c.expires;
    token.issued = c.issued;
    token.generation = c.generation;
    if (!c.family.empty())
        token.family = family_id(c.family);
    return token;
}

error bad_token(std::string code, std::string text) {
    error e{errc::bad_token, std::move(text)};
    e.token_code = std::move(code);
    return e;
}

/// The next word of `text`, which is shortened by it; empty at the end. A header has no other white space.
std::string_view take_word(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    const auto word = text.substr(0, std::min(text.find(' '), text.find('\t')));
    text.remove_prefix(word.size());
    return word;
}

/// The token of the header; empty: no credentials of ours.
result<std::string_view> token_of(std::string_view header) {
    if (take_word(header) != "Bearer")
        return std::string_view{};
    const auto token = take_word(header);
    if (token.empty() || !take_word(header).empty())
        return fail(bad_token("bad_authorization_header",
                              "Authorization header must contain two space-delimited values"));
    return token;
}

} // namespace

uuid family_id(std::string_view refresh_jti) {
    if (auto id = uuid::parse(refresh_jti))
        return *id;
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<const unsigned char*>(refresh_jti.data()), refresh_jti.size(), digest);
    uuid id;
    std::memcpy(id.bytes.data(), digest, id.bytes.size());
    return id;
}

result<session_token> read_access_token(services& with, std::string_view text, timestamp at) {
    if (const auto* known = memory().find(&with.tokens, text)) {
        if (at < known->expires)
            return *known;
        memory().forget(text); // verify() says what is wrong with it
    }
    auto read = with.tokens.verify(text, token_use::access, at);
    if (!read)
        return fail(std::move(read.error()));
    auto token = make_session_token(*read);
    if (text.size() <= longest_remembered)
        memory().add(&with.tokens, text, token);
    return token;
}

result<> judge(const session_token& token, const storage::account* account, timestamp at) {
    if (!account)
        return fail(bad_token("user_not_found", "User not found"));
    if (!account->is_active)
        return fail(bad_token("user_inactive", "User is inactive"));
    if (account->suspended(at))
        return fail(errc::permission_denied, "Account is suspended");
    claims c;
    c.generation = token.generation;
    c.issued = token.issued;
    if (revoked(c, account->token_generation, account->tokens_valid_after))
        return fail(dead_token(token_use::access));
    if (token.family && std::find(account->revoked_families.begin(), account->revoked_families.end(),
                                  *token.family) != account->revoked_families.end())
        return fail(dead_token(token_use::access));
    if (at >= token.expires)
        return fail(dead_token(token_use::access));
    return {};
}

task<result<storage::account_ptr>> find_caller(services& with, session_token token) {
    auto account = with.accounts.find_near(token.user);
    if (!account) {
        auto found = co_await with.accounts.find(token.user);
        if (!found)
            co_return fail(std::move(found.error()));
        account = std::move(*found);
    }
    const auto at = now();
    if (auto good = judge(token, account.get(), at); !good)
        co_return fail(std::move(good.error()));
    if (account->is_suspended) // over by now: say so in the row as well, so that lists show him again
        co_await storage::users::lift_expired_suspension(with.db, with.cache, token.user);
    co_return account;
}

std::optional<result<>> authenticate_near(services& with, request& call) {
    const auto text = token_of(call.known.authorization);
    if (!text)
        return fail(text.error());
    if (text->empty())
        return result<>{};
    const auto at = now();
    const auto token = read_access_token(with, *text, at);
    if (!token)
        return fail(token.error());
    auto account = with.accounts.find_near(token->user);
    if (!account || (account->is_suspended && !account->suspended(at)))
        return std::nullopt;
    if (auto good = judge(*token, account.get(), at); !good)
        return good;
    call.caller = std::move(account);
    call.access_token = *text;
    return result<>{};
}

task<result<>> authenticate(services& with, request& call) {
    if (auto decided = authenticate_near(with, call))
        co_return std::move(*decided);
    const auto text = *token_of(call.known.authorization);
    const auto token = read_access_token(with, text, now());
    if (!token)
        co_return fail(token.error());
    auto account = co_await find_caller(with, *token);
    if (!account)
        co_return fail(std::move(account.error()));
    call.caller = std::move(*account);
    call.access_token = text;
    co_return result<>{};
}

} // namespace mvp::http
