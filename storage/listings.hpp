// Things for sale (cars, parts) in PostgreSQL: who sees which (everybody public ones: active, of sellers who
// are not hidden), and every change of one. A change of state is one conditional statement that also writes
// its event; cached answers fall before it returns.
//
// A kind of listing is described by a listing_kind: its tables, shapes and states. Its object (cars::all(),
// parts::all()) holds the statements.
//
// Cached are the details of public listings (tag "cars:<id>", see tag_of) and the count of public ones (tag
// "cars:public"). A detail holds its seller's summary too: storage/invalidation drops the tags of a user's
// listings when that changes.
#pragma once

#include "storage/cache.hpp"
#include "storage/model/listing.hpp"
#include "storage/repository.hpp"
#include "storage/viewer.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mvp::storage {

/// A bound of a search as SQL's text; empty: none.
std::optional<std::string> text_of(const std::optional<decimal<2>>& amount);

/// From which states a change leads where, and what the seller hears of it.
struct listing_step {
    listing_change what;
    std::vector<std::string> from;
    std::string to;
    std::string title, happened;           ///< "Listing approved", "has been approved"; a reason may follow
    std::vector<std::string> from_staff{}; ///< states that only staff may take it from
    bool decides_flags = false;            ///< from any state, while flags are open; settles them
};

/// What tells one kind of listing from another. All texts are the program's own.
struct listing_kind {
    const resource* of = nullptr;
    std::string noun;                   ///< "Car": in texts
    std::string related_type;           ///< "car": what events are about
    std::string called_by;              ///< the column by which messages call a listing
    std::string image_table, image_key; ///< "car_images", "car_id"
    shape listed, written, detailed;
    std::vector<listing_step> steps;
    /// SQL that sets the state (and what depends on it) of the row `<alias>`; `given`: the state that is
    /// wanted, NULL to leave it; `stock`: what will be in stock (kinds that have a `stock`).
    std::string (*state_sql)(std::string_view given, std::string_view stock) = nullptr;
    std::string stock{}; ///< the column with the number of pieces; empty: a single one
    /// Lists beside the pictures in `detailed`, in their order; $1: the listing.
    std::vector<std::string> more_lists{};
    /// The condition of a join in `detailed` that finds nothing for a listing that was made just now:
    /// PostgreSQL need not look (a twentieth of the insert). May be empty.
    std::string filled_later{};
    /// A constraint that refuses a write as clients know it (errc::invalid); any other error stays what it
    /// is.
    error (*known_conflict)(error, const void* object) = nullptr;
};

/// A listing with the columns of its kind's `detailed`, and the lists in it (pictures first); no row: not
/// there, or not for these eyes.
struct listing_detail {
    rows found{};
    std::vector<rows> lists{};
};

struct listing_target : ownership {
    std::string status{};
};

/// What narrows a list; `filters` are canonical texts by field, as many as the table has fields.
struct listing_request {
    std::string search{}, ordering{};
    std::vector<std::optional<std::string>> filters{}; ///< empty: none given
    std::optional<std::int64_t> stock_above{};
};

/// A text that is looked for in some of a listing's texts, in any case; empty: any.
struct wanted_text {
    const std::string* text;
    std::string in; ///< SQL
};

class listings {
  public:
    explicit listings(listing_kind kind);
    ~listings();

    const listing_kind& kind() const { return kind_; }
    std::string tag_of(uuid id) const;
    std::string public_tag() const;

    // --- reading
    task<result<listing_detail>> find(database& db, uuid id, viewer by) const;
    /// Empty: no such listing.
    task<result<std::optional<listing_target>>> find_target(database& db, uuid id) const;

    task<result<page>> list(database& db, cache& cache, viewer by, listing_request wanted, int size,
                            std::int64_t offset) const;
    /// A seller's public listings; or, for himself, all of them.
    task<result<page>> of_seller(database& db, uuid seller, bool all, std::string ordering, int size,
                                 std::int64_t offset) const;
    /// A page of what fits the conditions (which begin with visible_to()); `order`: see order_by.
    task<result<page>> page_of(database& db, cache& cache, viewer by, conditions where, std::string order,
                               int size, std::int64_t offset) const;

    // --- changing; `object` is the kind's struct, which must live until the answer
    /// The new listing, pending, the first of its pictures primary; no row: he may not sell (any more).
    task<result<listing_detail>> create(database& db, uuid seller, const void* object,
                                        std::vector<std::string> images = {}) const;
    /// Changes the fields in `changed` that `staff` or the owner may change; a row with the columns of
    /// `written`. A new state by staff tells the seller. No row: no such listing. Pictures are added with it,
    /// or nothing is done; see add_images.
    task<result<rows>> update(database& db, cache& cache, uuid id, viewer by, const void* object,
                              field_set changed, std::vector<std::string> images = {}) const;
    /// Paths of its pictures, for the media store; empty: no such listing.
    task<result<std::optional<std::vector<std::string>>>> remove(database& db, cache& cache, uuid id) const;
    /// The changed listing. errc::refused with a text that names the state if it does not allow the change;
    /// errc::not_found if the listing is gone. Somebody else than the seller changing it tells the seller,
    /// `reason` included.
    task<result<listing_detail>> transition(database& db, cache& cache, uuid id, viewer by,
                                            listing_change what, std::string reason = {}) const;
    /// The same for a transaction of the caller's, who drops what is cached: a row, if the state allowed it.
    command transition_command(uuid id, const viewer& by, listing_change what,
                               const std::string& reason = {}) const;

    // --- pictures
    static constexpr int most_images = 20;
    static error too_many_images();
    /// How many pictures more a listing may have.
    task<result<int>> room_for_images(database& db, uuid id) const;
    /// Adds pictures in this order, none of them primary; rows with the columns of listing_image_shown.
    /// errc::refused if there would be more than twenty.
    task<result<rows>> add_images(database& db, cache& cache, uuid id, std::vector<std::string> paths) const;
    /// The picture as the listing's only primary one; no row: the listing has no such picture.
    task<result<rows>> set_primary_image(database& db, cache& cache, uuid id, uuid image) const;
    /// Its path; empty: the listing has no such picture.
    task<result<std::optional<std::string>>> remove_image(database& db, cache& cache, uuid id,
                                                          uuid image) const;

    /// Runs `what`, which changes something of a listing's own, behind the listing's lock, in one transaction
    /// and one round trip; the rows of the last. Where there are any, what is cached falls. errc::not_found
    /// if there is no such listing.
    task<result<rows>> under_lock(database& db, cache& cache, uuid id, std::vector<command> what) const;

    // --- pieces of SQL, for the searches of a kind and for the test that asks PostgreSQL how it runs them
    /// What these eyes see.
    conditions visible_to(const viewer& by) const;
    conditions list_conditions(const viewer& by, const listing_request& wanted) const;
    conditions seller_conditions(uuid seller, bool all) const;
    /// True for a listing that everybody sees.
    const std::string& public_sql() const { return public_; }
    std::string search_column() const;
    /// The longest text finds candidates in the index of all texts; then each is looked for where it belongs.
    void add_texts(conditions& where, const std::vector<wanted_text>& texts) const;
    error no_such() const;

  private:
    struct statements;
    task<result<std::int64_t>> count_public(database& db, cache& cache) const;
    task<result<std::optional<std::int64_t>>> plain_count(database& db, cache& cache, viewer by) const;
    /// What is cached falls where the public could see the listing before or after the change.
    task<> shown_anew(cache& cache, uuid id, std::string_view before, std::string_view after) const;
    error known_conflict(error e, const void* object) const;
    task<result<rows>> update_with_images(database& db, parameters values, uuid id,
                                          std::vector<std::string> images) const;

    listing_kind kind_;
    std::string public_; ///< see public_sql()
    std::unique_ptr<const statements> sql_;
};

} // namespace mvp::storage
