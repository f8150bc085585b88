// Parts and their categories from outside: what each kind of caller sees and may do, and the exact answers to
// those who may not.
#include "tests/support/answers.hpp"

#include <gmock/gmock.h>

#include <future>

namespace mvp::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string path(const std::string& id, std::string_view action = "") {
    return fmt::format("/api/parts/{}/{}", id, action);
}
std::string category_path(const std::string& id) {
    return fmt::format("/api/part-categories/{}/", id);
}

constexpr char not_there[] = R"(404 {"detail":"No CarPart matches the given query."})";
constexpr char no_picture[] =
    R"(Upload a valid image. The file you uploaded was either not an image or a corrupted image.)";

class PartsApi : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        seller = register_seller(shared_server());
        other = register_user(shared_server());
        staff = register_staff(shared_server());
    }
    http_client client = shared_server().client();
    std::string create(bool approved = true, std::string_view name = "Brake pads") {
        return create_part(shared_server(), seller, approved, name);
    }
    std::string add_category(std::string_view name) {
        const auto made = client.post("/api/part-categories/", {{"name", name}}, staff.access);
        if (made.status != 201)
            throw std::runtime_error(made.body);
        return id_of(made);
    }
    /// The names in an array or a page.
    std::string names(std::string_view query, std::string_view token = {}) {
        const auto body = client.get(query, token).json();
        std::string out;
        for (const auto& row : body.is_array() ? body.as_array() : body.at("results").as_array())
            out.append(row.at("name").as_string()).append(" ");
        return out;
    }
    static inline user seller, other, staff;
};

TEST_F(PartsApi, CreatingNeedsALoginAndASellerBeforeTheBodyIsLookedAt) {
    EXPECT_EQ(told(client.post("/api/parts/", part_body())), no_login);
    EXPECT_EQ(told(client.post("/api/parts/", json::object{}, other.access)),
              R"(403 {"error":"Only sellers can create part listings"})");
    EXPECT_EQ(told(client.post("/api/parts/", json::array{1}, seller.access)),
              R"(400 {"non_field_errors":["Invalid data. Expected a dictionary, but got list."]})");
}

TEST_F(PartsApi, ANewPartIsShownWholeWithItsCategory) {
    auto body = part_body("Whole");
    body["category"] = add_category("Category of the whole");
    body["status"] = "active";
    body["is_featured"] = true;
    body["rating"] = "5.00";
    body["part_number"] = "";
    const auto made = client.post("/api/parts/", body, seller.access);
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_THAT(keys(made.json()),
                ElementsAre("id", "seller", "category", "name", "description", "part_number", "condition",
                            "brand", "model", "price", "quantity_in_stock", "quantity_sold", "status",
                            "is_featured", "warranty_months", "warranty_description", "weight", "dimensions",
                            "rating", "reviews_count", "images", "compatibilities", "created_at",
                            "updated_at"));
    EXPECT_THAT(keys(made.json().at("category")),
                ElementsAre("id", "name", "description", "icon", "parent_category"));
    EXPECT_EQ(field(made, "status"), "\"pending\"");
    EXPECT_EQ(field(made, "is_featured"), "false");
    EXPECT_EQ(field(made, "rating"), "\"0.00\"");
    EXPECT_EQ(field(made, "part_number"), "null");
    EXPECT_EQ(field(made, "images"), "[]");
    EXPECT_EQ(client.post("/api/parts/", body, seller.access).status, 201) << "a second blank number";
}

TEST_F(PartsApi, AllMistakesOfABodyAreToldTogether) {
    auto body = part_body();
    body["part_number"] = "TAKEN-1";
    ASSERT_EQ(client.post("/api/parts/", body, seller.access).status, 201);
    body["category"] = "00000000-0000-0000-0000-000000000007";
    body["condition"] = "mint";
    body["images"] = json::array{"a"};
    EXPECT_EQ(
        told(client.post("/api/parts/", body, seller.access)),
        R"(400 {"category":["Invalid pk \"00000000-0000-0000-0000-000000000007\" - object does not exist."],)"
        R"("part_number":["car part with this part number already exists."],)"
        R"("condition":["\"mint\" is not a valid choice."],"images":{"0":["The submitted data was not a file. )"
        R"(Check the encoding type on the form."]}})");
    body = part_body();
    body["images"] = json::array(21, 0);
    EXPECT_EQ(told(client.post("/api/parts/", body, seller.access)),
              R"(400 {"images":["Ensure this field has no more than 20 elements."]})");
    body["category"] = 5;
    body.erase("images");
    EXPECT_EQ(told(client.post("/api/parts/", body, seller.access)),
              R"(400 {"category":["Invalid pk \"5\" - object does not exist."]})");
    body["category"] = json::array{"a"};
    EXPECT_EQ(told(client.post("/api/parts/", body, seller.access)),
              R"(400 {"category":["“['a']” is not a valid UUID."]})");
    body.erase("category");
    body["images"] = "a";
    EXPECT_EQ(told(client.post("/api/parts/", body, seller.access)),
              R"(400 {"images":["Expected a list of items but got type \"str\"."]})");
}

TEST_F(PartsApi, APartMayComeWithItsPictures) {
    const form_fields fields{{"name", "With pictures"},  {"description", "d"},
                             {"condition", "used"},      {"price", "1"},
                             {"quantity_in_stock", "3"}, {"warranty_months", ""}};
    const auto made = client.form(
        "POST", "/api/parts/", fields,
        {{"images", "a.png", "image/png", small_png()}, {"images", "b.jpg", "image/jpeg", small_jpeg()}},
        seller.access);
    ASSERT_EQ(made.status, 201) << made.body;
    const auto images = made.json().at("images").as_array();
    ASSERT_EQ(images.size(), 2u);
    EXPECT_TRUE(images[0].at("is_primary").as_bool());
    EXPECT_FALSE(images[1].at("is_primary").as_bool());
    EXPECT_THAT(std::string(images[0].at("image").as_string()), StartsWith("/media/parts/"));
    EXPECT_EQ(client.get(images[0].at("image").as_string()).header("Content-Type"), "image/png");
    const auto wrong = client.form(
        "POST", "/api/parts/", {{"name", "x"}},
        {{"images", "a.png", "image/png", small_png()}, {"images", "b.png", "image/png", "nothing"}},
        seller.access);
    EXPECT_EQ(wrong.status, 400);
    EXPECT_THAT(keys(wrong.json()),
                ElementsAre("description", "condition", "price", "quantity_in_stock", "images"));
    EXPECT_EQ(json::serialize(wrong.json().at("images")), fmt::format(R"({{"1":["{}"]}})", no_picture));
    const auto changed = client.form("PATCH", path(id_of(made)), {{"price", "2"}},
                                     {{"images", "c.png", "image/png", small_png()}}, seller.access);
    EXPECT_EQ(changed.status, 200) << changed.body;
    EXPECT_EQ(client.get(path(id_of(made)), seller.access).json().at("images").as_array().size(), 3u);
}

TEST_F(PartsApi, PendingPartsAreForTheirOwnerAndStaff) {
    const auto id = create(false);
    EXPECT_EQ(told(client.get(path(id))), not_there);
    EXPECT_EQ(told(client.get(path(id), other.access)), not_there);
    EXPECT_EQ(client.get(path(id), seller.access).status, 200);
    EXPECT_EQ(client.get(path(id), staff.access).status, 200);
    EXPECT_EQ(told(client.patch(path(id), {{"price", "1"}}, other.access)), not_there);
    EXPECT_EQ(told(client.get(path(id, "compatible_cars/"))), not_there);
}

TEST_F(PartsApi, ChangesAreForTheOwnerAndStaffAndSeenAtOnce) {
    const auto id = create();
    EXPECT_EQ(told(client.patch(path(id), {{"price", "1"}})), no_login);
    EXPECT_EQ(told(client.patch(path(id), {{"price", "1"}}, other.access)), not_yours);
    EXPECT_EQ(told(client.del(path(id), other.access)), not_yours);
    for (int stock = 5; stock >= 0; --stock) {
        EXPECT_EQ(client.get(path(id)).status, 200);
        const auto changed = client.patch(path(id), {{"quantity_in_stock", stock}}, seller.access);
        ASSERT_EQ(changed.status, 200) << changed.body;
        EXPECT_THAT(keys(changed.json()),
                    ElementsAre("category", "name", "description", "part_number", "condition", "brand",
                                "model", "price", "quantity_in_stock", "warranty_months",
                                "warranty_description", "weight", "dimensions"));
        EXPECT_EQ(field(client.get(path(id), seller.access), "quantity_in_stock"), std::to_string(stock));
    }
    EXPECT_EQ(told(client.get(path(id))), not_there) << "sold out";
    EXPECT_EQ(field(client.get(path(id), seller.access), "status"), "\"out_of_stock\"");
    EXPECT_EQ(client.patch(path(id), {{"quantity_in_stock", 1}, {"is_featured", true}}, staff.access).status,
              200);
    const auto again = client.get(path(id));
    EXPECT_EQ(field(again, "status"), "\"active\"");
    EXPECT_EQ(field(again, "is_featured"), "true");
    EXPECT_EQ(client.put(path(id), {{"price", "1"}}, seller.access).status, 400);
    EXPECT_EQ(client.put(path(id), part_body("Put"), seller.access).status, 200);
}

TEST_F(PartsApi, StepsAnswerThePartAndRefusalsNameItsState) {
    const auto id = create(false);
    EXPECT_EQ(told(client.action(path(id, "approve/"), seller.access)), not_yours);
    EXPECT_THAT(told(client.action(path(id, "approve/"), staff.access)),
                StartsWith(R"(200 {"message":"Part approved","part":{"id":)"));
    EXPECT_EQ(told(client.action(path(id, "approve/"), staff.access)),
              R"(400 {"error":"Part is already active"})");
    EXPECT_THAT(told(client.action(path(id, "archive/"), seller.access)),
                StartsWith(R"(200 {"message":"Part archived","part":{"id":)"));
    EXPECT_EQ(field(client.get(path(id), seller.access), "status"), "\"discontinued\"");
    EXPECT_EQ(client.action(path(id, "reactivate/"), seller.access).status, 200);
    EXPECT_EQ(told(client.post(path(id, "reject/"), json::object{}, staff.access)),
              R"(400 {"reason":["This field is required."]})");
    EXPECT_EQ(client.post(path(id, "reject/"), {{"reason", "Blurred"}}, staff.access).status, 200);
    EXPECT_TRUE(eventually([&] {
        return client.get("/api/notifications/", seller.access).body.find("has been rejected: Blurred") !=
               std::string::npos;
    }));
}

TEST_F(PartsApi, SixtyOrdersOfTheSameNumberMakeOnePart) {
    auto body = part_body();
    body["part_number"] = "RACE-1";
    std::vector<std::future<std::string>> all;
    for (int i = 0; i < 60; ++i)
        all.push_back(std::async(std::launch::async, [&] {
            return told(shared_server().client().post("/api/parts/", body, seller.access));
        }));
    int made = 0;
    for (auto& one : all) {
        const auto how = one.get();
        made += how.starts_with("201");
        EXPECT_TRUE(how.starts_with("201") ||
                    how == R"(400 {"part_number":["car part with this part number already exists."]})")
            << how;
    }
    EXPECT_EQ(made, 1);
}

TEST_F(PartsApi, AChangeThatIsRefusedAddsNoPictures) {
    std::vector<std::string> ids;
    for (int i = 0; i < 8; ++i)
        ids.push_back(create());
    std::vector<std::future<int>> all;
    for (const auto& id : ids)
        all.push_back(std::async(std::launch::async, [&] {
            return shared_server()
                .client()
                .form("PATCH", path(id), {{"part_number", "RACE-2"}},
                      {{"images", "a.png", "image/png", small_png()}}, seller.access)
                .status;
        }));
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const bool changed = all[i].get() == 200;
        const auto seen = shared_server().client().get(path(ids[i])).json();
        EXPECT_EQ(seen.at("part_number").is_string(), changed);
        EXPECT_EQ(seen.at("images").as_array().size(), changed ? 1u : 0u);
    }
}

TEST_F(PartsApi, ListsSearchFilterAndOrder) {
    auto cheap = part_body("Quokka"), dear = part_body("Wombat");
    cheap["price"] = "5";
    cheap["description"] = dear["description"] = "marsupials";
    dear["brand"] = "Denso";
    dear["quantity_in_stock"] = 3;
    for (const auto& body : {cheap, dear})
        client.action(path(id_of(client.post("/api/parts/", body, seller.access)), "approve/"), staff.access);
    EXPECT_EQ(names("/api/parts/?search=marsupials&ordering=price"), "Quokka Wombat ");
    EXPECT_EQ(names("/api/parts/?search=marsupials"), "Wombat Quokka ");
    EXPECT_EQ(names("/api/parts/search/?search=marsupials&ordering=price"), "Quokka Wombat ");
    EXPECT_EQ(names("/api/parts/?search=marsupials,denso"), "Wombat ");
    EXPECT_EQ(names("/api/parts/?search=marsupials&brand=Denso&status=active"), "Wombat ");
    EXPECT_EQ(names("/api/parts/?search=marsupials&quantity_in_stock__gt=3"), "Quokka ");
    EXPECT_EQ(told(client.get("/api/parts/?quantity_in_stock__gt=x&category=x")),
              R"(400 {"category":["Must be a valid UUID."],)"
              R"("quantity_in_stock__gt":["A valid integer is required."]})");
    for (const char* everything : {"-1", "-2147483649", "-99999999999999999999"})
        EXPECT_EQ(names(std::string("/api/parts/?search=marsupials&quantity_in_stock__gt=") + everything),
                  "Wombat Quokka ")
            << everything;
    for (const char* nothing : {"2147483648", "99999999999999999999"})
        EXPECT_EQ(names(std::string("/api/parts/?search=marsupials&quantity_in_stock__gt=") + nothing), "");
    EXPECT_EQ(names("/api/parts/search/?search=marsupials&name=quo&in_stock_only=1&price_to=5"), "Quokka ");
    EXPECT_EQ(
        told(client.get("/api/parts/search/?category=abc&condition=x&price_from=x&in_stock_only=maybe")),
        R"(400 {"category":["Must be a valid UUID."],"condition":["\"x\" is not a valid choice."],)"
        R"("price_from":["A valid number is required."],"in_stock_only":["Must be a valid boolean."]})");
    EXPECT_EQ(told(client.get("/api/parts/by_category/")),
              R"(400 {"error":"category_id parameter required"})");
    EXPECT_EQ(told(client.get("/api/parts/by_category/?category_id=abc")),
              R"(400 {"category_id":["Must be a valid UUID."]})");
    EXPECT_EQ(told(client.get("/api/parts/my_listings/")), R"(401 {"error":"Authentication required"})");
    EXPECT_THAT(names("/api/parts/my_listings/", seller.access), HasSubstr("Wombat"));
}

TEST_F(PartsApi, TheListsOfActionsAreOrderedAsAsked) {
    const auto fresh = register_seller(shared_server());
    const auto category = add_category("Ordered");
    for (const int stock : {2, 1, 3}) {
        auto body = part_body(std::to_string(stock));
        body["category"] = category;
        body["quantity_in_stock"] = stock;
        client.action(path(id_of(client.post("/api/parts/", body, fresh.access)), "approve/"), staff.access);
    }
    for (const auto& list : {"my_listings/?" + std::string(), "by_category/?category_id=" + category}) {
        EXPECT_EQ(names("/api/parts/" + list + "&ordering=quantity_in_stock", fresh.access), "1 2 3 ");
        EXPECT_EQ(names("/api/parts/" + list, fresh.access), "3 1 2 ");
    }
}

TEST_F(PartsApi, CompatibleCarsAreWrittenByTheOwnerAndReadByWhoSeesThePart) {
    const auto id = create();
    const json::object camry{
        {"car_make", "Toyota"}, {"car_model", "Camry"}, {"car_year_from", 2015}, {"car_year_to", 2020}};
    const auto add = [&](const json::object& body, const user& by) {
        return client.post(path(id, "add_compatibility/"), body, by.access);
    };
    EXPECT_EQ(told(add(camry, other)), not_yours);
    const auto made = add(camry, seller);
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_THAT(keys(made.json()),
                ElementsAre("id", "car_make", "car_model", "car_year_from", "car_year_to", "notes"));
    EXPECT_EQ(
        told(add(camry, seller)),
        R"(400 {"non_field_errors":["The fields part, car_make, car_model, car_year_from, car_year_to must )"
        R"(make a unique set."]})");
    auto reversed = camry;
    reversed["car_year_to"] = 1999;
    EXPECT_EQ(told(add(reversed, seller)),
              R"(400 {"car_year_to":["Must not be earlier than car_year_from."]})");
    EXPECT_EQ(told(client.get(path(id, "compatible_cars/"))), "200 [" + made.body + "]");
    EXPECT_EQ(client.get(path(id)).json().at("compatibilities").as_array().size(), 1u);
    EXPECT_EQ(told(client.get(path(id, "compatible_cars/?page_size=5"))),
              R"(200 {"count":1,"next":null,"previous":null,"results":[)" + made.body + "]}");
    EXPECT_EQ(told(client.get(path(id, "compatible_cars/?page=2"))), R"(404 {"detail":"Invalid page."})");
    const auto one = path(id, fmt::format("compatibilities/{}/", id_of(made)));
    EXPECT_EQ(told(client.del(one, other.access)), not_yours);
    EXPECT_EQ(told(client.del(one, seller.access)), "204 ");
    EXPECT_EQ(told(client.del(one, seller.access)),
              R"(404 {"detail":"No PartCompatibility matches the given query."})");
    EXPECT_EQ(field(client.get(path(id)), "compatibilities"), "[]");
}

TEST_F(PartsApi, PicturesAreUploadedMadePrimaryAndRemoved) {
    const auto id = create();
    const auto upload = [&](std::size_t count) {
        const std::vector<form_file> files(count, {"images", "a.png", "image/png", small_png()});
        return client.form("POST", path(id, "upload_images/"), {}, files, seller.access);
    };
    EXPECT_EQ(told(client.action(path(id, "upload_images/"), seller.access)),
              R"(400 {"error":"No images provided"})");
    const auto added = upload(2);
    ASSERT_EQ(added.status, 201) << added.body;
    const auto second = added.json().at("images").at(1).at("id");
    EXPECT_EQ(client.post(path(id, "set_primary_image/"), {{"image_id", second}}, seller.access).status, 200);
    EXPECT_EQ(client.get(path(id)).json().at("images").at(0).at("id"), second);
    const auto one = path(id, fmt::format("images/{}/", std::string(second.as_string())));
    EXPECT_EQ(told(client.del(one, seller.access)), "204 ");
    EXPECT_EQ(told(client.del(one, seller.access)),
              R"(404 {"detail":"No PartImage matches the given query."})");
    EXPECT_EQ(told(upload(20)), R"(400 {"error":"A listing can have at most 20 images"})");
}

TEST_F(PartsApi, PartsOfASuspendedSellerVanish) {
    const auto fresh = register_seller(shared_server());
    const auto id = create_part(shared_server(), fresh, true);
    EXPECT_EQ(client.get(path(id)).status, 200);
    const auto count = [&] { return client.get("/api/parts/").json().at("count").as_int64(); };
    const auto before = count();
    ASSERT_EQ(client.post("/api/users/" + fresh.id + "/suspend/", {{"reason", "x"}}, staff.access).status,
              200);
    EXPECT_EQ(told(client.get(path(id))), not_there);
    EXPECT_EQ(count(), before - 1);
}

TEST_F(PartsApi, CategoriesAreReadByAnyoneAndWrittenByStaff) {
    const json::object body{{"name", "Gaskets"}, {"description", "For engines"}};
    EXPECT_EQ(told(client.post("/api/part-categories/", body)), no_login);
    EXPECT_EQ(told(client.post("/api/part-categories/", body, seller.access)), not_yours);
    const auto made = client.post("/api/part-categories/", body, staff.access);
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_THAT(keys(made.json()), ElementsAre("id", "name", "description", "icon", "parent_category"));
    EXPECT_EQ(told(client.post("/api/part-categories/", body, staff.access)),
              R"(400 {"name":["part category with this name already exists."]})");
    EXPECT_EQ(told(client.post("/api/part-categories/", json::object{}, staff.access)),
              R"(400 {"name":["This field is required."]})");
    const auto id = id_of(made);
    EXPECT_EQ(told(client.get(category_path(id))), "200 " + made.body);
    EXPECT_EQ(names("/api/part-categories/?search=gask"), "Gaskets ");
    EXPECT_THAT(names("/api/part-categories/"), HasSubstr("Gaskets"));
    EXPECT_EQ(client.get("/api/part-categories/?page=1&page_size=1").json().at("results").as_array().size(),
              1u);
    EXPECT_EQ(told(client.patch(category_path(id), {{"parent_category", id}}, staff.access)),
              R"(400 {"parent_category":["A category cannot be below itself."]})");
    EXPECT_EQ(told(client.patch(category_path(id), {{"name", "Seals"}}, other.access)), not_yours);
    EXPECT_EQ(field(client.patch(category_path(id), {{"name", "Seals"}}, staff.access), "name"), "\"Seals\"");
    EXPECT_THAT(names("/api/part-categories/"), HasSubstr("Seals"));
    EXPECT_EQ(told(client.del(category_path(id), staff.access)), "204 ");
    EXPECT_EQ(told(client.get(category_path(id))),
              R"(404 {"detail":"No PartCategory matches the given query."})");
    EXPECT_EQ(told(client.del(category_path(id), staff.access)),
              R"(404 {"detail":"No PartCategory matches the given query."})");
}

TEST_F(PartsApi, ACategorysPictureIsStoredReplacedAndRemoved) {
    const form_file icon{"icon", "a.png", "image/png", small_png()};
    const auto made =
        client.form("POST", "/api/part-categories/", {{"name", "With icon"}}, {icon}, staff.access);
    ASSERT_EQ(made.status, 201) << made.body;
    const auto stored = [](const reply& r) {
        const std::string url(r.json().at("icon").as_string());
        return url.substr(url.find("/media/"));
    };
    const auto first = stored(made);
    EXPECT_EQ(client.get(first).status, 200);
    EXPECT_THAT(first, StartsWith("/media/part_categories/"));
    const auto changed = client.form("PATCH", category_path(id_of(made)), {}, {icon}, staff.access);
    ASSERT_EQ(changed.status, 200) << changed.body;
    EXPECT_EQ(client.get(first).status, 404) << "of no use any more";
    EXPECT_EQ(client.get(stored(changed)).status, 200);
    EXPECT_EQ(client.del(category_path(id_of(made)), staff.access).status, 204);
    EXPECT_EQ(client.get(stored(changed)).status, 404);
    EXPECT_EQ(told(client.form("POST", "/api/part-categories/", {{"name", "x"}},
                               {{"icon", "a.png", "image/png", "nothing"}}, staff.access)),
              fmt::format(R"(400 {{"icon":["{}"]}})", no_picture));
}

TEST_F(PartsApi, APartShowsWhatBecameOfItsCategory) {
    const auto category = add_category("Before");
    auto body = part_body("In a category");
    body["category"] = category;
    const auto id = id_of(client.post("/api/parts/", body, seller.access));
    client.action(path(id, "approve/"), staff.access);
    const auto shown = [&] { return client.get(path(id)).json().at("category"); };
    EXPECT_EQ(shown().at("name").as_string(), "Before");
    EXPECT_EQ(names("/api/parts/by_category/?category_id=" + category), "In a category ");
    client.patch(category_path(category), {{"name", "After"}}, staff.access);
    EXPECT_EQ(shown().at("name").as_string(), "After");
    client.del(category_path(category), staff.access);
    EXPECT_TRUE(shown().is_null());
}

} // namespace
} // namespace mvp::test
