#include "storage/invalidation.hpp"

#include "storage/cars.hpp"
#include "storage/part_categories.hpp"
#include "storage/parts.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace mvp::storage {
namespace {

void add_listing(const listings& kind, uuid id, std::vector<std::string>& tags) {
    tags.push_back(kind.public_tag());
    tags.push_back(kind.tag_of(id));
}

task<result<>> add_listings_of(database& db, const listings& kind, const std::vector<uuid>& users,
                               std::vector<std::string>& tags) {
    auto all =
        prepared(fmt::format("SELECT id FROM {} WHERE seller_id = ANY($1::uuid[])", kind.kind().of->table));
    auto found = co_await db.query(std::move(all), parameters(users));
    if (!found)
        co_return fail(std::move(found.error()));
    for (std::size_t i = 0; i < found->size(); ++i)
        add_listing(kind, (*found)[i].id(0), tags);
    co_return result<>();
}

} // namespace

task<result<>> invalidate(database& db, cache& cache, std::vector<event_subject> about) {
    const listings* const kinds[] = {&cars::all(), &parts::all()};
    std::vector<std::string> tags;
    std::vector<uuid> users;
    for (const auto& subject : about) {
        if (subject.related_type == "user") {
            users.push_back(subject.recipient);
            tags.push_back("account:" + subject.recipient.text());
            tags.push_back("users:" + subject.recipient.text());
        } else if (subject.related_type == "part_category") {
            tags.emplace_back(part_categories::tag);
        }
        for (const listings* kind : kinds)
            if (subject.related_type == kind->kind().related_type && subject.related_id)
                add_listing(*kind, *subject.related_id, tags);
    }
    result<> complete;
    if (!users.empty())
        for (const listings* kind : kinds)
            if (auto added = co_await add_listings_of(db, *kind, users, tags); !added)
                complete = std::move(added);
    std::sort(tags.begin(), tags.end());
    tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
    co_await cache.invalidate(std::move(tags));
    co_return complete;
}

} // namespace mvp::storage
