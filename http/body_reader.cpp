#include "http/body_reader.hpp"

#include "http/text.hpp"
#include "storage/media/store.hpp"
#include "storage/worker_pool.hpp"

namespace mvp::http {

namespace {

constexpr std::size_t step_bytes = 64 * 1024; ///< of a body with files: one visit to the worker pool each

error unsupported(std::string_view type) {
    return {errc::unsupported_media,
            "Unsupported media type \"" + replace_invalid_utf8(std::string(type)) + "\" in request."};
}

} // namespace

body_reader::body_reader(request& call, services& with, const limits& bounds)
    : call_(call), with_(with), bounds_(bounds), limit_(bounds.body_bytes) {
    const auto given = call.known.content_type;
    const auto type = trimmed(given.substr(0, given.find(';')));
    if (equals_ignoring_case(type, "application/json")) {
        call.type = body_type::json;
    } else if (equals_ignoring_case(type, "application/x-www-form-urlencoded")) {
        call.type = body_type::form;
    } else if (is_multipart(given)) {
        call.type = body_type::multipart;
        files_ = call.matched && call.matched->multipart_files;
        if (files_)
            limit_ = bounds.multipart_bytes;
        multipart_parser::options how{bounds.form_fields, bounds.form_files, bounds.field_bytes, {}};
        if (files_)
            how.temporary = [store = with.media]() mutable { return store.temporary(); };
        auto boundary = multipart_boundary(given);
        if (boundary)
            multipart_.emplace(*boundary, std::move(how), call.fields);
        else
            call.body_error = boundary.error();
    } else {
        call.body_error = unsupported(type.empty() ? "text/plain" : given);
    }
}

bool body_reader::arrived_at_once(bool last) {
    empty_ = empty_ && call_.body.empty();
    if (last && empty_) { // no body, whatever was said of it
        call_.type = body_type::none;
        call_.body_error.reset();
        return true;
    }
    if (files_ && multipart_)
        return false;
    if (multipart_) {
        if (auto fed = multipart_->feed(call_.body); !fed && !call_.body_error)
            call_.body_error = fed.error();
        call_.body.clear();
    } else if (call_.body_error) {
        call_.body.clear();
    } else if (last && call_.type == body_type::form) {
        read_form();
    }
    return true;
}

task<result<>> body_reader::arrived(bool last) {
    if (arrived_at_once(last) || (!last && call_.body.size() < step_bytes))
        co_return result<>();
    // Owns nothing. What it uses lives in the session's frame, which nobody cancels: that goes on when the
    // job has ended, or goes with its loop, after the pool (serve.cpp). The services go before the pool, so
    // nothing here may refer to them: the store is a copy.
    auto feed = [this] { return multipart_->feed(call_.body); };
    auto fed = co_await with_.workers.run(feed);
    call_.body.clear();
    if (!fed && fed.error().code != errc::bad_request)
        co_return fail(std::move(fed.error()));
    if (!fed && !call_.body_error)
        call_.body_error = std::move(fed.error());
    co_return result<>();
}

void body_reader::read_form() {
    call_.fields.fields = query_parameters(call_.body, bounds_.form_fields + 1).take(); // more do not count
    call_.body.clear();
    call_.body.shrink_to_fit();
    if (call_.fields.fields.size() > bounds_.form_fields) {
        call_.fields = form();
        call_.body_error = error(errc::bad_request, "Too many fields.");
    }
}

} // namespace mvp::http
