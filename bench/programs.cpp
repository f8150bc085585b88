#include "bench/programs.hpp"

#include "tests/support/free_port.hpp"

#include <arpa/inet.h>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <netinet/in.h>
#include <stdexcept>
#include <strings.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace mvp::bench {
namespace {

int connect_to(unsigned short port) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

std::size_t length_in(const std::string& head) {
    static const std::string name = "\ncontent-length: ";
    for (auto at = head.find('\n'); at != std::string::npos; at = head.find('\n', at + 1))
        if (strncasecmp(head.data() + at, name.data(), name.size()) == 0)
            return std::strtoul(head.data() + at + name.size(), nullptr, 10);
    return 0;
}

} // namespace

std::string captured_answer(unsigned short port, const std::string& request) {
    const int fd = connect_to(port);
    if (fd < 0 || write(fd, request.data(), request.size()) != static_cast<ssize_t>(request.size()))
        throw std::runtime_error("the server does not answer");
    std::string answer;
    char buffer[65536];
    for (;;) {
        const auto head = answer.find("\r\n\r\n");
        if (head != std::string::npos && answer.size() >= head + 4 + length_in(answer.substr(0, head)))
            break;
        const auto got = read(fd, buffer, sizeof buffer);
        if (got <= 0)
            throw std::runtime_error("the server closed before its answer was whole");
        answer.append(buffer, static_cast<std::size_t>(got));
    }
    close(fd);
    return answer;
}

floor_program::floor_program(const std::string& program, const std::string& answer)
    : port_(test::free_port()) {
    file_ =
        (std::filesystem::temp_directory_path() / fmt::format("mvp_floor_{}_{}", getpid(), port_)).string();
    std::ofstream(file_, std::ios::binary) << answer;
    pid_ = fork();
    if (pid_ == 0) {
        execl(program.c_str(), program.c_str(), std::to_string(port_).c_str(), file_.c_str(), nullptr);
        _exit(127);
    }
    const bool up = test::eventually([this] {
        const int fd = connect_to(port_);
        if (fd >= 0)
            close(fd);
        return fd >= 0;
    });
    if (!up)
        throw std::runtime_error("the floor does not start");
}

floor_program::~floor_program() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    std::error_code ignored;
    std::filesystem::remove(file_, ignored);
}

double pgbench_rate(const std::string& database_url, const std::string& script, int clients, int seconds) {
    const auto file = std::filesystem::temp_directory_path() / fmt::format("mvp_pgbench_{}.sql", getpid());
    std::ofstream(file) << script;
    const auto command =
        fmt::format("PATH=\"$PATH:/usr/lib/postgresql/15/bin\" pgbench -n -M prepared -c {} -j 1 -T {} "
                    "-f '{}' '{}' 2>/dev/null",
                    clients, seconds, file.string(), database_url);
    std::string output;
    if (FILE* pipe = popen(command.c_str(), "r")) {
        char buffer[512];
        while (std::fgets(buffer, sizeof buffer, pipe))
            output += buffer;
        pclose(pipe);
    }
    std::filesystem::remove(file);
    const auto at = output.find("tps = ");
    return at == std::string::npos ? 0 : std::strtod(output.c_str() + at + 6, nullptr);
}

} // namespace mvp::bench
