#include "http/session.hpp"

#include "http/answer.hpp"
#include "http/body_reader.hpp"
#include "http/feed.hpp"
#include "http/loop_state.hpp"
#include "http/parser.hpp"
#include "http/ranges.hpp"
#include "storage/model/json_text.hpp"
#include "storage/worker_pool.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <tuple>
#include <utility>

namespace mvp::http {

namespace {

constexpr net::as_tuple_t<net::use_awaitable_t<executor>> as_result{use_task};
constexpr std::size_t first_buffer = 4096;
constexpr std::size_t body_buffer = 64 * 1024;
constexpr std::size_t batch_bytes =
    64 * 1024; ///< answers of pipelined requests are written when they reach this
constexpr std::size_t file_piece = 128 * 1024;
constexpr std::size_t copied_body = 32 * 1024; ///< larger bodies are written from where they are

class session final : public connection, public std::enable_shared_from_this<session> {
  public:
    session(loop_state& on, tcp_socket socket, std::function<void()> left)
        : on_(on), socket_(std::move(socket)), left_(std::move(left)), input_(first_buffer, '\0') {
        boost::system::error_code gone;
        const auto address = socket_.remote_endpoint(gone).address();
        peer_.address = address.to_string();
        peer_.trusted = on_.dispatch.trusts(address);
        socket_.non_blocking(true, gone);
        socket_.set_option(net::ip::tcp::no_delay(true), gone);
        on_.connections.push_back(*this);
    }
    ~session() override {
        if (left_)
            left_();
    }

    task<> run();

    void check(steady::time_point now) override {
        if (now >= deadline_)
            stop_now();
    }
    void stop_soon() override {
        if (idle_)
            stop_now();
    }
    void stop_now() override {
        boost::system::error_code ignored;
        socket_.close(ignored);
    }

  private:
    void begin_request(std::size_t head_bytes);
    bool needs_waiting() const {
        return decision_.ask_caller || decision_.feed || (!parser_->done() && !decision_.answer);
    }
    task<> prepare();
    task<> open_feed();
    task<> read_body();
    task<> drop_body();
    void finish_request();
    void reclaim_spill();
    void release_memory();
    void describe_file();
    task<> send_file();

    task<> read_more();
    task<std::size_t> read_spill();
    task<> write_out();
    task<> end_in_order();

    void refuse(const malformed& why);
    void count(int status);
    std::string_view route_template() const;
    std::string_view buffered() const { return std::string_view(input_).substr(begin_, end_ - begin_); }
    void allow(std::chrono::milliseconds time) { deadline_ = steady::now() + time; }

    loop_state& on_;
    tcp_socket socket_;
    std::function<void()> left_;
    peer peer_;
    steady::time_point deadline_ = steady::time_point::max(), began_;

    std::string input_; // [begin_, end_) is read and not yet used
    std::size_t begin_ = 0, end_ = 0;
    std::string spill_; // bytes read while a body was, since the head's texts lie in input_
    std::size_t spill_begin_ = 0, spill_end_ = 0;
    std::string output_;
    std::string_view large_body_; // of response_: to be written behind output_

    request request_;
    std::optional<request_parser> parser_;
    decision decision_;
    response response_;
    std::uint64_t file_first_ = 0, file_length_ = 0; // of response_.file: to be sent behind output_
    bool idle_ = false;                              // nothing asked: may be closed at any time
    bool keep_alive_ = true;                         // after this request
    bool handed_over_ = false;                       // to the feed
    bool connected_ = true;                          // false: the other end is gone, or has had its time
};

task<> session::run() {
    bool in_head = false; // a part of a head is there, and its time is running
    while (connected_) {
        while (buffered().starts_with("\r\n")) // tolerated between requests
            begin_ += 2;
        const head_end head = find_head_end(buffered());
        if (head.found == head_end::kind::complete && head.bytes <= on_.bounds.head_bytes) {
            in_head = false;
            begin_request(head.bytes);
            if (needs_waiting())
                co_await prepare();
            if (!connected_) {
                if (!handed_over_)
                    count(499);
                break;
            }
            if (decision_.answer) {
                response_ = std::move(*decision_.answer);
            } else {
                try {
                    result<response> made = co_await decision_.run(on_.dispatch.with(), request_);
                    response_ = made ? std::move(*made) : to_response(made.error());
                } catch (const std::exception& bug) {
                    response_ = to_response({errc::internal, bug.what()});
                }
            }
            finish_request();
            if (file_length_ > 0)
                co_await send_file();
            if (!parser_->done() && keep_alive_)
                co_await drop_body();
            reclaim_spill();
            if (!keep_alive_)
                break;
            if (output_.size() + large_body_.size() >= batch_bytes || !large_body_.empty())
                co_await write_out();
            continue;
        }
        if (head.found != head_end::kind::incomplete || buffered().size() >= on_.bounds.head_bytes) {
            on_.counters.begun();
            began_ = steady::now();
            request_.reset();
            decision_ = {};
            parser_.emplace(request_, on_.bounds);
            on_.name(request_);
            refuse(head.found == head_end::kind::malformed ? malformed{}
                                                           : malformed{431, "Request head is too large."});
            response_ = std::move(*decision_.answer);
            finish_request();
            break;
        }
        if (!output_.empty())
            co_await write_out();
        if (begin_ == end_ && on_.stopping)
            break;
        if (begin_ == end_) {
            allow(on_.bounds.idle_time);
            release_memory();
        } else if (!std::exchange(in_head, true)) {
            allow(on_.bounds.head_time);
        }
        co_await read_more();
    }
    if (connected_)
        co_await end_in_order();
}

void session::begin_request(std::size_t head_bytes) {
    began_ = steady::now();
    deadline_ = steady::time_point::max(); // what a handler waits for has deadlines of its own
    on_.counters.begun();
    request_.reset();
    decision_ = {};
    parser_.emplace(request_, on_.bounds);
    const auto wrong = parser_->parse_head(buffered().substr(0, head_bytes));
    begin_ += head_bytes;
    on_.name(request_);
    if (wrong) {
        refuse(*wrong);
    } else {
        keep_alive_ = parser_->keep_alive() && !on_.stopping;
        decision_ = on_.dispatch.begin(request_, peer_);
    }
}

/// Nobody can say where the next request begins: answer, and end the connection.
void session::refuse(const malformed& why) {
    decision_.answer.emplace(why.status, "{\"detail\":" + json_text(why.text) + "}");
    keep_alive_ = false;
}

/// What needs waiting before the handler: the caller's token, the body.
task<> session::prepare() {
    if (decision_.feed)
        co_return co_await open_feed();
    if (decision_.ask_caller)
        co_await on_.dispatch.admit(request_, decision_);
    if (!decision_.answer && !parser_->done())
        co_await read_body();
}

/// The connection becomes a WebSocket, or the request is refused.
task<> session::open_feed() {
    auto ticket = co_await admit_to_feed(on_.dispatch.with(), request_);
    if (ticket &&
        (!parser_->done() || !buffered().empty())) // nobody may speak before the upgrade is answered
        ticket = fail(errc::bad_request, "Malformed HTTP request.");
    if (!ticket) {
        decision_.answer = to_response(ticket.error());
        co_return;
    }
    if (!output_.empty())
        co_await write_out();
    if (!connected_)
        co_return;
    on_.now.update();
    count(101);
    handed_over_ = true;
    connected_ = false;
    start_feed(on_, std::move(socket_), request_, std::move(*ticket), std::exchange(left_, {}));
}

task<> session::read_body() {
    body_reader reader(request_, on_.dispatch.with(), on_.bounds);
    if (parser_->announced().value_or(0) > reader.limit()) {
        refuse({413, "Request body is too large."});
        co_return;
    }
    parser_->limit_body(reader.limit());
    allow(on_.bounds.body_time);
    const auto until = deadline_; // writing has a deadline of its own in between
    if (parser_->expects_continue() && begin_ == end_) {
        output_ += "HTTP/1.1 100 Continue\r\n\r\n";
        co_await write_out();
    }
    auto step = parser_->parse_body(buffered());
    begin_ += step.used;
    if (!parser_->done() &&
        !step.wrong) { // from here on into spill_: the head's texts must stay where they are
        spill_.assign(buffered());
        spill_begin_ = 0;
        spill_end_ = spill_.size();
        begin_ = end_;
    }
    for (;;) {
        if (step.wrong) {
            refuse(*step.wrong);
            break;
        }
        const bool last = parser_->done();
        if (!reader.arrived_at_once(last)) {
            deadline_ = steady::time_point::max();
            if (auto kept = co_await reader.arrived(last); !kept) {
                decision_.answer = to_response(kept.error());
                keep_alive_ = false;
                break;
            }
        }
        if (last)
            break;
        if (!output_.empty())
            co_await write_out();
        deadline_ = until;
        if (co_await read_spill() == 0)
            co_return;
        step = parser_->parse_body(std::string_view(spill_).substr(spill_begin_, spill_end_ - spill_begin_));
        spill_begin_ += step.used;
    }
    deadline_ = steady::time_point::max();
}

/// The rest of a small body that nobody asked for, so that the connection can go on.
task<> session::drop_body() {
    co_await write_out(); // the answer goes out at once
    if (!connected_)
        co_return;
    allow(on_.bounds.body_time);
    parser_->limit_body(on_.bounds.drained_bytes);
    auto step = parser_->parse_body(buffered());
    begin_ += step.used;
    if (!parser_->done()) {
        spill_.assign(buffered());
        spill_begin_ = 0;
        spill_end_ = spill_.size();
        begin_ = end_;
    }
    while (!parser_->done() && !step.wrong && connected_) {
        request_.body.clear();
        if (co_await read_spill() == 0)
            break;
        step = parser_->parse_body(std::string_view(spill_).substr(spill_begin_, spill_end_ - spill_begin_));
        spill_begin_ += step.used;
    }
    if (step.wrong)
        keep_alive_ = false;
}

/// Writes the answer into output_ and counts it.
void session::finish_request() {
    if (!parser_->done()) { // refused before its body was read: go on only if little is to come, and surely
                            // comes
        const auto rest = parser_->header_done() ? parser_->announced() : std::nullopt;
        if (!rest || *rest > on_.bounds.drained_bytes || parser_->expects_continue())
            keep_alive_ = false;
    }
    keep_alive_ = keep_alive_ && !on_.stopping;
    on_.now.update();
    const answered what{request_,    decision_.to,        decision_.indent,
                        keep_alive_, parser_->http_1_0(), decision_.preflight};
    if (response_.file)
        describe_file();
    auto body = finish_body(what, response_);
    if (response_.file) {
        body.etag = response_.etag;
        body.length = file_length_;
        if (request_.head)
            file_length_ = 0;
    }
    append_head(output_, what, response_, body.length, body.etag, on_.now, on_.dispatch.origins());
    if (body.bytes.size() <= copied_body)
        output_.append(body.bytes);
    else
        large_body_ = body.bytes;
    count(response_.status);
}

/// The status and headers of an answer that is a file, and which of its bytes are to be sent.
void session::describe_file() {
    const auto& file = *response_.file;
    auto part = choose_part(request_, file.size, file.modified);
    response_.status = part.status;
    response_.content_type = file.content_type;
    response_.etag = std::move(part.etag);
    response_.headers.emplace_back("Accept-Ranges", "bytes");
    response_.headers.emplace_back("Last-Modified", http_date(file.modified));
    if (!part.content_range.empty())
        response_.headers.emplace_back("Content-Range", std::move(part.content_range));
    file_first_ = part.first;
    file_length_ = part.length;
}

/// In pieces: from memory where the system has them there, else read on the worker pool.
task<> session::send_file() {
    const int descriptor = response_.file->descriptor;
    while (file_length_ > 0 && connected_) {
        std::string piece(std::min<std::uint64_t>(file_length_, file_piece), '\0');
        iovec where{piece.data(), piece.size()};
        auto n = ::preadv2(descriptor, &where, 1, static_cast<off_t>(file_first_), RWF_NOWAIT);
        if (n <= 0) {
            auto read = [descriptor, at = file_first_, size = piece.size()]() -> result<std::string> {
                std::string bytes(size, '\0');
                const auto got = ::pread(descriptor, bytes.data(), size, static_cast<off_t>(at));
                bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
                return bytes;
            };
            result<std::string> bytes = co_await on_.dispatch.with().workers.run(read);
            piece = bytes ? std::move(*bytes) : std::string();
            n = static_cast<ssize_t>(piece.size());
        }
        if (n <= 0) { // shorter than it was, or nobody to read it: what was announced cannot be kept
            stop_now();
            connected_ = false;
            break;
        }
        large_body_ = std::string_view(piece).substr(0, static_cast<std::size_t>(n));
        co_await write_out();
        file_first_ += static_cast<std::uint64_t>(n);
        file_length_ -= static_cast<std::uint64_t>(n);
    }
    file_length_ = 0;
    response_.file = {};
}

std::string_view session::route_template() const {
    if (decision_.to)
        return decision_.to->path;
    return decision_.feed ? dispatcher::feed_path : std::string_view("-");
}

void session::count(int status) {
    const auto microseconds = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(steady::now() - began_).count());
    on_.counters.finished(decision_.to ? decision_.to->index : on_.other_route,
                          request_.head ? verb::head : request_.method, status, microseconds);
    const access_line line{
        request_.request_id, request_.method_text.empty() ? std::string_view("-") : request_.method_text,
        route_template(),    status,
        microseconds,        request_.caller ? &request_.caller->id : nullptr};
    on_.log.add(on_.now, line);
}

/// A connection that waits for its client keeps nothing large.
void session::release_memory() {
    if (output_.capacity() > copied_body)
        output_ = std::string();
    if (input_.size() > first_buffer) {
        input_.resize(first_buffer);
        input_.shrink_to_fit();
    }
    response_ = {};
}

/// What was read behind a body begins the next request.
void session::reclaim_spill() {
    if (spill_.empty())
        return;
    if (large_body_.empty()) // of the request nothing is needed any more
        request_.reset();
    input_.assign(spill_, spill_begin_, spill_end_ - spill_begin_);
    begin_ = 0;
    end_ = input_.size();
    input_.resize(std::max(end_, first_buffer));
    spill_ = std::string();
    spill_begin_ = spill_end_ = 0;
}

/// Reads what is there into input_, making room first. Not while a request is in use: its texts lie there.
task<> session::read_more() {
    if (begin_ > 0) {
        std::memmove(input_.data(), input_.data() + begin_, end_ - begin_);
        end_ -= std::exchange(begin_, 0);
    }
    if (input_.size() - end_ < first_buffer / 4)
        input_.resize(input_.size() * 2);
    idle_ = end_ == 0;
    const auto [wrong, n] =
        co_await socket_.async_read_some(net::buffer(input_.data() + end_, input_.size() - end_), as_result);
    idle_ = false;
    end_ += n;
    connected_ = connected_ && !wrong;
}

/// Reads more of a body behind what is left in spill_; 0: the other end is gone.
task<std::size_t> session::read_spill() {
    if (!connected_)
        co_return 0;
    spill_.erase(0, std::exchange(spill_begin_, 0));
    spill_end_ = spill_.size();
    spill_.resize(spill_end_ + body_buffer);
    const auto [wrong, n] =
        co_await socket_.async_read_some(net::buffer(spill_.data() + spill_end_, body_buffer), as_result);
    spill_end_ += n;
    spill_.resize(spill_end_);
    if (wrong)
        connected_ = false;
    co_return wrong ? 0 : n;
}

/// Writes output_ and large_body_, waiting for the client as long as it is allowed to take.
task<> session::write_out() {
    std::array<std::string_view, 2> rest{output_, large_body_};
    bool waited = false;
    while (connected_ && rest[0].size() + rest[1].size() > 0) {
        const std::array buffers{net::const_buffer(rest[0].data(), rest[0].size()),
                                 net::const_buffer(rest[1].data(), rest[1].size())};
        boost::system::error_code wrong;
        auto written =
            socket_.write_some(buffers, wrong); // does not block: nearly always all of it goes at once
        if (wrong == net::error::would_block) {
            if (!std::exchange(waited, true))
                allow(on_.bounds.write_time);
            std::tie(wrong) = co_await socket_.async_wait(net::socket_base::wait_write, as_result);
            written = 0;
        }
        if (wrong)
            connected_ = false;
        for (auto& part : rest) {
            const auto n = std::min(part.size(), written);
            part.remove_prefix(n);
            written -= n;
        }
    }
    output_.clear();
    large_body_ = {};
}

/// Tells the client that no more comes and gives it time to read what did, before the socket is closed.
task<> session::end_in_order() {
    co_await write_out();
    boost::system::error_code ignored;
    socket_.shutdown(net::socket_base::shutdown_send, ignored);
    allow(on_.bounds.close_time);
    for (std::size_t dropped = 0; connected_ && dropped < on_.bounds.drained_bytes;) {
        begin_ = end_ = 0;
        co_await read_more();
        idle_ = false;
        dropped += end_;
    }
}

} // namespace

void start_session(loop_state& on, tcp_socket socket, std::function<void()> left) {
    auto made = std::make_shared<session>(on, std::move(socket), std::move(left));
    net::co_spawn(
        on.on.io, [made]() -> task<> { return made->run(); }, net::detached);
}

} // namespace mvp::http
