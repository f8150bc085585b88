// From an acknowledged cause to the frame on a socket of another process: one user per thread listens,
// somebody answers in their threads at a fixed rate.
#pragma once

#include "bench/histogram.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace mvp::bench {

/// A forum thread and its author's access token.
struct listened_thread {
    std::string id, token;
};

struct notify_options {
    unsigned short maker_port = 0, feed_port = 0; ///< who takes the responses; who has the sockets
    std::string maker_token;
    double rate =
        200; ///< responses/s, in turn to each thread: far enough apart to tell their frames from each other
    int seconds = 5;
};

struct notify_result {
    std::uint64_t causes = 0, refused = 0, lost = 0; ///< lost: no frame within five seconds
    histogram latency;                               ///< µs from the answer's arrival to the frame's
};

/// Runs on the calling thread.
notify_result run_notify(const std::vector<listened_thread>& threads, const notify_options& options);

} // namespace mvp::bench
