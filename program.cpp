#include "program.hpp"

#include "http/auth/passwords.hpp"
#include "http/decode.hpp"
#include "http/openapi.hpp"
#include "http/text.hpp"
#include "storage/loop.hpp"
#include "storage/media/demo_pictures.hpp"
#include "storage/migrate.hpp"
#include "storage/model/user.hpp"
#include "storage/seed.hpp"
#include "storage/users.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <functional>
#include <iostream>
#include <termios.h>
#include <unistd.h>

namespace mvp::program {

int settings(const config::loaded& all) {
    fmt::print("{}", config::describe(all));
    return 0;
}

int check(const config::settings& values) {
    const auto warnings = config::deployment_warnings(values);
    for (const auto& warning : warnings)
        fmt::print("{}\n", warning);
    if (!warnings.empty())
        return 1;
    fmt::print("These settings are fit for production.\n");
    return 0;
}

namespace {

int failed(const std::string& sentence, int code = 1) {
    fmt::print(stderr, "mvpbackend: {}\n", sentence);
    return code;
}

/// Runs one piece of work against the database, on a loop of its own, and waits for it.
template <class T>
result<T> with_database(const config::settings& values,
                        std::function<task<result<T>>(storage::database&)> work) {
    loops all(1);
    storage::database_options options;
    options.url = values.database_url;
    options.connections_per_loop = 6;                                        // two of them read
    options.statement_timeout = options.deadline = std::chrono::minutes(10); // seeding takes its time
    storage::database db(all, options);
    all.start();
    db.start();
    auto done = net::co_spawn(
        all[0].io.get_executor(), [&]() -> task<result<T>> { co_return co_await work(db); }, net::use_future);
    auto value = done.get();
    db.stop();
    all.stop_and_join();
    return value;
}

/// Without echo; empty at the end of the input.
std::string ask_password(const char* prompt) {
    termios before{};
    tcgetattr(STDIN_FILENO, &before);
    termios silent = before;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    fmt::print(stderr, "{}", prompt);
    std::string text;
    std::getline(std::cin, text);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    fmt::print(stderr, "\n");
    return text;
}

/// From SUPERUSER_PASSWORD, or asked for twice on a terminal.
tl::expected<std::string, std::string> superuser_password() {
    std::string password;
    if (const char* given = std::getenv("SUPERUSER_PASSWORD"))
        password = given;
    else if (isatty(STDIN_FILENO)) {
        password = ask_password("Password: ");
        if (password != ask_password("Password (again): "))
            return tl::unexpected<std::string>("The passwords differ.");
    } else
        return tl::unexpected<std::string>(
            "SUPERUSER_PASSWORD is not set, and there is no terminal to ask on.");
    const auto complaints = http::passwords::complaints(password);
    if (!complaints.empty())
        return tl::unexpected<std::string>(complaints.front());
    return password;
}

/// What an option says as a registration would store it in that field of a user, or what is wrong with it.
tl::expected<std::string, std::string> checked(std::string_view option, std::string_view field,
                                               const std::string& given) {
    if (!http::is_utf8(given))
        return tl::unexpected(fmt::format("{}: Not a valid string.", option));
    const auto& as = storage::user_fields[storage::position(storage::user_fields, field)];
    auto value = http::check_value(as, {.is = http::json_value::type::string, .text = given});
    if (!value.complaints.empty())
        return tl::unexpected(fmt::format("{}: {}", option, value.complaints.front()));
    return std::move(value.text);
}

} // namespace

int migrate(const config::settings& values) {
    const auto applied = storage::migrate(values.database_url);
    if (!applied)
        return failed(applied.error().text);
    fmt::print("{} migrations applied.\n", *applied);
    return 0;
}

int createsuperuser(const config::settings& values, const config::command_line& line) {
    auto email = checked("--email", "email", line.email);
    auto first_name = checked("--first-name", "first_name", line.first_name);
    auto last_name = checked("--last-name", "last_name", line.last_name);
    for (const auto* option : {&email, &first_name, &last_name})
        if (!*option)
            return failed(option->error(), wrong_usage);
    const auto password = superuser_password();
    if (!password)
        return failed(password.error());
    storage::users::new_user who;
    who.id = uuid::random();
    who.email = *email;
    who.first_name = std::move(*first_name);
    who.last_name = std::move(*last_name);
    who.password_hash = http::passwords::hash(*password);
    const auto made = with_database<bool>(
        values, [&](storage::database& db) { return storage::users::add_superuser(db, who); });
    if (!made)
        return failed(made.error().text);
    if (!*made)
        return failed("There is a user with this e-mail address already.");
    fmt::print("Superuser {} created.\n", *email);
    return 0;
}

int seed(const config::settings& values, std::uint32_t scale) {
    storage::seed_options how;
    how.scale = static_cast<int>(scale);
    how.password_hash = http::passwords::hash(storage::demo_password);
    how.progress = [](std::string_view what, std::int64_t done, std::int64_t all) {
        fmt::print(stderr, "{}: {} of {}\n", what, done, all);
    };
    const auto drawn = storage::media::write_demo_pictures(values.media_root);
    if (!drawn)
        return failed(drawn.error().text);
    const auto done =
        with_database<void>(values, [&](storage::database& db) { return storage::seed(db, how); });
    if (!done)
        return failed(done.error().text);
    fmt::print("Demo logins, all with the password {}:\n", storage::demo_password);
    for (const auto login : storage::demo_logins)
        fmt::print("  {}\n", login);
    return 0;
}

int openapi() {
    fmt::print("{}\n", http::openapi_document());
    return 0;
}

} // namespace mvp::program
