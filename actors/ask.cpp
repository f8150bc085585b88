#include "actors/ask.hpp"

#include <caf/sec.hpp>

namespace mvp::actors {

error unavailable() {
    error e(errc::unavailable, "Service temporarily unavailable.");
    e.retry_after = 1;
    return e;
}

error no_answer(const caf::error& why) {
    if (why == caf::sec::unexpected_message || why == caf::sec::unexpected_response)
        return error(errc::internal, "an actor does not know the message it was asked");
    return unavailable(); // it died; the next ask reaches a new one
}

} // namespace mvp::actors
