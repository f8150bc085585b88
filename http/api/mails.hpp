// The signed links in mails: those that the users' API sends, and the way out of those about notifications.
#pragma once

#include "storage/model/error.hpp"
#include "storage/model/uuid.hpp"
#include "storage/outbox.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mvp::http {
class services;
class signed_tokens;
} // namespace mvp::http

namespace mvp::http::api {

/// Asks whether the address is his; the link is good for three days.
storage::mail verification_mail(services& with, const uuid& user, const std::string& email,
                                const std::string& first_name);
/// Lets him choose a new password, once.
storage::mail password_reset_mail(services& with, const uuid& user, const std::string& email,
                                  const std::string& first_name, std::int64_t token_generation);

/// Whose mails of which types a link ends.
struct unsubscription {
    uuid user{};
    std::vector<std::string> types{};
};
/// The link, good for a year, that turns off mails of these types without a log-in
/// (http/api/unsubscribe.cpp).
std::string unsubscribe_link(const signed_tokens& links, const std::string& public_url, const uuid& user,
                             const std::vector<std::string>& types);
/// errc::refused for whatever is wrong with the token in it.
result<unsubscription> read_unsubscribe_token(const signed_tokens& links, std::string_view token);

} // namespace mvp::http::api
