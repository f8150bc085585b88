// Counters for /metrics. Each loop counts for itself in plain words that only it writes; whoever reads adds
// them up. Other rooms register a function that is asked when somebody looks.
#pragma once

#include <boost/beast/http/verb.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace mvp::http {

using verb = boost::beast::http::verb;

/// One loop's counters. Written by that loop alone, read by any thread.
class request_counters {
  public:
    explicit request_counters(std::size_t routes);

    void begun() {
        in_flight_.store(in_flight_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }
    /// The answer of a request that begun() counted is written. `route`: a resource's index, or
    /// metrics::other.
    void finished(std::size_t route, verb method, int status, std::uint64_t microseconds);

  private:
    friend class metrics;
    using count = std::atomic<std::uint64_t>;
    static void add(count& to, std::uint64_t n) {
        to.store(to.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    }
    static constexpr std::size_t methods = 7, statuses = 26, buckets = 17;
    count in_flight_{0};
    std::vector<count> by_status_; // [route][method][status]
    std::vector<count> by_time_;   // [route][bucket]
    std::vector<count> time_sum_;  // [route], µs
};

class metrics {
  public:
    /// A value with labels such as {{"state", "idle"}}.
    struct sample {
        std::map<std::string, std::string> labels;
        double value = 0;
    };

    /// How many values fell between a bound and the one before, and beyond the last: one count more than
    /// bounds.
    struct distribution {
        std::vector<double> bounds;
        std::vector<std::uint64_t> counts;
        double sum = 0; ///< of the values
    };

    metrics();
    ~metrics();

    /// Asked at each scrape, on the loop that serves it, so it must be quick and safe from any thread.
    void gauge(std::string name, std::string help, std::function<double()> value);
    void gauges(std::string name, std::string help, std::function<std::vector<sample>()> values);
    void counter(std::string name, std::string help, std::function<double()> value);
    void counters(std::string name, std::string help, std::function<std::vector<sample>()> values);

    void histogram(std::string name, std::string help, std::function<distribution()> value);

    /// Route templates, by resource index; one more, "other", is added for what matches none. Call once, by
    /// the server.
    void use_routes(std::vector<std::string> templates, std::size_t loops);
    request_counters& of_loop(std::size_t index) { return *loops_[index]; }
    std::size_t other() const { return routes_.size() - 1; }

    /// Prometheus' text format.
    std::string text() const;

  private:
    struct requests;
    struct callback;
    struct timing;
    std::vector<std::string> routes_;
    std::vector<std::unique_ptr<request_counters>> loops_;
    mutable std::mutex mutex_; // callbacks_, timings_
    std::vector<callback> callbacks_;
    std::vector<timing> timings_;
};

} // namespace mvp::http
