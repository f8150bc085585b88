#include "http/feed.hpp"

#include "actors/inboxes.hpp"
#include "http/feed_messages.hpp"
#include "http/loop_state.hpp"
#include "http/services.hpp"
#include "storage/accounts.hpp"
#include "storage/model/json_text.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/websocket.hpp>

#include <mutex>

namespace mvp::http {

namespace beast = boost::beast;
namespace websocket = beast::websocket;

namespace {

constexpr std::size_t largest_message = 16 * 1024;
/// What the kernel may hold of frames that a slow client does not read, in bytes; and what it may hold when
/// the socket is cut off, so that the rest of a frame and the close frame find room: the client reads them
/// whenever it wakes up.
constexpr int kernel_buffer = 32 * 1024, last_kernel_buffer = 256 * 1024;
constexpr int bad_messages_allowed = 9; ///< in a row; the tenth ends the socket

enum close_code : std::uint16_t {
    binary_refused = 1003,
    too_many_bad = 1008,
    not_welcome = 4401,
    too_slow = 4408
};

/// One socket. Everything runs on its loop, but send() and close(), which any thread may call.
class feed final : public connection, public actors::feed_socket, public std::enable_shared_from_this<feed> {
  public:
    using frame = std::shared_ptr<const std::string>;

    feed(loop_state& on, tcp_socket socket, feed_ticket ticket, std::function<void()> left, feed_times times)
        : on_(on), with_(on.dispatch.with()), ws_(std::move(socket)), ticket_(std::move(ticket)),
          left_(std::move(left)), times_(times) {
        on_.connections.push_back(*this);
        hold_in_kernel(kernel_buffer);
        websocket::permessage_deflate plain;
        plain.server_enable = false;
        ws_.set_option(plain);
        ws_.auto_fragment(false);
        ws_.write_buffer_bytes(512);
        ws_.read_message_max(largest_message);
        ws_.text(true);
    }
    ~feed() override { left_(); }

    void accept(const request& call) {
        beast::http::request<beast::http::empty_body> head{
            verb::get, beast::string_view(call.target.data(), call.target.size()), 11};
        for (const auto& [name, value] : call.headers)
            head.insert(beast::string_view(name.data(), name.size()),
                        beast::string_view(value.data(), value.size()));
        ws_.set_option(websocket::stream_base::decorator(
            [offered = ticket_.subprotocol, id = call.request_id](websocket::response_type& answer) {
                answer.erase(beast::http::field::server);
                if (offered)
                    answer.set(beast::http::field::sec_websocket_protocol,
                               beast::string_view(feed_protocol.data(), feed_protocol.size()));
                answer.set("X-Request-Id", id);
            }));
        deadline_ = steady::now() + times_.pong;
        ws_.async_accept(
            head, [self = shared_from_this()](boost::system::error_code wrong) { self->accepted(wrong); });
    }

    // --- feed_socket: any thread
    // ------------------------------------------------------------------------------------
    void send(frame text) override {
        std::lock_guard lock(mutex_);
        if (closing_)
            return;
        incoming_bytes_ += text->size();
        if (incoming_bytes_ > with_.options.socket_queue_bytes) {
            close_locked(too_slow, "too slow");
            return;
        }
        incoming_.push_back(std::move(text));
        wake_locked();
    }
    bool takes_more() override {
        std::lock_guard lock(mutex_);
        // Nothing more for who is being closed: that ends the replay, too.
        if (closing_)
            return false;
        replay_waits_ = incoming_bytes_ > with_.options.socket_queue_bytes / 2;
        return !replay_waits_;
    }
    void close(std::uint16_t code, std::string reason) override {
        std::lock_guard lock(mutex_);
        close_locked(code, std::move(reason));
    }

    // --- connection: on the loop
    // ------------------------------------------------------------------------------------
    void check(steady::time_point now) override {
        if (now >= deadline_)
            return stop_now();
        if (!open_ || ending_)
            return;
        if (writing_ && now >= take_by_)
            close_if_replaying();
        if (now >= recheck_at_) {
            recheck_at_ = now + times_.recheck;
            recheck();
        }
        if (now >= ping_at_ && !pinging_) {
            ping_at_ = now + times_.ping;
            deadline_ = now + times_.pong; // until the pong
            pinging_ = true;
            ws_.async_ping(
                {}, [self = shared_from_this()](boost::system::error_code) { self->pinging_ = false; });
        }
    }
    void stop_soon() override { close(websocket::close_code::going_away, "the server stops"); }
    void stop_now() override {
        boost::system::error_code ignored;
        ws_.next_layer().close(ignored);
    }

  private:
    void accepted(boost::system::error_code wrong) {
        if (wrong)
            return;
        const auto now = steady::now();
        deadline_ = steady::time_point::max();
        ping_at_ = now + times_.ping;
        recheck_at_ = now + times_.recheck;
        open_ = true;
        ws_.control_callback([this](websocket::frame_type kind, beast::string_view) {
            if (kind == websocket::frame_type::pong && !ending_)
                deadline_ = steady::time_point::max();
        });
        attached_ = true;
        with_.inboxes.attach(ticket_.token.user,
                             {shared_from_this(), ticket_.since.has_value(), ticket_.since.value_or(0)});
        if (on_.stopping)
            stop_soon();
        drain();
        read();
    }

    void read() {
        ws_.async_read(buffer_, [self = shared_from_this()](boost::system::error_code wrong, std::size_t) {
            if (wrong)
                self->ended();
            else
                self->received();
        });
    }

    void received() {
        if (ws_.got_binary()) {
            close(binary_refused, "text frames only");
            return read();
        }
        const auto bytes = buffer_.data();
        auto message = read_feed_message({static_cast<const char*>(bytes.data()), bytes.size()});
        buffer_.consume(buffer_.size());
        if (buffer_.capacity() > 1024)
            buffer_.shrink_to_fit();
        if (!message) {
            complain("bad_message", message.error().text);
            if (++bad_messages_ > bad_messages_allowed)
                close(too_many_bad, "too many bad messages");
            return read();
        }
        bad_messages_ = 0;
        if (message->is == feed_message::type::ping) {
            static const auto pong = std::make_shared<const std::string>(R"({"type":"pong"})");
            send(pong);
            return read();
        }
        if (message->is == feed_message::type::mark_as_read && message->ids.empty())
            return read();
        net::co_spawn(on_.on.io, mark(shared_from_this(), std::move(*message)), net::detached);
    }

    /// The next message is read when this one is done: a client cannot pile up work. The inbox tells the
    /// sockets.
    static task<> mark(std::shared_ptr<feed> self, feed_message message) {
        actors::mark_as_read what;
        what.all = message.is == feed_message::type::mark_all_as_read;
        what.ids = std::move(message.ids);
        const auto marked = co_await self->with_.inboxes.mark(self->ticket_.token.user, std::move(what));
        if (!marked)
            self->complain("unavailable", "Service temporarily unavailable.");
        self->read();
    }

    void complain(std::string_view code, std::string_view detail) {
        send(std::make_shared<const std::string>(R"({"type":"error","code":)" + json_text(code) +
                                                 R"(,"detail":)" + json_text(detail) + "}"));
    }

    /// Whether token and account still hold; without a query while the account is known near.
    void recheck() {
        if (const auto account = with_.accounts.find_near(ticket_.token.user)) {
            if (!judge(ticket_.token, account.get(), mvp::now()))
                close(not_welcome, "not authenticated any more");
        } else if (!rechecking_) {
            rechecking_ = true;
            net::co_spawn(on_.on.io, recheck_far(shared_from_this()), net::detached);
        }
    }

    static task<> recheck_far(std::shared_ptr<feed> self) {
        const auto account = co_await self->with_.accounts.find(self->ticket_.token.user);
        self->rechecking_ = false;
        // PostgreSQL away says nothing about the account: ask again later
        if (account && !judge(self->ticket_.token, account->get(), mvp::now()))
            self->close(not_welcome, "not authenticated any more");
    }

    // --- writing
    // ----------------------------------------------------------------------------------------------------
    void close_locked(std::uint16_t code, std::string reason) {
        if (closing_)
            return;
        closing_.emplace(code);
        closing_->reason.assign(reason.data(),
                                std::min<std::size_t>(reason.size(), 123)); // what fits in a frame
        wake_locked();
    }

    void wake_locked() {
        if (!std::exchange(woken_, true))
            net::post(on_.on.io, [self = shared_from_this()] { self->drain(); });
    }

    /// Live frames fill the queue of who takes none; a replay waits for him, so it has to have an end.
    void close_if_replaying() {
        std::lock_guard lock(mutex_);
        if (replay_waits_)
            close_locked(too_slow, "too slow");
    }

    void hold_in_kernel(int bytes) {
        boost::system::error_code ignored;
        ws_.next_layer().set_option(net::socket_base::send_buffer_size(bytes), ignored);
    }

    /// Takes over what came in, and writes if nothing is being written.
    void drain() {
        std::optional<websocket::close_reason> closing;
        bool taken;
        {
            std::lock_guard lock(mutex_);
            woken_ = false;
            if (!open_)
                return;
            closing = closing_;
            taken = incoming_bytes_ == 0 && !closing && std::exchange(replay_waits_, false);
            if (!writing_)
                std::swap(outgoing_, incoming_);
        }
        if (closing && !std::exchange(ending_, true)) {
            deadline_ = steady::now() + times_.close;
            if (closing->code == too_slow)
                hold_in_kernel(last_kernel_buffer);
        }
        if (taken)
            with_.inboxes.taken(ticket_.token.user, shared_from_this());
        if (!writing_)
            write(0, std::move(closing));
    }

    /// outgoing_[from…], then the close frame. One frame is one write.
    void write(std::size_t from, std::optional<websocket::close_reason> closing) {
        if (from < outgoing_.size() && !(closing && closing->code == too_slow)) {
            writing_ = true;
            take_by_ = steady::now() + times_.take;
            const auto& text = *outgoing_[from];
            ws_.async_write(net::buffer(text),
                            [self = shared_from_this(), from](boost::system::error_code wrong, std::size_t) {
                                self->written(from, wrong);
                            });
            return;
        }
        outgoing_.clear();
        if (outgoing_.capacity() > 64)
            outgoing_.shrink_to_fit();
        if (closing && !std::exchange(close_sent_, true))
            ws_.async_close(*closing,
                            [self = shared_from_this()](boost::system::error_code) { self->stop_now(); });
    }

    void written(std::size_t index, boost::system::error_code wrong) {
        writing_ = false;
        if (wrong)
            return; // the read ends, too
        bool more;
        {
            std::lock_guard lock(mutex_);
            incoming_bytes_ -= outgoing_[index]->size();
            more = index + 1 < outgoing_.size() && !closing_;
        }
        outgoing_[index].reset();
        if (more)
            write(index + 1, std::nullopt);
        else
            finish_batch(index + 1);
    }

    void finish_batch(std::size_t next) {
        if (next <
            outgoing_.size()) { // closing: what was queued before still goes, unless the client is too slow
            std::optional<websocket::close_reason> closing;
            {
                std::lock_guard lock(mutex_);
                closing = closing_;
            }
            return write(next, std::move(closing));
        }
        outgoing_.clear();
        drain();
    }

    void ended() {
        open_ = false;
        if (std::exchange(attached_, false))
            with_.inboxes.detach(ticket_.token.user, shared_from_this());
        stop_now();
    }

    loop_state& on_;
    services& with_;
    websocket::stream<tcp_socket> ws_;
    beast::flat_buffer buffer_;
    feed_ticket ticket_;
    std::function<void()> left_;
    const feed_times times_;
    steady::time_point deadline_ = steady::time_point::max(), ping_at_, recheck_at_, take_by_;
    std::vector<frame> outgoing_;
    int bad_messages_ = 0;
    bool open_ = false, attached_ = false, writing_ = false, pinging_ = false, rechecking_ = false,
         ending_ = false, close_sent_ = false;

    std::mutex mutex_; // what follows
    std::vector<frame> incoming_;
    std::size_t incoming_bytes_ = 0; // and outgoing_'s
    bool replay_waits_ = false;      // until they are written
    std::optional<websocket::close_reason> closing_;
    bool woken_ = false;
};

} // namespace

void start_feed(loop_state& on, tcp_socket socket, const request& call, feed_ticket ticket,
                std::function<void()> left, feed_times times) {
    std::make_shared<feed>(on, std::move(socket), std::move(ticket), std::move(left), times)->accept(call);
}

} // namespace mvp::http
