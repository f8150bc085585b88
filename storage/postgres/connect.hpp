// Opens connections to PostgreSQL without blocking the loop: name lookup, TCP or a Unix socket, TLS, log-in.
#pragma once

#include "storage/async.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <libpq-fe.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mvp::storage {

using pg_handle = std::unique_ptr<PGconn, decltype(&PQfinish)>;
using pg_socket = net::posix::basic_stream_descriptor<executor>;

/// How to connect: libpq's keywords with what every session of ours needs.
class connect_parameters {
  public:
    /// `settings` become the session's, e.g. {{"statement_timeout", "5000"}}. An invalid URL is reported by
    /// connect().
    connect_parameters(const std::string& url,
                       const std::vector<std::pair<std::string, std::string>>& settings);

    const std::string& invalid() const { return invalid_; }
    /// The host that must be looked up first; empty for addresses and Unix sockets.
    const std::string& name_to_resolve() const { return name_; }
    const std::vector<std::pair<std::string, std::string>>& values() const { return values_; }

  private:
    std::vector<std::pair<std::string, std::string>> values_;
    std::string invalid_, name_;
};

/// A connection ready for use, in nonblocking mode; errc::unavailable when it cannot be had within
/// `deadline`.
task<result<pg_handle>> connect(net::io_context& io, const connect_parameters& parameters,
                                std::chrono::milliseconds deadline);

} // namespace mvp::storage
