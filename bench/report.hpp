// Results as a table for the terminal and as one self-contained HTML file with plots.
#pragma once

#include "bench/histogram.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace mvp::bench {

struct measurement {
    std::string name, title;
    double per_second = 0;
    std::string rival;                      ///< "floor", "pgbench" or ""
    double rival_us = 0;                    ///< CPU a request of the floor; of PostgreSQL under pgbench
    double rival_per_second = 0, ratio = 0; ///< the ratio's median over the rounds
    double server_us = 0, postgres_us = 0, redis_us = 0; ///< CPU a request
    std::uint64_t errors = 0, refused = 0;
    histogram latency;
    std::string goal; ///< in words; empty: none
    bool reached = true;
    std::string note;
};

std::string table(const std::vector<measurement>& all);
/// Writes the report; throws when the file cannot be written.
void write_html(const std::string& path, const std::vector<measurement>& all, const std::string& machine,
                const std::string& load_before, const std::string& load_after);

} // namespace mvp::bench
