// In every test program: a test that hangs names itself and shows where all threads are, before ctest ends
// the program without a word; one that crashes does so too. On duty when ctest says in TEST_TIMEOUT how many
// seconds the program may take: a test may have half of them, and all together all but ten.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstring>
#include <execinfo.h>
#include <filesystem>
#include <unistd.h>

namespace {

using std::chrono::steady_clock;

char running[300] = "the program's start";
std::atomic<int> stacks{0};

void show_stack(int) {
    void* frames[64];
    backtrace_symbols_fd(frames, backtrace(frames, 64), STDERR_FILENO);
    ++stacks;
}

void give_up(int signal) {
    dprintf(STDERR_FILENO, "\n%s: %s\n", running,
            signal == SIGALRM ? "ended, it takes too long; its threads:" : strsignal(signal));
    show_stack(signal);
    if (signal == SIGALRM)
        for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
            const int id = std::atoi(thread.path().filename().c_str()), before = stacks;
            if (id == gettid())
                continue;
            dprintf(STDERR_FILENO, "thread %d\n", id);
            tgkill(getpid(), id, SIGUSR1);
            for (int i = 0; i < 100 && stacks == before; ++i)
                usleep(10'000);
        }
    std::signal(SIGABRT, SIG_DFL);
    std::abort();
}

class watchdog : public ::testing::EmptyTestEventListener {
    void OnTestProgramStart(const ::testing::UnitTest&) override {
        void* frame;
        backtrace(&frame, 1); // loads what it needs: too late in a signal handler
        std::signal(SIGUSR1, show_stack);
        for (int signal : {SIGALRM, SIGABRT, SIGSEGV})
            if (const auto before = std::signal(signal, give_up); before != SIG_DFL)
                std::signal(signal, before); // a sanitizer's says more
    }
    void OnTestSuiteStart(const ::testing::TestSuite& suite) override { watch(suite.name(), "(set-up)"); }
    void OnTestStart(const ::testing::TestInfo& test) override { watch(test.test_suite_name(), test.name()); }
    void OnTestProgramEnd(const ::testing::UnitTest&) override { alarm(0); }

    void watch(const char* suite, const char* name) {
        std::snprintf(running, sizeof running, "%s.%s", suite, name);
        const auto used = std::chrono::duration_cast<std::chrono::seconds>(steady_clock::now() - begun_);
        alarm(static_cast<unsigned>(std::max(1L, std::min(whole_ / 2, whole_ - 10 - used.count()))));
    }
    const long whole_ = std::atol(std::getenv("TEST_TIMEOUT"));
    const steady_clock::time_point begun_ = steady_clock::now();
};

const bool on_duty = [] {
    if (std::getenv("TEST_TIMEOUT"))
        ::testing::UnitTest::GetInstance()->listeners().Append(new watchdog);
    return true;
}();

} // namespace
