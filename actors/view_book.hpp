// Who looked at which thread, noted until it is written: one a process, so that the views of all threads
// leave together, twice a second, in one statement. PostgreSQL says which of them count (one a viewer, thread
// and hour, on all processes together).
//
// Contract
// - What is noted is written within half a second, and before stop_book is answered, unless PostgreSQL is
//   away: then it is tried again, with growing pauses, until the stop.
// - A view that waits is noted once. Beyond noted_limit views are not noted: they are only views.
#pragma once

#include "actors/caf_messages.hpp"

#include <caf/event_based_actor.hpp>

#include <functional>
#include <string>
#include <unordered_set>
#include <vector>

namespace mvp::actors {

struct write_views {};
struct views_written {
    result<> done;
};

class view_book : public caf::event_based_actor {
  public:
    using views = std::vector<storage::forum::new_view>;
    /// `done` is called once, on any thread.
    using writer = std::function<void(views, std::function<void(result<>)> done)>;

    static constexpr std::chrono::milliseconds pause{500}, longest_pause{8000};
    static constexpr std::size_t batch_limit = 1000, noted_limit = 100'000;

    view_book(caf::actor_config& config, writer write);
    caf::behavior make_behavior() override;

  private:
    void note(storage::forum::new_view& what);
    void write_some();
    void write_later();
    void on_written(const result<>& done);
    void finish();

    const writer write_;
    views noted_, writing_;
    std::unordered_set<std::string> known_; ///< what is in either
    bool waiting_ = false;                  ///< write_views is on its way
    int failures_ = 0;                      ///< in a row
    std::shared_ptr<std::promise<void>> stopping_;
};

} // namespace mvp::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mvp::actors::write_views)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mvp::actors::views_written)
