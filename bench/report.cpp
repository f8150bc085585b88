#include "bench/report.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fstream>
#include <stdexcept>

namespace mvp::bench {
namespace {

constexpr double quantiles[] = {0.5, 0.9, 0.99, 0.999};

std::string number(double value) {
    return value >= 100 ? fmt::format("{:.0f}", value) : fmt::format("{:.1f}", value);
}

std::string verdict(const measurement& m) {
    return m.goal.empty() ? "" : fmt::format("{} {}", m.goal, m.reached ? "yes" : "NO");
}

/// Latency (µs, logarithmic) over the share of requests that were at least that fast.
std::string latency_plot(const std::vector<measurement>& all) {
    constexpr int width = 860, height = 320, left = 60, bottom = 40;
    static const char* colours[] = {"#2563eb", "#dc2626", "#16a34a", "#9333ea", "#ea580c",
                                    "#0891b2", "#4b5563", "#be185d", "#65a30d", "#7c3aed"};
    double most = 10;
    for (const auto& m : all)
        most = std::max(most, static_cast<double>(m.latency.quantile(0.9999)));
    const double top = std::ceil(std::log10(most));
    const auto x = [&](double nines) { return left + nines / 4 * (width - left - 160); };
    const auto y = [&](double us) {
        return height - bottom - std::log10(std::max(us, 1.0)) / top * (height - bottom - 10);
    };
    std::string svg =
        fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"latency\">", width, height);
    for (int d = 0; d <= static_cast<int>(top); ++d)
        svg += fmt::format(
            "<line x1=\"{0}\" x2=\"{1}\" y1=\"{2}\" y2=\"{2}\" stroke=\"#ddd\"/><text x=\"{3}\" y=\"{4}\" "
            "text-anchor=\"end\">{5} µs</text>",
            left, width - 160, y(std::pow(10, d)), left - 6, y(std::pow(10, d)) + 4, std::pow(10, d));
    const char* names[] = {"0", "90 %", "99 %", "99.9 %", "99.99 %"};
    for (int n = 0; n <= 4; ++n)
        svg += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>", x(n), height - 16,
                           names[n]);
    for (std::size_t i = 0; i < all.size(); ++i) {
        const char* colour = colours[i % std::size(colours)];
        std::string points;
        for (double n = 0; n <= 4; n += 0.05)
            points += fmt::format("{:.1f},{:.1f} ", x(n),
                                  y(static_cast<double>(all[i].latency.quantile(1 - std::pow(10, -n)))));
        svg += fmt::format("<polyline fill=\"none\" stroke=\"{}\" stroke-width=\"2\" points=\"{}\"/>", colour,
                           points);
        svg += fmt::format("<text x=\"{}\" y=\"{}\" fill=\"{}\">{}</text>", width - 150, 20 + 18 * i, colour,
                           all[i].name);
    }
    return svg + "</svg>";
}

/// CPU µs a request, stacked: server, PostgreSQL, Redis.
std::string cost_plot(const std::vector<measurement>& all) {
    constexpr int row = 26, left = 110, width = 860;
    double most = 1;
    for (const auto& m : all)
        most = std::max(most, m.server_us + m.postgres_us + m.redis_us);
    std::string svg = fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"CPU a request\">",
                                  width, row * all.size() + 10);
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto& m = all[i];
        double at = left;
        svg += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>", left - 8, row * i + 18,
                           m.name);
        const std::pair<double, const char*> parts[] = {
            {m.server_us, "#2563eb"}, {m.postgres_us, "#94a3b8"}, {m.redis_us, "#dc2626"}};
        for (const auto& [value, colour] : parts) {
            const double w = value / most * (width - left - 160);
            svg += fmt::format("<rect x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"18\" fill=\"{}\"/>", at,
                               row * i + 4, w, colour);
            at += w;
        }
        svg += fmt::format("<text x=\"{:.1f}\" y=\"{}\">{} + {} + {} µs</text>", at + 6, row * i + 18,
                           number(m.server_us), number(m.postgres_us), number(m.redis_us));
    }
    return svg + "</svg>";
}

std::string html_row(const measurement& m) {
    return fmt::format(
        "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td>"
        "<td>{}</td><td>{}</td><td>{}</td><td>{}</td><td class=\"{}\">{}</td></tr>",
        m.title, number(m.per_second),
        m.rival.empty() ? "" : fmt::format("{} {}", m.rival, number(m.rival_per_second)),
        m.ratio > 0 ? fmt::format("{:.2f}", m.ratio) : "", m.rival_us > 0 ? number(m.rival_us) : "",
        number(m.server_us), number(m.postgres_us), number(m.redis_us), m.latency.quantile(0.5),
        m.latency.quantile(0.99), m.latency.quantile(0.999), m.errors, m.reached ? "yes" : "no",
        verdict(m) + (m.note.empty() ? "" : "<br>" + m.note));
}

} // namespace

std::string table(const std::vector<measurement>& all) {
    std::string out =
        fmt::format("{:<54} {:>9} {:>16} {:>6} {:>8} {:>9} {:>9} {:>9} {:>7} {:>7} {:>7} {:>7} {:>6}  {}\n",
                    "scenario", "per s", "rival per s", "ratio", "rival us", "server us", "pg us", "redis us",
                    "p50", "p90", "p99", "p99.9", "errors", "goal");
    for (const auto& m : all) {
        out += fmt::format("{:<54} {:>9} {:>16} {:>6} {:>8} {:>9} {:>9} {:>9}", m.title, number(m.per_second),
                           m.rival.empty() ? "" : fmt::format("{} {}", m.rival, number(m.rival_per_second)),
                           m.ratio > 0 ? fmt::format("{:.2f}", m.ratio) : "",
                           m.rival_us > 0 ? number(m.rival_us) : "", number(m.server_us),
                           number(m.postgres_us), number(m.redis_us));
        for (const double q : quantiles)
            out += fmt::format(" {:>7}", m.latency.quantile(q));
        out += fmt::format(" {:>6}  {}{}\n", m.errors, verdict(m), m.note.empty() ? "" : "  " + m.note);
    }
    return out;
}

void write_html(const std::string& path, const std::vector<measurement>& all, const std::string& machine,
                const std::string& load_before, const std::string& load_after) {
    std::ofstream file(path);
    file
        << "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Load report</title><style>"
           "body{font:15px/1.5 system-ui,sans-serif;max-width:75rem;margin:2rem auto;padding:0 "
           "1rem;color:#111}"
           "table{border-collapse:collapse;width:100%}td,th{padding:.3rem .5rem;border-bottom:1px solid #ddd;"
           "text-align:right}td:first-child,th:first-child{text-align:left}.no{color:#b91c1c;font-weight:600}"
           "svg{width:100%;height:auto;font-size:12px}</style><h1>Load report</h1>";
    file << fmt::format("<p>{}; load average {} before, {} after. Latencies in µs; CPU in µs a request.</p>",
                        machine, load_before, load_after);
    file << "<table><tr><th>scenario</th><th>per "
            "s</th><th>rival</th><th>ratio</th><th>rival µs</th><th>server</th><th>PostgreSQL</th>"
            "<th>Redis</th><th>p50</th><th>p99</th><th>p99.9</th><th>errors</th><th>goal</th></tr>";
    for (const auto& m : all)
        file << html_row(m);
    file << "</table><h2>Latency</h2>" << latency_plot(all)
         << "<h2>CPU a request</h2><p>Blue: the server, grey: PostgreSQL, red: Redis.</p>" << cost_plot(all)
         << "</html>\n";
    if (!file)
        throw std::runtime_error("cannot write " + path);
}

} // namespace mvp::bench
