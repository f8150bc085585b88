// JSON schemas of what the tables of fields and the shapes declare, for the OpenAPI document.
#pragma once

#include "http/decode.hpp"
#include "http/describe.hpp"
#include "http/json_writer.hpp"
#include "storage/model/field.hpp"

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mvp::http {

/// A shape's name among the document's components.
struct named_shape {
    std::string_view name;
    storage::shape shown;
};
/// http/api/shapes.cpp
std::span<const named_shape> named_shapes();
/// "" if it has none.
std::string_view name_of(storage::shape shown);

/// Collects the schemas that the document refers to, each once, in the order of their first use.
class schema_book {
  public:
    /// Where a field stands: an answer, a body of JSON or a urlencoded form, a multipart body, a query
    /// string.
    enum class use { answer, body, multipart, query };

    /// Everything below writes one schema as the next value.
    void shape(json_writer& w, storage::shape shown);
    void page(json_writer& w, storage::shape shown);
    void array(json_writer& w, storage::shape shown);
    /// Of what a method takes; `name` is the component's.
    void body(json_writer& w, const std::string& name, const doc::operation& o, bool multipart);
    void key(json_writer& w, const doc::key& named, use where);
    void field(json_writer& w, const storage::field_info& f, use where);

    /// {"$ref": …}
    static void reference(json_writer& w, std::string_view component);
    /// The components, as members of an object.
    void write_components(json_writer& w) const;

  private:
    void write_object(json_writer& w, storage::shape shown);
    void write_relation(json_writer& w, const storage::shape_item& item);
    bool known(std::string_view name) const;
    std::vector<std::pair<std::string, std::string>> components_;
};

/// Whether a body in this mode may hold the field.
bool takes_field(const storage::field_info& f, mode how);

} // namespace mvp::http
