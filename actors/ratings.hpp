// The ratings of sellers and parts on this process as http sees them: every change of a review goes through
// the one who owns its subject's rating (actors/seller_rating.hpp).
#pragma once

#include "storage/async.hpp"
#include "storage/reviews.hpp"

#include <chrono>
#include <cstdint>
#include <memory>

namespace mvp::actors {

class system;

struct ratings_options {
    std::chrono::milliseconds idle{
        60'000};                ///< an actor that nobody asks goes after one to two times this long
    std::size_t limit = 50'000; ///< actors alive of each kind; beyond it errc::unavailable
    std::chrono::milliseconds deadline{10'000}; ///< of each change
};

struct ratings_counts {
    std::uint64_t live = 0;
    std::uint64_t changes = 0, transactions = 0; ///< begun so far
};

class ratings {
  public:
    /// All three must outlive it.
    ratings(system& actors, storage::database& db, storage::cache& cache, ratings_options options = {});
    ~ratings(); ///< stop()
    ratings(const ratings&) = delete;
    ratings& operator=(const ratings&) = delete;

    /// Ends all actors. Before system::stop(), while the loops run.
    void stop();

    /// Changes a review of `subject`; its errors are those of storage::reviews::apply(). The figures that
    /// follow from it are the new ones when this returns. On a loop.
    task<result<storage::reviews::outcome>> change(const storage::review_kind& kind, uuid subject,
                                                   storage::reviews::change what);

    ratings_counts counts() const; ///< any thread

  private:
    struct impl;
    std::shared_ptr<impl> impl_;
};

} // namespace mvp::actors
