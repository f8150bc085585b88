// A Redis of the test's own, in a temporary folder, that it may pause, kill and start again.
#pragma once

#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace mvp::test {

class private_redis {
  public:
    explicit private_redis(std::vector<std::string> options = {}) : options_(std::move(options)) {
        char name[] = "/tmp/redis-test-XXXXXX";
        if (!mkdtemp(name))
            throw std::runtime_error("mkdtemp failed");
        folder_ = name;
        start();
    }
    ~private_redis() {
        kill();
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    private_redis(const private_redis&) = delete;
    private_redis& operator=(const private_redis&) = delete;

    std::string socket() const { return folder_ + "/s"; }
    std::string url() const { return "unix://" + socket() + "?db=0"; }

    void start() {
        std::vector<std::string> words{
            "redis-server", "--port", "0",     "--unixsocket", socket(),    "--save",        "",
            "--appendonly", "no",     "--dir", folder_,        "--logfile", folder_ + "/log"};
        words.insert(words.end(), options_.begin(), options_.end());
        std::vector<char*> arguments;
        for (auto& w : words)
            arguments.push_back(w.data());
        arguments.push_back(nullptr);
        std::filesystem::remove(socket());
        pid_ = fork();
        if (pid_ < 0)
            throw std::runtime_error("cannot start redis-server");
        if (pid_ == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL); // a test that crashes leaves no server behind
            execvp("redis-server", arguments.data());
            _exit(127);
        }
        for (int i = 0; i < 1000; ++i) {
            if (accepts())
                return;
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        throw std::runtime_error("redis-server does not accept connections");
    }
    void kill() {
        if (pid_ <= 0)
            return;
        ::kill(pid_, SIGKILL);
        ::kill(pid_, SIGCONT);
        ::waitpid(pid_, nullptr, 0);
        pid_ = 0;
    }
    void pause() { ::kill(pid_, SIGSTOP); }
    void resume() { ::kill(pid_, SIGCONT); }
    /// One command on a connection of its own, e.g. "CONFIG SET maxmemory 1"; throws unless Redis says OK.
    void tell(const std::string& command) const {
        const auto words = command + "\r\n";
        char answer[128] = {};
        const int fd = connected();
        const bool done = fd >= 0 && ::send(fd, words.data(), words.size(), MSG_NOSIGNAL) > 0 &&
                          ::recv(fd, answer, sizeof answer - 1, 0) > 0;
        if (fd >= 0)
            ::close(fd);
        if (!done || std::string(answer) != "+OK\r\n")
            throw std::runtime_error(command + ": " + answer);
    }

  private:
    /// -1 if it does not accept.
    int connected() const {
        const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
        sockaddr_un where{};
        where.sun_family = AF_UNIX;
        socket().copy(where.sun_path, sizeof where.sun_path - 1);
        if (::connect(fd, reinterpret_cast<sockaddr*>(&where), sizeof where) == 0)
            return fd;
        ::close(fd);
        return -1;
    }
    bool accepts() const {
        const int fd = connected();
        if (fd >= 0)
            ::close(fd);
        return fd >= 0;
    }

    std::vector<std::string> options_;
    std::string folder_;
    pid_t pid_ = 0;
};

} // namespace mvp::test
