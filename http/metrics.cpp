#include "http/metrics.hpp"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>

namespace mvp::http {

namespace {

constexpr std::array statuses{101, 200, 201, 202, 204, 206, 301, 304, 400, 401, 403, 404, 405,
                              406, 408, 413, 414, 415, 416, 426, 429, 431, 500, 503, 499};
constexpr std::array<std::string_view, 7> methods{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
constexpr std::array<std::uint64_t, 16> bounds{50,     100,     250,     500,     1000,   2500,
                                               5000,   10000,   25000,   50000,   100000, 250000,
                                               500000, 1000000, 2500000, 10000000};

std::size_t status_place(int status) {
    return static_cast<std::size_t>(std::find(statuses.begin(), statuses.end(), status) - statuses.begin());
}

/// Methods that no client sends share a place with OPTIONS: they cost us nothing but a refusal.
std::size_t method_place(verb method) {
    switch (method) {
    case verb::get:
        return 0;
    case verb::head:
        return 1;
    case verb::post:
        return 2;
    case verb::put:
        return 3;
    case verb::patch:
        return 4;
    case verb::delete_:
        return 5;
    default:
        return 6;
    }
}

prometheus::MetricFamily family(std::string name, std::string help, prometheus::MetricType type) {
    prometheus::MetricFamily made;
    made.name = std::move(name);
    made.help = std::move(help);
    made.type = type;
    return made;
}

prometheus::ClientMetric histogram_of(const metrics::distribution& found) {
    prometheus::ClientMetric metric;
    std::uint64_t running = 0;
    for (std::size_t i = 0; i < found.counts.size(); ++i) {
        running += found.counts[i];
        prometheus::ClientMetric::Bucket bucket;
        bucket.cumulative_count = running;
        bucket.upper_bound =
            i < found.bounds.size() ? found.bounds[i] : std::numeric_limits<double>::infinity();
        metric.histogram.bucket.push_back(bucket);
    }
    metric.histogram.sample_count = running;
    metric.histogram.sample_sum = found.sum;
    return metric;
}

} // namespace

struct metrics::timing {
    std::string name, help;
    std::function<distribution()> value;
};

struct metrics::callback {
    std::string name, help;
    bool counts;
    std::function<std::vector<sample>()> values;
};

request_counters::request_counters(std::size_t routes)
    : by_status_(routes * http::methods.size() * statuses), by_time_(routes * buckets), time_sum_(routes) {
    static_assert(request_counters::methods == http::methods.size());
    static_assert(statuses == http::statuses.size() + 1 && buckets == bounds.size() + 1);
}

void request_counters::finished(std::size_t route, verb method, int status, std::uint64_t microseconds) {
    in_flight_.store(in_flight_.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
    add(by_status_[(route * methods + method_place(method)) * statuses + status_place(status)], 1);
    const auto bucket = static_cast<std::size_t>(
        std::lower_bound(bounds.begin(), bounds.end(), microseconds) - bounds.begin());
    add(by_time_[route * buckets + bucket], 1);
    add(time_sum_[route], microseconds);
}

/// The request counters of all loops as Prometheus sees them.
struct metrics::requests final : prometheus::Collectable {
    explicit requests(const metrics& all) : all(all) {}
    const metrics& all;

    std::uint64_t sum(auto member, std::size_t place) const {
        std::uint64_t total = 0;
        for (const auto& loop : all.loops_)
            total += ((*loop).*member)[place].load(std::memory_order_relaxed);
        return total;
    }

    prometheus::MetricFamily by_status() const {
        auto made = family("http_requests_total", "Requests answered.", prometheus::MetricType::Counter);
        for (std::size_t r = 0; r < all.routes_.size(); ++r)
            for (std::size_t m = 0; m < http::methods.size(); ++m)
                for (std::size_t s = 0; s < request_counters::statuses; ++s) {
                    const auto n = sum(&request_counters::by_status_,
                                       (r * request_counters::methods + m) * request_counters::statuses + s);
                    if (n == 0)
                        continue;
                    prometheus::ClientMetric metric;
                    metric.label = {
                        {"method", std::string(http::methods[m])},
                        {"route", all.routes_[r]},
                        {"status", s < http::statuses.size() ? std::to_string(http::statuses[s]) : "other"}};
                    metric.counter.value = static_cast<double>(n);
                    made.metric.push_back(std::move(metric));
                }
        return made;
    }

    prometheus::MetricFamily by_time() const {
        auto made = family("http_request_duration_seconds", "From the request's arrival to its answer.",
                           prometheus::MetricType::Histogram);
        for (std::size_t r = 0; r < all.routes_.size(); ++r) {
            distribution found;
            for (const auto bound : bounds)
                found.bounds.push_back(static_cast<double>(bound) / 1e6);
            for (std::size_t b = 0; b < request_counters::buckets; ++b)
                found.counts.push_back(sum(&request_counters::by_time_, r * request_counters::buckets + b));
            found.sum = static_cast<double>(sum(&request_counters::time_sum_, r)) / 1e6;
            auto metric = histogram_of(found);
            if (metric.histogram.sample_count == 0)
                continue;
            metric.label = {{"route", all.routes_[r]}};
            made.metric.push_back(std::move(metric));
        }
        return made;
    }

    prometheus::MetricFamily in_flight() const {
        auto made =
            family("http_requests_in_flight", "Requests being answered now.", prometheus::MetricType::Gauge);
        prometheus::ClientMetric metric;
        for (const auto& loop : all.loops_)
            metric.gauge.value += static_cast<double>(loop->in_flight_.load(std::memory_order_relaxed));
        made.metric.push_back(std::move(metric));
        return made;
    }

    std::vector<prometheus::MetricFamily> Collect() const override {
        return {by_status(), by_time(), in_flight()};
    }
};

metrics::metrics() = default;
metrics::~metrics() = default;

void metrics::gauge(std::string name, std::string help, std::function<double()> value) {
    gauges(std::move(name), std::move(help), [value = std::move(value)] {
        return std::vector<sample>{{{}, value()}};
    });
}

void metrics::counter(std::string name, std::string help, std::function<double()> value) {
    counters(std::move(name), std::move(help), [value = std::move(value)] {
        return std::vector<sample>{{{}, value()}};
    });
}

void metrics::gauges(std::string name, std::string help, std::function<std::vector<sample>()> values) {
    std::lock_guard lock(mutex_);
    callbacks_.push_back({std::move(name), std::move(help), false, std::move(values)});
}

void metrics::counters(std::string name, std::string help, std::function<std::vector<sample>()> values) {
    std::lock_guard lock(mutex_);
    callbacks_.push_back({std::move(name), std::move(help), true, std::move(values)});
}

void metrics::histogram(std::string name, std::string help, std::function<distribution()> value) {
    std::lock_guard lock(mutex_);
    timings_.push_back({std::move(name), std::move(help), std::move(value)});
}

void metrics::use_routes(std::vector<std::string> templates, std::size_t loops) {
    routes_ = std::move(templates);
    routes_.push_back("other");
    for (std::size_t i = 0; i < loops; ++i)
        loops_.push_back(std::make_unique<request_counters>(routes_.size()));
}

std::string metrics::text() const {
    auto families = requests(*this).Collect();
    {
        std::lock_guard lock(mutex_);
        for (const auto& each : callbacks_) {
            auto& made = families.emplace_back(
                family(each.name, each.help,
                       each.counts ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge));
            for (const auto& value : each.values()) {
                prometheus::ClientMetric metric;
                for (const auto& [label, text] : value.labels)
                    metric.label.push_back({label, text});
                (each.counts ? metric.counter.value : metric.gauge.value) = value.value;
                made.metric.push_back(std::move(metric));
            }
        }
        for (const auto& each : timings_)
            families.emplace_back(family(each.name, each.help, prometheus::MetricType::Histogram))
                .metric.push_back(histogram_of(each.value()));
    }
    return prometheus::TextSerializer().prometheus::Serializer::Serialize(families);
}

} // namespace mvp::http
