// Fields that clients may not set are ignored wherever they are sent: every column of a row, and every key
// that an answer shows, but those that the document lets a body hold, on every operation that writes rows.
#include "tests/support/contract.hpp"
#include "tests/support/server.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <functional>
#include <map>
#include <set>
#include <tuple>

namespace mvp::test {
namespace {

/// Where rows are written. A PUT, PATCH or creating POST that is not here fails the first test.
struct writer {
    std::string_view operation;
    std::string_view table, shown; ///< "": it is no row's fields that the body holds
};
constexpr writer writers[] = {
    {"users_create", "users", "UserProfile"},
    {"users_register", "users", "UserProfile"},
    {"users_update", "users", "UserProfile"},
    {"users_partial_update", "users", "UserProfile"},
    {"cars_create", "cars", "CarDetail"},
    {"cars_update", "cars", "CarDetail"},
    {"cars_partial_update", "cars", "CarDetail"},
    {"cars_specification_update", "car_specifications", "CarSpecification"},
    {"cars_specification_partial_update", "car_specifications", "CarSpecification"},
    {"reviews_create", "reviews", "Review"},
    {"reviews_update", "reviews", "Review"},
    {"reviews_partial_update", "reviews", "Review"},
    {"part_reviews_create", "part_reviews", "PartReview"},
    {"part_reviews_update", "part_reviews", "PartReview"},
    {"part_reviews_partial_update", "part_reviews", "PartReview"},
    {"parts_create", "parts", "PartDetail"},
    {"parts_update", "parts", "PartDetail"},
    {"parts_partial_update", "parts", "PartDetail"},
    {"part_categories_create", "part_categories", "PartCategory"},
    {"part_categories_update", "part_categories", "PartCategory"},
    {"part_categories_partial_update", "part_categories", "PartCategory"},
    {"company_stores_create", "company_stores", "CompanyStore"},
    {"company_stores_update", "company_stores", "CompanyStore"},
    {"company_stores_partial_update", "company_stores", "CompanyStore"},
    {"forum_categories_create", "forum_categories", "ForumCategory"},
    {"forum_categories_update", "forum_categories", "ForumCategory"},
    {"forum_categories_partial_update", "forum_categories", "ForumCategory"},
    {"forum_threads_create", "forum_threads", "ForumThreadDetail"},
    {"forum_threads_update", "forum_threads", "ForumThreadDetail"},
    {"forum_threads_partial_update", "forum_threads", "ForumThreadDetail"},
    {"forum_threads_add_response", "forum_responses", "ForumResponse"},
    {"forum_responses_create", "forum_responses", "ForumResponse"},
    {"forum_responses_update", "forum_responses", "ForumResponse"},
    {"forum_responses_partial_update", "forum_responses", "ForumResponse"},
    {"forum_experts_create", "expert_verifications", "ExpertVerification"},
    {"forum_experts_update", "expert_verifications", "ExpertVerification"},
    {"forum_experts_partial_update", "expert_verifications", "ExpertVerification"},
    {"comments_create", "comments", "Comment"},
    {"comments_update", "comments", "Comment"},
    {"comments_partial_update", "comments", "Comment"},
    {"comments_reply", "comment_replies", "CommentReply"},
    {"comment_replies_create", "comment_replies", "CommentReply"},
    {"comment_replies_update", "comment_replies", "CommentReply"},
    {"comment_replies_partial_update", "comment_replies", "CommentReply"},
    {"announcements_create", "", ""},
    {"notification_preferences_unsubscribe_create", "", ""},
    {"notifications_partial_update", "notifications", "Notification"},
    {"notification_preferences_replace", "notification_preferences", "NotificationPreference"},
    {"notification_preferences_update", "notification_preferences", "NotificationPreference"},
    {"notification_preferences_update_preferences", "notification_preferences", "NotificationPreference"},
};

struct described {
    std::string method, path;
    const json::object* operation;
};

std::map<std::string, described> operations() {
    std::map<std::string, described> found;
    for (const auto& path : program_contract().document().at("paths").as_object())
        for (const auto& method : path.value().as_object())
            found[method.value().at("operationId").as_string().c_str()] = {
                std::string(method.key()), std::string(path.key()), &method.value().as_object()};
    return found;
}

const json::object& component(std::string_view name) {
    return program_contract().document().at("components").at("schemas").at(name).as_object();
}

/// What the operation's body may hold when it comes from others than staff.
std::set<std::string> taken(const described& by) {
    const auto& schema = by.operation->at("requestBody")
                             .at("content")
                             .at("multipart/form-data")
                             .at("schema")
                             .at("$ref")
                             .as_string();
    std::set<std::string> names;
    for (const auto& field :
         component(std::string_view(schema).substr(std::string_view("#/components/schemas/").size()))
             .at("properties")
             .as_object())
        if (!field.value().as_object().contains("x-staff-only"))
            names.insert(field.key());
    return names;
}

/// A value like the one that is there, but another; for what is not there, one that no field would take.
json::value forged(const json::value& now) {
    if (now.is_bool())
        return !now.get_bool();
    if (now.is_number())
        return 4711;
    if (now.is_array())
        return json::array{"forged"};
    if (!now.is_string())
        return "forged";
    const std::string_view text = now.get_string();
    if (text.size() == 36 && text[8] == '-')
        return "11111111-1111-4111-8111-111111111111";
    if (text.size() > 18 && text[10] == 'T')
        return "2001-02-03T04:05:06Z";
    return "forged";
}

/// Posts JSON, or with a file a form.
reply send(const std::string& path, const json::object& body, const std::string& token,
           const form_file* file = nullptr) {
    auto client = shared_server().client();
    if (!file)
        return client.post(path, body, token);
    form_fields fields;
    for (const auto& field : body)
        fields.emplace_back(field.key(), field.value().is_string() ? std::string(field.value().get_string())
                                                                   : json::serialize(field.value()));
    return client.form("POST", path, fields, {*file}, token);
}

/// Bodies and rows of one writer.
class forger {
  public:
    explicit forger(std::string_view operation) : by_(operations().at(std::string(operation))) {
        for (const auto& w : writers)
            if (w.operation == operation)
                writer_ = w;
    }

    json::object row(const std::string& where) const {
        return json::parse(
                   shared_server()
                       .database()
                       .sql(fmt::format("SELECT to_jsonb(t) FROM {} t WHERE {}", writer_.table, where))
                       .at(0)
                       .at(0))
            .as_object();
    }

    /// `body` with a forged value for everything that it may not hold.
    json::object forge(json::object body, const json::object& row) const {
        const auto allowed = taken(by_);
        for (const auto& column : row)
            if (!allowed.count(column.key()))
                body[column.key()] = forged(column.value());
        for (const auto& key : component(writer_.shown).at("properties").as_object())
            if (!allowed.count(key.key()) && !body.contains(key.key()))
                body[key.key()] = "forged";
        return body;
    }

    void expect_untouched(const json::object& body, const json::object& before,
                          const json::object& after) const {
        const auto allowed = taken(by_);
        for (const auto& column : before) {
            const std::string name = column.key();
            if (allowed.count(name))
                continue;
            // What others change meanwhile must at least not be what was sent.
            static const std::set<std::string> moving{"updated_at", "search_text", "notification_seq"};
            if (moving.count(name)) {
                EXPECT_NE(json::serialize(after.at(name)), json::serialize(body.at(name))) << name;
            } else {
                EXPECT_EQ(json::serialize(after.at(name)), json::serialize(column.value()))
                    << writer_.operation << " takes " << name;
            }
        }
        EXPECT_GT(body.size(), 1u);
    }

    /// Sends a body with forgeries to a path, as an owner who is no staff; the row must stay as it was.
    void change(const std::string& path, json::object body, const std::string& where, const user& who) const {
        const auto before = row(where);
        body = forge(std::move(body), before);
        auto client = shared_server().client();
        std::string method = by_.method == "put" ? "PUT" : by_.method == "patch" ? "PATCH" : "POST";
        const auto answer = client.request(
            method, path, {{"Authorization", "Bearer " + who.access}, {"Content-Type", "application/json"}},
            json::serialize(body));
        EXPECT_EQ(answer.status, 200) << writer_.operation << ' ' << answer.body;
        expect_untouched(body, before, row(where));
    }

    /// Creates a row with forgeries; it must hold none of them, but what `model` (another new row) has.
    void create(const std::string& path, const json::object& body, const json::object& model,
                const std::set<std::string>& own, const std::string& where, const std::string& token,
                const form_file* file = nullptr) const {
        const auto whole = forge(body, model);
        const auto answer = send(path, whole, token, file);
        ASSERT_EQ(answer.status, 201) << writer_.operation << ' ' << answer.body;
        const auto made = row(where);
        const auto allowed = taken(by_);
        for (const auto& column : made) {
            const std::string name = column.key();
            if (allowed.count(name))
                continue;
            EXPECT_NE(json::serialize(column.value()), json::serialize(whole.at(name)))
                << writer_.operation << " takes " << name;
            if (own.count(name))
                continue;
            EXPECT_EQ(json::serialize(column.value()), json::serialize(model.at(name)))
                << writer_.operation << " takes " << name;
        }
    }

  private:
    described by_;
    writer writer_{};
};

TEST(MassAssignment, KnowsEveryOperationThatWritesRows) {
    std::set<std::string_view> known;
    for (const auto& w : writers)
        known.insert(w.operation);
    for (const auto& [id, by] : operations()) {
        const bool writes = by.method == "put" || by.method == "patch" || id.ends_with("_create");
        EXPECT_TRUE(!writes || known.count(id)) << "say in writers what " << id << " writes";
    }
}

TEST(MassAssignment, OfUsers) {
    const auto who = register_seller(shared_server());
    const auto where = fmt::format("id = '{}'", who.id);
    const auto path = "/api/users/" + who.id + "/";
    const json::object names{{"first_name", "Ada"}, {"last_name", "Lovelace"}};
    forger("users_update").change(path, names, where, who);
    forger("users_partial_update").change(path, names, where, who);

    const auto model =
        forger("users_create").row(fmt::format("id = '{}'", register_user(shared_server()).id));
    const std::set<std::string> own{"id",         "password_hash", "date_joined", "updated_at",
                                    "last_login", "search_text",   "password"};
    for (const auto& [operation, path] :
         {std::pair{"users_create", "/api/users/"}, std::pair{"users_register", "/api/users/register/"}}) {
        const std::string email = std::string(operation) + "-forger@example.com";
        json::object body = names;
        body["email"] = email;
        for (const auto* name : {"password", "password2"})
            body[name] = good_password;
        forger(operation).create(path, body, model, own, fmt::format("email = '{}'", email), "");
    }
}

TEST(MassAssignment, OfCarsAndTheirSpecifications) {
    const auto who = register_seller(shared_server());
    const auto id = create_car(shared_server(), who, false, "2020 Toyota Camry");
    const auto where = fmt::format("id = '{}'", id), path = "/api/cars/" + id + "/";
    forger("cars_update").change(path, car_body(), where, who);
    forger("cars_partial_update").change(path, {}, where, who);
    forger("cars_create")
        .create("/api/cars/", car_body("Forged"), forger("cars_create").row(where),
                {"id", "created_at", "updated_at", "search_text"}, "title = 'Forged'", who.access);

    auto client = shared_server().client();
    client.put(path + "specification/", json::object{}, who.access);
    const auto of_car = fmt::format("car_id = '{}'", id);
    forger("cars_specification_partial_update").change(path + "specification/", {}, of_car, who);
    forger("cars_specification_update").change(path + "specification/", {}, of_car, who);
}

TEST(MassAssignment, OfReviews) {
    const auto who = register_user(shared_server());
    auto client = shared_server().client();
    const std::string part =
        shared_server()
            .database()
            .sql("INSERT INTO parts (seller_id, name, description, condition, price, "
                 "quantity_in_stock, status) VALUES ($1, 'n', 'd', 'new', 1, 1, 'active') "
                 "RETURNING id",
                 {register_seller(shared_server()).id})
            .at(0)
            .at(0);
    for (const auto& [name, path, subject, id] :
         {std::tuple{"reviews", "/api/reviews/", "seller_id", register_seller(shared_server()).id},
          std::tuple{"part_reviews", "/api/part-reviews/", "part_id", part}}) {
        const auto operation = [&, name = name](std::string_view what) {
            return forger(fmt::format("{}_{}", name, what));
        };
        const auto by = [&](const user& reviewer) { return fmt::format("reviewer_id = '{}'", reviewer.id); };
        json::object body{{subject, id}, {"title", "t"}, {"text", "x"}, {"rating", 4}};
        const auto first = register_user(shared_server());
        ASSERT_EQ(client.post(path, body, first.access).status, 201);
        operation("create").create(path, body, operation("create").row(by(first)),
                                   {"id", "reviewer_id", "created_at", "updated_at"}, by(who), who.access);
        const auto mine = operation("create").row(by(who)).at("id").as_string();
        const auto one = fmt::format("{}{}/", path, std::string_view(mine));
        body.erase(subject);
        operation("update").change(one, body, by(who), who);
        operation("partial_update").change(one, {}, by(who), who);
    }
}

/// The columns that every new row has of its own.
std::set<std::string> own(std::string_view more = "id") {
    return {"id", "created_at", "updated_at", "search_text", std::string(more)};
}

/// Creates two rows, the second with forgeries, and changes the first with forgeries. `body(n)` tells them
/// apart, and `where(n)` finds them; each has the columns of `mine` of its own.
void forge_all(const std::string& name, const std::string& base, const std::function<json::object(int)>& body,
               const std::function<std::string(int)>& where, const std::set<std::string>& mine,
               const std::function<user(int)>& by) {
    const auto operation = [&](std::string_view what) { return forger(fmt::format("{}_{}", name, what)); };
    const auto model = send(base, body(1), by(1).access);
    ASSERT_EQ(model.status, 201) << model.body;
    const auto row = operation("create").row(where(1));
    operation("create").create(base, body(2), row, mine, where(2), by(2).access);
    const auto one = fmt::format("{}{}/", base, std::string_view(row.at("id").as_string()));
    operation("update").change(one, body(1), where(1), by(1));
    operation("partial_update").change(one, {}, where(1), by(1));
}

TEST(MassAssignment, OfCategoriesByStaff) {
    const auto staff = register_staff(shared_server());
    for (const auto& [name, base] : {std::pair{"forum_categories", "/api/forum/categories/"},
                                     std::pair{"part_categories", "/api/part-categories/"}})
        forge_all(
            name, base,
            [](int n) {
                return json::object{{"name", fmt::format("Forged {}", n)}, {"description", "d"}};
            },
            [](int n) { return fmt::format("name = 'Forged {}'", n); }, own(), [&](int) { return staff; });
}

TEST(MassAssignment, OfParts) {
    const auto who = register_seller(shared_server());
    forge_all(
        "parts", "/api/parts/",
        [](int n) {
            return json::object{{"name", fmt::format("Forged {}", n)},
                                {"description", "d"},
                                {"condition", "new"},
                                {"price", "10.00"},
                                {"quantity_in_stock", 5}};
        },
        [&](int n) { return fmt::format("seller_id = '{}' AND name = 'Forged {}'", who.id, n); }, own(),
        [&](int) { return who; });
}

TEST(MassAssignment, OfCompaniesStores) {
    std::map<int, user> companies;
    for (const int n : {1, 2})
        companies[n] = register_user(shared_server(), "company",
                                     {{"user_type", "company"},
                                      {"company_name", "Stores Ltd"},
                                      {"company_registration_number", fmt::format("S-{}", n)}});
    forge_all(
        "company_stores", "/api/company-stores/",
        [](int) {
            json::object body{{"store_email", "s@example.com"}};
            for (const char* text : {"store_name", "store_description", "store_phone", "store_address",
                                     "store_city", "store_state", "store_country"})
                body[text] = "x";
            return body;
        },
        [&](int n) { return fmt::format("company_id = '{}'", companies.at(n).id); }, own("company_id"),
        [&](int n) { return companies.at(n); });
}

TEST(MassAssignment, OfThreadsAndResponses) {
    const auto who = register_user(shared_server());
    auto client = shared_server().client();
    const std::string base = "/api/forum/threads/";
    const auto model = client.post(base, json::object{{"title", "m"}, {"description", "d"}}, who.access);
    ASSERT_EQ(model.status, 201) << model.body;
    const std::string id = model.json().at("id").as_string().c_str();
    const auto thread = fmt::format("id = '{}'", id);
    const forger create("forum_threads_create");
    create.create(base, {{"title", "f"}, {"description", "d"}}, create.row(thread), own(),
                  fmt::format("author_id = '{}' AND title = 'f'", who.id), who.access);
    forger("forum_threads_update")
        .change(base + id + "/", {{"title", "m"}, {"description", "d"}}, thread, who);
    forger("forum_threads_partial_update").change(base + id + "/", {}, thread, who);

    const auto of_thread = [&](std::string_view content) {
        return fmt::format("thread_id = '{}' AND content = '{}'", id, content);
    };
    ASSERT_EQ(
        client.post(base + id + "/add_response/", json::object{{"content", "model"}}, who.access).status,
        201);
    const forger respond("forum_threads_add_response"), post("forum_responses_create");
    respond.create(base + id + "/add_response/", {{"content", "forged"}}, respond.row(of_thread("model")),
                   own(), of_thread("forged"), who.access);
    post.create("/api/forum/responses/", {{"content", "again"}, {"thread", id}}, post.row(of_thread("model")),
                own(), of_thread("again"), who.access);
    const std::string response = respond.row(of_thread("model")).at("id").as_string().c_str();
    const auto path = "/api/forum/responses/" + response + "/", where = fmt::format("id = '{}'", response);
    forger("forum_responses_update").change(path, {{"content", "model"}}, where, who);
    forger("forum_responses_partial_update").change(path, {}, where, who);
}

TEST(MassAssignment, OfCommentsAndReplies) {
    const auto who = register_user(shared_server());
    const auto car = create_car(shared_server(), register_seller(shared_server()), true, "2020 Toyota Camry");
    const auto text = [&](int n) {
        return fmt::format("author_id = '{}' AND text = 'Forged {}'", who.id, n);
    };
    const auto by = [&](int) { return who; };
    forge_all(
        "comments", "/api/comments/",
        [&](int n) {
            return json::object{
                {"content_type", "car"}, {"object_id", car}, {"text", fmt::format("Forged {}", n)}};
        },
        text, own(), by);
    const forger comments("comments_create"), reply("comments_reply");
    const std::string comment = comments.row(text(1)).at("id").as_string().c_str();
    forge_all(
        "comment_replies", "/api/comment-replies/",
        [&](int n) {
            return json::object{{"comment", comment}, {"text", fmt::format("Forged {}", n)}};
        },
        text, own(), by);
    reply.create("/api/comments/" + comment + "/reply/", {{"text", "Forged 3"}}, reply.row(text(1)), own(),
                 text(3), who.access);
}

TEST(MassAssignment, OfExperts) {
    const auto who = register_user(shared_server()), first = register_user(shared_server());
    const std::string base = "/api/forum/experts/";
    const json::object body{{"expertise_areas", json::array{}}, {"years_of_experience", 5}, {"bio", "b"}};
    const form_file document{"verification_document", "a.pdf", "application/pdf", small_pdf()};
    const auto of = [](const user& u) { return fmt::format("user_id = '{}'", u.id); };
    const forger create("forum_experts_create");
    ASSERT_EQ(send(base, body, first.access, &document).status, 201);
    create.create(base, body, create.row(of(first)), own("user_id"), of(who), who.access, &document);
    const std::string id = create.row(of(who)).at("id").as_string().c_str();
    forger("forum_experts_update").change(base + id + "/", body, of(who), who);
    forger("forum_experts_partial_update").change(base + id + "/", {}, of(who), who);
}

TEST(MassAssignment, OfNotificationsAndPreferences) {
    const auto who = register_seller(shared_server());
    std::string id;
    const auto told = [&] {
        const auto rows = shared_server().database().sql(
            "SELECT id FROM notifications WHERE user_id = $1 LIMIT 1", {who.id});
        if (!rows.empty())
            id = rows.at(0).at(0);
        return !rows.empty();
    };
    ASSERT_TRUE(eventually(told));
    forger("notifications_partial_update")
        .change("/api/notifications/" + id + "/", {}, fmt::format("id = '{}'", id), who);

    auto client = shared_server().client();
    ASSERT_EQ(client.get("/api/notification-preferences/", who.access).status, 200);
    const auto where = fmt::format("user_id = '{}'", who.id);
    const std::string base = "/api/notification-preferences/";
    forger("notification_preferences_replace").change(base, {}, where, who);
    forger("notification_preferences_update").change(base + "x/", {}, where, who);
    forger("notification_preferences_update_preferences")
        .change(base + "update_preferences/", {}, where, who);
}

} // namespace
} // namespace mvp::test
