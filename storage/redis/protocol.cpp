#include "storage/redis/protocol.hpp"

#include <fmt/format.h>
#include <hiredis/hiredis.h>

#include <charconv>
#include <optional>

namespace mvp::storage::redis {
namespace {

// hiredis' reader calls these while it reads; an element of an array is built in its place in the array.
reply* place(const redisReadTask* task) noexcept {
    if (!task->parent)
        return new (std::nothrow) reply;
    return &static_cast<reply*>(task->parent->obj)->items[static_cast<std::size_t>(task->idx)];
}

void* build_text(const redisReadTask* task, char* bytes, size_t size) {
    auto* r = place(task);
    if (r) {
        r->type = task->type == REDIS_REPLY_ERROR ? reply::kind::error : reply::kind::text;
        r->text.assign(bytes, size);
    }
    return r;
}

void* build_array(const redisReadTask* task, int size) {
    auto* r = place(task);
    if (r) {
        r->type = reply::kind::array;
        r->items.resize(static_cast<std::size_t>(size));
    }
    return r;
}

void* build_integer(const redisReadTask* task, long long value) {
    auto* r = place(task);
    if (r) {
        r->type = reply::kind::integer;
        r->integer = value;
    }
    return r;
}

void* build_nil(const redisReadTask* task) {
    return place(task);
}

void free_root(void* r) {
    delete static_cast<reply*>(r);
}

redisReplyObjectFunctions builders{build_text, build_array, build_integer, build_nil, free_root};

void append_number(std::string& out, char prefix, std::size_t n) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, n).ptr;
    out += prefix;
    out.append(digits, end);
    out += "\r\n";
}

template <class T> void append_any(std::string& out, std::span<const T> arguments) {
    append_number(out, '*', arguments.size());
    for (const auto& a : arguments) {
        append_number(out, '$', a.size());
        out.append(a);
        out += "\r\n";
    }
}

std::optional<std::string> unescape(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        unsigned value = 0;
        if (text.size() - i < 3)
            return std::nullopt;
        const char* begin = text.data() + i + 1;
        if (std::from_chars(begin, begin + 2, value, 16).ptr != begin + 2)
            return std::nullopt;
        out += static_cast<char>(value);
        i += 2;
    }
    return out;
}

bool parse_database(std::string_view text, int& database) {
    if (text.empty())
        return true;
    const auto end = text.data() + text.size();
    const auto r = std::from_chars(text.data(), end, database);
    return r.ec == std::errc{} && r.ptr == end && database >= 0;
}

/// Takes "[user]:password@" off the front of `rest`.
bool take_credentials(std::string_view& rest, address& to) {
    const auto at = rest.substr(0, rest.find('/')).rfind('@');
    if (at == rest.npos)
        return true;
    const auto credentials = rest.substr(0, at);
    rest.remove_prefix(at + 1);
    const auto colon = credentials.find(':');
    if (colon == credentials.npos)
        return false;
    auto user = unescape(credentials.substr(0, colon)), password = unescape(credentials.substr(colon + 1));
    if (!user || !password)
        return false;
    to.user = std::move(*user);
    to.password = std::move(*password);
    return true;
}

bool parse_unix(std::string_view rest, address& to) {
    const auto question = rest.find('?');
    to.unix_path = rest.substr(0, question);
    constexpr std::size_t longest_path = 107; // sockaddr_un
    if (to.unix_path.empty() || to.unix_path.front() != '/' || to.unix_path.size() > longest_path)
        return false;
    if (question == rest.npos)
        return true;
    const auto query = rest.substr(question + 1);
    return query.starts_with("db=") && query.size() > 3 && parse_database(query.substr(3), to.database);
}

bool parse_tcp(std::string_view rest, address& to) {
    const auto slash = rest.find('/');
    if (slash != rest.npos && !parse_database(rest.substr(slash + 1), to.database))
        return false;
    const auto where = rest.substr(0, slash);
    if (where.starts_with('[')) {
        const auto close = where.find(']');
        if (close == where.npos)
            return false;
        to.host = where.substr(1, close - 1);
        const auto behind = where.substr(close + 1);
        if (!behind.empty() && behind.front() != ':')
            return false;
        to.port = behind.empty() ? "" : behind.substr(1);
    } else {
        const auto colon = where.find(':');
        to.host = where.substr(0, colon);
        to.port = colon == where.npos ? "" : where.substr(colon + 1);
    }
    if (to.port.empty())
        to.port = "6379";
    int port = 0;
    return !to.host.empty() && parse_database(to.port, port) && port > 0 && port < 65536;
}

} // namespace

tl::expected<address, std::string> parse_url(std::string_view url) {
    address to;
    auto rest = url;
    bool good = false;
    if (rest.starts_with("redis://")) {
        rest.remove_prefix(8);
        good = take_credentials(rest, to) && parse_tcp(rest, to);
    } else if (rest.starts_with("unix://")) {
        rest.remove_prefix(7);
        good = take_credentials(rest, to) && parse_unix(rest, to);
    }
    if (!good)
        return tl::unexpected<std::string>(
            "not a Redis URL; write redis://[:password@]host:port/db or unix:///path?db=N");
    return to;
}

void append_command(std::string& out, std::span<const std::string_view> arguments) {
    append_any(out, arguments);
}
void append_command(std::string& out, std::span<const std::string> arguments) {
    append_any(out, arguments);
}

void parser::freed::operator()(redisReader* r) const {
    redisReaderFree(r);
}

parser::parser() : reader_(redisReaderCreateWithFunctions(&builders)) {
    if (!reader_)
        throw std::bad_alloc();
}

parser::~parser() = default;

void parser::feed(const char* bytes, std::size_t size) {
    redisReaderFeed(reader_.get(), bytes, size);
}

bool parser::next(reply& out) {
    void* built = nullptr;
    if (redisReaderGetReply(reader_.get(), &built) != REDIS_OK || !built)
        return false;
    std::unique_ptr<reply> root(static_cast<reply*>(built));
    out = std::move(*root);
    return true;
}

bool parser::broken() const {
    return reader_->err != 0;
}

} // namespace mvp::storage::redis
