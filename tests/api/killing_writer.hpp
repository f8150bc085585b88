// A client that writes whatever the product lets him write, again and again, and remembers what was
// acknowledged; and the stage on which several of them do so.
#pragma once

#include "tests/support/cluster.hpp"
#include "tests/support/private_redis.hpp"
#include "tests/support/server.hpp"

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace mvp::test::killing {

/// The path of one row.
std::string at(std::string_view collection, const std::string& id, std::string_view action = "");

/// The servers, the people, and what they all write about.
struct stage {
    cluster postgres;
    private_redis redis;
    std::shared_ptr<world> shared = std::make_shared<world>(postgres.url(), redis.url());
    /// Few connections: the test's own PostgreSQL allows forty. One flag hides.
    environment settings{{"DATABASE_CONNECTIONS", "4"}, {"IO_THREADS", "2"}, {"FLAGS_TO_HIDE", "1"}};
    server one{settings, shared}, two{settings, shared};

    user asker, shop;
    std::string part, thread, response, comment, answer, review, part_review;
    std::vector<user> people;           ///< the writers, one is an expert
    std::vector<std::string> own_parts; ///< of each of them

    std::atomic<int> acknowledged{0};
    std::atomic<unsigned> troubles{0}; ///< odd: something is away; raised when it goes and when it is back

    std::mutex mutex;                                     ///< of the rest
    std::map<std::string, std::vector<std::string>> made; ///< acknowledged rows, by table
    std::vector<std::string> last_said;                   ///< the last response of each
    std::vector<std::string> odd;                         ///< answers that nothing explains

    stage();
    /// The first value of the answer.
    std::string sql(const std::string& text) const { return shared->sql(text)[0][0]; }
    void note_odd(std::string what);

  private:
    user company_that_sells();
    void make_expert(const user& who);
    std::string make(std::string_view collection, const json::object& body, const user& by);
};

/// Something that a user sets again and again. In the end it must be what was acknowledged last, or what was
/// asked for since and not clearly answered.
struct thing {
    struct step {
        std::string method, path; ///< {} is the id of the last that was made
        json::value body;
        std::string leaves;
    };
    std::string sql; ///< its state
    std::vector<std::string> possible;
    std::vector<step> steps; ///< taken in turn
    std::size_t next = 0;
    std::string id = "00000000-0000-0000-0000-000000000001";
};

class writer {
  public:
    writer(stage& on, std::size_t place);
    void write_until(const std::stop_token& stop);
    const std::vector<thing>& things() const { return things_; }

  private:
    std::string state(std::string_view what, std::string_view table, std::string_view key,
                      const std::string& id, std::string_view user_column = "user_id") const;
    void add_votes();
    void add_marks();
    void add_belongings();

    /// Nothing: it is not known what became of it.
    std::optional<reply> ask(std::string_view method, const std::string& path, const json::value& body,
                             std::string_view token);
    void take_step(thing& t);
    /// The new row's id, if it was acknowledged.
    std::string add(const std::string& table, const std::string& path, const json::value& body);
    void add_rows();
    void flag_neighbour();
    void look();

    stage& on_;
    const std::size_t place_;
    const user who_;
    http_client client_;
    std::vector<thing> things_;
    int number_ = 0;
    std::string last_thread_;
};

} // namespace mvp::test::killing
