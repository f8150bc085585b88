#include "http/auth/tokens.hpp"
#include "http/auth/hmac.hpp"

#include <gtest/gtest.h>

namespace mvp::http {
namespace {

constexpr std::string_view secret = "0123456789abcdef0123456789abcdef-test";
const timestamp noon{std::chrono::seconds{1'800'000'000}};
const uuid somebody = *uuid::parse("0f8fad5b-d9cb-469f-a165-70867728950e");

std::string base64url(std::string_view bytes) {
    std::string out;
    append_base64url(out, bytes);
    return out;
}

/// A token of another maker, correctly signed.
std::string sign(std::string_view header, std::string_view body, std::string_view with = secret) {
    std::string out = base64url(header) + "." + base64url(body);
    return out + "." + base64url(as_text(hmac_key{with}.sign(out)));
}
std::string sign(std::string_view body) {
    return sign(R"({"alg":"HS256","typ":"JWT"})", body);
}

struct Tokens : testing::Test {
    tokens maker{secret, {}};

    std::string reason(std::string_view text, token_use use = token_use::access) {
        auto got = maker.verify(text, use, noon);
        if (got)
            return "accepted";
        EXPECT_EQ(got.error().code, errc::bad_token);
        EXPECT_EQ(got.error().token_code, "token_not_valid");
        if (use != token_use::access || got.error().token_message.empty())
            return got.error().text;
        EXPECT_EQ(got.error().text, "Given token not valid for any token type");
        return got.error().token_message;
    }
};

std::string hex(std::string_view bytes) {
    std::string out;
    for (const unsigned char byte : bytes) {
        out += "0123456789abcdef"[byte >> 4];
        out += "0123456789abcdef"[byte & 15];
    }
    return out;
}

TEST(Hmac, MatchesTheVectorsOfRfc4231) {
    EXPECT_EQ(hex(as_text(hmac_key{std::string(20, '\x0b')}.sign("Hi There"))),
              "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    // A key longer than a block is hashed first.
    EXPECT_EQ(hex(as_text(hmac_key{std::string(131, '\xaa')}.sign(
                  "Test Using Larger Than Block-Size Key - Hash Key First"))),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Base64url, GivesBackWhatWentIn) {
    std::string bytes;
    for (int i = 0; i < 40; ++i) {
        EXPECT_EQ(decode_base64url(base64url(bytes)), bytes);
        bytes += static_cast<char>(i * 37);
    }
}

TEST(Base64url, RefusesPaddingForeignCharactersAndStrayBits) {
    for (const char* bad : {"QQ==", "QQ=", "A", "QR", "Q+==", "a b=", "ab\n", "ab/c", "\xff\xff"})
        EXPECT_EQ(decode_base64url(bad), std::nullopt) << bad;
    EXPECT_EQ(decode_base64url("QQ"), "A");
}

TEST_F(Tokens, HaveTheHeaderAndTheClaimsInTheOrderThatClientsKnow) {
    const auto pair = maker.issue_pair(somebody, 7, noon);
    const auto dot = pair.access.find('.'), end = pair.access.rfind('.');
    EXPECT_EQ(pair.access.substr(0, dot), base64url(R"({"alg":"HS256","typ":"JWT"})"));
    const std::string body = *decode_base64url(pair.access.substr(dot + 1, end - dot - 1));
    const auto jti = body.substr(body.find("\"jti\":\"") + 7, 32);
    EXPECT_EQ(jti.find_first_not_of("0123456789abcdef"), std::string::npos);
    EXPECT_EQ(body, R"({"token_type":"access","exp":1800604800,"iat":1800000000,"jti":")" + jti +
                        R"(","user_id":"0f8fad5b-d9cb-469f-a165-70867728950e","gen":7,"fam":")" +
                        pair.refresh_jti + R"("})");
}

TEST_F(Tokens, OfAPairSayWhoWhatAndWhenAndShareAFamily) {
    const auto pair = maker.issue_pair(somebody, 7, noon);
    const auto access = maker.verify(pair.access, token_use::access, noon).value();
    const auto refresh = maker.verify(pair.refresh, token_use::refresh, noon).value();
    EXPECT_EQ(access.user, somebody);
    EXPECT_EQ(access.generation, 7);
    EXPECT_EQ(access.issued, noon);
    EXPECT_EQ(access.expires, noon + std::chrono::days{7});
    EXPECT_EQ(refresh.expires, noon + std::chrono::days{30});
    EXPECT_EQ(refresh.jti, pair.refresh_jti);
    EXPECT_EQ(access.family, refresh.jti);
    EXPECT_EQ(refresh.kind, token_kind::refresh);
    EXPECT_NE(access.jti, refresh.jti);
    EXPECT_TRUE(maker.verify(pair.access, token_use::any, noon));
    EXPECT_TRUE(maker.verify(pair.refresh, token_use::any, noon));
}

TEST_F(Tokens, RefreshedStayInTheFamilyAndAreIssuedNow) {
    const auto pair = maker.issue_pair(somebody, 7, noon);
    const auto later = noon + std::chrono::days{3};
    const auto refresh = maker.verify(pair.refresh, token_use::refresh, later).value();
    const auto access = maker.verify(maker.issue_access(refresh, 8, later), token_use::access, later).value();
    EXPECT_EQ(access.family, pair.refresh_jti);
    EXPECT_EQ(access.issued, later);
    EXPECT_EQ(access.generation, 8);
}

TEST_F(Tokens, OfTheOldSystemAreAcceptedAndJudgedByTheirTime) {
    const auto old = maker
                         .verify(sign(R"({"token_type":"access","exp":1800000100,"iat":1799999000,)"
                                      R"("jti":"5d1b5f2e8f0f4b6f9d0c2b8d7a6e5f40",)"
                                      R"("user_id":"0f8fad5b-d9cb-469f-a165-70867728950e"})"),
                                 token_use::access, noon)
                         .value();
    EXPECT_EQ(old.user, somebody);
    EXPECT_EQ(old.generation, std::nullopt);
    EXPECT_EQ(old.family, "");
    EXPECT_FALSE(revoked(old, 3, std::nullopt));
    EXPECT_FALSE(revoked(old, 3, noon - std::chrono::hours{1}));
    EXPECT_TRUE(revoked(old, 3, noon));
}

TEST_F(Tokens, OfAnotherGenerationAreRevokedWhateverTheirTime) {
    const auto pair = maker.issue_pair(somebody, 7, noon);
    const auto c = maker.verify(pair.access, token_use::access, noon).value();
    EXPECT_FALSE(revoked(c, 7, noon + std::chrono::hours{1}));
    EXPECT_TRUE(revoked(c, 8, std::nullopt));
}

TEST_F(Tokens, EndAtTheirExpiry) {
    const auto pair = maker.issue_pair(somebody, 7, noon);
    EXPECT_TRUE(
        maker.verify(pair.access, token_use::access, noon + std::chrono::days{7} - std::chrono::seconds{1}));
    const auto got = maker.verify(pair.access, token_use::access, noon + std::chrono::days{7});
    EXPECT_EQ(got.error().token_message, "Token is expired");
}

TEST_F(Tokens, AreRefusedInTheWordsOfTheOriginal) {
    const std::string rest = R"("exp":1800000100,"iat":1799999000,"jti":"a","user_id":"x")";
    EXPECT_EQ(reason(sign("{" + rest + "}")), "Token has no type");
    EXPECT_EQ(reason(sign(R"({"token_type":"refresh",)" + rest + "}")), "Token has wrong type");
    EXPECT_EQ(reason(sign(R"({"token_type":"access",)" + rest + "}"), token_use::refresh),
              "Token has wrong type");
    EXPECT_EQ(reason(sign(R"({"token_type":"access","jti":"a","user_id":"x"})")), "Token has no 'exp' claim");
    EXPECT_EQ(reason(sign(R"({"token_type":"access","exp":1800000100,"user_id":"x"})")), "Token has no id");
    EXPECT_EQ(reason(sign(R"({"token_type":"access","exp":1800000100,"jti":"a"})")),
              "Token contained no recognizable user identification");
    EXPECT_EQ(reason(sign(R"({"token_type":"access","exp":1799999999,"jti":"a","user_id":"x"})")),
              "Token is expired");
    EXPECT_EQ(reason(sign(R"({"exp":1799999999})"), token_use::refresh), "Token is expired");
    EXPECT_EQ(reason("garbage", token_use::refresh), "Token is invalid");
    // Several faults: the first check decides.
    EXPECT_EQ(reason(sign(R"({"token_type":"refresh","exp":1800000100})")), "Token has no id");
    EXPECT_EQ(reason(sign("{}")), "Token has no 'exp' claim");
}

TEST_F(Tokens, OfAUserWhoCannotExistNameNobody) {
    for (const char* user : {R"("x")", "5", "null", "{}", R"("")"}) {
        const auto text =
            sign(R"({"token_type":"access","exp":1800000100,"jti":"a","user_id":)" + std::string(user) + "}");
        EXPECT_EQ(maker.verify(text, token_use::access, noon).value().user, uuid{}) << user;
    }
}

TEST_F(Tokens, SignedOtherwiseAreInvalid) {
    const std::string body =
        R"({"token_type":"access","exp":1800000100,"iat":1799999000,"jti":"a","user_id":"x"})";
    EXPECT_EQ(reason(sign(body)), "accepted");
    EXPECT_EQ(reason(sign(R"({"typ":"JWT","alg":"HS256"})", body)), "accepted");
    EXPECT_EQ(reason(sign(R"({"alg":"HS256","typ":"JWT"})", body, "another secret")), "Token is invalid");
    for (const char* header :
         {R"({"alg":"none","typ":"JWT"})", R"({"alg":"HS512","typ":"JWT"})", R"({"alg":"hs256"})",
          R"({"typ":"JWT"})", R"({"alg":["HS256"]})", R"({"alg":"none","alg":"HS256"})",
          R"({"alg":"HS256","crit":["exp"]})", R"("HS256")", "[]", "", "{", "\xff"})
        EXPECT_EQ(reason(sign(header, body)), "Token is invalid") << header;
    const std::string unsigned_token =
        base64url(R"({"alg":"none","typ":"JWT"})") + "." + base64url(body) + ".";
    EXPECT_EQ(reason(unsigned_token), "Token is invalid");
    auto changed = sign(body);
    changed.back() = changed.back() == 'A' ? 'E' : 'A';
    EXPECT_EQ(reason(changed), "Token is invalid");
}

TEST_F(Tokens, OfHostileShapeAreInvalidAndNothingWorse) {
    const std::string good = sign(R"({"token_type":"access","exp":1800000100,"jti":"a","user_id":"x"})");
    EXPECT_EQ(reason(good), "accepted");
    for (const auto& text :
         {std::string{}, std::string{"."}, std::string{".."}, std::string{"..."}, good + ".", good + "=",
          good + " ", " " + good, good + "A", good.substr(1), std::string(10'000'000, 'a'),
          std::string(3000, '.'), std::string("\0\0.\0.\0", 6), base64url(std::string(200, '{')) + ".e30.x"})
        EXPECT_EQ(reason(text), "Token is invalid") << text.substr(0, 100);
    const auto rest = std::string(R"("token_type":"access","jti":"a","user_id":"x")");
    for (const char* exp :
         {R"("1800000100")", "1800000100.5", "1e400", "99999999999999999999999", "9223372036854775807",
          "null", "[]", "true", "01800000100", "1800000100,\"exp\":1800000100", "", "-"})
        EXPECT_EQ(reason(sign("{" + rest + ",\"exp\":" + exp + "}")), "Token is invalid") << exp;
    EXPECT_EQ(reason(sign("{" + rest + R"(,"exp":-1})")), "Token is expired");
    const auto alive = rest + R"(,"exp":1800000100)";
    for (const char* more :
         {R"("iat":1900000000)", R"("iat":-5)", R"("iat":"x")", R"("nbf":1900000000)", R"("gen":"7")",
          R"("gen":1.5)", R"("fam":7)", R"("jti":"b")", R"("user_id":"y")", R"("token_type":"access")"})
        EXPECT_EQ(reason(sign("{" + alive + "," + more + "}")), "Token is invalid") << more;
    EXPECT_EQ(reason(sign(R"({"token_type":"access","exp":1800000100,"jti":5,"user_id":"x"})")),
              "Token is invalid");
    EXPECT_EQ(reason(sign("{" + alive + "} {}")), "Token is invalid");
    EXPECT_EQ(reason(sign("[{" + alive + "}]")), "Token is invalid");
    EXPECT_EQ(reason(sign("{" + alive + ",\"x\":\"\xff\"}")), "Token is invalid");
    const auto nested = R"(,"x":)" + std::string(1300, '[') + std::string(1300, ']') + "}";
    EXPECT_EQ(reason(sign("{" + alive + nested)),
              "accepted"); // what means nothing to us is skipped, however deep
    EXPECT_EQ(reason(sign("{" + alive + R"(,"x":)" + std::string(2500, '[') + "}")), "Token is invalid");
    EXPECT_EQ(reason(sign("null")), "Token is invalid");
}

TEST_F(Tokens, AForeignFamilyNameIsCarriedOnUnharmed) {
    claims foreign;
    foreign.user = somebody;
    foreign.jti = "a\"b\\c\n\x01é";
    const auto access = maker.verify(maker.issue_access(foreign, 1, noon), token_use::access, noon).value();
    EXPECT_EQ(access.family, foreign.jti);
}

TEST_F(Tokens, ThatAreDeadAreRefusedInTheStandardBody) {
    EXPECT_EQ(dead_token(token_use::access).token_message, "Token is invalid");
    EXPECT_EQ(dead_token(token_use::refresh).text, "Token is invalid");
    EXPECT_EQ(dead_token(token_use::refresh).token_message, "");
}

struct SignedTokens : testing::Test {
    signed_tokens maker{secret};
    timestamp end = noon + email_verification_lifetime;
};

TEST_F(SignedTokens, GiveBackWhoAndWhatTheyAreBoundTo) {
    const auto text = maker.issue(token_purpose::verify_email, {somebody, "a@b.example"}, end);
    EXPECT_EQ(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."),
              text.npos);
    const auto got = maker.verify(token_purpose::verify_email, text, noon).value();
    EXPECT_EQ(got.user, somebody);
    EXPECT_EQ(got.binding, "a@b.example");
    EXPECT_EQ(maker
                  .verify(token_purpose::unsubscribe,
                          maker.issue(token_purpose::unsubscribe, {somebody, ""}, end), noon)
                  .value()
                  .binding,
              "");
}

TEST_F(SignedTokens, AreForOnePurposeAndOneTime) {
    const auto text = maker.issue(token_purpose::verify_email, {somebody, "7"}, end);
    EXPECT_FALSE(maker.verify(token_purpose::reset_password, text, noon));
    EXPECT_TRUE(maker.verify(token_purpose::verify_email, text, end - std::chrono::seconds{1}));
    const auto late = maker.verify(token_purpose::verify_email, text, end);
    EXPECT_EQ(late.error().code, errc::refused);
    EXPECT_EQ(late.error().text, "Invalid or expired token");
}

TEST_F(SignedTokens, CannotBeForgedOrTakenForALogInToken) {
    const auto text = maker.issue(token_purpose::verify_email, {somebody, "7"}, end);
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto changed = text;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(maker.verify(token_purpose::verify_email, changed, noon)) << i;
    }
    EXPECT_FALSE(signed_tokens{"another"}.verify(token_purpose::verify_email, text, noon));
    for (const auto& bad :
         {std::string{}, std::string{"."}, text + "A", text + ".", std::string(100'000, 'A')})
        EXPECT_FALSE(maker.verify(token_purpose::verify_email, bad, noon));
    EXPECT_FALSE(maker.verify(token_purpose::verify_email,
                              tokens{secret, {}}.issue_pair(somebody, 7, noon).access, noon));
    // The bare secret, without the derivation, signs nothing.
    const std::string payload = *decode_base64url(text.substr(0, text.find('.')));
    EXPECT_FALSE(maker.verify(token_purpose::verify_email,
                              base64url(payload) + "." + base64url(as_text(hmac_key{secret}.sign(payload))),
                              noon));
}

} // namespace
} // namespace mvp::http
