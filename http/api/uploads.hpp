// Uploaded files on their way from a body to the media store, with the complaints that clients know.
#pragma once

#include "http/decode.hpp"
#include "http/request.hpp"
#include "http/rest.hpp"
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

/// Writes a new row for which `pictures` were stored; if it does not get in they go again. `write()` ->
/// task<result<storage::rows>>.
template <class Write>
task<result<storage::rows>> create_with(services& with, std::vector<std::string> pictures, Write write) {
    auto made = co_await write();
    if (!made)
        co_await discard_all(with, std::move(pictures));
    co_return made;
}
/// Changes a row likewise; the files that it had and has no more go. `write()` ->
/// task<result<storage::changed_row>>. errc::not_found if there is none.
template <class Write>
task<result<storage::rows>> change_with(services& with, const storage::resource& of,
                                        std::vector<std::string> pictures, Write write) {
    auto changed = co_await write();
    const bool done = changed && !changed->shown.empty();
    co_await discard_all(with, std::move(done ? changed->dropped : pictures));
    if (!changed)
        co_return fail(std::move(changed.error()));
    if (!done)
        co_return fail(no_such(of));
    co_return std::move(changed->shown);
}
/// Removes a row with its files. `erase()` -> task<result<std::optional<std::vector<std::string>>>>.
template <class Erase>
task<result<response>> remove_with(services& with, const storage::resource& of, Erase erase) {
    auto dropped = co_await erase();
    if (!dropped)
        co_return fail(std::move(dropped.error()));
    if (!*dropped)
        co_return fail(no_such(of));
    co_await discard_all(with, std::move(**dropped));
    co_return response::no_content();
}

} // namespace mvp::http::api
