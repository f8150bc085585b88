// Writes of one loop that share a transaction, so that they share its price: the commit, the round trip, the
// server's process waking up. While few are on their way one goes at once and alone; while `most_on_the_way`
// are, those that come meanwhile go together with the next. When one of them is refused all are rolled back,
// and each is done again alone.
//
// For statements that take no lock which another of them may hold: inserts of rows that count nothing.
// Lives on its loop.
#pragma once

#include "storage/postgres/pool.hpp"

namespace mvp::storage {

class joint_writes : public std::enable_shared_from_this<joint_writes> {
  public:
    /// `waiting_limit`: more than so many that wait are refused at once.
    joint_writes(std::shared_ptr<pool> where, std::size_t waiting_limit)
        : pool_(std::move(where)), waiting_limit_(waiting_limit) {}

    /// Finishes the unit, which is one statement, sooner or later; at the latest at its deadline, or when
    /// what it waits for is at its own.
    void add(unit_ptr u);

    static constexpr std::size_t most_on_the_way = 2, most_together = 16;

  private:
    class split;
    void send_next();

    std::shared_ptr<pool> pool_;
    const std::size_t waiting_limit_;
    std::deque<unit_ptr> waiting_;
    std::size_t on_the_way_ = 0;
};

} // namespace mvp::storage
