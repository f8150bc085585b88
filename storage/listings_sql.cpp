#include "storage/listings_sql.hpp"

#include "storage/outbox.hpp"
#include "storage/users.hpp"

#include <fmt/format.h>

namespace mvp::storage {
namespace {

/// `pattern` with the kind's names: {table} of the listings, {c} their alias, {images} and {listing}: the
/// table of pictures and its column that names the listing; {shown}: a picture's columns.
std::string say(const listing_kind& kind, std::string_view pattern) {
    return fmt::format(fmt::runtime(pattern), fmt::arg("table", kind.of->table),
                       fmt::arg("c", kind.of->alias), fmt::arg("images", kind.image_table),
                       fmt::arg("listing", kind.image_key),
                       fmt::arg("shown", select_list(listing_image_shown, "i")));
}

/// "SELECT <detailed> FROM <source> c <joins>"
std::string detail_sql(const listing_kind& kind, std::string_view source) {
    return fmt::format("SELECT {} FROM {} {}{}", select_list(kind.detailed, kind.of->alias), source,
                       kind.of->alias, join_list(kind.detailed));
}

std::string find_sql(const listing_kind& kind, std::string_view condition) {
    return detail_sql(kind, kind.of->table) + fmt::format(" WHERE {}.id = $1 AND ", kind.of->alias) +
           fmt::format(fmt::runtime(condition), public_listing_sql(kind, true), kind.of->alias);
}

/// What events are about: 'car'.
std::string related_type_sql(const listing_kind& kind) {
    return fmt::format("'{}'", kind.related_type);
}

/// CTEs that tell the seller, unless it was he ($actor) who did it, of a listing whose state is another one;
/// and nobody, silently, of one that the public could see before or after. `changed` has the listing's
/// columns and status_before.
std::string notice_sql(const listing_kind& kind, std::string_view actor, std::string_view title,
                       std::string_view what_happened) {
    return fmt::format(
        "noticed AS (SELECT *, seller_id <> {} AND status <> status_before AS heard FROM changed),"
        " told AS (SELECT * FROM noticed WHERE heard OR 'active' IN (status, status_before)), noted AS ({})",
        actor,
        insert_event_sql(
            "told", fmt::format("CASE WHEN told.heard THEN 'listing_update' ELSE '{}' END", silent_event),
            "told.seller_id", title,
            fmt::format("'Your listing \"' || told.{} || '\" ' || {}", kind.called_by, what_happened),
            related_type_sql(kind), "told.id", fmt::format("'/{}/' || told.id", kind.of->table)));
}

/// The open flags `f` on the listing `of`.
std::string open_flags_sql(const listing_kind& kind, std::string_view of) {
    return fmt::format("f.type = {} AND f.object_id = {}.id AND f.settled_at IS NULL", related_type_sql(kind),
                       of);
}

/// A CTE: what staff ($`staff`) decide about a listing settles its flags; that is what takes it out of sight
/// for good, or out of another state than those in which it is on show, or `decided` about them. A seller
/// settles nothing.
std::string settle_sql(const listing_kind& kind, std::string_view staff, std::string_view decided) {
    return fmt::format(
        "settled AS (UPDATE flags f SET settled_at = now(),"
        " upheld = changed.status IN ('archived', 'discontinued') FROM changed"
        " WHERE {}::boolean AND ({} OR changed.status NOT IN ('pending', changed.status_before)"
        " AND (changed.status_before NOT IN ('active', 'out_of_stock')"
        " OR changed.status IN ('archived', 'discontinued'))) AND {})",
        staff, decided, open_flags_sql(kind, "changed"));
}

/// The values of the new listing, its id and its seller's.
std::string create_sql(const listing_kind& kind) {
    std::string made = detail_sql(kind, "made");
    if (!kind.filled_later.empty())
        made.replace(made.find(kind.filled_later), kind.filled_later.size(), "false");
    return fmt::format(
        "WITH made AS ({} FROM users u WHERE u.id = ${} AND u.is_seller AND NOT {} RETURNING *) {}",
        insert_sql(*kind.of, flag::created, {"id", "seller_id"}),
        columns_with(kind.of->fields, flag::created) + 2, users::hidden_sql("u"), made);
}

/// The values of update_sql(), the listing's id, the actor's, and whether he is staff.
std::string change_fields_sql(const listing_kind& kind) {
    const auto& of = *kind.of;
    const auto list = update_sql(of, changeable_flags, of.alias, "status");
    const auto stock =
        kind.stock.empty()
            ? std::string()
            : fmt::format("coalesce({}, {}.{})", chosen_sql(of, changeable_flags, kind.stock, "integer"),
                          of.alias, kind.stock);
    return fmt::format(
        "WITH old AS (SELECT id, status FROM {table} WHERE id = ${id} FOR UPDATE), changed AS ("
        "UPDATE {table} {c} SET {list}, updated_at = now(), {state} FROM old WHERE {c}.id = old.id"
        " RETURNING {c}.*, old.status AS status_before), {notice}, {settle} "
        "SELECT {written}, {c}.status_before, {c}.status FROM changed {c}",
        fmt::arg("table", of.table), fmt::arg("c", of.alias), fmt::arg("id", list.next_place),
        fmt::arg("list", list.text),
        fmt::arg("state", kind.state_sql(chosen_sql(of, changeable_flags, "status", "text"), stock)),
        fmt::arg("notice", notice_sql(kind, fmt::format("${}", list.next_place + 1), "'Listing changed'",
                                      "'is now ' || told.status || '.'")),
        fmt::arg("settle", settle_sql(kind, fmt::format("${}", list.next_place + 2), "false")),
        fmt::arg("written", select_list(kind.written, of.alias)));
}

/// $1 the listing, $2 the new state, $3 those it may come from, $4 the actor, $5 and $6 what the seller
/// hears, $7 whether the actor is staff, $8 whether he decides about flags: then any state will do that has
/// some.
std::string transition_sql(const listing_kind& kind) {
    const auto stock = kind.stock.empty() ? std::string() : fmt::format("{}.{}", kind.of->alias, kind.stock);
    return fmt::format("WITH old AS (SELECT id, status FROM {table} WHERE id = $1 FOR UPDATE),"
                       " changed AS (UPDATE {table} {c} SET updated_at = now(), {state} FROM old"
                       " WHERE {c}.id = old.id AND ({c}.status = ANY ($3::text[])"
                       " OR $8::boolean AND EXISTS (SELECT FROM flags f WHERE {flagged}))"
                       " RETURNING {c}.*, old.status AS status_before), {notice}, {settle} {detail}",
                       fmt::arg("table", kind.of->table), fmt::arg("c", kind.of->alias),
                       fmt::arg("state", kind.state_sql("$2::text", stock)),
                       fmt::arg("flagged", open_flags_sql(kind, "old")),
                       fmt::arg("notice", notice_sql(kind, "$4", "$5::text", "$6::text")),
                       fmt::arg("settle", settle_sql(kind, "$7", "$8::boolean")),
                       fmt::arg("detail", detail_sql(kind, "changed")));
}

std::string remove_sql(const listing_kind& kind) {
    return say(kind, "WITH gone AS (DELETE FROM {table} WHERE id = $1 RETURNING id, status, seller_id), "
                     "noted AS (") +
           insert_silent_event_sql("gone WHERE status = 'active'", "seller_id", related_type_sql(kind),
                                   "id") +
           say(kind, ") SELECT gone.status, i.image FROM gone LEFT JOIN {images} i ON i.{listing} = gone.id");
}

std::string note_sql(const listing_kind& kind) {
    return insert_silent_event_sql(say(kind, "{table} WHERE id = $1 AND status = 'active'"), "seller_id",
                                   related_type_sql(kind), "id");
}

std::string add_images_sql(const listing_kind& kind) {
    return say(kind,
               "WITH i AS (INSERT INTO {images} ({listing}, image, uploaded_at)"
               " SELECT $1, path, clock_timestamp() + place * interval '1 microsecond'"
               " FROM unnest($2::text[]) WITH ORDINALITY AS given (path, place)"
               " WHERE (SELECT count(*) FROM {images} WHERE {listing} = $1) + cardinality($2::text[]) <= ") +
           std::to_string(listings::most_images) +
           say(kind, " RETURNING *) SELECT {shown} FROM i ORDER BY i.uploaded_at");
}

} // namespace

std::string public_listing_sql(const listing_kind& kind, bool joined) {
    const std::string hidden =
        joined ? users::hidden_sql("s") : users::is_hidden_sql(fmt::format("{}.seller_id", kind.of->alias));
    return fmt::format("({}.status = 'active' AND NOT {})", kind.of->alias, hidden);
}

listings::statements::statements(const listing_kind& kind)
    : find_for_anyone(find_sql(kind, "{0}")),
      find_for_user(find_sql(kind, "({0} OR {1}.seller_id = $2 OR $3::boolean)")),
      find_target(say(kind, "SELECT {c}.seller_id, {c}.status, ") + public_listing_sql(kind, true) +
                  say(kind, " FROM {table} {c} JOIN users s ON s.id = {c}.seller_id WHERE {c}.id = $1")),
      count_public(say(kind, "SELECT count(*) FROM {table} {c} WHERE ") + public_listing_sql(kind, false)),
      count_own_hidden(say(kind, "SELECT count(*) FROM {table} WHERE seller_id = $1 AND status <> 'active'")),
      create(create_sql(kind)),
      create_images(
          say(kind, "WITH i AS (INSERT INTO {images} ({listing}, image, is_primary, uploaded_at)"
                    " SELECT made.id, path, place = 1, clock_timestamp() + place * interval '1 microsecond'"
                    " FROM {table} made, unnest($2::text[]) WITH ORDINALITY AS given (path, place)"
                    " WHERE made.id = $1 RETURNING *) SELECT {shown} FROM i ORDER BY i.uploaded_at")),
      update(change_fields_sql(kind)), remove(remove_sql(kind)), transition(transition_sql(kind)),
      state(say(kind, "SELECT status FROM {table} WHERE id = $1")),
      lock(say(kind, "SELECT status FROM {table} WHERE id = $1 FOR UPDATE")), note(note_sql(kind)),
      count_images(say(kind, "SELECT count(*) FROM {images} WHERE {listing} = $1")),
      add_images(add_images_sql(kind)),
      clear_primary(
          say(kind, "UPDATE {images} SET is_primary = false WHERE {listing} = $1 AND is_primary AND id <> $2"
                    " AND EXISTS (SELECT FROM {images} WHERE id = $2 AND {listing} = $1)")),
      set_primary(say(kind, "UPDATE {images} i SET is_primary = true WHERE i.id = $2 AND i.{listing} = $1"
                            " RETURNING {shown}")),
      remove_image(say(kind, "DELETE FROM {images} WHERE id = $2 AND {listing} = $1 RETURNING image")),
      images(say(kind, "SELECT {shown} FROM {images} i WHERE i.{listing} = $1"
                       " ORDER BY i.is_primary DESC, i.uploaded_at, i.id")) {
    for (const auto& text : kind.more_lists)
        more_lists.push_back(std::make_unique<const statement>(text));
}

std::vector<command> listings::statements::with_lists(command first, uuid id) const {
    std::vector<command> commands;
    commands.push_back(std::move(first));
    commands.emplace_back(images, parameters(id));
    for (const auto& list : more_lists)
        commands.emplace_back(*list, parameters(id));
    return commands;
}

listing_detail detail_of(std::vector<rows> answers) {
    listing_detail d;
    d.found = std::move(answers.front());
    answers.erase(answers.begin());
    d.lists = std::move(answers);
    return d;
}

} // namespace mvp::storage
