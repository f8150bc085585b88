#include "bench/generator.hpp"

#include <fmt/format.h>

namespace mvp::bench {
namespace {

std::vector<double> weights(const std::vector<request_kind>& kinds) {
    std::vector<double> out;
    for (const auto& k : kinds)
        out.push_back(k.weight);
    return out;
}

std::string authorization(const std::string& token) {
    return token.empty() ? std::string{} : fmt::format("Authorization: Bearer {}\r\n", token);
}

} // namespace

std::string get_request(const std::string& path, const std::string& token) {
    return fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n{}\r\n", path,
                       authorization(token));
}

std::string json_request(const std::string& method, const std::string& path, const std::string& body,
                         const std::string& token) {
    return fmt::format(
        "{} {} HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n{}Content-Type: application/json\r\n"
        "Content-Length: {}\r\n\r\n{}",
        method, path, authorization(token), body.size(), body);
}

generator::generator(std::vector<request_kind> kinds, unsigned seed)
    : kinds_(std::move(kinds)), random_(seed), choose_([this] {
          const auto w = weights(kinds_);
          return std::discrete_distribution<std::size_t>(w.begin(), w.end());
      }()) {}

std::string generator::next() {
    return kinds_[choose_(random_)].make(random_);
}

} // namespace mvp::bench
