// What /metrics says, as Prometheus reads it.
#include "http/metrics.hpp"

#include <gmock/gmock.h>

namespace mvp::http {
namespace {

using ::testing::HasSubstr;

TEST(Metrics, AHistogramHasCumulativeBucketsASumAndACount) {
    metrics m;
    m.use_routes({}, 1);
    m.histogram("run_seconds", "Runs.", [] { return metrics::distribution{{0.001, 0.01}, {3, 2, 1}, 0.5}; });
    EXPECT_THAT(m.text(), HasSubstr("# HELP run_seconds Runs.\n"
                                    "# TYPE run_seconds histogram\n"
                                    "run_seconds_count 6\n"
                                    "run_seconds_sum 0.5\n"
                                    "run_seconds_bucket{le=\"0.001\"} 3\n"
                                    "run_seconds_bucket{le=\"0.01\"} 5\n"
                                    "run_seconds_bucket{le=\"+Inf\"} 6\n"));
}

TEST(Metrics, RequestsAreTimedByRoute) {
    metrics m;
    m.use_routes({"/api/cars/"}, 1);
    m.of_loop(0).finished(0, verb::get, 200, 700);
    m.of_loop(0).finished(0, verb::get, 200, 20'000'000);
    const auto text = m.text();
    EXPECT_THAT(text,
                HasSubstr("http_requests_total{method=\"GET\",route=\"/api/cars/\",status=\"200\"} 2\n"));
    for (const char* line :
         {"_bucket{route=\"/api/cars/\",le=\"0.0005\"} 0\n", "_bucket{route=\"/api/cars/\",le=\"0.001\"} 1\n",
          "_bucket{route=\"/api/cars/\",le=\"10\"} 1\n", "_bucket{route=\"/api/cars/\",le=\"+Inf\"} 2\n",
          "_count{route=\"/api/cars/\"} 2\n"})
        EXPECT_THAT(text, HasSubstr(std::string("http_request_duration_seconds") + line));
}

} // namespace
} // namespace mvp::http
