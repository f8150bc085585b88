// The mails that the users' API sends: the signed links in them. They leave through the
// outbox.
#pragma once

#include "storage/model/uuid.hpp"
#include "storage/outbox.hpp"

#include <cstdint>
#include <string>

namespace mvp::http {
class services;
}

namespace mvp::http::api {

/// Asks whether the address is his; the link is good for three days.
storage::mail verification_mail(services& with, const uuid& user, const std::string& email,
                                const std::string& first_name);
/// Lets him choose a new password, once.
storage::mail password_reset_mail(services& with, const uuid& user, const std::string& email,
                                  const std::string& first_name, std::int64_t token_generation);

} // namespace mvp::http::api
