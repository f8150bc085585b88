// What the system says of processes: CPU time and memory, read from /proc; and who PostgreSQL and Redis are.
#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

namespace mvp::bench {

/// CPU seconds (user and system) that a process has used, ended threads included; 0 when it is gone.
double cpu_seconds(pid_t pid);
/// The same for a process and its children, reaped ones included: PostgreSQL's postmaster and its backends.
double cpu_seconds_of_tree(pid_t parent);
/// Resident memory in bytes.
std::size_t resident_bytes(pid_t pid);
/// "0.42 0.31 0.20": the machine's load averages.
std::string load_average();
/// The processor's name and the number of cores.
std::string machine();

/// Restricts the calling thread, and what it starts from now on, to these processors; empty: all.
void pin_to(const std::vector<int>& processors);

/// The calling thread gets a processor as soon as it needs one, so that an open loop measures the server's
/// delays and not its own. Not for threads that start programs: they would inherit it.
void go_before_others();

pid_t postmaster_of(const std::string& database_url);
pid_t redis_of(const std::string& redis_url);

} // namespace mvp::bench
