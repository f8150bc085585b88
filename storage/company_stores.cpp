#include "storage/company_stores.hpp"

#include "storage/users.hpp"

#include <fmt/format.h>

namespace mvp::storage::company_stores {
namespace {

constexpr const resource& of = company_stores_resource;
constexpr unsigned changeable = flag::updated | flag::staff;

/// True for a store that everybody sees; its company is joined.
std::string public_sql() {
    return fmt::format("(o.is_active AND NOT {})", users::hidden_sql("s"));
}

} // namespace

conditions list_conditions(const viewer& by, const std::string& search) {
    // As with listings: few are hidden, so their partial index is smaller than a look at every company.
    static const auto others_see =
        fmt::format("o.is_active AND NOT EXISTS (SELECT FROM users h WHERE h.id = o.company_id AND (NOT "
                    "h.is_active OR h.is_suspended) AND {})",
                    users::hidden_sql("h"));
    conditions where;
    if (!by.id)
        where.add(others_see);
    else if (!by.staff)
        where.add(fmt::format("({} OR o.company_id = ?)", others_see), *by.id);
    add_search(where, "o.search_text", search);
    return where;
}

task<result<page>> list(database& db, viewer by, std::string search, std::string ordering, int size,
                        std::int64_t offset) {
    auto where = list_conditions(by, search);
    auto order = order_by(of, ordering);
    co_return co_await storage::list(db, of, company_store_shown, std::move(where), std::move(order), size,
                                     offset);
}

task<result<rows>> find(database& db, uuid id, viewer by) {
    static const statement by_id(fmt::format("{}o.id = $1 AND ({} OR o.company_id = $2::uuid OR $3::boolean)",
                                             select_sql(of, company_store_shown), public_sql()));
    parameters p(id, by.id, by.staff);
    co_return co_await db.query(by_id, std::move(p));
}

task<result<rows>> find_of(database& db, uuid company) {
    static const statement by_company(select_sql(of, company_store_shown) + "o.company_id = $1");
    co_return co_await db.query(by_company, parameters(company));
}

task<result<std::optional<ownership>>> find_target(database& db, uuid id) {
    static const statement by_id(fmt::format(
        "SELECT o.company_id, {} FROM company_stores o JOIN users s ON s.id = o.company_id WHERE o.id = $1",
        public_sql()));
    return find_ownership(db, by_id, parameters(id));
}

error already_there() {
    return {errc::refused, "You already have a store"};
}

task<result<rows>> create(database& db, uuid company, company_store s) {
    // Its rating is the company's, which may have sold before: locked, so that a review that comes at the
    // same time counts.
    static const statement add([] {
        return fmt::format(
            "WITH made AS ({} FROM users u WHERE u.id = ${} FOR SHARE RETURNING *) SELECT {} FROM made o{}",
            insert_sql(of, flag::created, {"company_id"},
                       {{"store_rating", "u.seller_rating"}, {"total_reviews", "u.seller_reviews_count"}}),
            columns_with(of.fields, flag::created) + 1, select_list(company_store_shown, "o"),
            join_list(company_store_shown));
    }());
    parameters values = insert_values(of.fields, flag::created, &s);
    values.add(company);
    auto made = co_await db.execute(add, std::move(values));
    if (!made && made.error().constraint == "company_stores_company_key")
        co_return fail(already_there());
    co_return made;
}

task<result<changed_row>> update(database& db, uuid id, company_store s, field_set what) {
    co_return co_await change_row(db, of, company_store_shown, changeable, id, &s, what);
}

task<result<std::optional<std::vector<std::string>>>> remove(database& db, uuid id) {
    return remove_row(db, of, id);
}

} // namespace mvp::storage::company_stores
