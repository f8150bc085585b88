// What the handlers of lists have in common: the page that is asked for, its rows, its body.
#pragma once

#include "http/decode.hpp"
#include "http/encode.hpp"
#include "http/pagination.hpp"
#include "http/response.hpp"
#include "storage/repository.hpp"
#include "storage/viewer.hpp"

namespace mvp::http {

/// Whoever makes the request.
storage::viewer viewer_of(const request& call);
/// For the caller's eyes; `origin`, which must live as long, before the URLs of files.
view view_for(const request& call, std::string_view origin = {});
/// What ?ordering= asks for; "" for nothing.
std::string ordering_of(const request& call);
/// "No Car matches the given query."
error no_such(const storage::resource& of);

enum class wish { read, change };
/// The id in the path, of a row that the caller sees (404 if not) and, to change it, owns (403; staff may
/// too). `find(id)` -> task<result<optional of ownership or what is made of it>>, empty: no such row.
template <class Find>
task<result<uuid>> row_for(const request& call, const storage::resource& of, wish what, Find find) {
    const auto id = call.id();
    if (!id)
        co_return fail(id.error());
    auto found = co_await find(*id);
    if (!found)
        co_return fail(std::move(found.error()));
    if (!*found || !(*found)->seen_by(viewer_of(call)))
        co_return fail(no_such(of));
    if (what == wish::change && !(*found)->changed_by(viewer_of(call)))
        co_return fail(errc::permission_denied, "");
    co_return *id;
}

/// The row that the path names, as `find(id)` -> task<result<rows>> shows it to the caller; errc::not_found.
template <class Find>
task<result<storage::rows>> shown_row(const request& call, const storage::resource& of, Find find) {
    const auto id = call.id();
    if (!id)
        co_return fail(id.error());
    auto found = co_await find(*id);
    if (found && found->empty())
        co_return fail(no_such(of));
    co_return found;
}

/// The body of a page of rows.
result<response> page_answer(const request& call, const page_request& page, const storage::page& found,
                             storage::shape shown, const view& to);

/// A page of what `fetch(size, offset)` -> task<result<storage::page>> finds. `fetch` and `to` must live
/// until then.
template <class F> task<result<response>> answer_page(request& call, storage::shape shown, view to, F fetch) {
    auto page = read_page(call.parameters());
    if (!page)
        co_return fail(std::move(page.error()));
    if (page->last) {
        auto counted = co_await fetch(1, std::int64_t(0));
        if (!counted)
            co_return fail(std::move(counted.error()));
        page->number = page_count(counted->count, page->size);
    }
    auto found = co_await fetch(page->size, page->offset());
    if (!found)
        co_return fail(std::move(found.error()));
    co_return page_answer(call, *page, *found, shown, to);
}

/// True if the list is asked for as a page: else lists that clients know as arrays are such.
bool page_asked(const request& call);
/// An array of all, or the page that is asked for. `fetch` as in answer_page; its size 0 means all.
template <class F>
task<result<response>> answer_array_or_page(request& call, storage::shape shown, view to, F fetch) {
    if (page_asked(call))
        co_return co_await answer_page(call, shown, to, std::move(fetch));
    auto all = co_await fetch(0, std::int64_t(0));
    if (!all)
        co_return fail(std::move(all.error()));
    std::string body;
    append_array(body, shown, all->items, to);
    co_return response(200, std::move(body));
}

/// What a list parameter (?search=, ?city=) says as canonical text; an empty one counts as absent.
/// errc::invalid for what no text of PostgreSQL can hold.
result<std::string> text_parameter(const request& call, std::string_view name);
/// What ?name= filters by, as the canonical text of that field; none if it is absent or empty. What is wrong
/// with it goes into `wrong`. Bounds do not count, and an id need not lead anywhere.
std::optional<std::string> read_filter(const request& call, std::string_view name,
                                       const storage::field_info& f, std::vector<field_error>& wrong);
/// The same for a list with one filter: errc::invalid.
result<std::optional<std::string>> only_filter(const request& call, const storage::field_info& f);

/// What nearly every list takes: ?search= (as text_parameter) and ?ordering=, where `wanted` has them.
template <class Request> result<> read_search(const request& call, Request& wanted) {
    auto search = text_parameter(call, "search");
    if (!search)
        return fail(std::move(search.error()));
    wanted.search = std::move(*search);
    wanted.ordering = ordering_of(call);
    return {};
}

/// The row that a parameter (?seller_id=) names; empty if it is absent or empty. errc::invalid for what is no
/// UUID.
result<std::optional<uuid>> id_parameter(const request& call, std::string_view name);
/// The same of one that must be there: errc::refused without it.
result<uuid> needed_id_parameter(const request& call, std::string_view name);

/// The row that a body names outside of its resource's fields; empty where clients take it for none given
/// (absent, null, ""). errc::invalid for what is no UUID.
result<std::optional<uuid>> id_in_body(const inputs& body, std::string_view name);

} // namespace mvp::http
