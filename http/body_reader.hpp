// What becomes of a request's body: JSON is kept as it comes, forms are taken apart, anything else is passed
// over and remembered as an error that the handler hears of when it asks.
#pragma once

#include "http/limits.hpp"
#include "http/multipart.hpp"
#include "http/request.hpp"
#include "http/router.hpp"
#include "http/services.hpp"
#include "storage/async.hpp"

#include <optional>

namespace mvp::http {

class body_reader {
  public:
    /// `call` has its headers and its matched route. All three must outlive the reader.
    body_reader(request& call, services& with, const limits& bounds);

    /// How large the body may be.
    std::uint64_t limit() const { return limit_; }
    /// More bytes are in request::body; `last`: no more will come. The error is of the server, not of the
    /// body.
    task<result<>> arrived(bool last);
    /// The same for what needs no waiting; false: call arrived().
    bool arrived_at_once(bool last);
    /// Memory that the body takes as it is now.
    std::size_t held() const { return call_.body.size() + (multipart_ ? multipart_->kept() : 0); }

  private:
    void read_form();

    request& call_;
    services& with_;
    const limits& bounds_;
    std::uint64_t limit_;
    std::optional<multipart_parser> multipart_;
    bool empty_ = true;  // so far
    bool files_ = false; // goes through the worker pool, since files are written
};

} // namespace mvp::http
