#include "config/settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mvp::config {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::StartsWith;

settings fit() {
    settings values;
    values.database_url = "postgresql://mvp@db/mvp";
    values.redis_url = "redis://redis:6379/0";
    values.secret_key = "u8Kq2ZvN1xR7mB4tYhW9cJ5pLd3sGf6a";
    values.allowed_hosts = {"api.example.com"};
    values.cors_allowed_origins = {"https://app.example.com"};
    values.public_url = "https://api.example.com";
    values.trusted_proxies = {"10.0.0.1"};
    values.email_url = "smtps://mail.example.com";
    values.email_from = "noreply@example.com";
    values.media_root = "/var/lib/mvpbackend/media";
    return values;
}

TEST(Deployment, SettingsThatAreFitHaveNoWarning) {
    EXPECT_THAT(deployment_warnings(fit()), IsEmpty());
}

TEST(Deployment, TheDefaultsAreNotFit) {
    EXPECT_THAT(
        deployment_warnings(settings{}),
        IsSupersetOf({StartsWith("DATABASE_URL"), StartsWith("REDIS_URL"), StartsWith("SECRET_KEY"),
                      StartsWith("ALLOWED_HOSTS"), StartsWith("PUBLIC_URL"), StartsWith("EMAIL_URL")}));
}

struct unsafe {
    const char* key;
    void (*change)(settings&);
};

class Unsafe : public ::testing::TestWithParam<unsafe> {};

TEST_P(Unsafe, IsTheOneWarningAndNamesItsKey) {
    settings values = fit();
    GetParam().change(values);
    EXPECT_THAT(deployment_warnings(values), ElementsAre(StartsWith(std::string(GetParam().key) + " ")));
}

INSTANTIATE_TEST_SUITE_P(
    Each, Unsafe,
    ::testing::Values(
        unsafe{"DEBUG", [](settings& s) { s.debug = true; }},
        unsafe{"SECRET_KEY", [](settings& s) { s.secret_key.clear(); }},
        unsafe{"SECRET_KEY", [](settings& s) { s.secret_key = "u8Kq2ZvN1xR7mB4tYhW9cJ5pLd3sGf6"; }},
        unsafe{"SECRET_KEY", [](settings& s) { s.secret_key = std::string(64, 'x'); }},
        unsafe{"SECRET_KEY", [](settings& s) { s.secret_key = "django-Insecure-u8Kq2ZvN1xR7mB4tYhW9cJ5"; }},
        unsafe{"SECRET_KEY", [](settings& s) { s.secret_key = "please-change-me-u8Kq2ZvN1xR7mB4tYhW9cJ5"; }},
        unsafe{"ALLOWED_HOSTS", [](settings& s) { s.allowed_hosts.emplace_back("*"); }},
        unsafe{"ALLOWED_HOSTS",
               [](settings& s) {
                   s.allowed_hosts = {"localhost", "127.0.0.1"};
               }},
        unsafe{"CORS_ALLOWED_ORIGINS", [](settings& s) { s.cors_allowed_origins = {"*"}; }},
        unsafe{"CORS_ALLOWED_ORIGINS",
               [](settings& s) { s.cors_allowed_origins = {"http://app.example.com"}; }},
        unsafe{"PUBLIC_URL", [](settings& s) { s.public_url = "http://api.example.com"; }},
        unsafe{"RATE_LIMITS", [](settings& s) { s.rate_limits = false; }},
        unsafe{"TRUSTED_PROXIES", [](settings& s) { s.trusted_proxies.clear(); }},
        unsafe{"EMAIL_URL", [](settings& s) { s.email_url.clear(); }},
        unsafe{"EMAIL_FROM", [](settings& s) { s.email_from.clear(); }},
        unsafe{"MEDIA_ROOT", [](settings& s) { s.media_root = "var/media"; }},
        unsafe{"LOG_LEVEL", [](settings& s) { s.log_level = "debug"; }}));

} // namespace
} // namespace mvp::config
