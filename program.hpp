// The subcommands. Each gets complete settings, says on standard error what went wrong in one sentence, and
// gives the exit code: 0 well, 1 failed, 2 wrong usage or settings. main.cpp chooses; serve's composition is
// in serve.cpp.
#pragma once

#include "config/command_line.hpp"
#include "config/settings.hpp"

namespace mvp::program {

constexpr int wrong_usage = 2; ///< the exit code

/// Serves until SIGTERM or SIGINT, then stops gracefully.
int serve(const config::settings& values);
int migrate(const config::settings& values);
/// The options are checked as a registration is. Password from SUPERUSER_PASSWORD, or asked for twice on a
/// terminal.
int createsuperuser(const config::settings& values, const config::command_line& line);
int seed(const config::settings& values, std::uint32_t scale);
/// Prints the document on standard output.
int openapi();
/// Prints config::describe on standard output.
int settings(const config::loaded& all);
/// Prints what is unsafe; 1 if anything is.
int check(const config::settings& values);

} // namespace mvp::program
