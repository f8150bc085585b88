#include "program.hpp"

#include <cstdio>
#include <fmt/format.h>

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

int not_yet(const char* name) {
    fmt::print(stderr, "mvpbackend: {} is not part of this version.\n", name);
    return 1;
}

} // namespace

int serve(const config::settings&) {
    return not_yet("serve");
}
int migrate(const config::settings&) {
    return not_yet("migrate");
}
int createsuperuser(const config::settings&, const config::command_line&) {
    return not_yet("createsuperuser");
}
int seed(const config::settings&, std::uint32_t) {
    return not_yet("seed");
}
int openapi() {
    return not_yet("openapi");
}

} // namespace mvp::program
