// Redis' wire protocol (RESP2) without any I/O: commands to bytes by us, bytes to replies by hiredis' reader,
// which builds our `reply` directly.
#pragma once

#include "storage/redis/client.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

struct redisReader;

namespace mvp::storage::redis {

/// Where Redis is and how to enter.
struct address {
    std::string unix_path;  ///< empty: TCP
    std::string host, port; ///< TCP only
    std::string user, password;
    int database = 0;
};

/// redis://[[user]:password@]host[:port][/db] or unix://[[user]:password@]/path[?db=N]; %XX in user and
/// password. The error is a sentence without the password.
tl::expected<address, std::string> parse_url(std::string_view url);

/// Appends a command as an array of bulk strings.
void append_command(std::string& out, std::span<const std::string_view> arguments);
void append_command(std::string& out, std::span<const std::string> arguments);

class parser {
  public:
    parser();
    ~parser();
    parser(const parser&) = delete;
    parser& operator=(const parser&) = delete;

    void feed(const char* bytes, std::size_t size);
    /// True and the next reply; false when more bytes are needed, or when broken().
    bool next(reply& out);
    /// The bytes were not RESP2: the connection cannot be used any more.
    bool broken() const;

  private:
    struct freed {
        void operator()(redisReader* r) const;
    };
    std::unique_ptr<redisReader, freed> reader_;
};

} // namespace mvp::storage::redis
