// A car's technical data.
#include "http/api/cars.hpp"
#include "http/decode.hpp"
#include "http/router.hpp"
#include "http/services.hpp"

namespace mvp::http::api {
namespace {

namespace cars = storage::cars;
using storage::car_specification;
using storage::car_specification_fields;

result<response> specification_answer(const storage::rows& found) {
    if (found.empty())
        return fail(errc::not_found, "No CarSpecification matches the given query.");
    return response(200, encode_object(storage::car_specification_shown, found.front(), {}));
}

task<result<response>> specification(services& with, request& call) {
    auto id = co_await visible_listing(car_app, with, call);
    if (!id)
        co_return fail(std::move(id.error()));
    auto found = co_await cars::specification(with.db, *id);
    if (!found)
        co_return fail(std::move(found.error()));
    co_return specification_answer(*found);
}

template <mode How> task<result<response>> change(services& with, request& call) {
    auto id = co_await changeable_listing(car_app, with, call);
    if (!id)
        co_return fail(std::move(id.error()));
    auto body = decode<car_specification>(call, car_specification_fields, How);
    if (!body)
        co_return fail(std::move(body.error()));
    auto written = co_await cars::write_specification(with.db, with.cache, *id, std::move(body->value),
                                                      body->present, How == mode::put);
    if (!written)
        co_return fail(std::move(written.error()));
    co_return specification_answer(*written);
}

constexpr route table[] = {
    {.path = "/api/cars/{id}/specification/",
     .name = "cars-specification",
     .by_method = {.get = specification, .put = change<mode::put>, .patch = change<mode::patch>},
     .who = access::reads_anyone,
     .docs = {.get = doc::gives(storage::car_specification_shown),
              .put = doc::takes(car_specification_fields, mode::put).gives(storage::car_specification_shown),
              .patch =
                  doc::takes(car_specification_fields, mode::patch).gives(storage::car_specification_shown)}},
};

} // namespace

extern const std::span<const route> car_specification_routes;
const std::span<const route> car_specification_routes = table;

} // namespace mvp::http::api
