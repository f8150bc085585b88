// Routes for tests of sessions and of the server, and requests to them.
#pragma once

#include "test_server.hpp"

#include "http/text.hpp"

#include <boost/asio/basic_waitable_timer.hpp>

#include <cstdlib>
#include <thread>

namespace mvp::http {

using namespace std::chrono_literals;

inline task<result<response>> hello(services&, request&) {
    co_return response(200, R"({"hello":"world"})");
}

inline task<result<response>> echo(services&, request& call) {
    if (auto readable = call.check_body(); !readable)
        co_return fail(readable.error());
    std::string body = "{\"id\":\"" + std::string(call.path_parameters[0]) + "\",\"body\":\"" +
                       std::to_string(call.body.size()) + "\"";
    for (const auto& [name, value] : call.fields.fields)
        body += ",\"" + name + "\":\"" + value + "\"";
    for (const auto& file : call.fields.files)
        body += ",\"" + file.field + "\":\"" + file.name + " " + std::to_string(file.size) + " " +
                std::to_string(file.path.empty() ? 0 : std::filesystem::file_size(file.path)) + "\"";
    co_return response(201, body + "}");
}

inline task<result<response>> large(services&, request&) {
    co_return response(200, std::string(4 << 20, 'x'));
}

inline task<result<response>> slow(services&, request&) {
    net::basic_waitable_timer<std::chrono::steady_clock, net::wait_traits<std::chrono::steady_clock>,
                              executor>
        timer(loop::current()->io, 200ms);
    co_await timer.async_wait(use_task);
    co_return response(200, R"({"slow":true})");
}

inline task<result<response>> broken(services&, request&) {
    throw std::runtime_error("a bug");
    co_return response();
}

inline constexpr std::size_t file_bytes = 500'000;

/// A file of counting bytes that is gone from its folder already.
inline task<result<response>> file(services&, request&) {
    char path[] = "/tmp/http-file-XXXXXX";
    storage::media::served_file opened;
    opened.descriptor = ::mkstemp(path);
    ::unlink(path);
    std::string bytes;
    for (std::size_t i = 0; bytes.size() < file_bytes; ++i)
        bytes += std::to_string(i) + ",";
    bytes.resize(file_bytes);
    if (::pwrite(opened.descriptor, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
        co_return fail(errc::internal, "cannot write the test's file");
    opened.size = bytes.size();
    opened.modified = std::chrono::sys_seconds(std::chrono::seconds(1'795'395'723));
    opened.content_type = "image/png";
    response r;
    r.file = std::move(opened);
    co_return r;
}

inline constexpr route table[] = {
    {"/file.png", "file", {.get = file}},
    {"/hello/", "hello", {.get = hello}},
    {"/echo/{id}/", "echo", {.post = echo, .put = echo}},
    {"/files/", "files", {.post = echo}, access::anyone, limit::automatic, true},
    {"/large/", "large", {.get = large}},
    {"/slow/", "slow", {.get = slow}},
    {"/broken/", "broken", {.get = broken}},
    {"/private/", "private", {.get = hello, .post = echo}, access::user},
};

inline std::string get(std::string_view path, std::string_view more = "") {
    return "GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(more) + "\r\n";
}

inline std::string post(std::string_view path, std::string_view type, std::string_view body,
                        std::string_view more = "") {
    return "POST " + std::string(path) +
           " HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + std::string(type) +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + std::string(more) + "\r\n" +
           std::string(body);
}

template <class F> bool becomes_true(F condition) {
    const auto until = std::chrono::steady_clock::now() + 5s;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until)
            return false;
        std::this_thread::sleep_for(1ms);
    }
    return true;
}

} // namespace mvp::http
