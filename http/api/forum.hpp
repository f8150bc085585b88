// What the files of the forum's API share.
#pragma once

#include "http/encode.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "storage/forum.hpp"

#include <string>
#include <string_view>

namespace mvp::http {
class services;
}

namespace mvp::http::api {

/// The id in the path, of a thread that the caller sees (404 if not).
task<result<uuid>> visible_thread(services& with, const request& call);
/// The same for one that he may change (403).
task<result<uuid>> changeable_thread(services& with, const request& call);

/// Adds the caller's response to a thread that he sees; 201 with the response.
task<result<response>> respond(services& with, request& call, uuid thread, std::string content);

} // namespace mvp::http::api
