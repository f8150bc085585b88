#include "http/response.hpp"

#include <gmock/gmock.h>

namespace mvp::http {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(ErrorAnswer, FieldErrorsKeepTheirOrderAndListItemsNest) {
    error e{errc::invalid, ""};
    e.fields = {{"year", {"A valid integer is required."}},
                {"images.0", {"The submitted file is empty."}},
                {"images.2", {"One.", "Two."}},
                {"non_field_errors", {"Passwords \"differ\"."}}};
    const auto r = to_response(e);
    EXPECT_EQ(r.status, 400);
    EXPECT_EQ(r.body,
              R"({"year":["A valid integer is required."],"images":{"0":["The submitted file is empty."],)"
              R"("2":["One.","Two."]},"non_field_errors":["Passwords \"differ\"."]})");
    EXPECT_THAT(r.headers, IsEmpty());
}

TEST(ErrorAnswer, AMissingLoginIsChallengedButTheHandWrittenRefusalIsNot) {
    const auto standard = to_response({errc::not_authenticated, ""});
    EXPECT_EQ(standard.status, 401);
    EXPECT_EQ(standard.body, R"({"detail":"Authentication credentials were not provided."})");
    EXPECT_THAT(standard.headers, ElementsAre(Pair("WWW-Authenticate", R"(Bearer realm="api")")));
    const auto by_hand = to_response({errc::login_required, ""});
    EXPECT_EQ(by_hand.status, 401);
    EXPECT_EQ(by_hand.body, R"({"error":"Authentication required"})");
    EXPECT_THAT(by_hand.headers, IsEmpty());
}

TEST(ErrorAnswer, ABadTokenCarriesItsCodeAndMessages) {
    error e{errc::bad_token, "Given token not valid for any token type"};
    e.token_code = "token_not_valid";
    EXPECT_EQ(to_response(e).body,
              R"({"detail":"Given token not valid for any token type","code":"token_not_valid"})");
    e.token_message = "Token is expired";
    EXPECT_EQ(
        to_response(e).body,
        R"({"detail":"Given token not valid for any token type","code":"token_not_valid",)"
        R"("messages":[{"token_class":"AccessToken","token_type":"access","message":"Token is expired"}]})");
}

TEST(ErrorAnswer, AThrottledCallerIsToldWhenToComeBack) {
    error e{errc::throttled, ""};
    e.retry_after = 60;
    auto r = to_response(e);
    EXPECT_EQ(r.status, 429);
    EXPECT_EQ(r.body, R"({"detail":"Request was throttled. Expected available in 60 seconds."})");
    EXPECT_THAT(r.headers, ElementsAre(Pair("Retry-After", "60")));
    e.retry_after = 1;
    EXPECT_EQ(to_response(e).body, R"({"detail":"Request was throttled. Expected available in 1 second."})");
}

TEST(ErrorAnswer, InnerTroubleSaysNothingOfItself) {
    EXPECT_EQ(to_response({errc::internal, "pointer 0xdead"}).body, R"({"detail":"Internal server error."})");
    const auto away = to_response({errc::unavailable, "connection refused to 10.0.0.7"});
    EXPECT_EQ(away.status, 503);
    EXPECT_EQ(away.body, R"({"detail":"Service temporarily unavailable."})");
    EXPECT_THAT(away.headers, ElementsAre(Pair("Retry-After", "1")));
}

} // namespace
} // namespace mvp::http
