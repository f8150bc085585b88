// Sends the file of an answer, or the part of it that was asked for, without ever holding more than a piece.
#pragma once

#include "http/request.hpp"
#include "http/response.hpp"
#include "storage/async.hpp"

#include <cstdint>

namespace mvp {
class worker_pool;
}

namespace mvp::http {

class wire;

class file_sender {
  public:
    /// Writes the status and headers of `answer`, which has a file, and notes which of its bytes are to go.
    void describe(const request& call, response& answer);
    /// Bytes still to be sent.
    std::uint64_t left() const { return left_; }
    /// Sends none of them: the client asked for the head only.
    void forget() { left_ = 0; }
    /// In pieces, behind what `to` has to write: from memory where the system has them there, else read on
    /// the worker pool. A file that cannot be read to its announced end cuts the connection.
    task<> send(wire& to, int descriptor, worker_pool& workers);

  private:
    std::uint64_t first_ = 0, left_ = 0;
};

} // namespace mvp::http
