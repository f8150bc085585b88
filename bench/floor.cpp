// The floor: what a plain Beast server costs that does nothing but answer fixed bytes. One thread, one
// coroutine a connection, the request read by Beast, the answer written as it stands. Usage: floor PORT FILE;
// FILE holds the answer, head and body.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = net::ip::tcp;
using executor = net::io_context::executor_type;
using stream = net::basic_stream_socket<tcp, executor>;
constexpr net::use_awaitable_t<executor> use_task{};

namespace {

net::awaitable<void, executor> serve(stream socket, const std::string& answer) {
    beast::flat_buffer buffer;
    try {
        for (;;) {
            http::request<http::string_body> request;
            co_await http::async_read(socket, buffer, request, use_task);
            co_await net::async_write(socket, net::buffer(answer), use_task);
        }
    } catch (const boost::system::system_error&) {
        // the client closed
    }
}

net::awaitable<void, executor> accept(net::io_context& io, unsigned short port, const std::string& answer) {
    net::basic_socket_acceptor<tcp, executor> acceptor(io, {net::ip::address_v4::loopback(), port});
    for (;;) {
        stream socket(co_await acceptor.async_accept(use_task));
        socket.set_option(tcp::no_delay(true));
        net::co_spawn(io.get_executor(), serve(std::move(socket), answer), net::detached);
    }
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fputs("usage: floor PORT FILE\n", stderr);
        return 2;
    }
    std::ifstream file(argv[2], std::ios::binary);
    const std::string answer{std::istreambuf_iterator<char>(file), {}};
    net::io_context io{1};
    net::co_spawn(io.get_executor(), accept(io, static_cast<unsigned short>(std::atoi(argv[1])), answer),
                  net::detached);
    io.run();
}
