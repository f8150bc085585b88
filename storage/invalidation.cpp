#include "storage/invalidation.hpp"

#include <algorithm>

namespace mvp::storage {
namespace {

void add_car(std::vector<std::string>& tags, std::string_view id) {
    tags.emplace_back("cars:public");
    tags.push_back("cars:" + std::string(id));
}

task<result<>> add_cars_of(database& db, std::vector<uuid> users, std::vector<std::string>& tags) {
    static const statement cars_of("SELECT id FROM cars WHERE seller_id = ANY($1::uuid[])");
    auto cars = co_await db.query(cars_of, parameters(users));
    if (!cars)
        co_return fail(std::move(cars.error()));
    for (std::size_t i = 0; i < cars->size(); ++i)
        add_car(tags, (*cars)[i].text(0));
    co_return result<>();
}

} // namespace

task<result<>> invalidate(database& db, cache& cache, std::vector<event_subject> about) {
    std::vector<std::string> tags;
    std::vector<uuid> users;
    for (const auto& subject : about) {
        if (subject.related_type == "user") {
            users.push_back(subject.recipient);
            tags.push_back("account:" + subject.recipient.text());
            tags.push_back("users:" + subject.recipient.text());
        } else if (subject.related_type == "car" && subject.related_id) {
            add_car(tags, subject.related_id->text());
        }
    }
    result<> complete;
    if (!users.empty())
        complete = co_await add_cars_of(db, std::move(users), tags);
    std::sort(tags.begin(), tags.end());
    tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
    co_await cache.invalidate(std::move(tags));
    co_return complete;
}

} // namespace mvp::storage
