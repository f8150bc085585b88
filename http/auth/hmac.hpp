// HMAC-SHA256 with a key that is prepared once, and base64url: the two primitives that signed tokens are made
// of.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mvp::http {

using mac = std::array<std::uint8_t, 32>;

inline std::string_view as_text(const mac& m) {
    return {reinterpret_cast<const char*>(m.data()), m.size()};
}

class hmac_key {
  public:
    explicit hmac_key(std::string_view secret);
    ~hmac_key();
    hmac_key(const hmac_key&) = delete;
    hmac_key& operator=(const hmac_key&) = delete;

    mac sign(std::string_view message) const; ///< any thread
    /// Constant time in the contents of `signature`.
    bool check(std::string_view message, std::string_view signature) const;

  private:
    struct contexts;
    std::unique_ptr<contexts> contexts_;
};

/// Without padding.
void append_base64url(std::string& out, std::string_view bytes);
/// Strict: no padding, no foreign characters, no stray bits, so that one byte string has one spelling.
std::optional<std::string> decode_base64url(std::string_view text);

} // namespace mvp::http
