// The words of the mails that belong to an account: text and HTML, everything that a user typed escaped.
// Pure.
#pragma once

#include "storage/outbox.hpp"

#include <string>
#include <string_view>

namespace mvp::storage::mailing {

/// Safe between tags and in quoted attributes.
std::string escape_html(std::string_view text);

/// `first_name` may be anything that the user typed; `link` is ours and holds the token.
mail verification_mail(std::string to, std::string_view first_name, std::string_view link);
mail password_reset_mail(std::string to, std::string_view first_name, std::string_view link);

} // namespace mvp::storage::mailing
