// Who hears of news: the connection that waits for NOTIFY, on one loop, which comes back by itself; and
// commits of this process that insert into the table a channel is named after. The latter take no NOTIFY,
// because PostgreSQL lets transactions that notify commit only one after the other (measured: 230 instead of
// 4,400 a second).
#pragma once

#include "storage/loop.hpp"
#include "storage/postgres/connect.hpp"
#include "storage/postgres/database.hpp"
#include "storage/timer.hpp"

#include <functional>
#include <string_view>

namespace mvp::storage {

class listener : public std::enable_shared_from_this<listener> {
  public:
    listener(loop& home, const std::string& url);

    /// Before start(). `reconnected` is called whenever the channel is listened to (again).
    void add(std::string channel, std::function<void(std::string_view payload)> notified,
             std::function<void()> reconnected);
    /// On the loop, both.
    void start();
    void stop();
    /// After a commit, for each statement of it; from any loop.
    void committed(const statement& s);
    bool wanted() const { return !channels_.empty(); }

  private:
    struct channel {
        std::string name, insert; // "INTO name ("
        std::function<void(std::string_view)> notified;
        std::function<void()> reconnected;
    };

    task<> run();
    task<> serve(PGconn* handle);
    bool dispatch(PGconn* handle, std::size_t& to_confirm);

    loop& home_;
    connect_parameters parameters_;
    std::vector<channel> channels_;
    pg_socket socket_;
    timer pause_;
    bool stopped_ = false;
};

} // namespace mvp::storage
