// What the handlers of lists have in common: the page that is asked for, its rows, its body.
#pragma once

#include "http/encode.hpp"
#include "http/pagination.hpp"
#include "http/response.hpp"
#include "storage/repository.hpp"

namespace mvp::http {

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

/// What a list parameter (?search=, ?city=) says as canonical text; an empty one counts as absent.
/// errc::invalid for what no text of PostgreSQL can hold.
result<std::string> text_parameter(const request& call, std::string_view name);

} // namespace mvp::http
