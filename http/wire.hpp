// The bytes of one connection: its socket, what was read and not yet used, what is to be written, and the
// time that the other end has for its next step. Knows nothing of requests.
#pragma once

#include "http/limits.hpp"
#include "http/session.hpp"
#include "http/spare_buffers.hpp"
#include "storage/async.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace mvp::http {

/// On its loop only. Its owner closes it when deadline() has passed; it ends what waits here.
class wire {
  public:
    using steady = std::chrono::steady_clock;

    wire(tcp_socket socket, const limits& bounds, spare_buffers& buffers);

    net::ip::address remote_address() const;
    /// False: the other end is gone, or has had its time.
    bool connected() const { return connected_; }
    /// Nothing asked: may be closed at any time.
    bool idle() const { return idle_; }
    /// Closes the socket under whoever waits for it.
    void cut();
    /// Cuts, and counts as not connected from now on.
    void give_up();
    /// The socket, for another protocol.
    tcp_socket hand_over();

    steady::time_point deadline() const { return deadline_; }
    void allow(std::chrono::milliseconds time) { deadline_ = steady::now() + time; }
    void allow_until(steady::time_point when) { deadline_ = when; }
    void allow_ever() { deadline_ = steady::time_point::max(); }

    /// Read and not yet used. Stays in place until read_more(), reclaim_spill() or release_memory().
    std::string_view unread() const { return std::string_view(input_).substr(begin_, end_ - begin_); }
    void use(std::size_t bytes) { begin_ += bytes; }
    /// Reads what is there, making room first. Not while a request is in use: its texts lie here.
    task<> read_more();

    /// A body is read into the spill, since the texts of its head must stay where they are: takes over what
    /// is unread.
    void begin_spill();
    bool has_spill() const { return !spill_.empty(); }
    std::string_view spilled() const {
        return std::string_view(spill_).substr(spill_begin_, spill_end_ - spill_begin_);
    }
    void use_spilled(std::size_t bytes) { spill_begin_ += bytes; }
    /// Reads more behind what is left in the spill; 0: the other end is gone.
    task<std::size_t> read_spill();
    /// What is left in the spill becomes what is unread.
    void reclaim_spill();

    /// To be written by write_out(), heads and small bodies.
    std::string& output() {
        if (output_.empty())
            output_ = buffers_.take();
        return output_;
    }
    /// Behind output(): copied if small, else `bytes` must live until they are written (holds_body()).
    void put_body(std::string_view bytes);
    /// The same, never copied.
    void put_held(std::string_view bytes) { held_ = bytes; }
    bool holds_body() const { return !held_.empty(); }
    std::size_t to_write() const { return output_.size() + held_.size(); }
    /// Writes all of it, waiting for the client as long as it is allowed to take.
    task<> write_out();

    /// A connection that waits for its client keeps nothing large.
    void release_memory();
    /// Tells the client that no more comes and gives it time to read what did, before the socket is closed.
    task<> end_in_order();

  private:
    tcp_socket socket_;
    const limits& bounds_;
    spare_buffers& buffers_;
    steady::time_point deadline_ = steady::time_point::max();
    std::string input_; // [begin_, end_) is read and not yet used
    std::size_t begin_ = 0, end_ = 0;
    std::string spill_;
    std::size_t spill_begin_ = 0, spill_end_ = 0;
    std::string output_;
    std::string_view held_; // a large body: to be written behind output_, from where it is
    bool idle_ = false, connected_ = true;
};

} // namespace mvp::http
