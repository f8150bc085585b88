// Many WebSockets on the notification feed: what an idle one costs the server in memory, and how many frames
// a second reach them.
#pragma once

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace mvp::bench {

/// Open feeds; counts the text frames that arrive, answers pings, looks into nothing else.
class feed_clients {
  public:
    feed_clients(boost::asio::io_context& io, unsigned short port);
    ~feed_clients();
    /// Opens this many of one user, and waits until each has its first frame (hello). `on_frame` is called at
    /// each frame from the hello on. Throws when the server refuses one.
    void open(const std::string& token, int count, const std::function<void()>& on_frame = {});
    /// Reads until this many more text frames have come since the last call, or the deadline (seconds)
    /// passed.
    std::uint64_t receive(std::uint64_t frames, double deadline);

  private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

} // namespace mvp::bench
