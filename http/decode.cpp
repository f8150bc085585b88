#include "http/decode.hpp"

#include "http/text.hpp"
#include "http/validators.hpp"
#include "storage/model/json_text.hpp"

#include <fmt/format.h>

namespace mvp::http {
namespace {

using storage::field_info;
using storage::kind;
namespace flag = storage::flag;
using type = json_value::type;

bool takes(const field_info& f, mode how, bool staff) {
    if (how == mode::create)
        return f.has(flag::created);
    return f.has(flag::updated) || (staff && f.has(flag::staff));
}

bool is_text(kind k) {
    return k == kind::text || k == kind::email || k == kind::url || k == kind::phone;
}
bool is_file(kind k) {
    return k == kind::file || k == kind::image;
}

json_value text_value(std::string text) {
    return {.is = type::string, .text = std::move(text)};
}
const json_value null_value{};

uploaded_file* find_file(const inputs& in, std::string_view field) {
    if (in.files)
        for (auto file = in.files->rbegin(); file != in.files->rend(); ++file)
            if (file->field == field)
                return &*file;
    return nullptr;
}

/// An array of texts. Clients may have been sending any JSON here: the other fields' mistakes are told first,
/// so that what they hear of those stays as it was.
void check_texts(const field_info& f, const json_value& value, std::string& canonical,
                 std::vector<field_error>& wrong) {
    const auto complain = [&](std::string path, std::string text) {
        wrong.push_back({std::move(path), {std::move(text)}});
    };
    if (value.is != type::array)
        return complain(std::string(f.name),
                        fmt::format("Expected a list of items but got type \"{}\".", value.type_name()));
    if (f.bounds.items && value.items.size() > static_cast<std::size_t>(f.bounds.items))
        return complain(std::string(f.name),
                        fmt::format("Ensure this field has no more than {} elements.", f.bounds.items));
    field_info item{.name = f.name, .bounds = {.length = f.bounds.length}};
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < value.items.size(); ++i) {
        const auto is = value.items[i].is;
        checked_value checked =
            is == type::string ? check_value(item, value.items[i])
                               : checked_value{.complaints = {is == type::null ? "This field may not be null."
                                                                               : "Not a valid string."}};
        if (!checked.complaints.empty())
            wrong.push_back({fmt::format("{}.{}", f.name, i), std::move(checked.complaints)});
        texts.push_back(std::move(checked.text));
    }
    storage::append_texts(canonical, texts);
}

class decoder {
  public:
    decoder(const inputs& in, storage::field_table table, void* object, storage::field_set& present,
            std::vector<decoded_file>& files)
        : in_(in), table_(table), object_(object), present_(present), files_(files) {}

    result<> run(mode how, bool staff) {
        for (std::size_t i = 0; i < table_.size(); ++i)
            if (takes(table_[i], how, staff))
                decode(i, how);
        if (wrong_.empty())
            for (const auto& [i, value] : lists_)
                decode_texts(i, value);
        if (wrong_.empty())
            return {};
        error e{errc::invalid, {}};
        e.fields = std::move(wrong_);
        return fail(std::move(e));
    }

  private:
    void decode(std::size_t i, mode how) {
        const field_info& f = table_[i];
        const bool required = f.has(flag::required) && how != mode::patch;
        if (is_file(f.type))
            if (uploaded_file* file = find_file(in_, f.name))
                return take_file(i, *file);
        const json_value* value = in_.object.find(f.name);
        if (value && in_.from_form)
            value = form_value(f, *value);
        if (!value) {
            if (required)
                complain(f, is_file(f.type) ? "No file was submitted." : "This field is required.");
            return;
        }
        if (f.type == kind::texts || f.type == kind::json)
            return take_json(i, *value);
        checked_value checked = check_value(f, *value);
        if (!checked.complaints.empty()) {
            wrong_.push_back({std::string(f.name), std::move(checked.complaints)});
            return;
        }
        set(i, checked.null ? nullptr : &checked.text);
    }

    /// What an empty text in a form stands for: itself, null, or nothing at all.
    static const json_value* form_value(const field_info& f, const json_value& value) {
        if (!value.text.empty() || f.type == kind::texts || f.type == kind::json)
            return &value;
        if (is_text(f.type) && f.has(flag::blank))
            return &value;
        if (f.has(flag::nullable))
            return &null_value;
        return f.has(flag::required) ? &value : nullptr;
    }

    void take_json(std::size_t i, const json_value& value) {
        const field_info& f = table_[i];
        json_value read = value;
        if (in_.from_form) {
            auto parsed = parse_json(value.text);
            if (!parsed)
                return complain(f, "Value must be valid JSON.");
            read = std::move(*parsed);
        }
        if (read.is == type::null && !f.has(flag::nullable))
            return complain(f, "This field may not be null.");
        lists_.emplace_back(i, std::move(read));
    }

    void decode_texts(std::size_t i, const json_value& value) {
        if (value.is == type::null)
            return set(i, nullptr);
        std::string canonical;
        check_texts(table_[i], value, canonical, wrong_);
        if (wrong_.empty())
            set(i, &canonical);
    }

    void take_file(std::size_t i, uploaded_file& file) {
        const field_info& f = table_[i];
        if (auto wrong = file_complaint(file, f.bounds.length); !wrong.empty())
            return complain(f, std::move(wrong));
        present_.set(i);
        files_.push_back({&f, &file});
    }

    void set(std::size_t i, const std::string* text) {
        std::string_view view = text ? std::string_view(*text) : std::string_view();
        if (table_[i].from_text(object_, text ? &view : nullptr))
            present_.set(i);
        else
            complain(table_[i], "Not a valid value."); // checked text that the member cannot hold
    }

    void complain(const field_info& f, std::string text) {
        wrong_.push_back({std::string(f.name), {std::move(text)}});
    }

    const inputs& in_;
    storage::field_table table_;
    void* object_;
    storage::field_set& present_;
    std::vector<decoded_file>& files_;
    std::vector<field_error> wrong_;
    std::vector<std::pair<std::size_t, json_value>> lists_;
};

} // namespace

std::string file_complaint(const uploaded_file& file, int longest_name) {
    if (file.name.empty())
        return "No filename could be determined.";
    if (file.size == 0)
        return "The submitted file is empty.";
    const auto length = character_count(file.name);
    if (longest_name && length > static_cast<std::size_t>(longest_name))
        return fmt::format("Ensure this filename has at most {} characters (it has {}).", longest_name,
                           length);
    return {};
}

result<inputs> read_body(request& r) {
    if (auto readable = r.check_body(); !readable)
        return fail(std::move(readable.error()));
    inputs in;
    in.object.is = type::object;
    if (r.type == body_type::none)
        return in;
    if (r.type == body_type::json) {
        auto parsed = parse_json(r.body);
        if (!parsed)
            return fail(std::move(parsed.error()));
        if (parsed->is == type::null)
            return fail(error::invalid("non_field_errors", "No data provided"));
        if (parsed->is != type::object)
            return fail(error::invalid(
                "non_field_errors",
                fmt::format("Invalid data. Expected a dictionary, but got {}.", parsed->type_name())));
        in.object = std::move(*parsed);
        return in;
    }
    in.from_form = true;
    for (const auto& [name, text] : r.fields.fields) {
        in.object.keys.push_back(name);
        in.object.items.push_back(text_value(text));
    }
    in.files = &r.fields.files;
    return in;
}

inputs read_query(const query_parameters& query) {
    inputs in;
    in.object.is = type::object;
    in.from_form = true;
    for (const auto& [name, text] : query.all()) {
        in.object.keys.push_back(name);
        in.object.items.push_back(text_value(text));
    }
    return in;
}

result<> decode_fields(const inputs& in, storage::field_table table, mode how, bool staff, void* object,
                       storage::field_set& present, std::vector<decoded_file>& files) {
    return decoder(in, table, object, present, files).run(how, staff);
}

} // namespace mvp::http
