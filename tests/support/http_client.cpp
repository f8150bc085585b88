#include "tests/support/http_client.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <fmt/format.h>
#include <optional>
#include <poll.h>
#include <stdexcept>

namespace mvp::test {
namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = net::ip::tcp;

bool same(std::string_view a, std::string_view b) {
    return beast::iequals({a.data(), a.size()}, {b.data(), b.size()});
}

std::string from_hex(std::string_view hex) {
    std::string out;
    auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        out += static_cast<char>(digit(hex[i]) << 4 | digit(hex[i + 1]));
    return out;
}

} // namespace

std::string reply::header(std::string_view name) const {
    for (const auto& [key, value] : headers)
        if (same(key, name))
            return value;
    return {};
}

bool reply::has_header(std::string_view name) const {
    for (const auto& [key, value] : headers)
        if (same(key, name))
            return true;
    return false;
}

json::value reply::json() const {
    boost::system::error_code ec;
    auto value = json::parse(body, ec);
    if (ec)
        throw std::runtime_error(fmt::format("no JSON in a {} answer: {}", status, body.substr(0, 300)));
    return value;
}

struct http_client::impl {
    net::io_context io;
    unsigned short port;
    std::optional<beast::tcp_stream> stream;
    beast::flat_buffer buffer;

    explicit impl(unsigned short p) : port(p) {}

    void connect() {
        buffer.clear();
        stream.emplace(io);
        stream->connect(tcp::endpoint(net::ip::address_v4::loopback(), port));
        stream->socket().set_option(tcp::no_delay(true));
    }

    reply read(bool head) {
        // A server that hangs must fail the test, not stop it. (Asio waits on after SO_RCVTIMEO.)
        pollfd answer{stream->socket().native_handle(), POLLIN, 0};
        if (buffer.size() == 0 && poll(&answer, 1, 60'000) == 0)
            throw std::runtime_error("no answer within a minute");
        http::response_parser<http::string_body> parser;
        parser.body_limit(256u << 20);
        parser.skip(head);
        http::read(*stream, buffer, parser);
        const auto& message = parser.get();
        reply r;
        r.status = message.result_int();
        for (const auto& field : message)
            r.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
        r.body = message.body();
        if (!message.keep_alive())
            stream.reset();
        return r;
    }
};

http_client::http_client(unsigned short port) : impl_(new impl(port)) {}
http_client::~http_client() {
    delete impl_;
}
http_client::http_client(http_client&& other) noexcept : impl_(std::exchange(other.impl_, nullptr)) {}

reply http_client::request(std::string_view method, std::string_view path, header_list headers,
                           std::string_view body) {
    std::string text = fmt::format("{} {} HTTP/1.1\r\n", method, path);
    bool has_host = false;
    for (const auto& [key, value] : headers) {
        has_host |= same(key, "Host");
        text += fmt::format("{}: {}\r\n", key, value);
    }
    if (!has_host)
        text += fmt::format("Host: localhost:{}\r\n", impl_->port);
    if (!body.empty() || method == "POST" || method == "PUT" || method == "PATCH")
        text += fmt::format("Content-Length: {}\r\n", body.size());
    text += "\r\n";
    text += body;
    for (int attempt = 0;; ++attempt) {
        const bool fresh = !impl_->stream;
        try {
            if (fresh)
                impl_->connect();
            boost::system::error_code ignored; // a refusal may come before all was taken: read it
            net::write(impl_->stream->socket(), net::buffer(text), ignored);
            auto answer = impl_->read(method == "HEAD");
            if (watch)
                watch(method, path, answer);
            return answer;
        } catch (const boost::system::system_error&) {
            impl_->stream.reset();
            if (fresh || attempt > 0)
                throw;
        }
    }
}

namespace {
header_list with_token(std::string_view token) {
    header_list headers;
    if (!token.empty())
        headers.emplace_back("Authorization", fmt::format("Bearer {}", token));
    return headers;
}
header_list with_json(std::string_view token) {
    auto headers = with_token(token);
    headers.emplace_back("Content-Type", "application/json");
    return headers;
}
} // namespace

reply http_client::get(std::string_view path, std::string_view token) {
    return request("GET", path, with_token(token), {});
}
reply http_client::del(std::string_view path, std::string_view token) {
    return request("DELETE", path, with_token(token), {});
}
reply http_client::action(std::string_view path, std::string_view token) {
    return request("POST", path, with_token(token), {});
}
reply http_client::post(std::string_view path, const json::value& body, std::string_view token) {
    return request("POST", path, with_json(token), json::serialize(body));
}
reply http_client::put(std::string_view path, const json::value& body, std::string_view token) {
    return request("PUT", path, with_json(token), json::serialize(body));
}
reply http_client::patch(std::string_view path, const json::value& body, std::string_view token) {
    return request("PATCH", path, with_json(token), json::serialize(body));
}

reply http_client::form(std::string_view method, std::string_view path, const form_fields& fields,
                        const std::vector<form_file>& files, std::string_view token) {
    auto headers = with_token(token);
    headers.emplace_back("Content-Type", "multipart/form-data; boundary=xyz");
    return request(method, path, headers, multipart("xyz", fields, files));
}

std::vector<reply> http_client::raw(std::string_view bytes, std::size_t replies) {
    impl_->connect();
    std::vector<reply> all;
    try {
        boost::system::error_code ignored;
        net::write(impl_->stream->socket(), net::buffer(bytes.data(), bytes.size()), ignored);
        while (all.size() < replies && impl_->stream)
            all.push_back(impl_->read(false));
    } catch (const boost::system::system_error&) {
        // closed without another answer: what came is the result
    }
    impl_->stream.reset();
    return all;
}

std::string multipart(std::string_view boundary, const form_fields& fields,
                      const std::vector<form_file>& files) {
    std::string out;
    for (const auto& [name, value] : fields)
        out += fmt::format("--{}\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n{}\r\n", boundary,
                           name, value);
    for (const auto& f : files) {
        out += fmt::format("--{}\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"{}\"\r\n"
                           "Content-Type: {}\r\n\r\n",
                           boundary, f.field, f.name, f.type);
        out += f.bytes;
        out += "\r\n";
    }
    return out + fmt::format("--{}--\r\n", boundary);
}

std::string url_encoded(std::string_view text) {
    std::string out;
    for (const unsigned char c : text)
        if (std::isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~')
            out += static_cast<char>(c);
        else
            out += fmt::format("%{:02X}", c);
    return out;
}

std::string small_png() {
    return from_hex(
        "89504e470d0a1a0a0000000d4948445200000002000000020802000000fdd49a730000001049444154789c6338216703440c"
        "100a0021f604891e853aee0000000049454e44ae426082");
}

std::string small_jpeg() {
    return from_hex(
        "ffd8ffdb004300100b0c0e0c0a100e0d0e1211101318281a181616183123251d283a333d3c3933383740485c4e4044574537"
        "38506d51575f626768673e4d71797064785c656763ffdb0043011112121815182f1a1a2f6342384263636363636363636363"
        "63636363636363636363636363636363636363636363636363636363636363636363636363636363ffc00011080002000203"
        "012200021101031101ffc4001f0000010501010101010100000000000000000102030405060708090a0bffc400b510000201"
        "0303020403050504040000017d01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282"
        "090a161718191a25262728292a3435363738393a434445464748494a535455565758595a636465666768696a737475767778"
        "797a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5"
        "d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9faffc4001f010003010101010101010101000000000000010203"
        "0405060708090a0bffc400b51100020102040403040705040400010277000102031104052131061241510761711322328108"
        "144291a1b1c109233352f0156272d10a162434e125f11718191a262728292a35363738393a434445464748494a5354555657"
        "58595a636465666768696a737475767778797a82838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5"
        "b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9faffda000c0301000211"
        "0311003f00c9a28a2b03e9cfffd9");
}

std::string small_pdf() {
    return "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
           "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
           "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\n"
           "trailer<</Root 1 0 R>>\n%%EOF\n";
}

} // namespace mvp::test
