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

/// The body, once the caller may change that car.
task<result<decoded<car_specification>>> read_specification(services& with, request& call, uuid& id,
                                                            mode how) {
    auto changeable = co_await changeable_listing(car_app, with, call);
    if (!changeable)
        co_return fail(std::move(changeable.error()));
    id = *changeable;
    co_return decode<car_specification>(call, car_specification_fields, how);
}

task<result<response>> put_specification(services& with, request& call) {
    uuid id;
    auto body = co_await read_specification(with, call, id, mode::put);
    if (!body)
        co_return fail(std::move(body.error()));
    auto made = co_await cars::put_specification(with.db, with.cache, id, std::move(body->value));
    if (!made)
        co_return fail(std::move(made.error()));
    co_return specification_answer(*made);
}

task<result<response>> patch_specification(services& with, request& call) {
    uuid id;
    auto body = co_await read_specification(with, call, id, mode::patch);
    if (!body)
        co_return fail(std::move(body.error()));
    auto changed =
        co_await cars::patch_specification(with.db, with.cache, id, std::move(body->value), body->present);
    if (!changed)
        co_return fail(std::move(changed.error()));
    co_return specification_answer(*changed);
}

constexpr route table[] = {
    {.path = "/api/cars/{id}/specification/",
     .name = "cars-specification",
     .by_method = {.get = specification, .put = put_specification, .patch = patch_specification},
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
