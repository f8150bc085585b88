// A WebSocket client of the notification feed for the black-box tests. Every wait has a deadline.
#pragma once

#include "tests/support/http_client.hpp"

#include <memory>
#include <optional>
#include <string>

namespace mvp::test {

class feed_client {
  public:
    /// Connects; `status()` is 101 when the upgrade was accepted. `query`: "?since=3" or "".
    feed_client(unsigned short port, std::string_view token, std::string_view query = {},
                header_list extra = {});
    ~feed_client();
    feed_client(feed_client&&) noexcept;

    int status() const;
    /// The refusal's body, when there was one; and a header of the answer.
    std::string refusal() const;
    std::string header(std::string_view name) const;

    /// The next text frame as an object; nothing when none comes in time or the socket is closed.
    std::optional<json::object> next(int milliseconds = 5000);
    void send(std::string_view text);
    void send_binary(std::string_view bytes);
    /// The server's close code, once it closed; nothing when it did not in time. Frames before it are
    /// dropped.
    std::optional<int> close_code(int milliseconds = 8000);

  private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

} // namespace mvp::test
