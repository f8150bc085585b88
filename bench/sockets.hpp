// Many WebSockets on the notification feed: what an idle one costs the server in memory, and how many frames
// a second reach them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace mvp::bench {

/// Open feeds; counts the text frames that arrive, answers pings, looks into nothing else.
class feed_clients {
  public:
    feed_clients(unsigned short port, const std::string& token);
    ~feed_clients();
    /// Opens this many, and waits until each has its first frame (hello). Throws when the server refuses one.
    void open(int count);
    /// Reads until this many more text frames have come since the last call, or the deadline (seconds)
    /// passed.
    std::uint64_t receive(std::uint64_t frames, double deadline);

  private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

} // namespace mvp::bench
