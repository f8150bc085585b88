// A server on real loopback sockets with routes of a test's own, and a client that sends whatever bytes it is
// told.
#pragma once

#include "http/metrics.hpp"
#include "http/server.hpp"
#include "http/services.hpp"
#include "storage/loop.hpp"
#include "storage/media/store.hpp"
#include "storage/worker_pool.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace mvp::http {

/// For services that the routes of a test never touch.
template <class T> T& absent() {
    alignas(64) static std::byte nothing[64];
    return *reinterpret_cast<T*>(nothing);
}

class test_server {
  public:
    explicit test_server(std::span<const route> routes, server_options options = quick()) : tables_{routes} {
        options.log.enabled = false;
        if (options.dispatch.allowed_hosts.empty())
            options.dispatch.allowed_hosts = {"localhost", "127.0.0.1"};
        server_.emplace(loops_, listening_sockets(loops_, "127.0.0.1:0"), services_, metrics_, tables_,
                        std::move(options));
        loops_.start();
        server_->start();
    }
    ~test_server() {
        stop();
        pool_.reset();
        loops_.stop_and_join();
        std::filesystem::remove_all(root_);
    }
    void stop() {
        if (!std::exchange(stopped_, true))
            server_->stop();
    }
    std::uint16_t port() const { return server_->port(); }
    std::size_t connections() const { return server_->connections(); }
    const metrics& counts() const { return metrics_; }
    const std::filesystem::path& media_root() const { return root_; }

    /// As in production, but it does not wait long for clients to end a connection, since ours do not hurry.
    static server_options quick() {
        server_options options;
        options.bounds.close_time = std::chrono::milliseconds(20);
        return options;
    }

  private:
    static std::filesystem::path make_root() {
        char path[] = "/tmp/http-test-XXXXXX";
        if (!::mkdtemp(path))
            throw std::runtime_error("no temporary folder");
        return path;
    }

    std::array<std::span<const route>, 1> tables_;
    loops loops_{2};
    std::filesystem::path root_ = make_root();
    std::optional<worker_pool> pool_{std::in_place, 1, 100};
    storage::media::store media_{*pool_, root_};
    metrics metrics_;
    services services_{absent<storage::database>(),
                       absent<storage::cache>(),
                       absent<storage::accounts>(),
                       absent<storage::redis::client>(),
                       absent<storage::rate_limiter>(),
                       media_,
                       *pool_,
                       absent<actors::inboxes>(),
                       absent<actors::ratings>(),
                       absent<actors::moderators>(),
                       absent<tokens>(),
                       absent<signed_tokens>(),
                       metrics_,
                       {}};
    std::optional<server> server_;
    bool stopped_ = false;
};

struct client_answer {
    int status = 0;
    std::map<std::string, std::string> headers; ///< names in lower case
    std::string body;
};

/// Blocking, with a deadline of five seconds for everything.
class raw_client {
  public:
    explicit raw_client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        const timeval patience{5, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        sockaddr_in where{};
        where.sin_family = AF_INET;
        where.sin_port = htons(port);
        where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(socket_, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0)
            throw std::runtime_error(std::string("connect: ") + std::strerror(errno));
    }
    raw_client(raw_client&& from) noexcept
        : socket_(std::exchange(from.socket_, -1)), read_(std::move(from.read_)) {}
    ~raw_client() {
        if (socket_ >= 0)
            ::close(socket_);
    }

    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (n <= 0)
                return false;
            bytes.remove_prefix(static_cast<std::size_t>(n));
        }
        return true;
    }

    /// The next answer; throws when the connection ends or the time is over before it is complete.
    client_answer answer(bool to_head = false) {
        while (read_.find("\r\n\r\n") == read_.npos)
            read_more();
        client_answer got;
        const auto end = read_.find("\r\n\r\n");
        std::string_view head = std::string_view(read_).substr(0, end);
        got.status = std::stoi(std::string(head.substr(9, 3)));
        for (auto at = head.find("\r\n"); at != head.npos;) {
            const auto next = head.find("\r\n", at + 2);
            const auto line = head.substr(at + 2, next == head.npos ? next : next - at - 2);
            const auto colon = line.find(": ");
            std::string name(line.substr(0, colon));
            for (char& c : name)
                c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
            got.headers[name] = line.substr(colon + 2);
            at = next;
        }
        read_.erase(0, end + 4);
        if (got.status == 100 || to_head || !got.headers.count("content-length"))
            return got;
        const auto length = std::stoul(got.headers["content-length"]);
        while (read_.size() < length)
            read_more();
        got.body = read_.substr(0, length);
        read_.erase(0, length);
        return got;
    }

    /// Whether the other end has closed (and sent nothing more before).
    bool ended() {
        char byte;
        return read_.empty() && ::recv(socket_, &byte, 1, 0) <= 0 && errno != EAGAIN;
    }
    void shut_down_sending() { ::shutdown(socket_, SHUT_WR); }

  private:
    void read_more() {
        char some[65536];
        errno = 0;
        const auto n = ::recv(socket_, some, sizeof some, 0);
        if (n <= 0)
            throw std::runtime_error(n == 0 ? "the server closed the connection"
                                            : std::string("recv: ") + std::strerror(errno));
        read_.append(some, static_cast<std::size_t>(n));
    }
    int socket_;
    std::string read_;
};

} // namespace mvp::http
