// A small HTTP server for tests: takes requests and gives the answer that a test wants.
#pragma once

#include "tests/support/sink.hpp"

#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>

#include <istream>
#include <iterator>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace mvp::test {

class http_sink {
    using tcp = sink::tcp;

  public:
    struct heard {
        std::string head, body;
    };

    /// `answer`: "204 No Content" and the like; "": silence.
    explicit http_sink(std::string answer) : answer_(std::move(answer)) {}

    std::string url(std::string_view user = "") const {
        return "http://" + std::string(user) + "127.0.0.1:" + std::to_string(door_.port()) +
               "/send?from=market";
    }
    void answer_with(std::string answer) {
        std::lock_guard lock(mutex_);
        answer_ = std::move(answer);
    }
    std::vector<heard> requests() const {
        std::lock_guard lock(mutex_);
        return requests_;
    }
    void stop() { door_.stop(); }

  private:
    void talk(tcp::socket& peer) {
        boost::system::error_code failed;
        boost::asio::streambuf buffer;
        const auto size = boost::asio::read_until(peer, buffer, "\r\n\r\n", failed);
        if (failed)
            return;
        heard one;
        std::istream in(&buffer);
        one.head.resize(size);
        in.read(one.head.data(), static_cast<std::streamsize>(size));
        constexpr std::string_view name = "Content-Length: ";
        const auto length = std::stoul(one.head.substr(one.head.find(name) + name.size()));
        if (buffer.size() < length)
            boost::asio::read(peer, buffer, boost::asio::transfer_exactly(length - buffer.size()), failed);
        one.body.assign(std::istreambuf_iterator<char>(in), {});
        std::string answer;
        {
            std::lock_guard lock(mutex_);
            requests_.push_back(std::move(one));
            answer = answer_;
        }
        if (answer.empty()) // until the client leaves
            boost::asio::read(peer, buffer, failed);
        else
            boost::asio::write(
                peer, boost::asio::buffer("HTTP/1.1 " + answer + "\r\nConnection: close\r\n\r\n"), failed);
    }

    mutable std::mutex mutex_; // answer_, requests_
    std::string answer_;
    std::vector<heard> requests_;
    sink door_{[this](tcp::socket& peer) { talk(peer); }};
};

} // namespace mvp::test
