#include "http/throttle.hpp"

#include "http/request.hpp"

#include <gtest/gtest.h>

namespace mvp::http {
namespace {

TEST(Throttle, SpellingsOfOneAddressAreOne) {
    request call;
    call.remote_address = "192.0.2.1";
    EXPECT_EQ(folded(call, "Nikki@Example.com"), "nikki@example.com");
    EXPECT_NE(folded(call, "a@example.com"), folded(call, "b@example.com"));
    // PostgreSQL's lower() makes i of U+0130 and k of U+212A
    EXPECT_EQ(folded(call, "n\u0130kki@example.com"), folded(call, "ni\u212aki@example.com"));
    request other;
    other.remote_address = "192.0.2.2";
    EXPECT_NE(folded(call, "n\u0130kki@example.com"), folded(other, "n\u0130kki@example.com"));
}

} // namespace
} // namespace mvp::http
