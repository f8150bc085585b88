// Chooses the subcommand: reads the arguments and the settings, and hands them to one of program.hpp's
// functions.
#include "program.hpp"

#include <cstdio>
#include <exception>
#include <fmt/format.h>

namespace {

int refuse(const std::string& sentence) {
    fmt::print(stderr, "mvpbackend: {}\n", sentence);
    return mvp::program::wrong_usage;
}

int run(const mvp::config::command_line& line) {
    using mvp::config::subcommand;
    namespace program = mvp::program;
    if (line.what == subcommand::help) {
        fmt::print("{}", line.help);
        return 0;
    }
    if (line.what == subcommand::openapi)
        return program::openapi();

    auto all = mvp::config::load(mvp::config::process_environment(), line.config);
    if (!all)
        return refuse(all.error());
    if (line.what == subcommand::settings)
        return program::settings(*all);
    if (line.what == subcommand::check)
        return program::check(all->values);

    const auto complete = line.what == subcommand::serve ? mvp::config::require_complete(all->values)
                                                         : mvp::config::require_database(all->values);
    if (!complete)
        return refuse(complete.error());
    switch (line.what) {
    case subcommand::migrate:
        return program::migrate(all->values);
    case subcommand::createsuperuser:
        return program::createsuperuser(all->values, line);
    case subcommand::seed:
        return program::seed(all->values, line.scale);
    default:
        return program::serve(all->values);
    }
}

} // namespace

int main(int argc, char** argv) {
    try {
        const auto line = mvp::config::parse_command_line({argv + 1, argv + argc});
        return line ? run(*line) : refuse(line.error());
    } catch (const std::exception& e) {
        fmt::print(stderr, "mvpbackend: {}\n", e.what());
        return 1;
    }
}
