#include "http/session.hpp"

#include "http/answer.hpp"
#include "http/body_reader.hpp"
#include "http/feed.hpp"
#include "http/file_sender.hpp"
#include "http/loop_state.hpp"
#include "http/parser.hpp"
#include "http/wire.hpp"
#include "storage/model/json_text.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <optional>
#include <utility>

namespace mvp::http {

namespace {

constexpr std::size_t batch_bytes =
    64 * 1024; ///< answers of pipelined requests are written when they reach this

class session final : public connection, public std::enable_shared_from_this<session> {
  public:
    session(loop_state& on, tcp_socket socket, std::function<void()> left)
        : on_(on), wire_(std::move(socket), on.bounds, on.buffers), share_(on.bodies),
          left_(std::move(left)) {
        const auto address = wire_.remote_address();
        peer_.address = address.to_string();
        peer_.trusted = on_.dispatch.trusts(address);
        on_.connections.push_back(*this);
    }
    ~session() override {
        if (left_)
            left_();
    }

    task<> run();

    void check(steady::time_point now) override {
        if (now >= wire_.deadline())
            stop_now();
    }
    void stop_soon() override {
        if (wire_.idle())
            stop_now();
    }
    void stop_now() override { wire_.cut(); }

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
    void begin_next();
    void forget_request() {
        request_.reset();
        share_.give_back();
    }

    void refuse(const malformed& why);
    void count(int status);
    std::string_view route_template() const;

    loop_state& on_;
    wire wire_;
    body_share share_; // of the memory that bodies may take: request_'s
    std::function<void()> left_;
    peer peer_;
    steady::time_point began_;

    request request_;
    std::optional<request_parser> parser_;
    decision decision_;
    response response_;
    file_sender file_;         // of response_.file: to be sent behind its head
    bool keep_alive_ = true;   // after this request
    bool handed_over_ = false; // to the feed
};

task<> session::run() {
    bool in_head = false; // a part of a head is there, and its time is running
    while (wire_.connected()) {
        while (wire_.unread().starts_with("\r\n")) // tolerated between requests
            wire_.use(2);
        const head_end head = find_head_end(wire_.unread());
        if (head.found == head_end::kind::complete && head.bytes <= on_.bounds.head_bytes) {
            in_head = false;
            begin_request(head.bytes);
            if (needs_waiting())
                co_await prepare();
            if (handed_over_)
                co_return;
            if (!wire_.connected()) {
                on_.now.update();
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
            if (file_.left() > 0) {
                co_await file_.send(wire_, response_.file->descriptor, on_.dispatch.with().workers);
                response_.file = {};
            }
            if (!parser_->done() && keep_alive_)
                co_await drop_body();
            begin_next();
            if (!keep_alive_)
                break;
            if (wire_.to_write() >= batch_bytes || wire_.holds_body())
                co_await wire_.write_out();
            continue;
        }
        if (head.found != head_end::kind::incomplete || wire_.unread().size() >= on_.bounds.head_bytes) {
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
        if (wire_.to_write() > 0)
            co_await wire_.write_out();
        if (wire_.unread().empty() && on_.stopping)
            break;
        if (wire_.unread().empty()) {
            wire_.allow(on_.bounds.idle_time);
            wire_.release_memory();
            response_ = {};
            if (share_.taken() > 0)
                forget_request();
        } else if (!std::exchange(in_head, true)) {
            wire_.allow(on_.bounds.head_time);
        }
        co_await wire_.read_more();
    }
    if (wire_.connected())
        co_await wire_.end_in_order();
}

void session::begin_request(std::size_t head_bytes) {
    began_ = steady::now();
    wire_.allow_ever(); // what a handler waits for has deadlines of its own
    on_.counters.begun();
    forget_request();
    decision_ = {};
    parser_.emplace(request_, on_.bounds);
    const auto wrong = parser_->parse_head(wire_.unread().substr(0, head_bytes));
    wire_.use(head_bytes);
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
        (!parser_->done() || !wire_.unread().empty())) // nobody may speak before the upgrade is answered
        ticket = fail(errc::bad_request, "Malformed HTTP request.");
    if (!ticket) {
        decision_.answer = to_response(ticket.error());
        co_return;
    }
    if (wire_.to_write() > 0)
        co_await wire_.write_out();
    if (!wire_.connected())
        co_return;
    on_.now.update();
    count(101);
    handed_over_ = true;
    start_feed(on_, wire_.hand_over(), request_, std::move(*ticket), std::exchange(left_, {}));
}

task<> session::read_body() {
    body_reader reader(request_, on_.dispatch.with(), on_.bounds);
    if (parser_->announced().value_or(0) > reader.limit()) {
        refuse({413, "Request body is too large."});
        co_return;
    }
    parser_->limit_body(reader.limit());
    wire_.allow(on_.bounds.body_time);
    const auto until = wire_.deadline(); // writing has a deadline of its own in between
    if (parser_->expects_continue() && wire_.unread().empty()) {
        wire_.output() += "HTTP/1.1 100 Continue\r\n\r\n";
        co_await wire_.write_out();
    }
    auto step = parser_->parse_body(wire_.unread());
    wire_.use(step.used);
    if (!parser_->done() && !step.wrong) // the head's texts must stay where they are
        wire_.begin_spill();
    for (;;) {
        if (step.wrong) {
            refuse(*step.wrong);
            break;
        }
        if (!share_.grow_to(reader.held())) {
            decision_.answer = to_response({errc::unavailable, "bodies take all the memory that they may"});
            keep_alive_ = false;
            break;
        }
        const bool last = parser_->done();
        if (!reader.arrived_at_once(last)) {
            wire_.allow_ever();
            if (auto kept = co_await reader.arrived(last); !kept) {
                decision_.answer = to_response(kept.error());
                keep_alive_ = false;
                break;
            }
        }
        if (last)
            break;
        if (wire_.to_write() > 0)
            co_await wire_.write_out();
        wire_.allow_until(until);
        if (co_await wire_.read_spill() == 0)
            co_return;
        step = parser_->parse_body(wire_.spilled());
        wire_.use_spilled(step.used);
    }
    wire_.allow_ever();
}

/// The rest of a small body that nobody asked for, so that the connection can go on.
task<> session::drop_body() {
    co_await wire_.write_out(); // the answer goes out at once
    if (!wire_.connected())
        co_return;
    wire_.allow(on_.bounds.body_time);
    parser_->limit_body(on_.bounds.drained_bytes);
    auto step = parser_->parse_body(wire_.unread());
    wire_.use(step.used);
    if (!parser_->done())
        wire_.begin_spill();
    while (!parser_->done() && !step.wrong && wire_.connected()) {
        request_.body = std::string(); // keeps no memory while it waits
        if (co_await wire_.read_spill() == 0)
            break;
        step = parser_->parse_body(wire_.spilled());
        wire_.use_spilled(step.used);
    }
    if (step.wrong)
        keep_alive_ = false;
}

/// Hands the answer to the wire and counts it.
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
        file_.describe(request_, response_);
    auto body = finish_body(what, response_);
    if (response_.file) {
        body.etag = response_.etag;
        body.length = file_.left();
        if (request_.head)
            file_.forget();
    }
    append_head(wire_.output(), what, response_, body.length, body.etag, on_.now, on_.dispatch.origins());
    wire_.put_body(body.bytes);
    count(response_.status);
}

/// What was read behind a body begins the next request.
void session::begin_next() {
    if (!wire_.has_spill())
        return;
    if (!wire_.holds_body()) // of the request nothing is needed any more
        forget_request();
    wire_.reclaim_spill();
}

std::string_view session::route_template() const {
    if (decision_.to)
        return decision_.to->path;
    return decision_.feed ? dispatcher::feed_path : std::string_view("-");
}

void session::count(int status) {
    const auto microseconds = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(on_.now.updated() - began_).count());
    on_.counters.finished(decision_.to ? decision_.to->index : on_.other_route,
                          request_.head ? verb::head : request_.method, status, microseconds);
    const access_line line{
        request_.request_id, request_.method_text.empty() ? std::string_view("-") : request_.method_text,
        route_template(),    status,
        microseconds,        request_.caller ? &request_.caller->id : nullptr};
    on_.log.add(on_.now, line);
}

} // namespace

void start_session(loop_state& on, tcp_socket socket, std::function<void()> left) {
    auto made = std::make_shared<session>(on, std::move(socket), std::move(left));
    net::co_spawn(
        on.on.io, [made]() -> task<> { return made->run(); }, net::detached);
}

} // namespace mvp::http
