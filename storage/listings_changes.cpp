// What changes a listing: one conditional statement each, with its event; then the cached answers fall.
// Pictures are changed under the listing's row lock, so that neither their number nor the one primary picture
// depends on who comes first, and so that "public or not" is known for sure.
#include "storage/listings.hpp"
#include "storage/listings_sql.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace mvp::storage {
namespace {

constexpr int most_tries = 3; ///< of a step whose listing changes its state at the same time

/// Why a listing in this state cannot make the step.
error refusal(const listing_kind& kind, const listing_step& step, std::string_view state) {
    if (step.what == listing_change::sell && state != step.to)
        return {errc::refused, "Only active listings can be marked as sold"};
    return {errc::refused, fmt::format("{} is {}{}", kind.noun, state == step.to ? "already " : "", state)};
}

const listing_step& step_of(const listing_kind& kind, listing_change what) {
    return *std::find_if(kind.steps.begin(), kind.steps.end(),
                         [&](const listing_step& s) { return s.what == what; });
}

std::vector<std::string> states_before(const listing_step& step, const viewer& by) {
    auto from = step.from;
    if (by.staff)
        from.insert(from.end(), step.from_staff.begin(), step.from_staff.end());
    return from;
}

} // namespace

error listings::known_conflict(error e, const void* object) const {
    return e.code == errc::conflict && kind_.known_conflict ? kind_.known_conflict(std::move(e), object) : e;
}

task<> listings::shown_anew(cache& cache, uuid id, std::string_view before, std::string_view after) const {
    const bool was = before == "active", is = after == "active";
    std::vector<std::string> tags;
    if (was || is)
        tags.push_back(tag_of(id));
    if (was != is)
        tags.push_back(public_tag());
    if (!tags.empty())
        co_await cache.invalidate(std::move(tags));
}

task<result<listing_detail>> listings::create(database& db, uuid seller, const void* object,
                                              std::vector<std::string> images) const {
    const auto id = uuid::random();
    parameters values = insert_values(kind_.of->fields, flag::created, object);
    values.add(id).add(seller);
    listing_detail whole;
    whole.lists.resize(1 + kind_.more_lists.size());
    if (images.empty()) {
        auto made = co_await db.execute_together(sql_->create, std::move(values));
        if (!made)
            co_return fail(known_conflict(std::move(made.error()), object));
        whole.found = *made;
        co_return whole;
    }
    std::vector<command> commands;
    commands.emplace_back(sql_->create, std::move(values));
    commands.emplace_back(sql_->create_images, parameters(id, images));
    auto made = co_await db.execute_batch(std::move(commands));
    if (!made)
        co_return fail(known_conflict(std::move(made.error()), object));
    whole.found = (*made)[0];
    whole.lists[0] = (*made)[1];
    co_return whole;
}

task<result<rows>> listings::update_with_images(database& db, parameters values, uuid id,
                                                std::vector<std::string> images) const {
    co_return co_await db.transact([&](transaction& t) -> task<result<rows>> {
        auto done = co_await t.query(sql_->update, values); // takes the lock that pictures need, too
        if (!done || done->empty())
            co_return done;
        auto added = co_await t.query(sql_->add_images, parameters(id, images));
        if (!added)
            co_return fail(std::move(added.error()));
        if (added->empty())
            co_return fail(too_many_images());
        co_return done;
    });
}

task<result<rows>> listings::update(database& db, cache& cache, uuid id, viewer by, const void* object,
                                    field_set changed, std::vector<std::string> images) const {
    const auto& fields = kind_.of->fields;
    if (!by.staff)
        for (std::size_t i = 0; i < fields.size(); ++i)
            if (!fields[i].has(flag::updated))
                changed.reset(i);
    parameters values = update_values(fields, changeable_flags, object, changed);
    values.add(id).add(by.id.value_or(uuid{})).add(by.staff);
    auto change = images.empty() ? db.execute(sql_->update, std::move(values))
                                 : update_with_images(db, std::move(values), id, std::move(images));
    auto done = co_await std::move(change);
    if (!done)
        co_return fail(known_conflict(std::move(done.error()), object));
    if (!done->empty()) {
        const auto row = done->front();
        const int before = static_cast<int>(kind_.written.size());
        co_await shown_anew(cache, id, row.text(before), row.text(before + 1));
    }
    co_return done;
}

task<result<std::optional<std::vector<std::string>>>> listings::remove(database& db, cache& cache,
                                                                       uuid id) const {
    // Behind the lock, in a statement of its own: it sees the pictures of whoever held the lock before.
    std::vector<command> commands;
    commands.emplace_back(sql_->lock, parameters(id));
    commands.emplace_back(sql_->remove, parameters(id));
    auto done = co_await db.execute_batch(std::move(commands));
    if (!done)
        co_return fail(std::move(done.error()));
    const rows& gone = done->back();
    std::optional<std::vector<std::string>> paths;
    if (gone.empty())
        co_return paths;
    paths = files_from(gone, 1);
    co_await shown_anew(cache, id, gone.front().text(0), "gone");
    co_return paths;
}

command listings::transition_command(uuid id, const viewer& by, listing_change what,
                                     const std::string& reason) const {
    const auto& step = step_of(kind_, what);
    std::string happened = step.happened;
    if (!reason.empty())
        happened += ": " + reason;
    else if (!happened.ends_with('.'))
        happened += '.';
    return {sql_->transition, parameters(id, step.to, states_before(step, by), by.id.value_or(uuid{}),
                                         step.title, happened, by.staff, step.decides_flags)};
}

task<result<listing_detail>> listings::transition(database& db, cache& cache, uuid id, viewer by,
                                                  listing_change what, std::string reason) const {
    const auto& step = step_of(kind_, what);
    const auto from = states_before(step, by);
    auto commands = sql_->with_lists(transition_command(id, by, what, reason), id);
    auto done = co_await db.execute_batch(commands);
    for (int tries = 1; done && done->front().empty(); ++tries) {
        auto now = co_await db.query(sql_->state, parameters(id));
        if (!now)
            co_return fail(std::move(now.error()));
        if (now->empty())
            co_return fail(no_such());
        // A state that does allow the step came only after the refusal: who reads of it would not understand.
        const auto state = now->front().text(0);
        if (tries == most_tries || std::find(from.begin(), from.end(), state) == from.end())
            co_return fail(refusal(kind_, step, state));
        done = co_await db.execute_batch(commands);
    }
    if (!done)
        co_return fail(std::move(done.error()));
    // Which of the states it came from does not matter here: every step that leaves or enters "active" is
    // told.
    const bool may_have_been_active =
        step.decides_flags || std::find(from.begin(), from.end(), "active") != from.end();
    co_await shown_anew(cache, id, may_have_been_active ? "active" : "pending", step.to);
    co_return detail_of(std::move(*done));
}

// --- pictures
// ---------------------------------------------------------------------------------------------------------

task<result<rows>> listings::under_lock(database& db, cache& cache, uuid id,
                                        std::vector<command> what) const {
    what.insert(what.begin(), command(sql_->note, parameters(id)));
    what.insert(what.begin(), command(sql_->lock, parameters(id)));
    auto done = co_await db.execute_batch(std::move(what));
    // Without a row to lock, what refers to it is refused.
    if (!done && done.error().code == errc::conflict && done.error().constraint.ends_with("_fkey"))
        co_return fail(no_such());
    if (!done)
        co_return fail(std::move(done.error()));
    if (done->front().empty())
        co_return fail(no_such());
    const auto status = done->front().front().text(0);
    if (!done->back().empty())
        co_await shown_anew(cache, id, status, status);
    co_return done->back();
}

task<result<int>> listings::room_for_images(database& db, uuid id) const {
    auto counted = co_await db.query(sql_->count_images, parameters(id));
    if (!counted)
        co_return fail(std::move(counted.error()));
    co_return most_images - static_cast<int>(counted->front().integer(0));
}

error listings::too_many_images() {
    return {errc::refused, fmt::format("A listing can have at most {} images", most_images)};
}

task<result<rows>> listings::add_images(database& db, cache& cache, uuid id,
                                        std::vector<std::string> paths) const {
    std::vector<command> commands;
    commands.emplace_back(sql_->add_images, parameters(id, paths));
    auto added = co_await under_lock(db, cache, id, std::move(commands));
    if (added && added->empty())
        co_return fail(too_many_images());
    co_return added;
}

task<result<rows>> listings::set_primary_image(database& db, cache& cache, uuid id, uuid image) const {
    std::vector<command> commands;
    commands.emplace_back(sql_->clear_primary, parameters(id, image));
    commands.emplace_back(sql_->set_primary, parameters(id, image));
    co_return co_await under_lock(db, cache, id, std::move(commands));
}

task<result<std::optional<std::string>>> listings::remove_image(database& db, cache& cache, uuid id,
                                                                uuid image) const {
    std::vector<command> commands;
    commands.emplace_back(sql_->remove_image, parameters(id, image));
    auto done = co_await under_lock(db, cache, id, std::move(commands));
    if (!done)
        co_return fail(std::move(done.error()));
    std::optional<std::string> path;
    if (!done->empty())
        path = std::string(done->front().text(0));
    co_return path;
}

} // namespace mvp::storage
