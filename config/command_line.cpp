#include "config/command_line.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/format.h>

namespace mvp::config {
namespace {

struct option {
    std::string_view name, value; ///< "--email", "E"; no value: a flag
    std::string_view help;
    bool required = false;
    tl::expected<void, std::string> (*set)(command_line&, const std::string&);
};

struct known_subcommand {
    subcommand what;
    std::string_view name, help;
    std::vector<option> options;
};

using done = tl::expected<void, std::string>;

const option config_option{"--config", "FILE", "TOML file of settings; the environment wins", false,
                           [](command_line& line, const std::string& text) -> done {
                               line.config = text;
                               return {};
                           }};

template <std::string command_line::*Member> done set_text(command_line& line, const std::string& text) {
    if (text.empty())
        return tl::unexpected(std::string("must not be empty"));
    line.*Member = text;
    return {};
}

done set_scale(command_line& line, const std::string& text) {
    const char* end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, line.scale);
    if (error != std::errc{} || stopped != end || line.scale < 1 || line.scale > 1000)
        return tl::unexpected(std::string("must be a whole number from 1 to 1000"));
    return {};
}

done set_deploy(command_line& line, const std::string&) {
    line.deploy = true;
    return {};
}

const std::array subcommands{
    known_subcommand{
        subcommand::serve, "serve", "serve HTTP and WebSockets until SIGTERM or Ctrl-C", {config_option}},
    known_subcommand{
        subcommand::migrate, "migrate", "bring the database's tables up to date", {config_option}},
    known_subcommand{
        subcommand::createsuperuser,
        "createsuperuser",
        "add a user with all rights; the password comes from SUPERUSER_PASSWORD or is asked for",
        {{"--email", "E", "e-mail address, the name to log in with", true, set_text<&command_line::email>},
         {"--first-name", "F", "first name", true, set_text<&command_line::first_name>},
         {"--last-name", "L", "last name", true, set_text<&command_line::last_name>},
         config_option}},
    known_subcommand{
        subcommand::seed,
        "seed",
        "add demo data; the same every time",
        {{"--scale", "N", "times 200 users and 2000 cars; default 1", false, set_scale}, config_option}},
    known_subcommand{subcommand::openapi, "openapi", "print the OpenAPI document", {}},
    known_subcommand{subcommand::settings,
                     "settings",
                     "print every setting, its value and where it comes from",
                     {config_option}},
    known_subcommand{subcommand::check,
                     "check",
                     "look for settings that are unsafe in production",
                     {{"--deploy", "", "the check for a deployment", true, set_deploy}, config_option}},
};

std::string usage(const option& o) {
    return o.value.empty() ? std::string(o.name) : fmt::format("{} {}", o.name, o.value);
}

std::string general_help() {
    std::string text =
        "mvpbackend - car marketplace and community server\n\nUsage: mvpbackend SUBCOMMAND [OPTIONS]\n\n";
    for (const auto& known : subcommands)
        text += fmt::format("  {:<16} {}\n", known.name, known.help);
    return text + "\nmvpbackend SUBCOMMAND --help tells more. Settings come from environment variables and "
                  "from the\n"
                  "TOML file named by --config; `mvpbackend settings` lists them.\n"
                  "Exit codes: 0 well, 1 failed, 2 wrong usage or settings.\n";
}

std::string help_of(const known_subcommand& known) {
    std::string line = fmt::format("Usage: mvpbackend {}", known.name);
    std::string list;
    for (const auto& o : known.options) {
        line += o.required ? " " + usage(o) : fmt::format(" [{}]", usage(o));
        list += fmt::format("  {:<16} {}\n", usage(o), o.help);
    }
    return fmt::format("{}\n\n{}.\n{}{}", line, known.help, list.empty() ? "" : "\n", list);
}

bool is_help(const std::string& argument) {
    return argument == "--help" || argument == "-h";
}

command_line helping(std::string text) {
    command_line line;
    line.help = std::move(text);
    return line;
}

} // namespace

tl::expected<command_line, std::string> parse_command_line(const std::vector<std::string>& arguments) {
    if (arguments.empty())
        return tl::unexpected(std::string("A subcommand is missing; mvpbackend --help lists them."));
    if (is_help(arguments[0]) || arguments[0] == "help")
        return helping(general_help());
    const auto known = std::ranges::find_if(
        subcommands, [&](const auto& candidate) { return candidate.name == arguments[0]; });
    if (known == subcommands.end())
        return tl::unexpected(
            fmt::format("There is no subcommand '{}'; mvpbackend --help lists them.", arguments[0]));
    if (std::any_of(arguments.begin() + 1, arguments.end(), is_help))
        return helping(help_of(*known));

    command_line line;
    line.what = known->what;
    std::vector<std::string_view> given;
    for (std::size_t i = 1; i < arguments.size(); ++i) {
        const std::string name = arguments[i].substr(0, arguments[i].find('='));
        const auto wanted = std::ranges::find_if(
            known->options, [&](const option& candidate) { return candidate.name == name; });
        const bool with_value = name.size() < arguments[i].size();
        if (wanted == known->options.end() || (with_value && wanted->value.empty()))
            return tl::unexpected(
                fmt::format("{} does not know '{}'; mvpbackend {} --help tells what it knows.", known->name,
                            arguments[i], known->name));
        if (std::ranges::find(given, wanted->name) != given.end())
            return tl::unexpected(fmt::format("{} is given twice.", name));
        given.push_back(wanted->name);
        std::string value;
        if (with_value)
            value = arguments[i].substr(name.size() + 1);
        else if (!wanted->value.empty()) {
            if (i + 1 == arguments.size())
                return tl::unexpected(fmt::format("{} needs a value.", name));
            value = arguments[++i];
        }
        if (auto set = wanted->set(line, value); !set)
            return tl::unexpected(fmt::format("{} {}.", name, set.error()));
    }
    for (const auto& o : known->options)
        if (o.required && std::ranges::find(given, o.name) == given.end())
            return tl::unexpected(fmt::format("{} needs {}.", known->name, usage(o)));
    return line;
}

} // namespace mvp::config
