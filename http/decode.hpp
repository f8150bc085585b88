// What a client sent (JSON, a form, a multipart form, a query string) becomes a typed struct, checked field
// by field in the order of the struct's table, with the sentences that clients know; all wrong fields are
// told together.
#pragma once

#include "http/json.hpp"
#include "http/request.hpp"
#include "storage/model/field.hpp"

#include <utility>
#include <vector>

namespace mvp::http {

enum class mode {
    create, ///< takes flag::created, wants flag::required
    put,    ///< takes flag::updated, wants flag::required
    patch   ///< takes flag::updated, wants nothing
};

/// Named inputs, whatever they came in.
struct inputs {
    json_value object{};    ///< type object; a form's fields are strings
    bool from_form = false; ///< forms say null and "nothing" by an empty text
    std::vector<uploaded_file>* files = nullptr;
};

/// The body of a request. 415 for a type that is not understood and 400 for one that cannot be read are told
/// here, where the body is first asked for, so that they come after the refusals of authentication and
/// permission. A body of JSON that is no object is errc::invalid.
result<inputs> read_body(request& r);

/// What is wrong with an upload before anybody looks into it; "" if nothing is. `longest_name` in characters,
/// 0: any.
std::string file_complaint(const uploaded_file& file, int longest_name);

inputs read_query(const query_parameters& query);

/// A file that came for a field of kind file or image; checked so far: it has a name and is not empty.
struct decoded_file {
    const storage::field_info* field;
    uploaded_file* file; ///< the request owns it
};

template <class T> struct decoded {
    T value{};
    storage::field_set present{}; ///< positions in the table that were sent (explicit nulls count)
    std::vector<decoded_file> files{};

    const uploaded_file* file(std::string_view name) const {
        for (const auto& f : files)
            if (f.field->name == name)
                return f.file;
        return nullptr;
    }
};

/// The part that does not depend on the struct. Fields with flag::staff are taken from staff when something
/// is changed, and ignored from others.
result<> decode_fields(const inputs& in, storage::field_table table, mode how, bool staff, void* object,
                       storage::field_set& present, std::vector<decoded_file>& files);

template <class T>
result<decoded<T>> decode(const inputs& in, storage::field_table table, mode how, bool staff = false) {
    decoded<T> d;
    if (auto done = decode_fields(in, table, how, staff, &d.value, d.present, d.files); !done)
        return fail(std::move(done.error()));
    return d;
}

/// auto d = decode<car>(request, car_fields, mode::create);
template <class T>
result<decoded<T>> decode(request& r, storage::field_table table, mode how, bool staff = false) {
    auto in = read_body(r);
    if (!in)
        return fail(std::move(in.error()));
    return decode<T>(*in, table, how, staff);
}

/// The canonical text of one value (of a query parameter, say) for a field; the complaints if it is wrong.
struct checked_value {
    bool null = false;
    std::string text{};
    std::vector<std::string> complaints{};
};
checked_value check_value(const storage::field_info& field, const json_value& value);

} // namespace mvp::http
