// The program's arguments: which subcommand, with which options. Pure; says also the texts of --help and of
// errors.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace mvp::config {

enum class subcommand { help, serve, migrate, createsuperuser, seed, openapi, settings, check };

struct command_line {
    subcommand what = subcommand::help;
    std::string help; ///< what `help` prints
    std::optional<std::filesystem::path> config;
    std::string email, first_name, last_name; ///< createsuperuser
    std::uint32_t scale = 1;                  ///< seed, 1…1000
    bool deploy = false;                      ///< check
};

/// `arguments` without the program's name. The error is a sentence; the caller prints it and exits with 2.
tl::expected<command_line, std::string> parse_command_line(const std::vector<std::string>& arguments);

} // namespace mvp::config
