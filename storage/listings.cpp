// Reading listings: details, lists, counts.
#include "storage/listings.hpp"

#include "storage/listings_sql.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace mvp::storage {

listings::listings(listing_kind kind)
    : kind_(std::move(kind)), public_(public_listing_sql(kind_, false)),
      sql_(std::make_unique<const statements>(kind_)) {}

listings::~listings() = default;

std::string listings::tag_of(uuid id) const {
    return fmt::format("{}:{}", kind_.of->table, id.text());
}

std::string listings::public_tag() const {
    return fmt::format("{}:public", kind_.of->table);
}

error listings::no_such() const {
    return {errc::not_found, fmt::format("No {} matches the given query.", kind_.of->name)};
}

std::string listings::search_column() const {
    return fmt::format("{}.search_text", kind_.of->alias);
}

task<result<listing_detail>> listings::find(database& db, uuid id, viewer by) const {
    auto commands = sql_->with_lists(by.id ? command(sql_->find_for_user, parameters(id, *by.id, by.staff))
                                           : command(sql_->find_for_anyone, parameters(id)),
                                     id);
    auto found = co_await db.batch(std::move(commands));
    if (!found)
        co_return fail(std::move(found.error()));
    co_return detail_of(std::move(*found));
}

std::optional<std::string> text_of(const std::optional<decimal<2>>& amount) {
    std::optional<std::string> text;
    if (amount)
        append_decimal(text.emplace(), amount->units, 2);
    return text;
}

task<result<std::optional<listing_target>>> listings::find_target(database& db, uuid id) const {
    auto found = co_await db.query(sql_->find_target, parameters(id));
    if (!found)
        co_return fail(std::move(found.error()));
    std::optional<listing_target> t;
    if (!found->empty()) {
        const auto row = found->front();
        t.emplace();
        t->owner = row.id(0);
        t->status = row.text(1);
        t->is_public = row.boolean(2);
    }
    co_return t;
}

/// Every public listing counted, kept until one comes or goes.
task<result<std::int64_t>> listings::count_public(database& db, cache& cache) const {
    auto kept = co_await cache.get(public_tag(), "count", [this, &db]() -> task<result<std::string>> {
        auto counted = co_await db.query(sql_->count_public);
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

/// The count of all that these eyes see, if it can be told without counting: what is public, and the user's
/// own that is not. Empty for staff.
task<result<std::optional<std::int64_t>>> listings::plain_count(database& db, cache& cache, viewer by) const {
    if (by.staff)
        co_return std::optional<std::int64_t>();
    auto count = co_await count_public(db, cache);
    if (count && by.id) {
        auto own = co_await db.query(sql_->count_own_hidden, parameters(*by.id));
        if (!own)
            co_return fail(std::move(own.error()));
        *count += own->front().integer(0);
    }
    if (!count)
        co_return fail(std::move(count.error()));
    co_return std::optional(*count);
}

conditions listings::visible_to(const viewer& by) const {
    conditions where;
    if (!by.id)
        where.add(public_);
    else if (!by.staff)
        where.add(fmt::format("({} OR {}.seller_id = ?)", public_, kind_.of->alias), *by.id);
    return where;
}

conditions listings::list_conditions(const viewer& by, const listing_request& wanted) const {
    auto where = visible_to(by);
    add_search(where, search_column(), wanted.search);
    for (std::size_t i = 0; i < wanted.filters.size(); ++i)
        if (const auto& f = kind_.of->fields[i]; f.has(flag::filterable))
            add_filter(where, *kind_.of, f, wanted.filters[i] ? &*wanted.filters[i] : nullptr);
    if (wanted.stock_above)
        where.add(fmt::format("{}.{} > ?::bigint", kind_.of->alias, kind_.stock), *wanted.stock_above);
    return where;
}

conditions listings::seller_conditions(uuid seller, bool all) const {
    conditions where;
    where.add(fmt::format("{}.seller_id = ?", kind_.of->alias), seller);
    if (!all)
        where.add(public_);
    return where;
}

void listings::add_texts(conditions& where, const std::vector<wanted_text>& texts) const {
    const auto longest = std::max_element(texts.begin(), texts.end(),
                                          [](auto& a, auto& b) { return a.text->size() < b.text->size(); });
    if (longest == texts.end() || longest->text->empty())
        return;
    where.add(like_sql(search_column(), worth_the_index(*longest->text)), like_pattern(*longest->text));
    for (const auto& [text, in] : texts)
        where.add(like_sql(in, true), like_pattern(*text));
}

task<result<page>> listings::page_of(database& db, cache& cache, viewer by, conditions where,
                                     std::string order, int size, std::int64_t offset) const {
    std::optional<std::int64_t> count;
    if (where.text() == visible_to(by).text()) {
        auto known = co_await plain_count(db, cache, by);
        if (!known)
            co_return fail(std::move(known.error()));
        count = *known;
    }
    co_return co_await storage::list(db, *kind_.of, kind_.listed, std::move(where), std::move(order), size,
                                     offset, count);
}

task<result<page>> listings::list(database& db, cache& cache, viewer by, listing_request wanted, int size,
                                  std::int64_t offset) const {
    auto where = list_conditions(by, wanted);
    auto order = order_by(*kind_.of, wanted.ordering);
    co_return co_await page_of(db, cache, by, std::move(where), std::move(order), size, offset);
}

task<result<page>> listings::of_seller(database& db, uuid seller, bool all, std::string ordering, int size,
                                       std::int64_t offset) const {
    auto where = seller_conditions(seller, all);
    auto order = order_by(*kind_.of, ordering);
    co_return co_await storage::list(db, *kind_.of, kind_.listed, std::move(where), std::move(order), size,
                                     offset);
}

} // namespace mvp::storage
