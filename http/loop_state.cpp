#include "http/loop_state.hpp"

#include <algorithm>
#include <random>
#include <utility>

namespace mvp::http {

namespace {

bool fit_as_id(std::string_view id) {
    return !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
               c == '_' || c == '-';
    });
}

std::uint64_t random_word() {
    std::random_device device;
    return (static_cast<std::uint64_t>(device()) << 32) | device();
}

} // namespace

loop_state::loop_state(loop& on, const dispatcher& dispatch, const limits& bounds, metrics& all,
                       access_log& log, std::shared_ptr<body_budget> bodies)
    : on(on), dispatch(dispatch), bounds(bounds), counters(all.of_loop(on.index)), other_route(all.other()),
      log(log), bodies(std::move(bodies)), id_base_(random_word()) {}

std::string_view loop_state::new_request_id() {
    // An odd multiplier visits every word once: no id comes twice from one loop.
    std::uint64_t id = id_base_ + ++id_count_ * 0x9e3779b97f4a7c15;
    for (auto digit = id_text_.rbegin(); digit != id_text_.rend(); ++digit, id >>= 4)
        *digit = "0123456789abcdef"[id & 15];
    return {id_text_.data(), id_text_.size()};
}

void loop_state::name(request& call) {
    call.request_id.assign(fit_as_id(call.known.request_id) ? call.known.request_id : new_request_id());
}

} // namespace mvp::http
