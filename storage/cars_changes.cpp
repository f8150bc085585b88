// What changes a car: one conditional statement each, with its event; then the cached answers fall.
#include "storage/cars.hpp"
#include "storage/cars_sql.hpp"
#include "storage/outbox.hpp"
#include "storage/users.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace mvp::storage::cars {
namespace {

/// CTEs that tell the seller, unless it was he ($actor) who did it, of a car whose state is another one; and
/// nobody, silently, of one that the public could see before or after. `changed` has the car's columns and
/// status_before.
std::string notice_sql(std::string_view actor, std::string_view title, std::string_view what_happened) {
    return fmt::format(
        "noticed AS (SELECT *, seller_id <> {} AND status <> status_before AS heard FROM changed),"
        " told AS (SELECT * FROM noticed WHERE heard OR 'active' IN (status, status_before)), noted AS ({})",
        actor,
        insert_event_sql(
            "told", fmt::format("CASE WHEN told.heard THEN 'listing_update' ELSE '{}' END", silent_event),
            "told.seller_id", title,
            fmt::format("'Your listing \"' || told.title || '\" ' || {}", what_happened), "'car'", "told.id",
            "'/cars/' || told.id"));
}

struct step {
    change what;
    std::vector<std::string> from;
    car_status to;
    std::string_view title, happened; ///< of the notification
};

const step& step_of(change what) {
    static const std::vector<step> steps = {
        {change::approve, {"pending"}, car_status::active, "Listing approved", "has been approved."},
        {change::reject, {"pending"}, car_status::archived, "Listing rejected", "has been rejected"},
        {change::archive,
         {"active", "pending"},
         car_status::archived,
         "Listing archived",
         "has been archived."},
        {change::reactivate,
         {"archived"},
         car_status::pending,
         "Listing reactivated",
         "waits for approval again."},
        {change::sell, {"active"}, car_status::sold, "Listing sold", "has been marked as sold."},
    };
    return *std::find_if(steps.begin(), steps.end(), [&](const step& s) { return s.what == what; });
}

/// Why a car in this state cannot make the step.
error refusal(const step& s, car_status state) {
    if (s.what == change::sell && state != car_status::sold)
        return {errc::refused, "Only active listings can be marked as sold"};
    return {errc::refused, fmt::format("Car is {}{}", state == s.to ? "already " : "", to_text(state))};
}

constexpr unsigned changeable = flag::updated | flag::staff;

} // namespace

task<> shown_anew(cache& cache, uuid id, car_status before, car_status after) {
    const bool was = before == car_status::active, is = after == car_status::active;
    std::vector<std::string> tags;
    if (was || is)
        tags.push_back(tag_of(id));
    if (was != is)
        tags.emplace_back("cars:public");
    if (!tags.empty())
        co_await cache.invalidate(std::move(tags));
}

task<result<rows>> create(database& db, uuid seller, car c) {
    static const statement add([] {
        // What was made just now has no technical data: PostgreSQL need not look (a twentieth of the insert).
        const std::string_view has = " ON p.car_id = c.id";
        std::string made = detail_sql("c");
        made.replace(made.find(has), has.size(), " ON false");
        return fmt::format(
            "WITH c AS ({} FROM users u WHERE u.id = $20 AND u.is_seller AND NOT {} RETURNING *) {}",
            insert_sql(cars_resource, flag::created, {"seller_id"}), users::hidden_sql("u"), made);
    }());
    parameters values = insert_values(car_fields, flag::created, &c);
    values.add(seller);
    co_return co_await db.execute(add, std::move(values));
}

task<result<rows>> update(database& db, cache& cache, uuid id, viewer by, car c, field_set changed) {
    static const auto list = update_sql(cars_resource, changeable, "c");
    static const statement change([] {
        const auto id = list.next_place, actor = id + 1, status = id + 2;
        return fmt::format(
            "WITH old AS (SELECT id, status FROM cars WHERE id = ${0} FOR UPDATE), changed AS ("
            "UPDATE cars c SET {3}, updated_at = now(), sold_at = CASE WHEN ${2}::text IS NULL"
            " THEN c.sold_at WHEN ${2}::text = 'sold' THEN coalesce(c.sold_at, now()) END"
            " FROM old WHERE c.id = old.id RETURNING c.*, old.status AS status_before), {4} "
            "SELECT {5}, c.status_before, c.status FROM changed c",
            id, actor, status, list.text,
            notice_sql(fmt::format("${}", actor), "'Listing changed'", "'is now ' || told.status || '.'"),
            select_list(car_written, "c"));
    }());
    if (!by.staff)
        for (std::size_t i = 0; i < car_fields.size(); ++i)
            if (!car_fields[i].has(flag::updated))
                changed.reset(i);
    const bool status_given = changed[position(car_fields, "status")];
    parameters values = update_values(car_fields, changeable, &c, changed);
    values.add(id).add(by.id.value_or(uuid{}));
    values.add(status_given ? std::optional(std::string(to_text(c.status))) : std::nullopt);
    auto done = co_await db.execute(change, std::move(values));
    if (done && !done->empty()) {
        const auto row = done->front();
        const auto status = [&](int column) { return parse_choice<car_status>(row.text(column)).value(); };
        const int before = static_cast<int>(car_written.size());
        co_await shown_anew(cache, id, status(before), status(before + 1));
    }
    co_return done;
}

task<result<std::optional<std::vector<std::string>>>> remove(database& db, cache& cache, uuid id) {
    static const statement erase(fmt::format(
        "WITH gone AS (DELETE FROM cars WHERE id = $1 RETURNING id, status, seller_id), noted AS ({}) "
        "SELECT gone.status, i.image FROM gone LEFT JOIN car_images i ON i.car_id = gone.id",
        insert_silent_event_sql("gone WHERE status = 'active'", "seller_id", "'car'", "id")));
    auto done = co_await db.execute(erase, parameters(id));
    if (!done)
        co_return fail(std::move(done.error()));
    std::optional<std::vector<std::string>> paths;
    if (done->empty())
        co_return paths;
    paths.emplace();
    for (std::size_t i = 0; i < done->size(); ++i)
        if (!(*done)[i].is_null(1))
            paths->emplace_back((*done)[i].text(1));
    const auto status = parse_choice<car_status>(done->front().text(0)).value();
    co_await shown_anew(cache, id, status, car_status::archived);
    co_return paths;
}

task<result<detail>> transition(database& db, cache& cache, uuid id, viewer by, change what,
                                std::string reason) {
    static const statement change_status(
        fmt::format("WITH old AS (SELECT id, status FROM cars WHERE id = $1 FOR UPDATE),"
                    " changed AS (UPDATE cars c SET status = $2::text, updated_at = now(),"
                    " sold_at = CASE WHEN $2::text = 'sold' THEN now() END FROM old"
                    " WHERE c.id = old.id AND c.status = ANY ($3::text[])"
                    " RETURNING c.*, old.status AS status_before), {} {}",
                    notice_sql("$4", "$5::text", "$6::text"), detail_sql("changed")));
    static const statement state("SELECT status FROM cars WHERE id = $1");
    const step& s = step_of(what);
    auto from = s.from;
    if (what == change::reactivate && by.staff)
        from.emplace_back("sold");
    std::string happened(s.happened);
    if (what == change::reject)
        happened += reason.empty() ? "." : ": " + reason;
    std::vector<command> commands;
    commands.emplace_back(change_status,
                          parameters(id, to_text(s.to), from, by.id.value_or(uuid{}), s.title, happened));
    commands.emplace_back(images_statement(), parameters(id));
    auto done = co_await db.execute_batch(std::move(commands));
    if (!done)
        co_return fail(std::move(done.error()));
    if (done->front().empty()) {
        auto now = co_await db.query(state, parameters(id));
        if (!now)
            co_return fail(std::move(now.error()));
        if (now->empty())
            co_return fail(errc::not_found, "No Car matches the given query.");
        co_return fail(refusal(s, parse_choice<car_status>(now->front().text(0)).value()));
    }
    // Which of the states it came from does not matter here: every step that leaves or enters "active" is
    // told.
    const bool may_have_been_active = std::find(s.from.begin(), s.from.end(), "active") != s.from.end();
    co_await shown_anew(cache, id, may_have_been_active ? car_status::active : car_status::pending, s.to);
    co_return detail{(*done)[0], (*done)[1]};
}

} // namespace mvp::storage::cars
