#include "tests/api/killing_writer.hpp"

#include "tests/support/answers.hpp"

#include <fmt/chrono.h>
#include <thread>

namespace mvp::test::killing {
namespace {

json::object review_of(std::string_view subject, const std::string& id) {
    return {{"title", "Good"}, {"text", "Fine"}, {"rating", 5}, {subject, id}};
}

json::object store() {
    return {{"store_name", "First"},    {"store_description", "d"},  {"store_email", "s@example.com"},
            {"store_phone", "+880170"}, {"store_address", "1 Main"}, {"store_city", "Dhaka"},
            {"store_state", "Dhaka"},   {"store_country", "BD"}};
}

} // namespace

std::string at(std::string_view collection, const std::string& id, std::string_view action) {
    return fmt::format("/api/{}/{}/{}", collection, id, action);
}

stage::stage() : asker(register_user(one, "asker")), shop(company_that_sells()) {
    make_expert(asker);
    part = create_part(one, shop, true);
    make("company-stores", store(), shop);
    thread = make("forum/threads", {{"title", "Noise"}, {"description", "Why?"}}, asker);
    response = make("forum/responses", {{"thread", thread}, {"content", "Anybody?"}}, asker);
    comment =
        make("comments", {{"content_type", "part"}, {"object_id", part}, {"text", "Is it new?"}}, asker);
    answer = make("comment-replies", {{"comment", comment}, {"text", "It is."}}, shop);
    review = make("reviews", review_of("seller_id", shop.id), asker);
    part_review = make("part-reviews", review_of("part_id", part), asker);
    for (int i = 0; i < 4; ++i) {
        people.push_back(company_that_sells());
        own_parts.push_back(create_part(one, people.back(), true));
    }
    make_expert(people[0]);
    last_said.resize(people.size());
}

user stage::company_that_sells() {
    auto who = register_company(one);
    enable_selling(one, who);
    return who;
}

void stage::make_expert(const user& who) {
    shared->sql("INSERT INTO expert_verifications (user_id, years_of_experience, bio, status, "
                "verification_document) VALUES ($1, 9, 'b', 'approved', 'd')",
                {who.id});
}

std::string stage::make(std::string_view collection, const json::object& body, const user& by) {
    const auto r = one.client().post(fmt::format("/api/{}/", collection), body, by.access);
    if (r.status != 201)
        throw std::runtime_error(fmt::format("{} {}", collection, told(r)));
    return id_of(r);
}

void stage::note_odd(std::string what) {
    std::lock_guard lock(mutex);
    odd.push_back(
        fmt::format("{:%T} after trouble {}: {}", std::chrono::system_clock::now(), troubles / 2, what));
}

writer::writer(stage& on, std::size_t place)
    : on_(on), place_(place), who_(on.people[place]), client_((place % 2 ? on.two : on.one).client()),
      last_thread_(on.thread) {
    add_votes();
    add_marks();
    add_belongings();
}

void writer::write_until(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        for (auto& each : things_)
            take_step(each);
        add_rows();
        flag_neighbour();
        look();
    }
}

/// SQL of what the user has in that table about one thing; "" if nothing.
std::string writer::state(std::string_view what, std::string_view table, std::string_view key,
                          const std::string& id, std::string_view user_column) const {
    return fmt::format("SELECT coalesce((SELECT {}::text FROM {} WHERE {} = '{}' AND {} = '{}'), '')", what,
                       table, key, id, user_column, who_.id);
}

void writer::add_votes() {
    const auto path = at("forum/responses", on_.response, "vote/");
    things_.push_back({state("vote_type", "response_votes", "response_id", on_.response),
                       {""},
                       {{"POST", path, {{"vote_type", "helpful"}}, "helpful"},
                        {"POST", path, {{"vote_type", "unhelpful"}}, "unhelpful"},
                        {"DELETE", at("forum/responses", on_.response, "remove_vote/"), {}, ""}}});
    const auto add = [&](std::string_view table, std::string_view collection, const std::string& id,
                         std::string_view word) {
        const auto to = [&](std::string_view end) {
            return at(collection, id, fmt::format("{}{}/", word, end));
        };
        things_.push_back({state("vote_type", table, "review_id", id),
                           {""},
                           {{"POST", to("_helpful"), {}, "helpful"},
                            {"POST", to("_unhelpful"), {}, "unhelpful"},
                            {"DELETE", at(collection, id, "remove_vote/"), {}, ""}}});
    };
    add("review_votes", "reviews", on_.review, "mark");
    add("part_review_votes", "part-reviews", on_.part_review, "vote");
}

void writer::add_marks() {
    const auto add_like = [&](std::string_view table, std::string_view key, std::string_view collection,
                              const std::string& id) {
        things_.push_back({state("'liked'", table, key, id),
                           {""},
                           {{"POST", at(collection, id, "like/"), {}, "liked"},
                            {"POST", at(collection, id, "unlike/"), {}, ""}}});
    };
    add_like("comment_likes", "comment_id", "comments", on_.comment);
    add_like("comment_reply_likes", "reply_id", "comment-replies", on_.answer);
    const auto add_review = [&](std::string_view table, std::string_view collection, std::string_view column,
                                const std::string& subject) {
        const auto all = fmt::format("/api/{}/", collection);
        things_.push_back({state("rating", table, column, subject, "reviewer_id"),
                           {""},
                           {{"POST", all, review_of(column, subject), "5"},
                            {"PATCH", all + "{}/", {{"rating", 2}}, "2"},
                            {"DELETE", all + "{}/", {}, ""}}});
    };
    add_review("reviews", "reviews", "seller_id", on_.shop.id);
    add_review("part_reviews", "part-reviews", "part_id", on_.part);
}

void writer::add_belongings() {
    const auto& part = on_.own_parts[place_];
    const auto stock = [&](int n) {
        return thing::step{"PATCH", at("parts", part), {{"quantity_in_stock", n}}, std::to_string(n)};
    };
    things_.push_back({state("quantity_in_stock", "parts", "id", part, "seller_id"),
                       {"50"},
                       {stock(7), stock(0), stock(8)}});
    const std::string stores = "/api/company-stores/";
    things_.push_back({state("store_name", "company_stores", "company_id", who_.id, "company_id"),
                       {""},
                       {{"POST", stores, store(), "First"},
                        {"PATCH", stores + "{}/", {{"store_name", "Second"}}, "Second"},
                        {"DELETE", stores + "{}/", {}, ""}}});
}

std::optional<reply> writer::ask(std::string_view method, const std::string& path, const json::value& body,
                                 std::string_view token) {
    header_list headers;
    if (!token.empty())
        headers.emplace_back("Authorization", fmt::format("Bearer {}", token));
    if (!body.is_null())
        headers.emplace_back("Content-Type", "application/json");
    const unsigned before = on_.troubles;
    std::string failed;
    try {
        auto r = client_.request(method, path, headers, body.is_null() ? "" : json::serialize(body));
        if (r.status < 500)
            return r;
        failed = told(r);
    } catch (const boost::system::system_error& e) {
        failed = e.what();
    }
    const bool in_trouble = before % 2 != 0 || on_.troubles != before;
    if (!in_trouble || (failed.starts_with('5') && !failed.starts_with("503")))
        on_.note_odd(fmt::format("{} {}: {}", method, path, failed));
    std::this_thread::sleep_for(std::chrono::milliseconds(10)); // other things are asked until all is well
    return std::nullopt;
}

void writer::take_step(thing& t) {
    const auto& step = t.steps[t.next++ % t.steps.size()];
    const auto path = fmt::format(fmt::runtime(step.path), t.id);
    const auto r = ask(step.method, path, step.body, who_.access);
    if (!r) {
        t.possible.push_back(step.leaves);
    } else if (r->status < 300) {
        ++on_.acknowledged;
        t.possible = {step.leaves};
        if (r->status == 201 && r->json().as_object().contains("id"))
            t.id = id_of(*r);
    } else if (t.possible.size() == 1) { // otherwise a step before may have happened, or not
        on_.note_odd(fmt::format("{} {}: {}", step.method, path, told(*r)));
    }
}

std::string writer::add(const std::string& table, const std::string& path, const json::value& body) {
    const auto r = ask("POST", path, body, who_.access);
    if (!r)
        return {};
    if (r->status != 201) {
        on_.note_odd(fmt::format("{}: {}", path, told(*r)));
        return {};
    }
    ++on_.acknowledged;
    auto id = id_of(*r);
    std::lock_guard lock(on_.mutex);
    on_.made[table].push_back(id);
    return id;
}

void writer::add_rows() {
    const auto text = fmt::format("{} of {}", ++number_, place_);
    add("parts", "/api/parts/", part_body(text));
    add("comments", "/api/comments/", {{"content_type", "part"}, {"object_id", on_.part}, {"text", text}});
    add("comment_replies", at("comments", on_.comment, "reply/"), {{"text", text}});
    const auto thread =
        add("forum_threads", "/api/forum/threads/", {{"title", text}, {"description", "Why?"}});
    if (!thread.empty())
        last_thread_ = thread;
    const auto said =
        add("forum_responses", at("forum/threads", on_.thread, "add_response/"), {{"content", text}});
    if (!said.empty()) {
        std::lock_guard lock(on_.mutex);
        on_.last_said[place_] = said;
    }
}

void writer::flag_neighbour() {
    std::string id;
    {
        std::lock_guard lock(on_.mutex);
        id = on_.last_said[(place_ + 1) % on_.last_said.size()];
    }
    if (id.empty())
        return;
    const auto r = ask("POST", at("forum/responses", id, "flag/"), {{"reason", "spam"}}, who_.access);
    if (r && r->status == 201) {
        ++on_.acknowledged;
        std::lock_guard lock(on_.mutex);
        on_.made["flags"].push_back(id);
    } else if (r && r->status != 200 && r->status != 404) { // 404: his flag of before has hidden it
        on_.note_odd("flag: " + told(*r));
    }
}

/// What is cached is asked for, and views are counted.
void writer::look() {
    for (const auto& part : on_.own_parts)
        if (const auto r = ask("GET", at("parts", part), {}, ""); r && r->status != 200 && r->status != 404)
            on_.note_odd("a part: " + told(*r));
    for (const auto& thread : {on_.thread, last_thread_})
        if (const auto r = ask("GET", at("forum/threads", thread), {}, who_.access); r && r->status != 200)
            on_.note_odd("a thread: " + told(*r));
}

} // namespace mvp::test::killing
