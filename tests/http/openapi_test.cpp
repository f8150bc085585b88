// The OpenAPI document: complete for what is routed, and true to what the tables say.
#include "http/openapi.hpp"

#include "http/json.hpp"
#include "http/openapi_schemas.hpp"
#include "storage/model/car.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace mvp::http {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

task<result<response>> nothing(services&, request&) {
    co_return response();
}

json_value parsed(std::string_view text) {
    auto value = parse_json(text);
    EXPECT_TRUE(value) << text;
    return value ? std::move(*value) : json_value{};
}

/// The value behind the keys; an empty one if there is none.
json_value at(const json_value& from, std::initializer_list<std::string_view> keys) {
    const json_value* here = &from;
    for (const auto key : keys) {
        here = here->find(key);
        if (!here) {
            ADD_FAILURE() << "no " << key;
            return {};
        }
    }
    return *here;
}

TEST(OpenApi, EveryMethodOfEveryRouteIsDescribed) {
    EXPECT_THAT(undescribed(all_routes()), IsEmpty()) << "say in .docs what these take and answer";
}

TEST(OpenApi, EveryAnswersShapeHasAName) {
    EXPECT_THAT(nameless(all_routes()), IsEmpty()) << "name their shapes in http/api/shapes.cpp";
}

TEST(OpenApi, EveryNameIsGivenOnce) {
    std::set<std::string_view> names;
    for (const auto& shape : named_shapes())
        EXPECT_TRUE(names.insert(shape.name).second) << shape.name;
    std::set<std::string> ids;
    for (const auto& table : all_routes())
        for (const route& r : table)
            for (const auto& [run, method] :
                 {std::pair{r.by_method.get, verb::get}, std::pair{r.by_method.post, verb::post},
                  std::pair{r.by_method.put, verb::put}, std::pair{r.by_method.patch, verb::patch},
                  std::pair{r.by_method.del, verb::delete_}})
                if (run) {
                    EXPECT_TRUE(ids.insert(operation_id(r, method)).second) << operation_id(r, method);
                }
}

TEST(OpenApi, ARouteWithoutDescriptionIsFound) {
    static constexpr route table[] = {
        {.path = "/api/cars/",
         .name = "cars-list",
         .by_method = {.get = nothing, .post = nothing},
         .docs = {.get = doc::page_of(storage::car_listed)}},
        {.path = "/api/cars/{id}/",
         .name = "cars-detail",
         .by_method = {},
         .docs = {.del = doc::gives_nothing()}},
    };
    const std::span<const route> tables[] = {table};
    EXPECT_THAT(undescribed(tables), ElementsAre("POST /api/cars/", "DELETE /api/cars/{id}/"));
    EXPECT_THROW(openapi_document(tables), std::logic_error);
}

TEST(OpenApi, ADescriptionBecomesAnOperation) {
    static constexpr route table[] = {
        {.path = "/api/cars/",
         .name = "cars-list",
         .by_method = {.get = nothing, .post = nothing},
         .who = access::reads_anyone,
         .docs = {.get = doc::page_of(storage::car_listed).lists(storage::car_fields),
                  .post = doc::takes(storage::car_fields).gives(201, storage::car_detailed)}},
        {.path = "/api/cars/{id}/sell/",
         .name = "cars-sell",
         .by_method = {.post = nothing},
         .who = access::staff,
         .docs = {.post =
                      doc::takes(doc::id("image_id")).gives(doc::message, doc::integer("left").or_none())}},
        {.path = "/media/{path*}",
         .name = "media",
         .by_method = {.get = nothing},
         .who = access::ignores_credentials,
         .docs = {.get = doc::gives_file("image/*")}},
    };
    const std::span<const route> tables[] = {table};
    const auto document = parsed(openapi_document(tables));
    EXPECT_EQ(at(document, {"openapi"}).text, "3.1.0");
    const auto list = at(document, {"paths", "/api/cars/", "get"});
    EXPECT_EQ(at(list, {"operationId"}).text, "cars_list");
    EXPECT_EQ(at(list, {"responses", "200", "content", "application/json", "schema", "$ref"}).text,
              "#/components/schemas/CarPage");
    std::vector<std::string> parameters;
    for (const auto& each : at(list, {"parameters"}).items)
        parameters.push_back(at(each, {"name"}).text);
    EXPECT_THAT(parameters, ElementsAre("search", "ordering", "make", "model", "year", "transmission",
                                        "fuel_type", "condition", "city", "state_province", "country",
                                        "status", "is_featured", "body_type", "fields", "page", "page_size"));
    const auto create = at(document, {"paths", "/api/cars/", "post"});
    EXPECT_EQ(at(create, {"requestBody", "content", "application/json", "schema", "$ref"}).text,
              "#/components/schemas/CarsCreateRequest");
    EXPECT_EQ(at(create, {"responses", "429", "$ref"}).text, "#/components/responses/Throttled");
    const auto taken = at(document, {"components", "schemas", "CarsCreateRequest", "properties"});
    EXPECT_EQ(taken.find("status"), nullptr) << "only staff set it, and not here";
    EXPECT_EQ(at(taken, {"make", "maxLength"}).text, "100");
    EXPECT_EQ(at(taken, {"year", "minimum"}).text, "1900");
    EXPECT_EQ(at(taken, {"condition", "enum"}).items.size(), 4u);
    const auto shown = at(document, {"components", "schemas", "CarDetail", "properties"});
    EXPECT_EQ(at(shown, {"color", "type"}).items.size(), 2u) << "a string or null";
    EXPECT_EQ(at(shown, {"id", "format"}).text, "uuid");
    EXPECT_NE(at(shown, {"created_at"}).find("readOnly"), nullptr);
    EXPECT_EQ(at(shown, {"make"}).find("readOnly"), nullptr);
    const auto sell = at(document, {"paths", "/api/cars/{id}/sell/", "post"});
    EXPECT_EQ(at(sell, {"operationId"}).text, "cars_sell");
    EXPECT_EQ(at(sell, {"security"}).items.size(), 1u);
    EXPECT_EQ(
        at(sell, {"responses", "200", "content", "application/json", "schema", "required"}).items.size(), 1u);
    const auto media = at(document, {"paths", "/media/{path}", "get"});
    EXPECT_EQ(at(media, {"security"}).items.size(), 0u);
    EXPECT_NE(at(media, {"responses"}).find("206"), nullptr);
}

TEST(OpenApi, OperationsAreNamedAsClientsKnowThem) {
    static constexpr route detail{
        .path = "/api/cars/{id}/", .name = "cars-detail", .by_method = {.get = nothing, .patch = nothing}};
    EXPECT_EQ(operation_id(detail, verb::get), "cars_retrieve");
    EXPECT_EQ(operation_id(detail, verb::patch), "cars_partial_update");
    static constexpr route action{
        .path = "/api/cars/search/", .name = "cars-search", .by_method = {.get = nothing}};
    EXPECT_EQ(operation_id(action, verb::get), "cars_search");
    static constexpr route two{.path = "/api/cars/{id}/specification/",
                               .name = "cars-specification",
                               .by_method = {.get = nothing, .put = nothing}};
    EXPECT_EQ(operation_id(two, verb::put), "cars_specification_update");
}

} // namespace
} // namespace mvp::http
