// How much, how long and how many: what one client may take from the server.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace mvp::http {

struct limits {
    std::size_t head_bytes = 16 * 1024;  ///< request line and headers: 431; before a chunk, trailers: 400
    std::size_t headers = 100;           ///< 431
    std::size_t target_bytes = 8 * 1024; ///< 414
    std::uint64_t body_bytes = 2u << 20; ///< JSON, urlencoded, multipart without files: 413
    std::uint64_t multipart_bytes = 64u << 20; ///< routes that take files: 413
    std::size_t form_fields = 1000;            ///< 400
    std::size_t form_files = 100;              ///< 400
    std::size_t field_bytes = 1u << 20;        ///< one text field of a multipart body: 400
    std::size_t drained_bytes =
        256 * 1024; ///< of a body that nobody wants, to keep or end the connection in order

    std::size_t connections = 20'000;    ///< of the process; beyond it 503
    std::size_t held_bytes = 256u << 20; ///< bodies in memory, of the process; beyond it 503

    std::chrono::milliseconds head_time{10'000};  ///< from a request's first byte to the end of its head
    std::chrono::milliseconds body_time{30'000};  ///< from the end of the head to the end of the body
    std::chrono::milliseconds idle_time{75'000};  ///< between requests
    std::chrono::milliseconds write_time{30'000}; ///< for one write to be taken by the client
    std::chrono::milliseconds close_time{2'000};  ///< for the client to end a connection that we have ended
    std::chrono::milliseconds stop_time{10'000};  ///< for what is in flight when the server stops
};

} // namespace mvp::http
