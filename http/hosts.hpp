// Which Host headers and which client addresses are believed.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace mvp::http {

/// "Example.com:8000" -> "example.com", "[::1]:80" -> "[::1]"; empty if it is no host at all.
std::string host_name(std::string_view host_header);

/// ALLOWED_HOSTS: names compare without case and port; ".example.com" means it and everything below; "*" all.
class allowed_hosts {
  public:
    explicit allowed_hosts(std::vector<std::string> patterns);
    bool allows(std::string_view host_header) const;

  private:
    std::vector<std::string> patterns_;
};

/// Addresses and networks ("10.0.0.0/8", "::1"): TRUSTED_PROXIES, METRICS_ALLOW.
class networks {
  public:
    /// Throws std::invalid_argument, naming what is neither.
    explicit networks(const std::vector<std::string>& texts);
    bool contain(const boost::asio::ip::address& address) const;
    /// False for a text that is no address.
    bool contain(std::string_view address) const;
    bool empty() const { return all_.empty(); }

  private:
    struct network {
        std::vector<unsigned char> bytes;
        unsigned bits;
    };
    std::vector<network> all_;
};

} // namespace mvp::http
