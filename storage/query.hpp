// From a table of fields and what a client asked of a list to SQL text with its values. Pure: no connection,
// no I/O.
//
// Texts must stay few, since each is prepared on every connection: whatever a client chooses freely (values,
// a page's size, how many terms he searches for, which fields he changes) is a value, not a new text.
#pragma once

#include "storage/model/field.hpp"
#include "storage/postgres/database.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace mvp::storage {

/// Columns of a shape in the order in which an encoder walks them: "c.id, s.id, s.email, …".
std::string select_list(shape shown, std::string_view alias);
/// The joins of all its `one` relations.
std::string join_list(shape shown);
/// Columns that a shape takes of a row, those of its relations included.
std::size_t column_count(shape shown);

/// What comes behind WHERE, and its values.
class conditions {
  public:
    /// `text` with '?' for the next value: add("c.seller_id = ?", id). Of several values each '?' takes the
    /// next.
    template <class... Values> conditions& add(std::string_view text, const Values&... given) {
        append(text);
        (values.add(given), ...);
        return *this;
    }

    parameters values;
    const std::string& text() const { return text_; }

  private:
    void append(std::string_view text);
    std::string text_;
};

/// Terms of ?search=: separated by white space and commas, quoted phrases whole. Each must be found.
std::vector<std::string> search_terms(std::string_view search);
/// `%term%` with the term's wildcards escaped: they stand for themselves.
std::string like_pattern(std::string_view term);
/// `column LIKE` a pattern (the next '?') in lower case, which is made once a statement. Not `indexed`:
/// without the column's trigram index, which is of no use for patterns of less than three characters.
std::string like_sql(std::string_view column, bool indexed);
bool worth_the_index(std::string_view term);
/// Adds a condition for every term. The two longest use the index, the others narrow what they found.
void add_search(conditions& where, std::string_view column, std::string_view search);

/// The ORDER BY that ?ordering= asks for ("price,-year"): only fields with flag::sortable count, each
/// once; the id breaks ties in the last one's direction; without any the resource's own order.
std::string order_by(const resource& of, std::string_view ordering);

/// "SELECT <shape> … ORDER BY <order>". The rows are sorted before anything is joined to them: condition and
/// order may speak of the resource's own columns only. `limit`: " LIMIT 20".
std::string sorted_sql(const resource& of, shape shown, std::string_view condition, std::string_view order,
                       std::string_view limit = {});
/// A page of rows in that way, and the count of all of them.
struct list_statement {
    std::string rows, count;
};
/// Rows LIMIT `at_most` (a bound made text; see page_bound) with the offset as the last value.
list_statement list_sql(const resource& of, shape shown, const conditions& where, std::string_view order,
                        int at_most);
/// The LIMIT for a page of `size` rows: few texts instead of a hundred; the encoder leaves out what is beyond
/// `size`.
constexpr int page_bound(int size) {
    return size <= 20 ? 20 : 100;
}

/// "SELECT <shape> FROM cars c <joins> WHERE " for statements that say their own condition.
std::string select_sql(const resource& of, shape shown);

/// A column and the SQL that fills it.
struct column_value {
    std::string_view column, sql;
};
/// "INSERT INTO cars (make, …) SELECT $1, …" for the columns with any of `flags`, in the table's order, then
/// `more`, then those that SQL fills; the caller goes on with FROM, WHERE and RETURNING.
std::string insert_sql(const resource& of, unsigned flags, std::initializer_list<std::string_view> more = {},
                       std::initializer_list<column_value> computed = {});
/// How many columns have any of `flags`.
std::size_t columns_with(field_table table, unsigned flags);
/// The values of those columns (without `more`).
parameters insert_values(field_table table, unsigned flags, const void* object);

/// "make = CASE WHEN ($1::boolean[])[1] THEN $2 ELSE make END, …" for all columns with any of `flags`: one
/// text whichever of them change. Its values are update_values(), the caller's own begin at next_place.
struct update_list {
    std::string text;
    std::size_t next_place; ///< the first free number of $n
};
/// Without the column `except`: the caller sets that one himself.
update_list update_sql(const resource& of, unsigned flags, std::string_view alias,
                       std::string_view except = {});
/// The same values one by one: what that column is to become, as `type`; NULL if it does not change.
std::string chosen_sql(const resource& of, unsigned flags, std::string_view column, std::string_view type);
parameters update_values(field_table table, unsigned flags, const void* object, const field_set& changed);

/// An UPDATE of one row with the columns of update_sql() and "updated_at": its values are update_values() and
/// the id, then the caller's own. Gives the row by `shown` (as `changed`, for `more_ctes`), and behind that
/// the files that it had and has no more (see files_from). `condition` speaks of the row as `<alias>` and of
/// the one before as `old`.
std::string change_row_sql(const resource& of, shape shown, unsigned flags,
                           std::string_view condition = "true", std::string_view more_ctes = {});
/// "DELETE FROM stores WHERE id = $1 RETURNING <its files>".
std::string remove_row_sql(const resource& of);
/// The paths in the columns from `first` on, of all rows.
std::vector<std::string> files_from(const rows& found, int first);

/// "SELECT c.id, … FROM cars c WHERE " with every column that the table names, for read_object.
std::string select_all_sql(const resource& of);
/// Reads those columns, from column `first` on, into an object. False: a cell is not of its field's kind.
bool read_object(const row& from, field_table table, void* object, int first = 0);

/// Narrows by one field: `given` is the canonical text, null to let every value pass. The text is the same
/// for both, so that a list with filters has one text whichever of them are given.
void add_filter(conditions& where, const resource& of, const field_info& f, const std::string* given);

} // namespace mvp::storage
