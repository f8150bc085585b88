#include "storage/votes.hpp"

#include <fmt/format.h>

namespace mvp::storage::votes {
namespace {

/// Rows: the place of each vote whose text is there, whether that is his own, what his vote was before.
std::string cast_sql(const place& where, std::string_view more) {
    return fmt::format(
        "WITH given AS (SELECT g.*, t.{author} = g.user_id AS own, coalesce(v.vote_type, '') AS before"
        " FROM unnest($1::uuid[], $2::uuid[], $3::text[]) WITH ORDINALITY g (id, user_id, vote_type, place)"
        " JOIN {texts} t ON t.id = g.id LEFT JOIN {table} v ON v.{text_id} = g.id AND v.user_id = g.user_id),"
        " good AS (SELECT * FROM given WHERE NOT own AND vote_type <> before),"
        " put AS (INSERT INTO {table} ({text_id}, user_id, vote_type)"
        " SELECT id, user_id, vote_type FROM good WHERE vote_type <> ''"
        " ON CONFLICT ({text_id}, user_id) DO UPDATE SET vote_type = excluded.vote_type),"
        " taken AS (DELETE FROM {table} v USING good g WHERE g.vote_type = '' AND v.{text_id} = g.id"
        " AND v.user_id = g.user_id),"
        " step AS (SELECT id, sum((vote_type = 'helpful')::int - (before = 'helpful')::int)::int AS up,"
        " sum((vote_type = 'unhelpful')::int - (before = 'unhelpful')::int)::int AS down"
        " FROM good GROUP BY id),"
        " counted AS (UPDATE {texts} t SET helpful_count = t.helpful_count + step.up,"
        " unhelpful_count = t.unhelpful_count + step.down FROM step WHERE t.id = step.id"
        " AND (step.up <> 0 OR step.down <> 0) RETURNING t.*, step.up){more}"
        " SELECT place, own, before FROM given",
        fmt::arg("texts", where.texts), fmt::arg("author", where.author), fmt::arg("table", where.table),
        fmt::arg("text_id", where.text_id), fmt::arg("more", more));
}

std::string_view text_of(const std::optional<helpfulness>& what) {
    return what ? to_text(*what) : std::string_view();
}

result<outcome> outcome_of(const ballot& b, bool own, std::string_view before) {
    if (!b.what && before.empty())
        return fail(errc::missing, "Vote not found");
    if (own)
        return fail(errc::forbidden, "You cannot vote on your own content");
    if (!b.what)
        return outcome::taken_back;
    if (before.empty())
        return outcome::given;
    return before == text_of(b.what) ? outcome::same : outcome::changed;
}

} // namespace

columns::columns(std::span<const ballot> all) {
    for (const auto& each : all) {
        texts.push_back(each.text);
        users.push_back(each.user);
        opinions.emplace_back(text_of(each.what));
    }
}

statements::statements(const place& where, std::string_view more)
    : lock(fmt::format("SELECT id FROM {} WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE",
                       where.texts)),
      cast(cast_sql(where, more)) {}

std::vector<result<outcome>> outcomes(std::span<const ballot> all, const rows& cast) {
    std::vector<result<outcome>> each(all.size(), fail(errc::not_found, ""));
    for (std::size_t i = 0; i < cast.size(); ++i) {
        const row r = cast[i];
        const auto place = static_cast<std::size_t>(r.integer(0)) - 1;
        each[place] = outcome_of(all[place], r.boolean(1), r.text(2));
    }
    return each;
}

task<result<outcome>> cast(database& db, const statements& with, ballot one) {
    const std::span<const ballot> all(&one, 1);
    const columns values(all);
    std::vector<command> commands;
    commands.emplace_back(with.lock, parameters(values.texts));
    commands.emplace_back(with.cast, parameters(values.texts, values.users, values.opinions));
    auto done = co_await db.execute_batch(std::move(commands));
    if (!done)
        co_return fail(std::move(done.error()));
    co_return outcomes(all, done->back()).front();
}

} // namespace mvp::storage::votes
