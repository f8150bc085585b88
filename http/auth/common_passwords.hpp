// The twenty thousand passwords that everybody tries first: Django's list, built in at compile time.
#pragma once

#include <string_view>

namespace mvp::http::passwords {

/// `lower_case`: the password in lower case. Any thread; about 15 comparisons.
bool is_common(std::string_view lower_case);

} // namespace mvp::http::passwords
