#include "http/api/mails.hpp"

#include "http/auth/tokens.hpp"
#include "http/services.hpp"
#include "storage/mail/templates.hpp"

#include <algorithm>

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

std::string unsubscribe_link(const signed_tokens& links, const std::string& public_url, const uuid& user,
                             const std::vector<std::string>& types) {
    link_claims about{user, {}};
    for (const auto& type : types)
        about.binding += (about.binding.empty() ? "" : ",") + type;
    const auto token = links.issue(token_purpose::unsubscribe, about, now() + unsubscribe_lifetime);
    return public_url + "/api/notification-preferences/unsubscribe/?token=" + token;
}

result<unsubscription> read_unsubscribe_token(const signed_tokens& links, std::string_view token) {
    auto about = links.verify(token_purpose::unsubscribe, token, now());
    if (!about)
        return fail(std::move(about.error()));
    unsubscription what;
    what.user = about->user;
    std::string_view left = about->binding;
    while (!left.empty()) {
        const auto end = std::min(left.find(','), left.size());
        what.types.emplace_back(left.substr(0, end));
        left.remove_prefix(std::min(end + 1, left.size()));
    }
    return what;
}

} // namespace mvp::http::api
