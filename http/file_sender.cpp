#include "http/file_sender.hpp"

#include "http/clock.hpp"
#include "http/ranges.hpp"
#include "http/wire.hpp"
#include "storage/worker_pool.hpp"

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>

namespace mvp::http {

namespace {

constexpr std::size_t file_piece = 128 * 1024;

} // namespace

void file_sender::describe(const request& call, response& answer) {
    const auto& file = *answer.file;
    auto part = choose_part(call, file.size, file.modified);
    answer.status = part.status;
    answer.content_type = file.content_type;
    answer.etag = std::move(part.etag);
    answer.headers.emplace_back("Accept-Ranges", "bytes");
    answer.headers.emplace_back("Last-Modified", http_date(file.modified));
    if (!part.content_range.empty())
        answer.headers.emplace_back("Content-Range", std::move(part.content_range));
    first_ = part.first;
    left_ = part.length;
}

task<> file_sender::send(wire& to, int descriptor, worker_pool& workers) {
    while (left_ > 0 && to.connected()) {
        std::string piece(std::min<std::uint64_t>(left_, file_piece), '\0');
        iovec where{piece.data(), piece.size()};
        auto n = ::preadv2(descriptor, &where, 1, static_cast<off_t>(first_), RWF_NOWAIT);
        if (n <= 0) {
            auto read = [descriptor, at = first_, size = piece.size()]() -> result<std::string> {
                std::string bytes(size, '\0');
                const auto got = ::pread(descriptor, bytes.data(), size, static_cast<off_t>(at));
                bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
                return bytes;
            };
            result<std::string> bytes = co_await workers.run(read);
            piece = bytes ? std::move(*bytes) : std::string();
            n = static_cast<ssize_t>(piece.size());
        }
        if (n <= 0) { // shorter than it was, or nobody to read it: what was announced cannot be kept
            to.give_up();
            break;
        }
        to.put_held(std::string_view(piece).substr(0, static_cast<std::size_t>(n)));
        co_await to.write_out();
        first_ += static_cast<std::uint64_t>(n);
        left_ -= static_cast<std::uint64_t>(n);
    }
    left_ = 0;
}

} // namespace mvp::http
