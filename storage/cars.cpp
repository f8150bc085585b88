#include "storage/cars.hpp"

#include "storage/cars_sql.hpp"
#include "storage/users.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace mvp::storage::cars {
namespace {

constexpr std::string_view search_text = "c.search_text";

bool is_plain(const list_request& wanted) {
    return wanted.filters.empty() && search_terms(wanted.search).empty();
}

/// What these eyes see.
void add_visible(conditions& where, const viewer& by) {
    if (!by.id)
        where.add(public_sql());
    else if (!by.staff)
        where.add(fmt::format("({} OR c.seller_id = ?)", public_sql()), *by.id);
}

/// Every public car counted, kept until one comes or goes.
task<result<std::int64_t>> count_public(database& db, cache& cache) {
    static const statement count(fmt::format("SELECT count(*) FROM cars c WHERE {}", public_sql()));
    auto kept = co_await cache.get("cars:public", "count", [&db]() -> task<result<std::string>> {
        auto counted = co_await db.query(count);
        if (!counted)
            co_return fail(std::move(counted.error()));
        co_return std::string(counted->front().text(0));
    });
    if (!kept)
        co_return fail(std::move(kept.error()));
    std::int64_t value = 0;
    const auto& text = (*kept)->bytes;
    std::from_chars(text.data(), text.data() + text.size(), value);
    co_return value;
}

std::optional<std::string> text_of(const std::optional<decimal<2>>& amount) {
    std::optional<std::string> text;
    if (amount)
        append_decimal(text.emplace(), amount->units, 2);
    return text;
}

/// How many cars a user sees beside the public ones: his own that are not.
task<result<std::int64_t>> count_own_hidden(database& db, uuid seller) {
    static const statement count("SELECT count(*) FROM cars WHERE seller_id = $1 AND status <> 'active'");
    auto counted = co_await db.query(count, parameters(seller));
    if (!counted)
        co_return fail(std::move(counted.error()));
    co_return counted->front().integer(0);
}

/// The count of a list without search and filters, if it can be told without counting; empty for staff.
task<result<std::optional<std::int64_t>>> plain_count(database& db, cache& cache, viewer by) {
    if (by.staff)
        co_return std::optional<std::int64_t>();
    auto count = co_await count_public(db, cache);
    if (count && by.id) {
        auto own = co_await count_own_hidden(db, *by.id);
        if (!own)
            co_return fail(std::move(own.error()));
        *count += *own;
    }
    if (!count)
        co_return fail(std::move(count.error()));
    co_return std::optional(*count);
}

} // namespace

std::string tag_of(uuid id) {
    return "cars:" + id.text();
}

const std::string& public_sql() {
    // Few sellers are hidden, so their partial index is smaller than a look at every car's seller.
    static const std::string text = "(c.status = 'active' AND NOT EXISTS (SELECT FROM users h WHERE h.id = "
                                    "c.seller_id AND (NOT h.is_active "
                                    "OR h.is_suspended) AND " +
                                    users::hidden_sql("h") + "))";
    return text;
}

const std::string& public_joined_sql() {
    static const std::string text = "(c.status = 'active' AND NOT " + users::hidden_sql("s") + ")";
    return text;
}

std::string detail_sql(std::string_view source) {
    return fmt::format("SELECT {} FROM {} c{}", select_list(car_detailed, "c"), source,
                       join_list(car_detailed));
}

const statement& images_statement() {
    static const statement text(fmt::format(
        "SELECT {} FROM car_images i WHERE i.car_id = $1 ORDER BY i.is_primary DESC, i.uploaded_at, i.id",
        select_list(car_image_shown, "i")));
    return text;
}

task<result<detail>> find(database& db, uuid id, viewer by) {
    static const statement for_anyone(
        fmt::format("{} WHERE c.id = $1 AND {}", detail_sql("cars"), public_joined_sql()));
    static const statement for_user(
        fmt::format("{} WHERE c.id = $1 AND ({} OR c.seller_id = $2 OR $3::boolean)", detail_sql("cars"),
                    public_joined_sql()));
    std::vector<command> commands;
    if (by.id)
        commands.emplace_back(for_user, parameters(id, *by.id, by.staff));
    else
        commands.emplace_back(for_anyone, parameters(id));
    commands.emplace_back(images_statement(), parameters(id));
    auto found = co_await db.batch(std::move(commands));
    if (!found)
        co_return fail(std::move(found.error()));
    co_return detail{(*found)[0], (*found)[1]};
}

task<result<std::optional<target>>> find_target(database& db, uuid id) {
    static const statement find(fmt::format(
        "SELECT c.seller_id, c.status, {} FROM cars c JOIN users s ON s.id = c.seller_id WHERE c.id = $1",
        public_joined_sql()));
    auto found = co_await db.query(find, parameters(id));
    if (!found)
        co_return fail(std::move(found.error()));
    std::optional<target> t;
    if (!found->empty()) {
        const auto row = found->front();
        t.emplace();
        t->owner = row.id(0);
        t->status = parse_choice<car_status>(row.text(1)).value_or(car_status::pending);
        t->is_public = row.boolean(2);
    }
    co_return t;
}

conditions list_conditions(const viewer& by, const list_request& wanted) {
    conditions where;
    add_visible(where, by);
    add_search(where, search_text, wanted.search);
    for (std::size_t i = 0; i < wanted.filters.size(); ++i)
        if (const auto& f = car_fields[i]; f.has(flag::filterable))
            add_filter(where, cars_resource, f, wanted.filters[i] ? &*wanted.filters[i] : nullptr);
    return where;
}

task<result<page>> list(database& db, cache& cache, viewer by, list_request wanted, int size,
                        std::int64_t offset) {
    if (wanted.nothing)
        co_return page{};
    std::optional<std::int64_t> count;
    if (is_plain(wanted)) {
        auto known = co_await plain_count(db, cache, by);
        if (!known)
            co_return fail(std::move(known.error()));
        count = *known;
    }
    auto where = list_conditions(by, wanted);
    auto order = order_by(cars_resource, wanted.ordering);
    co_return co_await storage::list(db, cars_resource, car_listed, std::move(where), std::move(order), size,
                                     offset, count);
}

conditions search_conditions(const viewer& by, const search_request& wanted) {
    conditions where;
    add_visible(where, by);
    // The longest text finds candidates in the index of all texts; then each is looked for where it belongs.
    const std::string* texts[] = {&wanted.search, &wanted.model, &wanted.make, &wanted.city};
    const std::string* longest = *std::max_element(std::begin(texts), std::end(texts),
                                                   [](auto* a, auto* b) { return a->size() < b->size(); });
    if (!longest->empty()) {
        const auto part = [](int place) {
            return fmt::format("split_part({}, E'\\x1f', {})", search_text, place);
        };
        where.add(like_sql(search_text, worth_the_index(*longest)), like_pattern(*longest));
        where.add(like_sql(part(1), true), like_pattern(wanted.make));
        where.add(like_sql(part(2), true), like_pattern(wanted.model));
        where.add(like_sql(part(4), true), like_pattern(wanted.city));
        where.add(
            like_sql(fmt::format("concat_ws(E'\\x1f', {}, {}, {}, {})", part(1), part(2), part(3), part(5)),
                     true),
            like_pattern(wanted.search));
    }
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

task<result<page>> search(database& db, cache& cache, viewer by, search_request wanted, int size,
                          std::int64_t offset) {
    auto where = search_conditions(by, wanted);
    std::optional<std::int64_t> count;
    if (where.text() == search_conditions(by, {}).text()) {
        auto known = co_await plain_count(db, cache, by);
        if (!known)
            co_return fail(std::move(known.error()));
        count = *known;
    }
    std::string order(cars_resource.default_order);
    co_return co_await storage::list(db, cars_resource, car_listed, std::move(where), std::move(order), size,
                                     offset, count);
}

conditions seller_conditions(uuid seller, bool all) {
    conditions where;
    where.add("c.seller_id = ?", seller);
    if (!all)
        where.add(public_sql());
    return where;
}

task<result<page>> of_seller(database& db, uuid seller, bool all, int size, std::int64_t offset) {
    auto where = seller_conditions(seller, all);
    std::string order(cars_resource.default_order);
    co_return co_await storage::list(db, cars_resource, car_listed, std::move(where), std::move(order), size,
                                     offset);
}

} // namespace mvp::storage::cars
