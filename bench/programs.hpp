// The programs under load: the server (through the tests' harness, on throw-away databases) and the floor.
#pragma once

#include "tests/support/server.hpp"

#include <string>
#include <sys/types.h>

namespace mvp::bench {

/// The whole answer, head and body, to these request bytes.
std::string captured_answer(unsigned short port, const std::string& request);

/// The floor program answering fixed bytes; started on construction, ended with the object.
class floor_program {
  public:
    /// `program`: its path; `answer`: what it sends.
    floor_program(const std::string& program, const std::string& answer);
    ~floor_program();
    floor_program(const floor_program&) = delete;
    unsigned short port() const { return port_; }
    pid_t pid() const { return pid_; }

  private:
    std::string file_;
    unsigned short port_ = 0;
    pid_t pid_ = -1;
};

/// Transactions a second of pgbench with this script, 64 clients, for some seconds; 0 when it failed.
double pgbench_rate(const std::string& database_url, const std::string& script, int clients, int seconds);

} // namespace mvp::bench
