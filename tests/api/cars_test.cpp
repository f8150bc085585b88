// Cars from outside: what each kind of caller sees and may do, and the exact answers to those who may not.
#include "tests/support/answers.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <future>
#include <map>

namespace mvp::test {
namespace {

using ::testing::HasSubstr;
using namespace std::string_literals;

std::string path(const std::string& id, std::string_view action = "") {
    return fmt::format("/api/cars/{}/{}", id, action);
}

reply upload(const std::string& id, const std::vector<form_file>& files, const user& by) {
    return shared_server().client().form("POST", path(id, "upload_images/"), {}, files, by.access);
}

class CarsApi : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        seller = register_seller(shared_server());
        other = register_user(shared_server());
        staff = register_staff(shared_server());
    }
    http_client client = shared_server().client();
    std::string create(bool approved = true, std::string_view title = "2020 Toyota Camry") {
        return create_car(shared_server(), seller, approved, title);
    }
    /// Of the cars of a page, in its order.
    static std::string prices(const reply& r) {
        std::string out;
        const auto page = r.json();
        for (const auto& car : page.at("results").as_array())
            out += json::serialize(car.at("price")) + " ";
        return out;
    }
    static inline user seller, other, staff;
};

constexpr char not_there[] = R"(404 {"detail":"No Car matches the given query."})";

TEST_F(CarsApi, CreatingNeedsALoginAndASellerBeforeTheBodyIsLookedAt) {
    EXPECT_EQ(told(client.post("/api/cars/", car_body())), no_login);
    EXPECT_EQ(told(client.post("/api/cars/", json::object{}, other.access)),
              R"(403 {"error":"Only sellers can create car listings"})");
    EXPECT_EQ(told(client.post("/api/cars/", json::object{}, staff.access)),
              R"(403 {"error":"Only sellers can create car listings"})");
    EXPECT_EQ(told(client.post("/api/cars/", json::array{1}, seller.access)),
              R"(400 {"non_field_errors":["Invalid data. Expected a dictionary, but got list."]})");
}

TEST_F(CarsApi, ANewCarIsShownWhole) {
    auto body = car_body();
    body["status"] = "active";
    body["is_featured"] = true;
    body["features"] = json::array{"AC"};
    body["price"] = "18000";
    const auto made = client.post("/api/cars/", body, seller.access);
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_THAT(keys(made.json()),
                ::testing::ElementsAre("id", "seller", "make", "model", "year", "mileage", "transmission",
                                       "fuel_type", "engine_capacity", "condition", "price", "title",
                                       "description", "city", "state_province", "country", "status",
                                       "is_featured", "color", "body_type", "doors", "seats", "features",
                                       "images", "specification", "created_at", "updated_at", "sold_at"));
    EXPECT_EQ(field(made, "status"), "\"pending\"");
    EXPECT_EQ(field(made, "is_featured"), "false");
    EXPECT_EQ(field(made, "price"), "\"18000.00\"");
    EXPECT_EQ(field(made, "features"), "[\"AC\"]");
    EXPECT_EQ(field(made, "images"), "[]");
    EXPECT_EQ(field(made, "specification"), "null");
    EXPECT_EQ(made.json().at("seller").at("email").as_string(), seller.email);
}

TEST_F(CarsApi, AllMistakesOfABodyAreToldTogether) {
    const auto empty = client.post("/api/cars/", json::object{}, seller.access);
    EXPECT_EQ(empty.status, 400);
    EXPECT_THAT(keys(empty.json()),
                ::testing::ElementsAre("make", "model", "year", "mileage", "transmission", "fuel_type",
                                       "condition", "price", "title", "description", "city", "state_province",
                                       "country"));
    auto body = car_body();
    body["features"] = json::object{{"a", 1}};
    EXPECT_EQ(told(client.post("/api/cars/", body, seller.access)),
              R"(400 {"features":["Expected a list of items but got type \"dict\"."]})");
    body["features"] = json::array{1};
    EXPECT_EQ(told(client.post("/api/cars/", body, seller.access)),
              R"(400 {"features":{"0":["Not a valid string."]}})");
    body["features"] = json::array{"x"};
    body["make"] = std::string("a\0b", 3);
    EXPECT_EQ(told(client.post("/api/cars/", body, seller.access)),
              R"(400 {"make":["Null characters are not allowed."]})");
}

TEST_F(CarsApi, ACarMayComeAsAForm) {
    const form_fields form{{"make", "Toyota"},
                           {"model", "Camry"},
                           {"year", "2020"},
                           {"mileage", "1"},
                           {"transmission", "manual"},
                           {"fuel_type", "petrol"},
                           {"condition", "good"},
                           {"price", "1"},
                           {"title", "t"},
                           {"description", "d"},
                           {"city", "c"},
                           {"state_province", "s"},
                           {"country", "x"},
                           {"color", ""},
                           {"doors", ""},
                           {"features", "[\"AC\"]"}};
    const auto made = client.form("POST", "/api/cars/", form, {}, seller.access);
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(field(made, "color"), "\"\"");
    EXPECT_EQ(field(made, "doors"), "null");
    EXPECT_EQ(field(made, "features"), "[\"AC\"]");
    EXPECT_EQ(field(made, "is_featured"), "false");
}

TEST_F(CarsApi, PendingCarsAreForTheirOwnerAndStaff) {
    const auto id = create(false);
    EXPECT_EQ(told(client.get(path(id))), not_there);
    EXPECT_EQ(told(client.get(path(id), other.access)), not_there);
    EXPECT_EQ(client.get(path(id), seller.access).status, 200);
    EXPECT_EQ(client.get(path(id), staff.access).status, 200);
    EXPECT_EQ(told(client.get("/api/cars/abc/")), R"(404 {"detail":"Not found."})");
    EXPECT_EQ(told(client.get(path("00000000-0000-0000-0000-000000000001"))), not_there);
}

TEST_F(CarsApi, APublicCarHidesTheSellersAddressFromAnonymousCallers) {
    const auto id = create();
    for (int again = 0; again < 2; ++again) { // made, then from the cache
        EXPECT_EQ(json::serialize(client.get(path(id)).json().at("seller").at("email")), "null");
        EXPECT_EQ(client.get(path(id), other.access).json().at("seller").at("email").as_string(),
                  seller.email);
    }
    const auto first = client.get(path(id));
    EXPECT_EQ(client.request("GET", path(id), {{"If-None-Match", first.header("ETag")}}, "").status, 304);
}

TEST_F(CarsApi, AWriterReadsHisOwnWriteAtOnce) {
    const auto id = create();
    for (int price = 1; price <= 20; ++price) {
        EXPECT_EQ(client.get(path(id)).status, 200);
        const auto changed = client.patch(path(id), {{"price", price}}, seller.access);
        ASSERT_EQ(changed.status, 200) << changed.body;
        EXPECT_EQ(field(client.get(path(id)), "price"), fmt::format("\"{}.00\"", price));
    }
}

TEST_F(CarsApi, ChangesAreForTheOwnerAndStaff) {
    const auto id = create(), pending = create(false);
    EXPECT_EQ(told(client.patch(path(id), {{"price", "1"}})), no_login);
    EXPECT_EQ(told(client.patch(path(id), {{"price", "x"}}, other.access)), not_yours);
    EXPECT_EQ(told(client.patch(path(pending), {{"price", "1"}}, other.access)), not_there);
    EXPECT_EQ(told(client.del(path(id), other.access)), not_yours);
    EXPECT_EQ(told(client.patch(path(id), {{"price", "x"}}, seller.access)),
              R"(400 {"price":["A valid number is required."]})");
    EXPECT_EQ(client.patch(path(id), {{"price", "1"}}, staff.access).status, 200);
    EXPECT_EQ(client.put(path(id), {{"price", "1"}}, seller.access).status, 400);
    const auto put = client.put(path(id), car_body("Another"), seller.access);
    ASSERT_EQ(put.status, 200) << put.body;
    EXPECT_THAT(keys(put.json()),
                ::testing::ElementsAre("make", "model", "year", "mileage", "transmission", "fuel_type",
                                       "engine_capacity", "condition", "price", "title", "description",
                                       "city", "state_province", "country", "color", "body_type", "doors",
                                       "seats", "features"));
    EXPECT_EQ(field(put, "title"), "\"Another\"");
}

TEST_F(CarsApi, OnlyStaffSetTheStateAndWhatIsFeatured) {
    const auto id = create();
    EXPECT_EQ(client.patch(path(id), {{"status", "sold"}, {"is_featured", true}}, seller.access).status, 200);
    EXPECT_EQ(field(client.get(path(id)), "status"), "\"active\"");
    EXPECT_EQ(client.patch(path(id), {{"status", "sold"}, {"is_featured", true}}, staff.access).status, 200);
    const auto seen = client.get(path(id), seller.access);
    EXPECT_EQ(field(seen, "status"), "\"sold\"");
    EXPECT_EQ(field(seen, "is_featured"), "true");
    EXPECT_EQ(told(client.get(path(id))), not_there);
}

TEST_F(CarsApi, StepsAnswerTheCarAndRefusalsNameItsState) {
    const auto id = create(false);
    EXPECT_EQ(told(client.action(path(id, "approve/"), seller.access)), not_yours);
    EXPECT_EQ(told(client.action(path(id, "approve/"), "")), no_login);
    EXPECT_EQ(told(client.action(path(id, "mark_as_sold/"), seller.access)),
              R"(400 {"error":"Only active listings can be marked as sold"})");
    const auto approved = client.action(path(id, "approve/"), staff.access);
    EXPECT_THAT(told(approved), ::testing::StartsWith(R"(200 {"message":"Car approved","car":{"id":)"));
    EXPECT_EQ(told(client.action(path(id, "approve/"), staff.access)),
              R"(400 {"error":"Car is already active"})");
    EXPECT_EQ(told(client.action(path(id, "mark_as_sold/"), other.access)), not_yours);
    const auto sold = client.action(path(id, "mark_as_sold/"), seller.access);
    EXPECT_THAT(told(sold), ::testing::StartsWith(R"(200 {"message":"Car marked as sold","car":{"id":)"));
    EXPECT_NE(json::serialize(sold.json().at("car").at("sold_at")), "null");
    EXPECT_EQ(told(client.action(path(id, "mark_as_sold/"), seller.access)),
              R"(400 {"error":"Car is already sold"})");
    EXPECT_EQ(told(client.action(path(id, "archive/"), seller.access)), R"(400 {"error":"Car is sold"})");
}

TEST_F(CarsApi, RejectingNeedsAReasonThatTheSellerHears) {
    const auto id = create(false, "Rejected one");
    EXPECT_EQ(told(client.post(path(id, "reject/"), json::object{}, staff.access)),
              R"(400 {"reason":["This field is required."]})");
    EXPECT_EQ(client.post(path(id, "reject/"), {{"reason", "No pictures"}}, staff.access).status, 200);
    EXPECT_EQ(field(client.get(path(id), seller.access), "status"), "\"archived\"");
    EXPECT_TRUE(eventually([&] {
        return client.get("/api/notifications/", seller.access).body.find("has been rejected: No pictures") !=
               std::string::npos;
    }));
    EXPECT_EQ(client.action(path(id, "reactivate/"), seller.access).status, 200);
    EXPECT_EQ(field(client.get(path(id), seller.access), "status"), "\"pending\"");
    EXPECT_EQ(client.action(path(id, "archive/"), seller.access).status, 200);
}

TEST_F(CarsApi, OfManySalesAtOnceOneSucceeds) {
    const auto id = create();
    std::vector<std::future<int>> sales;
    for (int i = 0; i < 8; ++i)
        sales.push_back(std::async(std::launch::async, [&] {
            return shared_server().client().action(path(id, "mark_as_sold/"), seller.access).status;
        }));
    int sold = 0;
    for (auto& sale : sales)
        sold += sale.get() == 200;
    EXPECT_EQ(sold, 1);
}

TEST_F(CarsApi, PagesHaveLinksAndAnEnd) {
    for (int i = 0; i < 3; ++i)
        create(true, fmt::format("Paged zyzzyva {}", i));
    const auto page = client.get("/api/cars/?search=zyzzyva&page_size=1&page=2").json();
    EXPECT_EQ(page.at("count").as_int64(), 3);
    EXPECT_THAT(std::string(page.at("next").as_string()),
                ::testing::EndsWith("/api/cars/?page=3&page_size=1&search=zyzzyva"));
    EXPECT_THAT(std::string(page.at("previous").as_string()),
                ::testing::EndsWith("/api/cars/?page_size=1&search=zyzzyva"));
    EXPECT_EQ(page.at("results").as_array().size(), 1u);
    EXPECT_THAT(keys(page.at("results").at(0)),
                ::testing::ElementsAre("id", "seller", "make", "model", "year", "price", "condition", "city",
                                       "status", "created_at", "primary_image", "mileage"));
    EXPECT_EQ(field(client.get("/api/cars/?search=zyzzyva&page_size=2&page=last"), "next"), "null");
    for (auto wrong : {"page=99999", "page=0", "page=-1", "page=abc", "page=1.0"})
        EXPECT_EQ(told(client.get(fmt::format("/api/cars/?{}", wrong))), R"(404 {"detail":"Invalid page."})")
            << wrong;
    EXPECT_EQ(client.get("/api/cars/?page=&page_size=abc").status, 200);
}

TEST_F(CarsApi, ListsSearchFilterAndOrder) {
    auto cheap = car_body("Quokka alpha"), dear = car_body("Quokka beta");
    cheap["price"] = "5";
    dear["price"] = "6";
    dear["city"] = "Sylhet";
    for (const auto& body : {dear, cheap}) {
        const auto made = client.post("/api/cars/", body, seller.access);
        ASSERT_EQ(made.status, 201) << made.body;
        client.action(path(std::string(made.json().at("id").as_string()), "approve/"), staff.access);
    }
    const auto titles = [&](std::string_view query) {
        return prices(client.get(fmt::format("/api/cars/?{}", query)));
    };
    EXPECT_EQ(titles("search=quokka&ordering=-price"), "\"6.00\" \"5.00\" ");
    EXPECT_EQ(titles("search=QUOKKA,alpha"), "\"5.00\" ");
    EXPECT_EQ(titles("search=%22quokka%20beta%22"), "\"6.00\" ");
    EXPECT_EQ(titles("search=quo%25"), "");
    EXPECT_EQ(titles("search=quokka&city=Sylhet"), "\"6.00\" ");
    EXPECT_EQ(titles("search=quokka&city=Nowhere&status=sold"), "");
    EXPECT_EQ(titles("search=quokka&year=1&city=%20"), "");
    EXPECT_EQ(titles("search=quokka&year=%20&make="), "\"5.00\" \"6.00\" ");
    EXPECT_EQ(
        told(client.get("/api/cars/?status=nonsense&year=new&is_featured=perhaps&city=Sylhet")),
        R"(400 {"year":["A valid integer is required."],"status":["\"nonsense\" is not a valid choice."],)"
        R"("is_featured":["Must be a valid boolean."]})");
    EXPECT_EQ(client.get("/api/cars/?search=a%00b").status, 400);
    EXPECT_EQ(client.get("/api/cars/?search=%ff%fe").status, 200);
    EXPECT_EQ(client.get("/api/cars/?make=a%00b").status, 400);
}

TEST_F(CarsApi, TheSearchPageChecksItsParameters) {
    EXPECT_EQ(
        told(client.get("/api/cars/search/?condition=x&year_from=abc&price_from=abc")),
        R"(400 {"year_from":["A valid integer is required."],"price_from":["A valid number is required."],)"
        R"("condition":["\"x\" is not a valid choice."]})");
    EXPECT_EQ(client.get("/api/cars/search/?make=&year_from=").status, 200);
    create(true, "Axolotl");
    const auto found =
        client.get("/api/cars/search/?make=toy&year_from=2019&price_from=1&city=dha&search=axol").json();
    EXPECT_EQ(found.at("count").as_int64(), 1);
}

TEST_F(CarsApi, SellersCarsAndMyListings) {
    const auto fresh = register_seller(shared_server());
    create_car(shared_server(), fresh, true);
    create_car(shared_server(), fresh, false);
    EXPECT_EQ(client.get("/api/cars/my_listings/", fresh.access).json().at("count").as_int64(), 2);
    EXPECT_EQ(told(client.get("/api/cars/my_listings/")), R"(401 {"error":"Authentication required"})");
    EXPECT_EQ(client.get("/api/cars/seller_cars/?seller_id=" + fresh.id).json().at("count").as_int64(), 1);
    EXPECT_EQ(told(client.get("/api/cars/seller_cars/")), R"(400 {"error":"seller_id parameter required"})");
    EXPECT_EQ(told(client.get("/api/cars/seller_cars/?seller_id=abc")),
              R"(400 {"seller_id":["Must be a valid UUID."]})");
    EXPECT_EQ(told(client.get("/api/cars/seller_cars/?seller_id=00000000-0000-0000-0000-000000000003")),
              R"(200 {"count":0,"next":null,"previous":null,"results":[]})");
}

TEST_F(CarsApi, TheListsOfActionsAreOrderedAsAsked) {
    const auto fresh = register_seller(shared_server());
    for (const auto price : {"6", "5", "7"}) {
        auto body = car_body("Pangolin");
        body["price"] = price;
        client.action(path(id_of(client.post("/api/cars/", body, fresh.access)), "approve/"), staff.access);
    }
    for (const auto& list :
         {"search/?search=pangolin"s, "seller_cars/?seller_id=" + fresh.id, "my_listings/?"s}) {
        const auto ordered = [&](std::string_view by) {
            return prices(client.get(fmt::format("/api/cars/{}&ordering={}", list, by), fresh.access));
        };
        EXPECT_EQ(ordered("price"), R"("5.00" "6.00" "7.00" )") << list;
        EXPECT_EQ(ordered("-price"), R"("7.00" "6.00" "5.00" )") << list;
        EXPECT_EQ(ordered("seller"), R"("7.00" "5.00" "6.00" )") << list;
    }
}

TEST_F(CarsApi, PicturesAreUploadedMadePrimaryAndRemoved) {
    const auto id = create();
    EXPECT_EQ(told(client.action(path(id, "upload_images/"), seller.access)),
              R"(400 {"error":"No images provided"})");
    EXPECT_EQ(
        told(upload(id, {{"images", "evil.html", "text/html", "<script></script>"}}, seller)),
        R"(400 {"images":{"0":["Upload a valid image. The file you uploaded was either not an image or a )"
        R"(corrupted image."]}})");
    const auto added = upload(
        id, {{"images", "a.png", "image/png", small_png()}, {"images", "b.jpg", "image/jpeg", small_jpeg()}},
        seller);
    ASSERT_EQ(added.status, 201) << added.body;
    const auto images = added.json().at("images").as_array();
    ASSERT_EQ(images.size(), 2u);
    EXPECT_THAT(std::string(images[0].at("image").as_string()), ::testing::StartsWith("/media/cars/"));
    EXPECT_FALSE(images[0].at("is_primary").as_bool());
    EXPECT_EQ(client.get(images[0].at("image").as_string()).header("Content-Type"), "image/png");
    EXPECT_EQ(told(upload(id, {{"images", "a.png", "image/png", small_png()}}, other)), not_yours);

    const auto set = [&](const json::value& body) {
        return client.post(path(id, "set_primary_image/"), body, seller.access);
    };
    EXPECT_EQ(told(set(json::object{})), R"(400 {"error":"image_id required"})");
    EXPECT_EQ(told(set({{"image_id", "abc"}})), R"(400 {"image_id":["Must be a valid UUID."]})");
    EXPECT_EQ(told(set({{"image_id", "00000000-0000-0000-0000-000000000008"}})),
              R"(404 {"error":"Image not found"})");
    const auto primary = set({{"image_id", images[1].at("id")}});
    EXPECT_EQ(primary.status, 200);
    EXPECT_TRUE(primary.json().at("image").at("is_primary").as_bool());
    const auto seen = client.get(path(id)).json();
    EXPECT_EQ(seen.at("images").at(0).at("id"), images[1].at("id"));
    EXPECT_THAT(std::string(seen.at("images").at(0).at("image").as_string()),
                ::testing::StartsWith("http://"));
    const auto listed = client.get("/api/cars/seller_cars/?page_size=100&seller_id=" + seller.id).json();
    for (const auto& car : listed.at("results").as_array())
        if (car.at("id").as_string() == id) {
            EXPECT_EQ(car.at("primary_image").at("id"), images[1].at("id"));
        }

    const auto one = path(id, fmt::format("images/{}/", std::string(images[1].at("id").as_string())));
    EXPECT_EQ(told(client.del(one, other.access)), not_yours);
    EXPECT_EQ(told(client.del(one, seller.access)), "204 ");
    EXPECT_EQ(told(client.del(one, seller.access)),
              R"(404 {"detail":"No CarImage matches the given query."})");
    EXPECT_EQ(client.get(path(id)).json().at("images").as_array().size(), 1u);
}

TEST_F(CarsApi, AListingHasAtMostTwentyPictures) {
    const auto id = create();
    const std::vector<form_file> eleven(11, {"images", "a.png", "image/png", small_png()});
    EXPECT_EQ(upload(id, eleven, seller).status, 201);
    EXPECT_EQ(told(upload(id, eleven, seller)), R"(400 {"error":"A listing can have at most 20 images"})");
    EXPECT_EQ(client.get(path(id)).json().at("images").as_array().size(), 11u);
}

TEST_F(CarsApi, ASpecificationIsReadByWhoSeesTheCarAndWrittenByItsOwner) {
    const auto id = create();
    const auto where = path(id, "specification/");
    EXPECT_EQ(told(client.get(where)), R"(404 {"detail":"No CarSpecification matches the given query."})");
    EXPECT_EQ(told(client.put(where, {{"horsepower", 203}}, other.access)), not_yours);
    EXPECT_EQ(told(client.put(where, {{"horsepower", 203}})), no_login);
    EXPECT_EQ(told(client.patch(where, {{"horsepower", "x"}}, seller.access)),
              R"(400 {"horsepower":["A valid integer is required."]})");
    const auto made = client.put(
        where, {{"horsepower", 203}, {"acceleration_0_100", "8.4"}, {"length", "488.50"}}, seller.access);
    ASSERT_EQ(made.status, 200) << made.body;
    EXPECT_EQ(field(made, "acceleration_0_100"), "\"8.40\"");
    EXPECT_EQ(field(client.patch(where, {{"torque", 249}}, seller.access), "horsepower"), "203");
    const auto put = client.put(where, {{"horsepower", 204}, {"length", nullptr}}, seller.access);
    EXPECT_EQ(field(put, "id"), field(made, "id"));
    EXPECT_EQ(field(put, "horsepower"), "204");
    EXPECT_EQ(field(put, "torque"), "249"); // not named: stays
    EXPECT_EQ(field(put, "length"), "null");
    EXPECT_EQ(client.get(path(id)).json().at("specification").at("torque").as_int64(), 249);
    EXPECT_EQ(told(client.get(path(create(false), "specification/"))), not_there);
}

TEST_F(CarsApi, ADeletedCarIsGoneWithItsPictures) {
    const auto id = create();
    const auto added = upload(id, {{"images", "a.png", "image/png", small_png()}}, seller);
    const std::string picture(added.json().at("images").at(0).at("image").as_string());
    EXPECT_EQ(client.get(picture).status, 200);
    EXPECT_EQ(client.get(path(id)).status, 200);
    const auto gone = client.del(path(id), seller.access);
    EXPECT_EQ(told(gone), "204 ");
    EXPECT_EQ(gone.header("Content-Length"), "0");
    EXPECT_EQ(told(client.get(path(id))), not_there);
    EXPECT_EQ(client.get(picture).status, 404);
    EXPECT_EQ(told(client.del(path(id), seller.access)), not_there);
}

TEST_F(CarsApi, PicturesThatArriveWhileTheirCarIsDeletedLeaveNoFile) {
    const auto files = [] {
        std::size_t count = 0;
        for (const auto& each : std::filesystem::recursive_directory_iterator(
                 shared_server().shared_world()->folder() / "media"))
            count += each.is_regular_file();
        return count;
    };
    const auto before = files();
    std::map<int, int> uploaded;
    for (int round = 0; round < 10; ++round) {
        const auto id = create(false);
        std::vector<std::future<int>> uploads;
        for (int i = 0; i < 4; ++i)
            uploads.push_back(std::async(std::launch::async, [&] {
                return upload(id, {{"images", "a.png", "image/png", small_png()}}, seller).status;
            }));
        if (round % 2) // some in time, some not
            uploads.front().wait();
        EXPECT_EQ(client.del(path(id), seller.access).status, 204);
        for (auto& each : uploads)
            ++uploaded[each.get()];
    }
    EXPECT_EQ(uploaded[201] + uploaded[404], 40);
    EXPECT_GT(uploaded[201], 0);
    EXPECT_TRUE(eventually([&] { return files() == before; })) << files() - before << " files are left";
}

TEST_F(CarsApi, CarsOfASuspendedSellerVanishAndComeBack) {
    const auto fresh = register_seller(shared_server());
    const auto id = create_car(shared_server(), fresh, true);
    EXPECT_EQ(client.get(path(id)).status, 200);
    const auto count = [&] { return client.get("/api/cars/").json().at("count").as_int64(); };
    const auto before = count();
    ASSERT_EQ(client.post("/api/users/" + fresh.id + "/suspend/", {{"reason", "x"}}, staff.access).status,
              200);
    EXPECT_EQ(told(client.get(path(id))), not_there);
    EXPECT_EQ(count(), before - 1);
    EXPECT_EQ(client.get(path(id), staff.access).status, 200);
    ASSERT_EQ(client.action("/api/users/" + fresh.id + "/unsuspend/", staff.access).status, 200);
    EXPECT_EQ(client.get(path(id)).status, 200);
    EXPECT_EQ(count(), before);
}

TEST_F(CarsApi, MethodsThatAreNotThereAreRefusedAfterTheLogin) {
    const auto id = create();
    EXPECT_EQ(told(client.put("/api/cars/", json::object{}, seller.access)),
              R"(405 {"detail":"Method \"PUT\" not allowed."})");
    EXPECT_EQ(told(client.put("/api/cars/", json::object{})), no_login);
    EXPECT_EQ(client.get(path(id, "mark_as_sold/")).status, 405);
    EXPECT_EQ(client.get(path(id)).header("Allow"), "GET, PUT, PATCH, DELETE, HEAD, OPTIONS");
}

} // namespace
} // namespace mvp::test
