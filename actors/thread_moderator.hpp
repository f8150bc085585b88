// One thread's moderator on this process: responses, votes and changes of its status come here, and leave for
// PostgreSQL one transaction at a time.
//
// Contract
// - What waits while a transaction runs goes into the next one together, as far as it is of one kind, in the
//   order in which it came: sixty writers on one thread cost a few commits, not sixty that wait for each
//   other's locks. Nobody is answered before the commit of what he asked.
// - A batch holds no two responses of one author and no two votes of one user on one response, so that each
//   is judged on what was before it.
// - The statements decide what is refused (storage/forum.hpp), and hold the thread's lock meanwhile: it does
//   not matter how many processes have a moderator of this thread. Of their refusals only a flood is
//   remembered, until it is over: a flooder costs PostgreSQL nothing.
// - One refusal is nobody else's; what PostgreSQL cannot do at all is refused to the whole batch.
#pragma once

#include "actors/caf_messages.hpp"
#include "actors/directory.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <functional>
#include <unordered_map>
#include <variant>
#include <vector>

namespace mvp::actors {

/// What a moderator writes. `done` is called once, on any thread, with an outcome for each.
class moderator_storage {
  public:
    using written = std::function<void(result<storage::forum::outcomes>)>;
    virtual ~moderator_storage() = default;
    virtual void respond(uuid thread, std::vector<storage::forum::new_response> given, written done) = 0;
    virtual void vote(std::vector<storage::forum::new_vote> given, written done) = 0;
    /// One outcome, without a response.
    virtual void change(uuid thread, storage::forum::thread_change what, written done) = 0;
};

/// What all moderators of a process share; outlives them.
struct moderator_surroundings {
    moderator_storage& storage;
    std::function<timestamp()> now = [] { return mvp::now(); };
    std::atomic<std::uint64_t> batches{0}, written{0}; ///< transactions, and what was asked in them
};

struct batch_done {
    result<storage::forum::outcomes> all;
};

class thread_moderator : public caf::event_based_actor {
  public:
    static constexpr std::size_t waiting_limit = 1000; ///< beyond it: errc::unavailable
    static constexpr std::size_t batch_limit = 64;

    thread_moderator(caf::actor_config& config, resident me,
                     std::shared_ptr<moderator_surroundings> surroundings);

    caf::behavior make_behavior() override;
    void on_exit() override;

  private:
    using promise = caf::typed_response_promise<result<moderated>>;
    struct job {
        std::variant<storage::forum::new_response, storage::forum::new_vote, change_status> what;
        promise answer;
    };

    template <class Message> caf::result<result<moderated>> wait_with(Message& what);
    std::optional<error> still_flooding(const uuid& author);

    // one transaction at a time
    void next();
    void begin(const storage::forum::new_response&);
    void begin(const storage::forum::new_vote&);
    void begin(const change_status& what);
    template <class Message> std::vector<Message> take_batch();
    moderator_storage::written reporter();
    void on_done(batch_done& done);

    resident me_;
    std::shared_ptr<moderator_surroundings> around_;
    std::vector<job> waiting_;
    std::vector<promise> running_;                 ///< who waits for the transaction that runs
    std::vector<uuid> authors_;                    ///< of the responses in it
    std::unordered_map<uuid, timestamp> flooding_; ///< who may not respond until when
};

} // namespace mvp::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mvp::actors::batch_done)
