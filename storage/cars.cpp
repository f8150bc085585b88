#include "storage/cars.hpp"

#include <fmt/format.h>

namespace mvp::storage::cars {
namespace {

constexpr resource specifications{"CarSpecification", "car_specifications", "p", car_specification_fields,
                                  "p.id"};

std::string state_sql(std::string_view given, std::string_view) {
    return fmt::format("status = coalesce({0}, c.status), sold_at = CASE WHEN {0} IS NULL THEN c.sold_at"
                       " WHEN {0} = 'sold' THEN coalesce(c.sold_at, now()) END",
                       given);
}

listing_kind make_kind() {
    using change = listing_change;
    listing_kind kind;
    kind.of = &cars_resource;
    kind.noun = "Car";
    kind.related_type = "car";
    kind.called_by = "title";
    kind.image_table = "car_images";
    kind.image_key = "car_id";
    kind.listed = car_listed;
    kind.written = car_written;
    kind.detailed = car_detailed;
    kind.steps = {
        {change::approve, {"pending"}, "active", "Listing approved", "has been approved"},
        {.what = change::reject,
         .from = {"pending"},
         .to = "archived",
         .title = "Listing rejected",
         .happened = "has been rejected",
         .decides_flags = true},
        {change::archive, {"active", "pending"}, "archived", "Listing archived", "has been archived"},
        {change::reactivate,
         {"archived"},
         "pending",
         "Listing reactivated",
         "waits for approval again",
         {"sold"}},
        {change::sell, {"active"}, "sold", "Listing sold", "has been marked as sold"},
        {change::withhold, {"active"}, "pending", "Listing withheld", "is hidden until it has been reviewed"},
    };
    kind.state_sql = state_sql;
    kind.filled_later = "p.car_id = c.id";
    return kind;
}

} // namespace

const listings& all() {
    static const listings cars(make_kind());
    return cars;
}

conditions search_conditions(const viewer& by, const search_request& wanted) {
    auto where = all().visible_to(by);
    const auto part = [](int place) {
        return fmt::format("split_part({}, E'\\x1f', {})", all().search_column(), place);
    };
    all().add_texts(where, {{&wanted.search, fmt::format("concat_ws(E'\\x1f', {}, {}, {}, {})", part(1),
                                                         part(2), part(3), part(5))},
                            {&wanted.model, part(2)},
                            {&wanted.make, part(1)},
                            {&wanted.city, part(4)}});
    const auto add_bound = [&](std::string_view text, const auto& bound) {
        if (bound)
            where.add(text, *bound);
    };
    add_bound("c.year >= ?", wanted.year_from);
    add_bound("c.year <= ?", wanted.year_to);
    add_bound("c.price >= ?", text_of(wanted.price_from));
    add_bound("c.price <= ?", text_of(wanted.price_to));
    if (wanted.condition || wanted.fuel_type || wanted.transmission || wanted.mileage_max) {
        const auto name = [](const auto& choice) {
            return choice ? std::optional(std::string(to_text(*choice))) : std::nullopt;
        };
        where.add("c.condition = coalesce(?, c.condition)", name(wanted.condition));
        where.add("c.fuel_type = coalesce(?, c.fuel_type)", name(wanted.fuel_type));
        where.add("c.transmission = coalesce(?, c.transmission)", name(wanted.transmission));
        where.add("c.mileage <= coalesce(?, c.mileage)", wanted.mileage_max);
    }
    return where;
}

task<result<page>> search(database& db, cache& cache, viewer by, search_request wanted, std::string ordering,
                          int size, std::int64_t offset) {
    auto where = search_conditions(by, wanted);
    auto order = order_by(cars_resource, ordering);
    co_return co_await all().page_of(db, cache, by, std::move(where), std::move(order), size, offset);
}

task<result<rows>> specification(database& db, uuid id) {
    static const statement find(select_sql(specifications, car_specification_shown) + "p.car_id = $1");
    co_return co_await db.query(find, parameters(id));
}

task<result<rows>> write_specification(database& db, cache& cache, uuid id, car_specification s,
                                       field_set given, bool make) {
    static const auto list = update_sql(specifications, flag::updated, "p");
    static const statement change(fmt::format(
        "UPDATE car_specifications p SET {}, updated_at = now() WHERE p.car_id = ${} RETURNING {}", list.text,
        list.next_place, select_list(car_specification_shown, "p")));
    // The same values: those that are not given are NULL in a new row.
    static const statement change_or_make([] {
        std::string names, places;
        std::size_t place = 1;
        for (const auto& f : car_specification_fields)
            if (f.has(flag::updated)) {
                names += fmt::format("{}, ", f.name);
                places += fmt::format("${}, ", ++place);
            }
        return fmt::format("INSERT INTO car_specifications AS p ({}car_id) SELECT {}${}"
                           " ON CONFLICT (car_id) DO UPDATE SET {}, updated_at = now() RETURNING {}",
                           names, places, list.next_place, list.text,
                           select_list(car_specification_shown, "p"));
    }());
    auto values = update_values(car_specification_fields, flag::updated, &s, given);
    values.add(id);
    std::vector<command> commands;
    commands.emplace_back(make ? change_or_make : change, std::move(values));
    co_return co_await all().under_lock(db, cache, id, std::move(commands));
}

} // namespace mvp::storage::cars
