#include "http/auth/tokens.hpp"

#include "http/auth/hmac.hpp"

#include <simdjson.h>

namespace mvp::http {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr std::string_view our_header = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"; // {"alg":"HS256","typ":"JWT"}
constexpr std::size_t longest_token = 4096, longest_header = 256;
constexpr std::int64_t last_second = 253402300799; // of the year 9999, the last one that a timestamp can show
constexpr seconds clock_tolerance{60};             // a token of another machine may come from the near future

error bad_token(token_use use, std::string reason) {
    error e{errc::bad_token, {}};
    e.token_code = "token_not_valid";
    if (use == token_use::access) {
        e.text = "Given token not valid for any token type";
        e.token_message = std::move(reason);
    } else {
        e.text = std::move(reason);
    }
    return e;
}

std::string_view kind_name(token_kind kind) {
    return kind == token_kind::access ? "access" : "refresh";
}

// --- reading
// -------------------------------------------------------------------------------------------------------

/// The claims as they stand, before anything was asked of them. The texts are the parser's: until this thread
/// parses something else.
struct raw_claims {
    std::optional<std::int64_t> exp, iat, nbf, gen;
    std::optional<std::string_view> token_type, jti, user_id, fam;
};

namespace json = simdjson::ondemand;

bool read_integer(json::value value, std::optional<std::int64_t>& out) {
    std::int64_t number;
    if (out || value.get_int64().get(number) != simdjson::SUCCESS)
        return false;
    out = number;
    return true;
}

bool read_text(json::value value, std::optional<std::string_view>& out) {
    std::string_view text;
    if (out || value.get_string().get(text) != simdjson::SUCCESS)
        return false;
    out = text;
    return true;
}

/// A claim that may be of any type; one that is no text counts as present with a value that matches nothing.
bool read_loose_text(json::value value, std::optional<std::string_view>& out) {
    json::json_type type;
    if (out || value.type().get(type) != simdjson::SUCCESS)
        return false;
    if (type == json::json_type::string)
        return read_text(value, out);
    out.emplace();
    return true;
}

bool read_claim(std::string_view name, json::value value, raw_claims& c) {
    if (name == "exp")
        return read_integer(value, c.exp);
    if (name == "iat")
        return read_integer(value, c.iat);
    if (name == "nbf")
        return read_integer(value, c.nbf);
    if (name == "gen")
        return read_integer(value, c.gen);
    if (name == "jti")
        return read_text(value, c.jti);
    if (name == "fam")
        return read_text(value, c.fam);
    if (name == "token_type")
        return read_loose_text(value, c.token_type);
    if (name == "user_id")
        return read_loose_text(value, c.user_id);
    return true; // other claims mean nothing to us
}

/// Calls `each(name, value)` for every member of the object in `bytes`, which becomes longer by simdjson's
/// padding. False if it is no JSON object, or `each` says so.
template <class Each> bool for_each_member(std::string& bytes, Each each) {
    thread_local json::parser parser;
    const std::size_t size = bytes.size();
    bytes.resize(size + simdjson::SIMDJSON_PADDING);
    json::document document;
    json::object object;
    if (parser.iterate(bytes.data(), size, bytes.size()).get(document) != simdjson::SUCCESS ||
        document.get_object().get(object) != simdjson::SUCCESS)
        return false;
    for (auto member : object) {
        json::field field;
        std::string_view name;
        if (std::move(member).get(field) != simdjson::SUCCESS ||
            field.unescaped_key().get(name) != simdjson::SUCCESS || !each(name, field.value()))
            return false;
    }
    return document.current_location().error() == simdjson::OUT_OF_BOUNDS; // nothing follows
}

/// Any header that says HS256 and nothing that would have to be understood.
bool acceptable_header(std::string_view text) {
    if (text == our_header)
        return true;
    if (text.size() > longest_header)
        return false;
    auto bytes = decode_base64url(text);
    if (!bytes)
        return false;
    std::optional<std::string_view> alg;
    const bool readable = for_each_member(*bytes, [&](std::string_view name, json::value value) {
        if (name == "alg")
            return read_text(value, alg);
        return name != "crit";
    });
    return readable && alg == "HS256";
}

/// Takes the token apart and checks the signature; the claims' bytes.
std::optional<std::string> signed_bytes(const hmac_key& key, std::string_view text) {
    if (text.size() > longest_token)
        return std::nullopt;
    const auto first = text.find('.');
    const auto second = text.find('.', first + 1);
    if (first == text.npos || second == text.npos || !acceptable_header(text.substr(0, first)))
        return std::nullopt;
    const auto signature = decode_base64url(text.substr(second + 1));
    if (!signature || !key.check(text.substr(0, second), *signature))
        return std::nullopt;
    return decode_base64url(text.substr(first + 1, second - first - 1));
}

// --- writing
// -------------------------------------------------------------------------------------------------------

/// A foreign refresh token's jti may hold anything.
void append_json_text(std::string& out, std::string_view text) {
    static constexpr char digits[] = "0123456789abcdef";
    out += '"';
    for (const unsigned char c : text) {
        if (c < 0x20) {
            out += "\\u00";
            out += digits[c >> 4];
            out += digits[c & 15];
        } else {
            if (c == '"' || c == '\\')
                out += '\\';
            out += static_cast<char>(c);
        }
    }
    out += '"';
}

std::string new_jti() {
    std::string text = uuid::random().text();
    std::erase(text, '-');
    return text;
}

std::int64_t epoch(timestamp at) {
    return std::chrono::floor<seconds>(at).time_since_epoch().count();
}

struct new_token {
    token_kind kind;
    seconds lifetime;
    std::string_view jti;
    const uuid& user;
    std::int64_t generation;
    std::string_view family;
};

std::string encode(const hmac_key& key, const new_token& t, timestamp now) {
    const auto issued = epoch(now);
    std::string body;
    body.reserve(320);
    body += R"({"token_type":")";
    body += kind_name(t.kind);
    body += R"(","exp":)";
    body += std::to_string(issued + t.lifetime.count());
    body += R"(,"iat":)";
    body += std::to_string(issued);
    body += R"(,"jti":")";
    body += t.jti;
    body += R"(","user_id":")";
    t.user.append_to(body);
    body += R"(","gen":)";
    body += std::to_string(t.generation);
    if (!t.family.empty()) {
        body += R"(,"fam":)";
        append_json_text(body, t.family);
    }
    body += '}';

    std::string out;
    out.reserve(512);
    out += our_header;
    out += '.';
    append_base64url(out, body);
    const mac signature = key.sign(out);
    out += '.';
    append_base64url(out, as_text(signature));
    return out;
}

} // namespace

struct tokens::key {
    hmac_key hmac;
};

tokens::tokens(std::string_view secret, lifetimes lives) : key_(new key{hmac_key{secret}}), lives_(lives) {}
tokens::~tokens() = default;

token_pair tokens::issue_pair(const uuid& user, std::int64_t generation, timestamp now) const {
    const std::string family = new_jti(), jti = new_jti();
    const new_token refresh{token_kind::refresh, lives_.refresh, family, user, generation, {}};
    const new_token access{token_kind::access, lives_.access, jti, user, generation, family};
    return {encode(key_->hmac, refresh, now), encode(key_->hmac, access, now), family};
}

std::string tokens::issue_access(const claims& refresh, std::int64_t generation, timestamp now) const {
    const std::string jti = new_jti();
    const new_token access{token_kind::access, lives_.access, jti, refresh.user, generation, refresh.jti};
    return encode(key_->hmac, access, now);
}

result<claims> tokens::verify(std::string_view text, token_use use, timestamp now) const {
    const auto refuse = [use](const char* reason) { return fail(bad_token(use, reason)); };

    auto bytes = signed_bytes(key_->hmac, text);
    raw_claims raw;
    if (!bytes || !for_each_member(*bytes, [&](std::string_view name, json::value value) {
            return read_claim(name, value, raw);
        }))
        return refuse("Token is invalid");

    // The order of the checks is that of the original: first time, then what must be there.
    for (const auto& begin : {raw.iat, raw.nbf}) {
        if (begin && (*begin < 0 || *begin > epoch(now + clock_tolerance)))
            return refuse("Token is invalid");
    }
    if (!raw.exp)
        return refuse("Token has no 'exp' claim");
    if (*raw.exp > last_second)
        return refuse("Token is invalid");
    if (*raw.exp <= epoch(now))
        return refuse("Token is expired");
    if (!raw.jti)
        return refuse("Token has no id");
    if (!raw.token_type && use != token_use::any)
        return refuse("Token has no type");
    const bool is_refresh = raw.token_type == kind_name(token_kind::refresh);
    const bool is_access = raw.token_type == kind_name(token_kind::access);
    if ((use == token_use::access && !is_access) || (use == token_use::refresh && !is_refresh))
        return refuse("Token has wrong type");

    claims c;
    c.kind = is_refresh ? token_kind::refresh : token_kind::access;
    c.expires = sys_seconds{seconds{*raw.exp}};
    c.issued = sys_seconds{seconds{raw.iat.value_or(0)}};
    if (!raw.user_id) {
        error e{errc::bad_token, "Token contained no recognizable user identification"};
        e.token_code = "token_not_valid";
        return fail(std::move(e));
    }
    c.user = uuid::parse(*raw.user_id).value_or(uuid{});
    c.jti = *raw.jti;
    c.generation = raw.gen;
    c.family = raw.fam.value_or(std::string_view{});
    return c;
}

error dead_token(token_use use) {
    return bad_token(use, "Token is invalid");
}

bool revoked(const claims& c, std::int64_t generation, std::optional<timestamp> valid_after) {
    if (c.generation)
        return *c.generation != generation;
    return valid_after && c.issued <= *valid_after;
}

} // namespace mvp::http
