// One connection in pipeline mode on one loop: moves bytes between libpq and the pipeline's decisions. What
// its owner (the pool) must know comes through three callbacks, always from the loop and never from inside
// send().
#pragma once

#include "storage/postgres/connect.hpp"
#include "storage/postgres/pipeline.hpp"

#include <functional>

namespace mvp::storage {

class connection : public std::enable_shared_from_this<connection> {
  public:
    struct callbacks {
        std::function<void(connection&)> progress;        ///< something was answered: there is room for more
        std::function<void(connection&)> lost;            ///< it is closed; its units have failed
        std::function<void(std::vector<unit_ptr>)> again; ///< reads to be sent again, on any connection
    };

    connection(net::io_context& io, pg_handle handle, callbacks then);
    ~connection();
    /// Begins reading. Once, after construction.
    void start();

    /// Sends a unit; one that shares its Sync goes out at the end of this turn of the loop.
    void send(unit_ptr u);
    /// Fails what is in flight and ends the session, as if it had been lost.
    void close(std::string why);
    /// Nobody waits any longer for what is past its deadline, and a server that says nothing is given up.
    void expire(std::chrono::steady_clock::time_point now, std::chrono::milliseconds silence);

    bool alive() const { return alive_; }
    std::size_t in_flight() const { return pipeline_.in_flight(); }
    /// Reads that were sent in this turn of the loop: one more costs no Sync and no system call.
    bool collecting() const { return pipeline_.needs_sync(); }
    bool idle() const { return pipeline_.idle(); }
    bool idle_since(std::chrono::steady_clock::time_point t) const { return idle() && heard_ < t; }

    bool leased = false; ///< the pool's: taken by a transaction

  private:
    void send_step(const pipeline::step& s);
    void sync();
    void flush();
    void read();
    void on_readable();
    void take_results();
    void on_result(PGresult* r);
    void deliver();

    net::io_context& io_;
    pg_handle handle_;
    pg_socket socket_;
    callbacks then_;
    pipeline pipeline_;
    // When the server last said something, or was last asked.
    std::chrono::steady_clock::time_point heard_ = std::chrono::steady_clock::now();
    bool alive_ = true, broken_ = false, flush_due_ = false, write_waiting_ = false;
};

} // namespace mvp::storage
