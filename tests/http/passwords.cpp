#include "http/auth/passwords.hpp"
#include "http/auth/common_passwords.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace mvp::http::passwords {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Made by the PBKDF2 of another implementation: the secret "correct horse", salt "seasalt", 1000 iterations.
constexpr std::string_view django = "pbkdf2_sha256$1000$seasalt$mQnueSakb748zqBAC1tmWVZsZbi2zPGZarEzTGdfmso=";

TEST(Passwords, AreFoundBehindTheirHashAndOnlyThere) {
    const auto stored = hash("correct horse é");
    EXPECT_TRUE(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    EXPECT_LE(stored.size(), 128u);
    EXPECT_TRUE(verify(stored, "correct horse é"));
    EXPECT_FALSE(verify(stored, "correct horse"));
    EXPECT_FALSE(verify(stored, ""));
    EXPECT_NE(stored, hash("correct horse é"));
}

TEST(Passwords, OfDjangoAreFoundToo) {
    EXPECT_TRUE(verify(django, "correct horse"));
    EXPECT_FALSE(verify(django, "correct horsf"));
    EXPECT_FALSE(verify(django.substr(0, django.size() - 1), "correct horse"));
}

TEST(Passwords, BehindAnUnreadableHashAreNeverRight) {
    for (const char* stored :
         {"", "!", "!unusable", "plain", "$argon2id$v=19$m=19456,t=2,p=1$", "$argon2id$v=19$m=,t=2",
          "$argon2id$v=19$m=9", "$argon2i$v=19$m=19456,t=2,p=1$AAAA$AAAA", "pbkdf2_sha256$",
          "pbkdf2_sha256$1$", "pbkdf2_sha256$1$$", "pbkdf2_sha256$0$s$", "pbkdf2_sha256$-1$s$x",
          "pbkdf2_sha256$x$s$x", "pbkdf2_sha256$1000$s$", "pbkdf2_sha256$99999999999999999999$s$x",
          "md5$a$b"}) {
        EXPECT_FALSE(verify(stored, "")) << stored;
        EXPECT_FALSE(verify(stored, "x")) << stored;
    }
}

TEST(Passwords, WhoseHashWouldCostTooMuchAreRefusedUnpaid) {
    // These would take minutes, or gigabytes.
    EXPECT_FALSE(verify("pbkdf2_sha256$2000000000$seasalt$AAAA", "x"));
    EXPECT_FALSE(verify("$argon2id$v=19$m=4194304,t=2,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA", "x"));
    EXPECT_FALSE(verify("$argon2id$v=19$m=19456,t=100000,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA", "x"));
}

TEST(Passwords, AreHashedAnewWhenTheirHashIsNotTodays) {
    EXPECT_FALSE(needs_rehash(hash("x")));
    EXPECT_TRUE(needs_rehash(django));
    EXPECT_TRUE(needs_rehash("$argon2id$v=19$m=8192,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA"));
    EXPECT_TRUE(needs_rehash(""));
}

TEST(Passwords, OfNobodyCostAsMuchAsThoseOfSomebody) {
    const auto stored = hash("x");
    verify_nobody("warm");
    const auto cost = [](auto f) {
        auto best = std::chrono::nanoseconds::max();
        for (int i = 0; i < 3; ++i) {
            const auto begin = std::chrono::steady_clock::now();
            f();
            best = std::min<std::chrono::nanoseconds>(best, std::chrono::steady_clock::now() - begin);
        }
        return best;
    };
    const auto somebody = cost([&] { verify(stored, "wrong"); }),
               nobody = cost([] { verify_nobody("wrong"); });
    EXPECT_LT(nobody, somebody * 3);
    EXPECT_LT(somebody, nobody * 3);
}

TEST(PasswordRules, AreToldTogetherAndInOrder) {
    constexpr auto too_short = "This password is too short. It must contain at least 8 characters.";
    constexpr auto too_common = "This password is too common.";
    constexpr auto numeric = "This password is entirely numeric.";
    EXPECT_THAT(complaints("Kx7-plum-tree"), IsEmpty());
    EXPECT_THAT(complaints("123"), ElementsAre(too_short, too_common, numeric));
    EXPECT_THAT(complaints("12345678"), ElementsAre(too_common, numeric));
    EXPECT_THAT(complaints("PassWord"), ElementsAre(too_common));
    EXPECT_THAT(complaints("8301746205813"), ElementsAre(numeric));
    EXPECT_THAT(complaints("Kx7-plu"), ElementsAre(too_short));
    EXPECT_THAT(complaints(""), ElementsAre(too_short));
}

TEST(PasswordRules, CountCharactersAndNotBytes) {
    EXPECT_THAT(complaints("ééééééé"), testing::SizeIs(1));
    EXPECT_THAT(complaints("éééééééé"), IsEmpty());
}

TEST(CommonPasswords, AreFoundAtEveryPlaceOfTheList) {
    for (const char* word :
         {"password", "123456", "qwerty", "iloveyou", "z k.lovemom", "trustno1", "!", "zzzzzzzzzz"})
        EXPECT_TRUE(is_common(word)) << word;
    for (const char* word :
         {"", "\n", "passwor", "password\n", "kx7-plum-tree", "~~~~", "\"", "password\n123456"})
        EXPECT_FALSE(is_common(word)) << word;
}

} // namespace
} // namespace mvp::http::passwords
