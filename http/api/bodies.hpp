// Small bodies that are no table's row (log-in, passwords, reasons): read field by field, with room for
// complaints that need more than the field to know (a weak password, an address that is taken) at the field's
// place in the answer.
#pragma once

#include "http/decode.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace mvp::http::api {

template <class T> struct checked_body {
    T value{}; ///< fields that were wrong have their defaults
    storage::field_set present{};
    std::vector<field_error> wrong{}; ///< in the order of the table
    std::vector<decoded_file> files{};

    bool good(storage::field_table table, std::string_view field) const {
        return present.test(storage::position(table, field));
    }
    /// errc::invalid with what is wrong; no error if nothing is.
    result<> verdict() const {
        if (wrong.empty())
            return {};
        error e{errc::invalid, {}};
        e.fields = wrong;
        return fail(std::move(e));
    }
};

/// Errors: a body that cannot be read, or that is no object; wrong fields are in `wrong`.
template <class T>
result<checked_body<T>> read_checked(request& r, storage::field_table table, mode how = mode::create,
                                     bool staff = false) {
    auto in = read_body(r);
    if (!in)
        return fail(std::move(in.error()));
    checked_body<T> b;
    auto done = decode_fields(*in, table, how, staff, &b.value, b.present, b.files);
    if (!done && done.error().code != errc::invalid)
        return fail(std::move(done.error()));
    if (!done)
        b.wrong = std::move(done.error().fields);
    return b;
}

/// The same where nothing has to be added: a wrong field is an error.
template <class T> result<T> read_small(request& r, storage::field_table table) {
    auto b = read_checked<T>(r, table);
    if (!b)
        return fail(std::move(b.error()));
    if (auto good = b->verdict(); !good)
        return fail(std::move(good.error()));
    return std::move(b->value);
}

/// Adds complaints about a field where it stands in the table's order.
inline void complain(std::vector<field_error>& wrong, storage::field_table table, std::string_view field,
                     std::vector<std::string> texts) {
    if (texts.empty())
        return;
    const auto place = storage::position(table, field);
    const auto at = std::find_if(wrong.begin(), wrong.end(), [&](const field_error& e) {
        return storage::position(table, e.path) >= place;
    });
    if (at != wrong.end() && at->path == field)
        at->texts.insert(at->texts.end(), texts.begin(), texts.end());
    else
        wrong.insert(at, {std::string(field), std::move(texts)});
}

} // namespace mvp::http::api
