#include "bench/system.hpp"

#include <libpq-fe.h>

#include <arpa/inet.h>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <netinet/in.h>
#include <sched.h>
#include <sstream>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

namespace mvp::bench {
namespace {

struct times {
    pid_t parent = 0;
    double own = 0, children = 0;
};

times times_of(pid_t pid) {
    std::ifstream file(fmt::format("/proc/{}/stat", pid));
    std::string line;
    std::getline(file, line);
    const auto behind_name = line.rfind(')');
    if (behind_name == std::string::npos)
        return {};
    std::istringstream fields(line.substr(behind_name + 2));
    std::string skipped, state;
    times t;
    fields >> state >> t.parent;
    for (int i = 0; i < 9; ++i)
        fields >> skipped;
    double user, system, child_user, child_system;
    fields >> user >> system >> child_user >> child_system;
    const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
    t.own = (user + system) / ticks;
    t.children = (child_user + child_system) / ticks;
    return t;
}

int connect_redis(const std::string& url) {
    if (url.rfind("unix://", 0) == 0) {
        const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        url.substr(7, url.find('?') - 7).copy(address.sun_path, sizeof address.sun_path - 1);
        if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0)
            return fd;
    } else {
        const int fd = socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const auto colon = url.rfind(':');
        address.sin_port =
            htons(static_cast<unsigned short>(std::strtoul(url.c_str() + colon + 1, nullptr, 10)));
        if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0)
            return fd;
    }
    throw std::runtime_error("Redis does not answer at " + url);
}

} // namespace

double cpu_seconds(pid_t pid) {
    return times_of(pid).own;
}

double cpu_seconds_of_tree(pid_t parent) {
    const auto root = times_of(parent);
    double sum = root.own + root.children;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const auto name = entry.path().filename().string();
        if (name.find_first_not_of("0123456789") != std::string::npos)
            continue;
        if (const auto t = times_of(std::stoi(name)); t.parent == parent)
            sum += t.own;
    }
    return sum;
}

std::size_t resident_bytes(pid_t pid) {
    std::ifstream file(fmt::format("/proc/{}/statm", pid));
    std::size_t size = 0, resident = 0;
    file >> size >> resident;
    return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

std::string load_average() {
    std::ifstream file("/proc/loadavg");
    std::string one, five, fifteen;
    file >> one >> five >> fifteen;
    return fmt::format("{} {} {}", one, five, fifteen);
}

std::string machine() {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);)
        if (line.rfind("model name", 0) == 0)
            return fmt::format("{} x {}", std::thread::hardware_concurrency(),
                               line.substr(line.find(':') + 2));
    return fmt::format("{} cores", std::thread::hardware_concurrency());
}

void pin_to(const std::vector<int>& processors) {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (processors.empty())
        for (unsigned i = 0; i < CPU_SETSIZE; ++i)
            CPU_SET(i, &set);
    for (const int p : processors)
        CPU_SET(p, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0 && !processors.empty())
        throw std::runtime_error("cannot pin to a processor");
}

void go_before_others() {
    const sched_param first{.sched_priority = 1};
    if (sched_setscheduler(0, SCHED_RR, &first) != 0)
        std::fputs("bench: not allowed to go before others: late answers may be the tool's own\n", stderr);
}

pid_t postmaster_of(const std::string& database_url) {
    PGconn* c = PQconnectdb(database_url.c_str());
    PGresult* r = PQexec(c, "SELECT pg_backend_pid()");
    const pid_t backend = PQntuples(r) == 1 ? std::atoi(PQgetvalue(r, 0, 0)) : 0;
    const pid_t parent = times_of(backend).parent;
    PQclear(r);
    PQfinish(c);
    if (parent <= 1)
        throw std::runtime_error("PostgreSQL does not run on this machine");
    return parent;
}

pid_t redis_of(const std::string& redis_url) {
    const int fd = connect_redis(redis_url);
    const std::string ask = "INFO server\r\n";
    std::string answer;
    char buffer[8192];
    if (write(fd, ask.data(), ask.size()) == static_cast<ssize_t>(ask.size()))
        while (answer.find("process_id:") == std::string::npos ||
               answer.find("\r\n\r\n") == std::string::npos) {
            const auto got = read(fd, buffer, sizeof buffer);
            if (got <= 0)
                break;
            answer.append(buffer, static_cast<std::size_t>(got));
            if (answer.find("config_file:") != std::string::npos)
                break;
        }
    close(fd);
    const auto at = answer.find("process_id:");
    return at == std::string::npos ? 0 : std::atoi(answer.c_str() + at + 11);
}

} // namespace mvp::bench
