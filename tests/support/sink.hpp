// What the small servers of the tests have in common: they take connections, one after the other, on a thread
// of their own. Loopback only.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <thread>

namespace mvp::test {

class sink {
  public:
    using tcp = boost::asio::ip::tcp;

    /// `talk` is called on the sink's thread with each connection. `port`: 0 for any that is free.
    explicit sink(std::function<void(tcp::socket&)> talk, unsigned short port = 0)
        : acceptor_(io_, tcp::endpoint(boost::asio::ip::address_v4::loopback(), port)),
          thread_([this, talk = std::move(talk)] { serve(talk); }) {}
    ~sink() { stop(); }

    unsigned short port() const { return acceptor_.local_endpoint().port(); }
    /// When the connection that it talks on has ended.
    void stop() {
        if (!thread_.joinable())
            return;
        ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
        thread_.join();
        boost::system::error_code ignored;
        acceptor_.close(ignored);
    }

  private:
    void serve(const std::function<void(tcp::socket&)>& talk) {
        boost::system::error_code failed;
        while (!failed) {
            tcp::socket peer(io_);
            acceptor_.accept(peer, failed);
            if (!failed)
                talk(peer);
        }
    }

    boost::asio::io_context io_;
    tcp::acceptor acceptor_;
    std::thread thread_;
};

} // namespace mvp::test
