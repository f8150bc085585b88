// What the files of the users' API share: how a user looks in an answer, and which parts of the API each file
// has.
#pragma once

#include "http/auth/sessions.hpp"
#include "http/router.hpp"
#include "storage/users.hpp"

#include <span>
#include <string>
#include <string_view>

namespace mvp::http::api {

extern const std::span<const route> users_routes;         // users.cpp: lists, registration, log-in, profiles
extern const std::span<const route> users_account_routes; // users_account.cpp: passwords, mails, phone
extern const std::span<const route> users_staff_routes;   // users_staff.cpp: verification and suspension

/// Whether URLs of files have scheme and host: in plain reads they do, where the original serialised by hand
/// they do not, and clients know both.
enum class media_urls { absolute, relative };

/// Appends one row of user_profile as the caller sees him, URLs absolute.
void append_profile(std::string& out, const storage::row& profile, const request& call);
/// Appends an array of rows of user_summary.
void append_summaries(std::string& out, const storage::rows& summaries, const request& call, media_urls urls);

// Answers for the user himself and for staff: nothing is left out, URLs are relative.
response profile_answer(const storage::rows& profile);
/// {"message":…,"user":Prof} and, with tokens, "refresh" and "access".
response message_with_user(int status, std::string_view message, const storage::rows& profile,
                           const token_pair* tokens = nullptr);
/// {"message":…}
response message_answer(std::string_view message);

/// errc::not_found as clients know it for users.
tl::unexpected<error> no_such_user();

} // namespace mvp::http::api
