// Handlers for things for sale (cars, parts): lists, details, changes, the steps between states, pictures. An
// app says what is its own in a listing_app and puts `on<app, listing::list>` into its table of routes.
#pragma once

#include "http/decode.hpp"
#include "http/describe.hpp"
#include "http/encode.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "storage/listings.hpp"

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mvp::http {
class services;
}

namespace mvp::http::api {

/// What a client wants of a listing's fields, before it is stored.
struct listing_body {
    std::shared_ptr<void> object{}; ///< the kind's struct
    storage::field_set present{};
    std::vector<field_error> wrong{};      ///< in the order of the table
    const inputs* in = nullptr;            ///< as it came
    std::optional<uuid> changed_listing{}; ///< empty: a new one
};

struct listing_app {
    const storage::listings& (*all)();
    std::shared_ptr<void> (*make)(); ///< an empty struct of the kind
    std::string_view key;            ///< "car": the key of a listing in an answer
    std::string_view sellers_only;   ///< the refusal of others than sellers
    /// Checks that need other rows: adds what is wrong. May be null.
    task<result<>> (*check)(services&, listing_body&) = nullptr;
    bool images_in_body = false; ///< a body may carry the listing's pictures, in the repeated field "images"
};

using listing_handler = task<result<response>> (*)(const listing_app&, services&, request&);

/// The handler of a route.
template <const listing_app& App, listing_handler Do>
task<result<response>> on(services& with, request& call) {
    return Do(App, with, call);
}

template <class T> std::shared_ptr<void> make_listing() {
    return std::make_shared<T>();
}

/// The id in the path, of a listing that the caller sees (404 if not) and may change (403).
task<result<uuid>> changeable_listing(const listing_app& app, services& with, const request& call);
/// The same for reading only.
task<result<uuid>> visible_listing(const listing_app& app, services& with, const request& call);

namespace listing {

task<result<response>> list(const listing_app&, services&, request&);
task<result<response>> my_listings(const listing_app&, services&, request&);
/// Public ones come from the cache, one answer for all anonymous callers and one for all users. What only the
/// owner and staff may see is never kept.
task<result<response>> retrieve(const listing_app&, services&, request&);
task<result<response>> create(const listing_app&, services&, request&);
task<result<response>> put(const listing_app&, services&, request&);
task<result<response>> patch(const listing_app&, services&, request&);
task<result<response>> remove(const listing_app&, services&, request&);

task<result<response>> mark_as_sold(const listing_app&, services&, request&);
task<result<response>> archive(const listing_app&, services&, request&);
task<result<response>> reactivate(const listing_app&, services&, request&);
task<result<response>> approve(const listing_app&, services&, request&);
task<result<response>> reject(const listing_app&, services&, request&);

task<result<response>> upload_images(const listing_app&, services&, request&);
task<result<response>> set_primary_image(const listing_app&, services&, request&);
task<result<response>> remove_image(const listing_app&, services&, request&);

} // namespace listing

// --- descriptions of routes that are the same for every kind

struct rejection {
    std::string reason;
};
inline constexpr auto rejection_fields = std::array{storage::field<&rejection::reason>(
    "reason", storage::flag::required | storage::flag::created, {.length = 1000})};

inline constexpr auto images_uploaded =
    doc::takes(doc::files("images")).gives(201, doc::array("images", storage::listing_image_shown));
inline constexpr auto primary_image_set =
    doc::takes(doc::id("image_id")).gives(doc::message, doc::object("image", storage::listing_image_shown));

// --- between the files of these handlers

/// A listing as the caller sees it, its files' URLs beginning at the root.
std::string listing_text(const listing_app& app, const request& call, const storage::listing_detail& found);

/// The pictures that a body of fields carries in its repeated field "images", stored; what is wrong with them
/// is added to `wrong`, and none is stored then. errc::refused if there are more than `room`.
task<result<std::vector<std::string>>> store_images_of_body(const listing_app& app, services& with,
                                                            request& call, const inputs& in, int room,
                                                            std::vector<field_error>& wrong);
bool has_images(const request& call);

} // namespace mvp::http::api
