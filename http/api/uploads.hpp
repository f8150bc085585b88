// Uploaded files on their way from a body to the media store, with the complaints that clients know.
#pragma once

#include "http/decode.hpp"
#include "http/request.hpp"
#include "storage/async.hpp"

#include <string>
#include <string_view>
#include <vector>

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
/// Stores the pictures that came for fields of a table, and sets those in `object` and `present`; their
/// paths. An error if one is none: then nothing is stored. `folder` of a field: "store_logos".
task<result<std::vector<std::string>>> store_pictures(services& with, const std::vector<decoded_file>& files,
                                                      std::string (*folder)(std::string_view field),
                                                      storage::field_table table, void* object,
                                                      storage::field_set& present);
/// Removes what was stored for a request that failed, or was replaced. Errors are logged.
task<> discard(services& with, std::string path);
task<> discard_all(services& with, std::vector<std::string> paths);

} // namespace mvp::http::api
