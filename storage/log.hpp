// The program's log: what happened that somebody must know. Text for people, JSON lines for machines; written
// by a thread of its own, bounded, so that no loop ever waits for a terminal or a disk. Requests have their
// own log (http/access_log.hpp).
#pragma once

#include <spdlog/spdlog.h>

#include <string>

namespace mvp::log {

struct options {
    bool json = false;          ///< one JSON object a line, else text
    std::string level = "info"; ///< trace, debug, info, warn, error, off
};

/// Call once at the start; before that, spdlog's default goes to the standard output. Messages beyond the
/// queue's bound push out the oldest.
void start(const options& how);
/// Writes what is queued. Call before the program ends.
void stop();

using spdlog::debug;
using spdlog::error;
using spdlog::info;
using spdlog::warn;

} // namespace mvp::log
