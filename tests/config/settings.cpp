#include "config/settings.hpp"

#include "config/table.hpp"

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace mvp::config {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

using environment = std::map<std::string, std::string>;

class Settings : public ::testing::Test {
  protected:
    std::filesystem::path file(const std::string& text) {
        std::ofstream(path_) << text;
        return path_;
    }
    void TearDown() override { std::filesystem::remove(path_); }

    std::string error_of(const environment& env) {
        auto all = load(env, std::nullopt);
        return all ? "" : all.error();
    }
    std::string error_of_file(const std::string& text) {
        auto all = load({}, file(text));
        return all ? "" : all.error();
    }

  private:
    std::filesystem::path path_ =
        std::filesystem::temp_directory_path() / ("mvp-settings-" + std::to_string(getpid()) + ".toml");
};

TEST_F(Settings, WithoutAnythingTheDefaultsOfTheTableAreThoseOfTheStruct) {
    auto all = load({}, std::nullopt);
    ASSERT_TRUE(all) << all.error();
    settings expected;
    expected.public_url = "http://127.0.0.1:8000";
    EXPECT_EQ(all->values, expected);
    for (const auto& row : table())
        EXPECT_EQ(all->sources.at(std::string(row.name)), "default") << row.name;
}

TEST_F(Settings, EveryRowHasANameOfItsOwnAndAHelp) {
    std::map<std::string_view, int> seen;
    for (const auto& row : table()) {
        EXPECT_EQ(++seen[row.name], 1) << row.name;
        EXPECT_FALSE(row.help.empty()) << row.name;
    }
}

TEST_F(Settings, TheEnvironmentWinsOverTheFileAndTheFileOverTheDefault) {
    const auto path = file("listen = \"127.0.0.1:9000\"\nlog_level = \"error\"\n");
    auto all = load({{"LISTEN", "127.0.0.1:9001"}}, path);
    ASSERT_TRUE(all) << all.error();
    EXPECT_EQ(all->values.listen, "127.0.0.1:9001");
    EXPECT_EQ(all->values.log_level, "error");
    EXPECT_EQ(all->sources["LISTEN"], "environment");
    EXPECT_EQ(all->sources["LOG_LEVEL"], path.string());
    EXPECT_EQ(all->sources["DEBUG"], "default");
}

TEST_F(Settings, TheFileTakesTextsNumbersFlagsAndListsOfTexts) {
    auto all =
        load({}, file("debug = true\nio_threads = 3\nallowed_hosts = [\"A.example.com\", \".example.org\"]\n"
                      "access_token_lifetime = \"15m\"\nrate_login = \"3/10s\"\n"));
    ASSERT_TRUE(all) << all.error();
    EXPECT_TRUE(all->values.debug);
    EXPECT_EQ(all->values.io_threads, 3u);
    EXPECT_THAT(all->values.allowed_hosts, ElementsAre("a.example.com", ".example.org"));
    EXPECT_EQ(all->values.access_token_lifetime, 15min);
    EXPECT_EQ(all->values.rate_login, (rate_limit{3, 10s}));
}

TEST_F(Settings, AnUnknownKeyInTheFileIsNamed) {
    EXPECT_THAT(error_of_file("lisen = \"127.0.0.1:9000\"\n"), HasSubstr("there is no setting 'lisen'"));
    EXPECT_THAT(error_of_file("LISTEN = \"127.0.0.1:9000\"\n"), HasSubstr("there is no setting 'LISTEN'"));
    EXPECT_THAT(error_of_file("[server]\nlisten = \"127.0.0.1:9000\"\n"), HasSubstr("'server'"));
}

TEST_F(Settings, AValueOfTheWrongTomlTypeIsNamed) {
    EXPECT_THAT(error_of_file("listen = { port = 1 }\n"), HasSubstr("listen must be"));
    EXPECT_THAT(error_of_file("allowed_hosts = [1, 2]\n"), HasSubstr("allowed_hosts must be"));
    EXPECT_THAT(error_of_file("allowed_hosts = [\"a,b\"]\n"), HasSubstr("allowed_hosts must be"));
    EXPECT_THAT(error_of_file("rate_login = 1.5\n"), HasSubstr("rate_login must be"));
}

TEST_F(Settings, ABrokenFileIsRefusedWithItsLine) {
    EXPECT_THAT(error_of_file("debug = true\nlisten = \n"), HasSubstr("line 2"));
}

TEST_F(Settings, AFileThatIsNotThereIsRefused) {
    auto all = load({}, std::filesystem::path("/nonexistent/mvp.toml"));
    ASSERT_FALSE(all);
    EXPECT_THAT(all.error(), HasSubstr("/nonexistent/mvp.toml"));
}

TEST_F(Settings, ABadValueInTheFileNamesTheKeyAndTheFile) {
    EXPECT_THAT(error_of_file("socket_queue_bytes = -1\n"),
                AllOf(StartsWith("SOCKET_QUEUE_BYTES ("), HasSubstr(".toml) must be a size")));
}

struct bad {
    const char *name, *text;
};

class BadValue : public ::testing::TestWithParam<bad> {};

TEST_P(BadValue, IsRefusedInOneSentenceThatNamesTheKey) {
    auto all = load({{GetParam().name, GetParam().text}}, std::nullopt);
    ASSERT_FALSE(all);
    EXPECT_THAT(all.error(), StartsWith(std::string(GetParam().name) + " (environment) must be "));
    EXPECT_EQ(all.error().find('\n'), std::string::npos);
    EXPECT_EQ(all.error().back(), '.');
}

INSTANTIATE_TEST_SUITE_P(
    Each, BadValue,
    ::testing::Values(
        bad{"LISTEN", "8000"}, bad{"LISTEN", "localhost:8000"}, bad{"LISTEN", "127.0.0.1:65536"},
        bad{"LISTEN", "127.0.0.1:"}, bad{"LISTEN", "::1:8000"}, bad{"LISTEN", "[127.0.0.1]:80"},
        bad{"LISTEN", ""}, bad{"DATABASE_URL", "mysql://localhost/x"}, bad{"DATABASE_URL", "postgresql://"},
        bad{"REDIS_URL", "localhost:6379"}, bad{"REDIS_URL", "redis://a b"}, bad{"DEBUG", "maybe"},
        bad{"DEBUG", ""}, bad{"ALLOWED_HOSTS", "http://example.com"}, bad{"ALLOWED_HOSTS", "a.com:80"},
        bad{"CORS_ALLOWED_ORIGINS", "example.com"}, bad{"CORS_ALLOWED_ORIGINS", "https://a.com/path"},
        bad{"CORS_ALLOWED_ORIGINS", "ftp://a.com"}, bad{"PUBLIC_URL", "api.example.com"},
        bad{"PUBLIC_URL", "https://"}, bad{"PUBLIC_URL", "https:///"},
        bad{"PUBLIC_URL", "https://a.com/?x=1"}, bad{"MEDIA_ROOT", ""}, bad{"EMAIL_URL", "mailto:a@b.c"},
        bad{"EMAIL_FROM", "nobody"}, bad{"EMAIL_FROM", "a@b.c\r\nBcc: d@e.f"},
        bad{"ACCESS_TOKEN_LIFETIME", "0s"}, bad{"ACCESS_TOKEN_LIFETIME", "7 weeks"},
        bad{"REFRESH_TOKEN_LIFETIME", "99999999999999999999d"}, bad{"REFRESH_TOKEN_LIFETIME", "9999d"},
        bad{"RATE_LIMITS", "sometimes"}, bad{"RATE_LOGIN", "10"}, bad{"RATE_LOGIN", "0/1m"},
        bad{"RATE_LOGIN", "10/"}, bad{"RATE_WRITE", "10/2d"}, bad{"TRUSTED_PROXIES", "proxy.local"},
        bad{"TRUSTED_PROXIES", "10.0.0.0/33"}, bad{"TRUSTED_PROXIES", "10.0.0.0/"},
        bad{"METRICS_ALLOW", "::/129"}, bad{"SMS_URL", "sms://gateway"}, bad{"LOG_FORMAT", "xml"},
        bad{"LOG_LEVEL", "loud"}, bad{"IO_THREADS", "-1"}, bad{"IO_THREADS", "many"},
        bad{"WORKER_THREADS", "2.5"}, bad{"DATABASE_CONNECTIONS", "1"}, bad{"DATABASE_CONNECTIONS", ""},
        bad{"MAX_CONNECTIONS", "0"}, bad{"MAX_CONNECTIONS", "many"}, bad{"SOCKET_QUEUE_BYTES", "1 MB"},
        bad{"SOCKET_QUEUE_BYTES", "99999999GiB"}, bad{"SOCKET_QUEUE_BYTES", "0"},
        bad{"SOCKET_QUEUE_BYTES", "1000"}, bad{"METRICS_ALLOW", "all"}, bad{"HEAD_TIMEOUT", "soon"},
        bad{"NEAR_CACHE", "2"}, bad{"NEAR_CACHE_BYTES", "-"}));

TEST_F(Settings, SecretsDoNotComeBackInErrors) {
    EXPECT_THAT(error_of({{"DATABASE_URL", "mysql://me:hunter2@h/x"}}), Not(HasSubstr("hunter2")));
}

TEST_F(Settings, DurationsSizesRatesListsAndUrlsAreRead) {
    auto all = load({{"ACCESS_TOKEN_LIFETIME", "90"},
                     {"REFRESH_TOKEN_LIFETIME", "12h"},
                     {"SOCKET_QUEUE_BYTES", "2MiB"},
                     {"NEAR_CACHE_BYTES", "512 KiB"},
                     {"RATE_MAIL", " 7 / 2h "},
                     {"CORS_ALLOWED_ORIGINS", "http://localhost:3000, HTTPS://App.Example.com,"},
                     {"TRUSTED_PROXIES", "10.0.0.1, 2001:DB8:0::1, 10.0.0.0/8"},
                     {"PUBLIC_URL", "https://api.example.com/"},
                     {"LISTEN", "[::1]:0"},
                     {"RATE_LIMITS", "off"},
                     {"LOG_LEVEL", "WARNING"},
                     {"ALLOWED_HOSTS", ""}},
                    std::nullopt);
    ASSERT_TRUE(all) << all.error();
    EXPECT_EQ(all->values.access_token_lifetime, 90s);
    EXPECT_EQ(all->values.refresh_token_lifetime, 12h);
    EXPECT_EQ(all->values.socket_queue_bytes, 2u << 20);
    EXPECT_EQ(all->values.near_cache_bytes, 512u << 10);
    EXPECT_EQ(all->values.rate_mail, (rate_limit{7, 2h}));
    EXPECT_THAT(all->values.cors_allowed_origins,
                ElementsAre("http://localhost:3000", "https://app.example.com"));
    EXPECT_THAT(all->values.trusted_proxies, ElementsAre("10.0.0.1", "2001:db8::1", "10.0.0.0/8"));
    EXPECT_EQ(all->values.public_url, "https://api.example.com");
    EXPECT_EQ(all->values.listen, "[::1]:0");
    EXPECT_FALSE(all->values.rate_limits);
    EXPECT_EQ(all->values.log_level, "warning");
    EXPECT_THAT(all->values.allowed_hosts, IsEmpty());
}

TEST_F(Settings, WhereNoPublicUrlIsSetItFollowsTheListeningAddress) {
    EXPECT_EQ(load({{"LISTEN", "127.0.0.1:9001"}}, std::nullopt)->values.public_url, "http://127.0.0.1:9001");
}

const environment complete{{"DATABASE_URL", "postgresql:///mvp"},
                           {"REDIS_URL", "redis://localhost:6379/0"},
                           {"SECRET_KEY", "0f7c2b9d51e84a6390ab47cd12ef8835"}};

TEST_F(Settings, ServingNeedsDatabaseRedisAndAKey) {
    for (const auto& [name, value] : complete) {
        auto partial = complete;
        partial.erase(name);
        auto all = load(partial, std::nullopt);
        ASSERT_TRUE(all);
        auto done = require_complete(all->values);
        ASSERT_FALSE(done) << name;
        EXPECT_EQ(done.error(), name + " is required.");
    }
    auto all = load(complete, std::nullopt);
    EXPECT_TRUE(require_complete(all->values));
    EXPECT_EQ(all->values.secret_key, complete.at("SECRET_KEY"));
}

TEST_F(Settings, AShortKeyIsRefusedEvenUnderDebug) {
    auto short_one = complete;
    short_one["SECRET_KEY"] = std::string(31, 'x');
    short_one["DEBUG"] = "true";
    auto all = load(short_one, std::nullopt);
    auto done = require_complete(all->values);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error(), "SECRET_KEY must have 32 bytes or more.");
}

TEST_F(Settings, DebugMakesUpAnotherKeyEachTime) {
    auto without = complete;
    without.erase("SECRET_KEY");
    without["DEBUG"] = "true";
    auto first = load(without, std::nullopt), second = load(without, std::nullopt);
    ASSERT_TRUE(require_complete(first->values));
    ASSERT_TRUE(require_complete(second->values));
    EXPECT_GE(first->values.secret_key.size(), 32u);
    EXPECT_NE(first->values.secret_key, second->values.secret_key);
}

TEST_F(Settings, MigratingNeedsOnlyTheDatabase) {
    EXPECT_FALSE(require_database(settings{}));
    settings values;
    values.database_url = "postgresql:///mvp";
    EXPECT_TRUE(require_database(values));
}

TEST_F(Settings, TheDescriptionShowsEveryValueItsSourceAndNoSecret) {
    auto all =
        load({{"SECRET_KEY", "the-secret-of-the-house-0123456789"},
              {"DATABASE_URL", "postgresql://me:hunter2@db.example.com/mvp?sslpassword=hunter3&user=x"},
              {"REDIS_URL", "redis://:hunter4@localhost:6379/0"},
              {"EMAIL_URL", "smtp://me:hun/ter5@mail.example.com:587"},
              {"SMS_URL", "https://sms.example.com/send?api_key=hunter6&from=mvp"},
              {"LISTEN", "127.0.0.1:9001"}},
             std::nullopt);
    ASSERT_TRUE(all) << all.error();
    const std::string text = describe(*all);
    for (const char* secret : {"the-secret", "hunter", "hun/ter5", "ter5"})
        EXPECT_THAT(text, Not(HasSubstr(secret)));
    EXPECT_THAT(text, HasSubstr("SECRET_KEY = ********  (environment)"));
    EXPECT_THAT(
        text,
        HasSubstr("DATABASE_URL = postgresql://me:********@db.example.com/mvp?sslpassword=********&user=x"));
    EXPECT_THAT(text, HasSubstr("REDIS_URL = redis://:********@localhost:6379/0"));
    EXPECT_THAT(text, HasSubstr("EMAIL_URL = smtp://me:********@mail.example.com:587"));
    EXPECT_THAT(text, HasSubstr("SMS_URL = https://sms.example.com/send?api_key=********&from=mvp"));
    EXPECT_THAT(text, HasSubstr("LISTEN = 127.0.0.1:9001  (environment)"));
    EXPECT_THAT(text, HasSubstr("LOG_LEVEL = info  (default)"));
    EXPECT_EQ(std::ranges::count(text, '\n'), static_cast<std::ptrdiff_t>(table().size()));
}

TEST_F(Settings, UrlsWithoutAPasswordAreShownWhole) {
    auto all = load({{"DATABASE_URL", "postgresql://postgres@/mvp?host=/var/run/a@b:c"},
                     {"REDIS_URL", "unix:///var/run/redis.sock?db=1"}},
                    std::nullopt);
    const std::string text = describe(*all);
    EXPECT_THAT(text, HasSubstr("postgresql://postgres@/mvp?host=/var/run/a@b:c"));
    EXPECT_THAT(text, HasSubstr("unix:///var/run/redis.sock?db=1"));
}

} // namespace
} // namespace mvp::config
