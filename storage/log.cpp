#include "storage/log.hpp"

#include "storage/model/json_text.hpp"

#include <spdlog/async.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace mvp::log {

namespace {

constexpr std::size_t queue_limit = 8192;

/// %J: the message as a JSON text.
class json_message final : public spdlog::custom_flag_formatter {
  public:
    void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
        const std::string text = json_text({message.payload.data(), message.payload.size()});
        out.append(text.data(), text.data() + text.size());
    }
    std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<json_message>(); }
};

std::unique_ptr<spdlog::pattern_formatter> formatter(std::string pattern, std::string line_end) {
    auto made =
        std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc, std::move(line_end));
    made->add_flag<json_message>('J').set_pattern(std::move(pattern));
    return made;
}

} // namespace

void start(const options& how) {
    spdlog::init_thread_pool(queue_limit, 1);
    auto events = std::make_shared<spdlog::async_logger>(
        "", std::make_shared<spdlog::sinks::stdout_sink_mt>(), spdlog::thread_pool(),
        spdlog::async_overflow_policy::overrun_oldest);
    events->set_formatter(
        how.json ? formatter(R"({"time":"%Y-%m-%dT%H:%M:%S.%fZ","level":"%l","message":%J})", "\n")
                 : formatter("%Y-%m-%d %H:%M:%S.%e %l %v", "\n"));
    events->set_level(spdlog::level::from_str(how.level));
    events->flush_on(spdlog::level::warn);
    spdlog::set_default_logger(events);
}

void stop() {
    spdlog::shutdown();
}

} // namespace mvp::log
