// How often somebody may do something: at most `count` times within any `per` seconds, counted in Redis for
// all processes together (one command a call), or in this process while Redis is away. What is refused is not
// counted.
#pragma once

#include "storage/async.hpp"
#include "storage/model/timestamp.hpp"

#include <chrono>
#include <memory>
#include <string_view>

namespace mvp::storage {

namespace redis {
class client;
}

struct rate {
    int count = 0; ///< 0: never allowed
    std::chrono::seconds per{60};
};

struct rate_limiter_options {
    bool enabled = true;                               ///< false: everything passes, and Redis is not asked
    rate login{10, std::chrono::seconds{60}};          ///< key: address and e-mail
    rate registration{20, std::chrono::seconds{3600}}; ///< key: address
    rate mail{5, std::chrono::seconds{3600}};          ///< key: account
    rate write{120, std::chrono::seconds{60}};         ///< key: user
    rate upload{30, std::chrono::seconds{60}};         ///< key: user
    rate new_threads{3, std::chrono::hours{24}};       ///< key: user; of new ones
    rate new_posts{10, std::chrono::hours{24}};        ///< the same
    std::size_t local_bound = 500'000;                 ///< how many moments the fallback remembers, about
};

class rate_limiter {
  public:
    rate_limiter(redis::client& redis, rate_limiter_options options);
    ~rate_limiter();

    /// `rule`: "login", "register", "mail", "write" or "upload"; another one is errc::internal. Refused:
    /// errc::throttled with `retry_after` and the sentence for the client. On a loop.
    task<result<>> take(std::string_view rule, std::string_view key);
    /// The same for what is limited as long as somebody who came at `since` is new, which is as long as the
    /// rule's time: "new_threads", "new_posts".
    task<result<>> take_while_new(std::string_view rule, std::string_view key, timestamp since);

  private:
    struct impl;
    std::shared_ptr<impl> impl_;
};

} // namespace mvp::storage
