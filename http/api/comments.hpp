// How comments and replies look in answers.
#pragma once

#include "http/request.hpp"
#include "http/response.hpp"
#include "storage/async.hpp"
#include "storage/comments.hpp"

#include <string>
#include <string_view>

namespace mvp::http {
class services;
}

namespace mvp::http::api {

/// 200 with the one of that id, or 404 where the caller does not see it.
task<result<response>> answer_comment(services& with, const request& call, storage::comments::kind k,
                                      uuid id);

/// As the caller sees it, the URLs of files behind `origin` (empty: beginning at the root).
std::string comment_body(const request& call, storage::comments::kind k,
                         const storage::comments::detail& found, std::string_view origin);

} // namespace mvp::http::api
