// Users in PostgreSQL: registration, log-in, profiles, and every change of what an account may do. A change
// is one conditional statement that also writes its event; what it ends (tokens, cached answers) is ended
// before it returns.
//
// Functions that give `rows` give one row with the columns of user_profile (see http::write_user), or none
// when the condition did not hold: no such user, or not in the state that the change starts from.
#pragma once

#include "storage/async.hpp"
#include "storage/cache.hpp"
#include "storage/model/user.hpp"
#include "storage/outbox.hpp"
#include "storage/postgres/database.hpp"
#include "storage/repository.hpp"
#include "storage/viewer.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mvp::storage::users {

/// SQL over the users' alias `u`: true for an account that is switched off or suspended now, whose listings
/// nobody else sees.
std::string hidden_sql(std::string_view u);
/// The same of the user whose id is `id`, who is looked for among the few that may be hidden: they have a
/// partial index.
std::string is_hidden_sql(std::string_view id);

inline constexpr std::string_view email_taken = "custom user with this email already exists.";
inline constexpr std::string_view company_registration_number_taken =
    "custom user with this company registration number already exists.";
/// A unique constraint of the table as clients know it (errc::invalid); any other error stays what it is.
error known_conflict(error e);

// --- reading
// ------------------------------------------------------------------------------------------------------

/// Everybody sees himself, staff see all, other users see verified accounts that are not hidden.
task<result<rows>> profile(database& db, uuid id, viewer by);

struct list_filters {
    std::optional<std::string> verification_status, user_type;
    std::optional<bool> is_seller, email_verified, phone_verified;
    bool sellers_only = false; ///< GET sellers/: verified, selling and not hidden, whoever asks
};
struct list_window {
    std::int64_t offset = 0, limit = 0; ///< limit 0: everything, and no count
};
struct user_list {
    rows summaries{}; ///< the columns of user_summary
    std::int64_t count = 0;
};
task<result<user_list>> list(database& db, viewer by, list_filters filters, list_window window);

/// What a handler must know of somebody else before it may change him; empty: nobody whom `by` sees.
struct target {
    bool is_active = false, is_superuser = false, suspended = false;
    verification_status status{};
};
task<result<std::optional<target>>> find_target(database& db, uuid id, viewer by);

// --- registration and log-in
// --------------------------------------------------------------------------------------

struct new_user {
    uuid id{}; ///< made by the caller, who needs it for the mail's link
    std::string email, password_hash, first_name, last_name;
    std::optional<std::string> phone_number;
    storage::user_type type = user_type::individual;
    std::optional<std::string> company_name, company_registration_number, business_email,
        business_phone_number, e_tin, trade_license_number, nid_number;
};
/// The user and the mail that asks to verify the address. errc::invalid with the contract's text when the
/// address or the company's number is taken.
task<result<rows>> add(database& db, new_user who, mail verification);
/// A user who may do everything (not verified: others do not see him in lists); false if the address is
/// taken.
task<result<bool>> add_superuser(database& db, new_user who);

struct taken {
    bool email = false, company_registration_number = false;
};
/// Either may be empty: not asked.
task<result<taken>> find_taken(database& db, std::string email, std::string company_registration_number);

struct login {
    uuid id{};
    std::string email, first_name, password_hash;
    bool is_active = false, suspended = false, has_phone = false, email_verified = false;
    std::int64_t generation = 0;
};
/// By address, in any case.
task<result<std::optional<login>>> find_login(database& db, std::string email);
task<result<std::optional<login>>> find_login(database& db, uuid id);
/// Sets last_login and, if `new_hash` is not empty, replaces the hash that was verified. No row if the
/// account changed meanwhile.
task<result<rows>> logged_in(database& db, login who, std::string new_hash);

// --- passwords and addresses
// --------------------------------------------------------------------------------------

/// False if the hash is no longer the one that was verified.
task<result<bool>> change_password(database& db, cache& cache, login who, std::string new_hash);
/// False if the account's tokens were ended since the link was made: a link works once.
task<result<bool>> reset_password(database& db, cache& cache, uuid id, std::int64_t generation,
                                  std::string new_hash);
/// False if this is no longer the address of an active user.
task<result<bool>> verify_email(database& db, cache& cache, uuid id, std::string email);
task<result<>> send_mail(database& db, mail m);
/// Takes as long as send_mail() and leaves nothing behind: for addresses that nobody has.
task<result<>> send_nothing(database& db);

/// A code for the user's phone, valid for ten minutes, and the text message that carries it. False if he has
/// no phone.
task<result<bool>> send_phone_code(database& db, uuid id, std::string code_hash, std::string message);
/// Counts the try; true if the code was right, in time, and one of the first five tries.
task<result<bool>> verify_phone(database& db, cache& cache, uuid id, std::string code_hash);

/// Ends a refresh token and the access tokens made with it.
task<result<>> log_out(database& db, cache& cache, uuid id, uuid family, timestamp expires);

// --- profiles
// -----------------------------------------------------------------------------------------------------

/// Writes the fields in `present`. Staff's fields have their effects: tokens of somebody switched off end, he
/// is told, and so is whose seller mode somebody else (not `by`) changed. A changed phone number is no longer
/// verified. The picture that he has no more is given back as dropped.
task<result<changed_row>> update(database& db, cache& cache, uuid id, uuid by, user values,
                                 field_set present);
task<result<rows>> set_selling(database& db, cache& cache, uuid id, bool selling);
task<result<rows>> deactivate(database& db, cache& cache, uuid id);

// --- verification and suspension
// ----------------------------------------------------------------------------------

struct submitted {
    rows profile{};
    std::string replaced{}; ///< the document that this one replaces; empty: none
};
/// No row when the user is verified already.
task<result<submitted>> submit_verification(database& db, cache& cache, uuid id, std::string document);
/// He is told, unless he is `by` himself.
task<result<rows>> set_verification(database& db, cache& cache, uuid id, uuid by, verification_status status,
                                    std::string reason);
/// The path of his document, empty if he has none; nothing: there is no such user.
task<result<std::optional<std::string>>> verification_document(database& db, uuid id);

task<result<rows>> suspend(database& db, cache& cache, uuid id, std::string reason,
                           std::optional<timestamp> until);
task<result<rows>> unsuspend(database& db, cache& cache, uuid id);
/// Clears a suspension whose time is over. Errors are logged: whoever asked goes on.
task<> lift_expired_suspension(database& db, cache& cache, uuid id);

} // namespace mvp::storage::users
