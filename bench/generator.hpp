// What to send: whole requests as bytes, made beforehand or on the spot, drawn by weight.
#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace mvp::bench {

/// One kind of request of a scenario. `make` returns the bytes for the next one.
struct request_kind {
    std::string name;
    double weight = 1;
    std::function<std::string(std::minstd_rand&)> make;
};

/// The bytes of one request with Host, length and the given headers.
std::string get_request(const std::string& path, const std::string& token = {});
std::string json_request(const std::string& method, const std::string& path, const std::string& body,
                         const std::string& token = {});

/// Draws kinds by weight.
class generator {
  public:
    explicit generator(std::vector<request_kind> kinds, unsigned seed = 1);
    std::string next();

  private:
    std::vector<request_kind> kinds_;
    std::minstd_rand random_;
    std::discrete_distribution<std::size_t> choose_;
};

} // namespace mvp::bench
