// The texts of settings turned into values. Each function gives the value or the end of a sentence that says
// what the text must be ("must be a duration such as 30m or 7d"). Pure.
#pragma once

#include "config/settings.hpp"

#include <span>
#include <string_view>

namespace mvp::config {

template <class T> using parsed = tl::expected<T, std::string>;

parsed<bool> parse_flag(std::string_view text);
/// A whole number from `least` to `most`.
parsed<std::size_t> parse_count(std::string_view text, std::size_t least, std::size_t most);
/// Bytes: "1048576", "64KiB", "64MiB", "2GiB".
parsed<std::size_t> parse_size(std::string_view text);
/// At least a second, at most ten years: "45" (seconds), "15s", "30m", "12h", "7d".
parsed<std::chrono::seconds> parse_duration(std::string_view text);
/// "10/1m": ten in a minute.
parsed<rate_limit> parse_rate(std::string_view text);
/// Separated by commas, blanks around items dropped; an empty text is an empty list.
std::vector<std::string> parse_list(std::string_view text);
/// "127.0.0.1:8000" or "[::1]:8000"; port 0 lets the system choose.
parsed<std::string> parse_listen(std::string_view text);
/// Host names, addresses, ".example.com" (with all below it) or "*"; in lower case.
parsed<std::vector<std::string>> parse_hosts(std::string_view text);
/// "https://app.example.com" or "*".
parsed<std::vector<std::string>> parse_origins(std::string_view text);
/// IPv4 and IPv6 addresses, in the system's spelling, and networks such as "10.0.0.0/8".
parsed<std::vector<std::string>> parse_networks(std::string_view text);
/// Empty, or a URL of one of these schemes with something behind it.
parsed<std::string> parse_url(std::string_view text, std::span<const std::string_view> schemes);
/// As parse_url for http and https, with a host, without query; a slash at the end is dropped.
parsed<std::string> parse_public_url(std::string_view text);
parsed<std::string> parse_choice(std::string_view text, std::span<const std::string_view> choices);

} // namespace mvp::config
