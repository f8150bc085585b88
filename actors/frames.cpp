#include "actors/frames.hpp"

#include <fmt/format.h>

namespace mvp::actors {
namespace {

frame made(std::string text) {
    return std::make_shared<const std::string>(std::move(text));
}

} // namespace

frame hello_frame(std::int64_t seq, std::int64_t unread) {
    return made(fmt::format(R"({{"type":"hello","seq":{},"unread_count":{}}})", seq, unread));
}

frame reset_frame(std::int64_t seq, std::int64_t unread) {
    return made(fmt::format(R"({{"type":"reset","seq":{},"unread_count":{}}})", seq, unread));
}

frame notification_frame(const storage::notification& n, std::int64_t unread, bool replayed, bool silent) {
    std::string text = fmt::format(R"({{"type":"notification","seq":{},"notification":)", n.seq);
    storage::append_json(text, n);
    text += fmt::format(R"(,"unread_count":{}{}{}}})", unread, replayed ? R"(,"replayed":true)" : "",
                        silent ? R"(,"silent":true)" : "");
    return made(std::move(text));
}

frame read_frame(const std::vector<uuid>& ids, std::int64_t unread) {
    std::string text = R"({"type":"read","ids":[)";
    for (const auto& id : ids) {
        text += text.back() == '[' ? "\"" : ",\"";
        id.append_to(text);
        text += '"';
    }
    text += fmt::format(R"(],"unread_count":{}}})", unread);
    return made(std::move(text));
}

frame all_read_frame(std::int64_t unread) {
    return made(fmt::format(R"({{"type":"read","all":true,"unread_count":{}}})", unread));
}

} // namespace mvp::actors
