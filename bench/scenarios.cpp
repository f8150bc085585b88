#include "bench/scenarios.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <stdexcept>

namespace mvp::bench {
namespace {

namespace json = boost::json;

template <class T> const T& any_of(const std::vector<T>& all, std::minstd_rand& random) {
    return all[random() % all.size()];
}

request_kind detail(const dataset& d, double weight = 1) {
    return {"car detail", weight,
            [&d](std::minstd_rand& r) { return get_request("/api/cars/" + any_of(d.cars, r) + "/"); }};
}

/// The same hundred again and again: what a front page leads to.
request_kind hot_detail(const dataset& d) {
    return {"hot car detail", 1,
            [&d](std::minstd_rand& r) { return get_request("/api/cars/" + d.cars[r() % 100] + "/"); }};
}

request_kind one_detail(const dataset& d) {
    return {"one car detail", 1,
            [&d](std::minstd_rand&) { return get_request("/api/cars/" + d.cars[0] + "/"); }};
}

request_kind list_page(double weight = 1) {
    return {"list page", weight,
            [](std::minstd_rand& r) { return get_request(fmt::format("/api/cars/?page={}", 1 + r() % 5)); }};
}

request_kind search(const dataset& d) {
    return {"search", 1, [&d](std::minstd_rand& r) {
                return get_request("/api/cars/?search=" + test::url_encoded(any_of(d.terms, r)));
            }};
}

request_kind create(const dataset& d, double weight = 1) {
    auto body = json::serialize(test::car_body("2020 Toyota Camry"));
    return {"create", weight, [&d, body = std::move(body)](std::minstd_rand&) {
                return json_request("POST", "/api/cars/", body, d.seller.access);
            }};
}

request_kind update(const dataset& d, double weight) {
    return {"update", weight, [&d](std::minstd_rand& r) {
                return json_request("PATCH", "/api/cars/" + any_of(d.seller_cars, r) + "/",
                                    fmt::format(R"({{"price":"{}.00"}})", 1000 + r() % 50000),
                                    d.seller.access);
            }};
}

request_kind unread(const dataset& d) {
    return {"unread count", 1, [&d](std::minstd_rand& r) {
                return get_request("/api/notifications/unread_count/", any_of(d.users, r).access);
            }};
}

request_kind thread_detail(const dataset& d) {
    return {"thread detail", 1, [&d](std::minstd_rand& r) {
                return get_request("/api/forum/threads/" + any_of(d.threads, r).id + "/");
            }};
}

/// A thread of each user, with twenty responses.
std::vector<forum_thread> start_threads(test::server& on, const std::vector<test::user>& users) {
    std::vector<forum_thread> threads;
    auto client = on.client();
    const auto made = [](const test::reply& r) {
        if (r.status != 201)
            throw std::runtime_error(fmt::format("the forum refuses: {} {}", r.status, r.body));
        return std::string(r.json().at("id").as_string());
    };
    for (std::size_t i = 0; i < users.size(); ++i) {
        const json::object body{{"title", fmt::format("Rough idle when cold, {} km", 80'000 + 500 * i)},
                                {"description", "It settles after a minute. Plugs and filter are new."}};
        threads.push_back({made(client.post("/api/forum/threads/", body, users[i].access)), users[i]});
        for (std::size_t k = 1; k <= 20; ++k) {
            const json::object response{{"content", fmt::format("Try number {}: clean the idle valve.", k)}};
            made(client.post("/api/forum/threads/" + threads.back().id + "/add_response/", response,
                             users[(i + k) % users.size()].access));
        }
    }
    return threads;
}

const test::environment both_loops{{"IO_THREADS", "2"}};
const test::environment no_near{{"NEAR_CACHE", "false"}};
const test::environment no_cache{{"NEAR_CACHE", "false"}, {"SHARED_CACHE", "false"}};

} // namespace

const std::vector<scenario>& scenarios() {
    static const std::vector<scenario> all = {
        {"hot",
         "hot car detail, near cache",
         rival::floor,
         0.80,
         0,
         {},
         [](const dataset& d) { return std::vector{hot_detail(d)}; },
         true},
        {"redis", "hot car detail, Redis (near cache off)", rival::floor, 0.50, 0, no_near,
         [](const dataset& d) { return std::vector{one_detail(d)}; }},
        {"detail", "car detail from PostgreSQL, no cache", rival::floor, 0, 80, no_cache,
         [](const dataset& d) { return std::vector{detail(d)}; }},
        {"list",
         "list page of 20, rows from PostgreSQL",
         rival::floor,
         0,
         220,
         {},
         [](const dataset&) { return std::vector{list_page()}; }},
        {"search",
         "search, page of 20",
         rival::none,
         0,
         0,
         {},
         [](const dataset& d) { return std::vector{search(d)}; }},
        {"unread",
         "unread count, warm",
         rival::floor,
         0.75,
         0,
         {},
         [](const dataset& d) { return std::vector{unread(d)}; },
         true},
        {"create", "create a car, committed", rival::pgbench, 0.70, 0, both_loops,
         [](const dataset& d) { return std::vector{create(d)}; }},
        {"thread", "thread detail with 20 responses, no cache", rival::floor, 0, 200, no_cache,
         [](const dataset& d) { return std::vector{thread_detail(d)}; }},
        {"mixed",
         "mixed: 75 % detail, 15 % update, 5 % list, 5 % create",
         rival::none,
         0,
         0,
         {},
         [](const dataset& d) {
             return std::vector{detail(d, 75), update(d, 15), list_page(5), create(d, 5)};
         }},
    };
    return all;
}

dataset prepare(test::server& on, int scale) {
    if (on.run({"seed", "--scale", std::to_string(scale)}) != 0)
        throw std::runtime_error("seed failed");
    dataset d;
    for (const auto& row :
         on.database().sql("SELECT c.id FROM cars c JOIN users u ON u.id = c.seller_id WHERE c.status = "
                           "'active' AND u.is_active AND NOT u.is_suspended ORDER BY c.created_at DESC"))
        d.cars.push_back(row[0]);
    for (const auto& row : on.database().sql("SELECT DISTINCT lower(model) FROM cars LIMIT 20"))
        d.terms.push_back(row[0]);
    if (d.cars.size() < 100 || d.terms.empty())
        throw std::runtime_error("the seed made too few cars");
    d.seller = test::register_seller(on);
    d.staff = test::register_staff(on);
    for (int i = 0; i < 64; ++i) {
        d.users.push_back(test::register_user(on, "reader"));
        d.seller_cars.push_back(test::create_car(on, d.seller, true));
    }
    d.threads = start_threads(on, d.users);
    on.database().sql("ANALYZE");
    return d;
}

std::string insert_script(const dataset& data) {
    return fmt::format(
        "INSERT INTO cars (seller_id, make, model, year, mileage, transmission, fuel_type, condition, price, "
        "title, description, city, state_province, country) VALUES ('{}', 'Toyota', 'Camry', 2020, 45000, "
        "'automatic', 'petrol', 'good', 25000.00, '2020 Toyota Camry', 'One owner, full history.', 'Dhaka', "
        "'Dhaka', 'Bangladesh');\n",
        data.seller.id);
}

} // namespace mvp::bench
