// A car's pictures and technical data. Pictures are changed under the car's row lock, so that neither their
// number nor the one primary picture depends on who comes first, and so that "public or not" is known for
// sure.
#include "storage/cars.hpp"
#include "storage/cars_sql.hpp"
#include "storage/outbox.hpp"

#include <fmt/format.h>

namespace mvp::storage::cars {
namespace {

constexpr resource specifications{"CarSpecification", "car_specifications", "p", car_specification_fields,
                                  "p.id"};

const statement& lock_statement() {
    static const statement text("SELECT status FROM cars WHERE id = $1 FOR UPDATE");
    return text;
}

/// As in storage/cars_changes.cpp: pictures of a car that the public sees.
const statement& note_statement() {
    static const statement text(
        insert_silent_event_sql("cars WHERE id = $1 AND status = 'active'", "seller_id", "'car'", "id"));
    return text;
}

/// Runs `what` behind the lock, in one transaction and one round trip; its rows.
task<result<rows>> under_lock(database& db, cache& cache, uuid id, std::vector<command> what) {
    what.insert(what.begin(), command(note_statement(), parameters(id)));
    what.insert(what.begin(), command(lock_statement(), parameters(id)));
    auto done = co_await db.execute_batch(std::move(what));
    if (!done)
        co_return fail(std::move(done.error()));
    if (done->front().empty())
        co_return fail(errc::not_found, "No Car matches the given query.");
    const auto status = parse_choice<car_status>(done->front().front().text(0)).value();
    if (!done->back().empty())
        co_await shown_anew(cache, id, status, status);
    co_return done->back();
}

} // namespace

task<result<int>> room_for_images(database& db, uuid id) {
    static const statement count("SELECT count(*) FROM car_images WHERE car_id = $1");
    auto counted = co_await db.query(count, parameters(id));
    if (!counted)
        co_return fail(std::move(counted.error()));
    co_return most_images - static_cast<int>(counted->front().integer(0));
}

task<result<rows>> add_images(database& db, cache& cache, uuid id, std::vector<std::string> paths) {
    static const statement add(
        fmt::format("WITH i AS (INSERT INTO car_images (car_id, image, uploaded_at)"
                    " SELECT $1, path, clock_timestamp() + place * interval '1 microsecond'"
                    " FROM unnest($2::text[]) WITH ORDINALITY AS given (path, place)"
                    " WHERE (SELECT count(*) FROM car_images WHERE car_id = $1) + cardinality($2::text[]) <= "
                    "{} RETURNING *) "
                    "SELECT {} FROM i ORDER BY i.uploaded_at",
                    most_images, select_list(car_image_shown, "i")));
    std::vector<command> commands;
    commands.emplace_back(add, parameters(id, paths));
    auto added = co_await under_lock(db, cache, id, std::move(commands));
    if (added && added->empty())
        co_return fail(errc::refused, fmt::format("A listing can have at most {} images", most_images));
    co_return added;
}

task<result<rows>> set_primary_image(database& db, cache& cache, uuid id, uuid image) {
    static const statement clear(
        "UPDATE car_images SET is_primary = false WHERE car_id = $1 AND is_primary AND id <> $2"
        " AND EXISTS (SELECT FROM car_images WHERE id = $2 AND car_id = $1)");
    static const statement set(fmt::format(
        "UPDATE car_images i SET is_primary = true WHERE i.id = $2 AND i.car_id = $1 RETURNING {}",
        select_list(car_image_shown, "i")));
    std::vector<command> commands;
    commands.emplace_back(clear, parameters(id, image));
    commands.emplace_back(set, parameters(id, image));
    co_return co_await under_lock(db, cache, id, std::move(commands));
}

task<result<std::optional<std::string>>> remove_image(database& db, cache& cache, uuid id, uuid image) {
    static const statement erase("DELETE FROM car_images WHERE id = $2 AND car_id = $1 RETURNING image");
    std::vector<command> commands;
    commands.emplace_back(erase, parameters(id, image));
    auto done = co_await under_lock(db, cache, id, std::move(commands));
    if (!done)
        co_return fail(std::move(done.error()));
    std::optional<std::string> path;
    if (!done->empty())
        path = std::string(done->front().text(0));
    co_return path;
}

task<result<rows>> specification(database& db, uuid id) {
    static const statement find(select_sql(specifications, car_specification_shown) + "p.car_id = $1");
    co_return co_await db.query(find, parameters(id));
}

task<result<rows>> put_specification(database& db, cache& cache, uuid id, car_specification s) {
    static const statement put([] {
        std::string set = "updated_at = now()";
        for (const auto& f : car_specification_fields)
            if (f.has(flag::created))
                set += fmt::format(", {0} = excluded.{0}", f.name);
        return fmt::format(
            "WITH p AS ({} ON CONFLICT (car_id) DO UPDATE SET {} RETURNING *) SELECT {} FROM p",
            insert_sql(specifications, flag::created, {"car_id"}), set,
            select_list(car_specification_shown, "p"));
    }());
    parameters values = insert_values(car_specification_fields, flag::created, &s);
    values.add(id);
    std::vector<command> commands;
    commands.emplace_back(put, std::move(values));
    co_return co_await under_lock(db, cache, id, std::move(commands));
}

task<result<rows>> patch_specification(database& db, cache& cache, uuid id, car_specification s,
                                       field_set changed) {
    static const auto list = update_sql(specifications, flag::updated, "p");
    static const statement patch(fmt::format(
        "UPDATE car_specifications p SET {}, updated_at = now() WHERE p.car_id = ${} RETURNING {}", list.text,
        list.next_place, select_list(car_specification_shown, "p")));
    parameters values = update_values(car_specification_fields, flag::updated, &s, changed);
    values.add(id);
    std::vector<command> commands;
    commands.emplace_back(patch, std::move(values));
    co_return co_await under_lock(db, cache, id, std::move(commands));
}

} // namespace mvp::storage::cars
