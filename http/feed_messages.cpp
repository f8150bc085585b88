#include "http/feed_messages.hpp"

#include "http/json.hpp"

namespace mvp::http {

result<feed_message> read_feed_message(std::string_view text) {
    using type = json_value::type;
    const auto read = parse_json(text);
    if (!read)
        return fail(errc::bad_request, "The message is not JSON.");
    if (read->is != type::object)
        return fail(errc::bad_request, "The message is not a JSON object.");
    const auto* named = read->find("type");
    if (!named || named->is != type::string)
        return fail(errc::bad_request, "The message has no type.");
    feed_message message;
    if (named->text == "ping")
        return message;
    if (named->text == "mark_all_as_read") {
        message.is = feed_message::type::mark_all_as_read;
        return message;
    }
    if (named->text != "mark_as_read")
        return fail(errc::bad_request, "Unknown message type.");
    message.is = feed_message::type::mark_as_read;
    const auto* ids = read->find("ids");
    if (!ids || ids->is != type::array)
        return fail(errc::bad_request, "\"ids\" must be a list.");
    for (const auto& each : ids->items) {
        if (each.is != type::string)
            return fail(errc::bad_request, "\"ids\" must be a list of texts.");
        if (const auto id = uuid::parse(each.text))
            message.ids.push_back(*id);
    }
    return message;
}

} // namespace mvp::http
