// Uploaded files on their way from a body to the media store, with the complaints that clients know.
#pragma once

#include "http/request.hpp"
#include "storage/async.hpp"

#include <string>
#include <string_view>

namespace mvp::http {
class services;
}

namespace mvp::http::api {

/// "2026/11", for folders by month; "2026/11/23" by day.
std::string month_folder();
std::string day_folder();

/// Stores a picture; the value is its path. errc::invalid under `field` when it is none, or its name says so.
task<result<std::string>> store_image(services& with, const uploaded_file& file, std::string field,
                                      std::string folder);
/// Stores a private document (PDF, JPEG, PNG); errc::invalid under `field`.
task<result<std::string>> store_document(services& with, const uploaded_file& file, std::string field,
                                         std::string folder);
/// The same for a proof of what somebody knows, which may also be of a kind that we do not know if it calls
/// itself PDF, JPEG or PNG: it is kept as it is, and nobody is served it.
task<result<std::string>> store_certificate(services& with, const uploaded_file& file, std::string field,
                                            std::string folder);
/// Removes what was stored for a request that failed, or was replaced. Errors are logged.
task<> discard(services& with, std::string path);

} // namespace mvp::http::api
