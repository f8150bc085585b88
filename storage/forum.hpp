// The forum's threads and responses in PostgreSQL: who sees which (everybody what is approved, authors their
// own too, staff all; a hidden thread takes its responses with it, but not from its author), and what
// changes them.
//
// Counters equal rows: responses_count the approved responses, helpful_count and unhelpful_count the votes,
// an expert's statistics his approved responses as an expert. Whoever changes them locks first, each in a
// statement of its own: the thread, then responses by id, then experts by user. So the statement behind the
// locks sees every change before it, on whichever process that was made.
#pragma once

#include "storage/model/forum.hpp"
#include "storage/repository.hpp"
#include "storage/viewer.hpp"
#include "storage/votes.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mvp::storage::forum {

// --- threads
// ------------------------------------------------------------------------------------------------------

/// A row with the columns of forum_thread_detailed, and the responses that the viewer sees; no row: not
/// there, or not for these eyes.
struct thread_detail {
    rows thread{}, responses{};
    bool view_counted = false; ///< this viewer's view of this hour is in views_count already
};
/// `eyes`: who looks, as views are counted (a user's id, else an address); empty: it is no view. One round
/// trip.
task<result<thread_detail>> find_thread(database& db, uuid id, viewer by,
                                        std::optional<std::string> eyes = {});

struct thread_target : ownership {
    thread_status status{};
};
/// Empty: no such thread.
task<result<std::optional<thread_target>>> find_thread_target(database& db, uuid id);

struct thread_request {
    std::string search{}, ordering{};
    std::optional<uuid> category{}, author{}; ///< only theirs
};
task<result<page>> threads(database& db, viewer by, thread_request wanted, int size, std::int64_t offset);

/// The new thread's id. errc::invalid if its category is not there or not active.
task<result<uuid>> create_thread(database& db, uuid author, forum_thread t);
/// A row with the columns of forum_thread_written; no row: no such thread. Errors as create_thread.
task<result<rows>> update_thread(database& db, uuid id, forum_thread t, field_set changed);
/// With its responses; false: no such thread.
task<result<bool>> remove_thread(database& db, uuid id);

enum class thread_change { resolve, close, reopen, pin, unpin, feature, unfeature };
/// errc::refused with a text that names the state if it does not allow the change; errc::not_found.
task<result<>> change_thread(database& db, uuid id, thread_change what);

// --- responses
// ----------------------------------------------------------------------------------------------------

/// The columns of forum_response_shown; no row: not there, or not for these eyes.
task<result<rows>> find_response(database& db, uuid id, viewer by);

struct response_target : ownership {
    uuid thread{};
};
/// `by` decides what is_public says. Empty: no such response.
task<result<std::optional<response_target>>> find_response_target(database& db, uuid id, viewer by);

struct response_request {
    std::string ordering{};
    std::optional<uuid> thread{}, author{}; ///< only theirs
};
task<result<page>> responses(database& db, viewer by, response_request wanted, int size, std::int64_t offset);

/// Without a text only the time of the change is another one. The columns of forum_response_shown as `by`
/// sees them; no row: it is gone.
task<result<rows>> update_response(database& db, uuid id, viewer by, std::optional<std::string> content);
/// False: it is gone.
task<result<bool>> remove_response(database& db, uuid id);

// --- moderation
// ---------------------------------------------------------------------------------------------------

struct verdict {
    bool approved = true, flagged = false;
    std::optional<std::string> reason{}; ///< why not
};
/// Shows or hides, with all that is counted: statements of one transaction (database::execute_batch, or
/// transaction::batch), to which more may be added. The last one has a row unless it is gone.
std::vector<command> judge_response(uuid id, const verdict& v);
std::vector<command> judge_thread(uuid id, const verdict& v);

// --- in batches, for whoever serves a thread (actors/thread_moderator.hpp): a transaction each
// ------------------------------------------------------------------------------------------------------------

/// A response as somebody sees it: the columns of forum_response_shown.
struct shown_response {
    rows among{};
    std::size_t index = 0;
    bool again = false; ///< a vote: he had one before
    row response() const { return among[index]; }
};
/// One for each that was asked for, in order; a refusal is nobody else's.
using outcomes = std::vector<result<shown_response>>;

/// The same text of an author again, within this time, is refused.
inline constexpr std::chrono::minutes repeated_within{10};
/// An author may add so many responses to one thread within that time.
inline constexpr int flood_limit = 10;
inline constexpr std::chrono::seconds flood_time{60};

struct new_response {
    uuid author{};
    std::string content;
};
/// Adds responses of different authors; the thread's author hears of those of others. errc::refused: the
/// thread is closed, or the author has said that already; errc::throttled: a flood (unless `any_number`);
/// errc::not_found: no such thread, or not for his eyes; errc::permission_denied: he is suspended.
task<result<outcomes>> respond(database& db, uuid thread, std::vector<new_response> given, bool any_number);

using new_vote = votes::ballot;
/// Votes by different users or on different responses. errc::forbidden: it is his own; errc::missing: there
/// is no vote to take back; errc::not_found: no such response.
task<result<outcomes>> vote(database& db, std::vector<new_vote> given);

struct new_view {
    uuid thread{};
    std::string viewer;
    bool operator==(const new_view&) const = default;
};
/// Counts those that are the viewer's first of that thread in this hour.
task<result<>> count_views(database& db, std::vector<new_view> given);

} // namespace mvp::storage::forum
