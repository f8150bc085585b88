#include "storage/parts.hpp"

#include <fmt/format.h>

namespace mvp::storage::parts {
namespace {

constexpr resource compatibility_rows{"PartCompatibility", "part_compatibilities", "f",
                                      part_compatibility_fields,
                                      "f.car_make, f.car_model, f.car_year_from, f.car_year_to"};

std::string compatibilities_sql() {
    return select_sql(compatibility_rows, part_compatibility_shown) + "f.part_id = $1 ORDER BY " +
           std::string(compatibility_rows.default_order);
}

std::string state_sql(std::string_view given, std::string_view stock) {
    return fmt::format("status = CASE WHEN coalesce({0}, p.status) = 'active' AND {1} = 0 THEN 'out_of_stock'"
                       " WHEN {0} IS NULL AND p.status = 'out_of_stock' AND p.quantity_in_stock = 0"
                       " AND {1} > 0 THEN 'active' ELSE coalesce({0}, p.status) END",
                       given, stock);
}

error known_conflict(error e, const void* object) {
    if (e.constraint == "parts_part_number_key")
        return error::invalid("part_number", std::string(part_number_taken));
    const auto& category = static_cast<const part*>(object)->category;
    if (e.constraint == "parts_category_fkey" && category)
        return error::invalid("category", no_such_category(category->text()));
    return e;
}

listing_kind make_kind() {
    using change = listing_change;
    listing_kind kind;
    kind.of = &parts_resource;
    kind.noun = "Part";
    kind.related_type = "part";
    kind.called_by = "name";
    kind.image_table = "part_images";
    kind.image_key = "part_id";
    kind.listed = part_listed;
    kind.written = part_written;
    kind.detailed = part_detailed;
    kind.steps = {
        {change::approve, {"pending"}, "active", "Listing approved", "has been approved"},
        {.what = change::reject,
         .from = {"pending"},
         .to = "discontinued",
         .title = "Listing rejected",
         .happened = "has been rejected",
         .decides_flags = true},
        {change::archive,
         {"active", "pending", "out_of_stock"},
         "discontinued",
         "Listing discontinued",
         "has been discontinued"},
        {change::reactivate, {"discontinued"}, "pending", "Listing reactivated", "waits for approval again"},
        {change::withhold,
         {"active", "out_of_stock"},
         "pending",
         "Listing withheld",
         "is hidden until it has been reviewed"},
    };
    kind.state_sql = state_sql;
    kind.stock = "quantity_in_stock";
    kind.more_lists = {compatibilities_sql()};
    kind.known_conflict = known_conflict;
    return kind;
}

} // namespace

const listings& all() {
    static const listings parts(make_kind());
    return parts;
}

conditions search_conditions(const viewer& by, const search_request& wanted) {
    auto where = all().visible_to(by);
    const auto column = all().search_column();
    all().add_texts(where, {{&wanted.search, column},
                            {&wanted.name, fmt::format("split_part({}, E'\\x1f', 1)", column)},
                            {&wanted.brand, fmt::format("split_part({}, E'\\x1f', 2)", column)}});
    if (wanted.category)
        where.add("p.category = ?", *wanted.category);
    if (const auto from = text_of(wanted.price_from))
        where.add("p.price >= ?", *from);
    if (const auto to = text_of(wanted.price_to))
        where.add("p.price <= ?", *to);
    if (wanted.condition)
        where.add("p.condition = ?", to_text(*wanted.condition));
    if (wanted.in_stock_only.value_or(false))
        where.add("p.quantity_in_stock > 0 AND p.status = 'active'");
    return where;
}

task<result<page>> search(database& db, cache& cache, viewer by, search_request wanted, std::string ordering,
                          int size, std::int64_t offset) {
    auto where = search_conditions(by, wanted);
    auto order = order_by(parts_resource, ordering);
    co_return co_await all().page_of(db, cache, by, std::move(where), std::move(order), size, offset);
}

conditions category_conditions(uuid category) {
    conditions where;
    where.add("p.category = ?", category);
    where.add(all().public_sql());
    return where;
}

task<result<page>> of_category(database& db, uuid category, std::string ordering, int size,
                               std::int64_t offset) {
    auto where = category_conditions(category);
    auto order = order_by(parts_resource, ordering);
    co_return co_await storage::list(db, parts_resource, part_listed, std::move(where), std::move(order),
                                     size, offset);
}

std::string no_such_category(std::string_view given) {
    return fmt::format("Invalid pk \"{}\" - object does not exist.", given);
}

task<result<references>> find_references(database& db, std::optional<std::string> part_number,
                                         std::optional<uuid> category, std::optional<uuid> except) {
    static const statement ask(
        "SELECT EXISTS (SELECT FROM parts WHERE part_number = $1 AND id IS DISTINCT FROM $3::uuid),"
        " $2::uuid IS NULL OR EXISTS (SELECT FROM part_categories WHERE id = $2::uuid)");
    parameters p(part_number, category, except);
    auto found = co_await db.query(ask, std::move(p));
    if (!found)
        co_return fail(std::move(found.error()));
    references r;
    r.part_number_taken = found->front().boolean(0);
    r.category_exists = found->front().boolean(1);
    co_return r;
}

task<result<page>> compatibilities(database& db, uuid id, int size, std::int64_t offset) {
    conditions where;
    where.add("f.part_id = ?", id);
    std::string order(compatibility_rows.default_order);
    co_return co_await storage::list(db, compatibility_rows, part_compatibility_shown, std::move(where),
                                     std::move(order), size, offset);
}

task<result<rows>> add_compatibility(database& db, cache& cache, uuid id, part_compatibility c) {
    static const statement add(fmt::format(
        "WITH f AS ({} WHERE (SELECT count(*) FROM part_compatibilities WHERE part_id = $6) < {} RETURNING *)"
        " SELECT {} FROM f",
        insert_sql(compatibility_rows, flag::created, {"part_id"}), most_compatibilities,
        select_list(part_compatibility_shown, "f")));
    parameters values = insert_values(part_compatibility_fields, flag::created, &c);
    values.add(id);
    std::vector<command> commands;
    commands.emplace_back(add, std::move(values));
    auto added = co_await all().under_lock(db, cache, id, std::move(commands));
    if (!added && added.error().constraint == "part_compatibilities_key")
        co_return fail(error::invalid("non_field_errors",
                                      "The fields part, car_make, car_model, car_year_from, "
                                      "car_year_to must make a unique set."));
    if (added && added->empty())
        co_return fail(errc::refused,
                       fmt::format("A part can have at most {} compatible cars", most_compatibilities));
    co_return added;
}

task<result<bool>> remove_compatibility(database& db, cache& cache, uuid id, uuid compatibility) {
    static const statement erase(
        "DELETE FROM part_compatibilities WHERE id = $2 AND part_id = $1 RETURNING id");
    std::vector<command> commands;
    commands.emplace_back(erase, parameters(id, compatibility));
    auto gone = co_await all().under_lock(db, cache, id, std::move(commands));
    if (!gone)
        co_return fail(std::move(gone.error()));
    co_return !gone->empty();
}

} // namespace mvp::storage::parts
