// Whether a text is an e-mail address, a URL, a phone number: the rules that Django applies and clients know.
#pragma once

#include <cstddef>
#include <string_view>

namespace mvp::http {

bool is_email(std::string_view text);
/// http, https, ftp or ftps, a host (name, IPv4, [IPv6], localhost), perhaps a port and a path.
bool is_url(std::string_view text);
/// Where a notification may lead: a path of this site, or an http(s) URL, which is_url(); no control
/// characters and no blanks.
bool is_link(std::string_view text);
/// 9 to 15 digits behind an optional "+" and an optional "1".
bool is_phone(std::string_view text);

/// Without white space (Unicode's) at both ends.
std::string_view strip(std::string_view text);
/// Characters of a UTF-8 text.
std::size_t character_count(std::string_view text);

} // namespace mvp::http
