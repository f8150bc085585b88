#include "http/api/mails.hpp"

#include "http/auth/tokens.hpp"
#include "http/services.hpp"
#include "storage/mail/templates.hpp"

namespace mvp::http::api {

storage::mail verification_mail(services& with, const uuid& user, const std::string& email,
                                const std::string& first_name) {
    const link_claims about{user, email};
    const auto token =
        with.links.issue(token_purpose::verify_email, about, now() + email_verification_lifetime);
    return storage::mailing::verification_mail(email, first_name,
                                               with.options.public_url + "/verify-email?token=" + token);
}

storage::mail password_reset_mail(services& with, const uuid& user, const std::string& email,
                                  const std::string& first_name, std::int64_t token_generation) {
    const link_claims about{user, std::to_string(token_generation)};
    const auto token =
        with.links.issue(token_purpose::reset_password, about, now() + password_reset_lifetime);
    return storage::mailing::password_reset_mail(email, first_name,
                                                 with.options.public_url + "/reset-password?token=" + token);
}

} // namespace mvp::http::api
