// How users look in answers.
#include "http/api/users.hpp"
#include "http/encode.hpp"
#include "storage/model/json_text.hpp"

namespace mvp::http::api {
namespace {

/// As he sees himself, and as staff see him.
void append_whole(std::string& out, const storage::row& profile) {
    view v;
    v.logged_in = v.personal = true;
    int column = 0;
    append_object(out, storage::user_profile, profile, column, v);
}

} // namespace

void append_profile(std::string& out, const storage::row& profile, const request& call) {
    const auto origin = call.origin();
    view v;
    v.logged_in = true;
    v.personal = call.is_staff() || profile.id(0) == call.caller->id;
    v.origin = origin;
    int column = 0;
    append_object(out, storage::user_profile, profile, column, v);
}

void append_summaries(std::string& out, const storage::rows& summaries, const request& call,
                      media_urls urls) {
    const std::string origin = urls == media_urls::absolute ? call.origin() : std::string();
    view v;
    v.logged_in = call.caller != nullptr;
    v.origin = origin;
    append_array(out, storage::user_summary, summaries, v);
}

response profile_answer(const storage::rows& profile) {
    response r;
    append_whole(r.body, profile.front());
    return r;
}

response message_with_user(int status, std::string_view message, const storage::rows& profile,
                           const token_pair* tokens) {
    response r;
    r.status = status;
    r.body = R"({"message":)" + json_text(message) + R"(,"user":)";
    append_whole(r.body, profile.front());
    if (tokens)
        r.body += R"(,"refresh":)" + json_text(tokens->refresh) + R"(,"access":)" + json_text(tokens->access);
    r.body += '}';
    return r;
}

response message_answer(std::string_view message) {
    return response(200, R"({"message":)" + json_text(message) + "}");
}

tl::unexpected<error> no_such_user() {
    return fail(errc::not_found, "No CustomUser matches the given query.");
}

} // namespace mvp::http::api
