#include "actors/supervise.hpp"

#include <caf/exit_reason.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/sec.hpp>
#include <spdlog/spdlog.h>

namespace mvp::actors {

void log_exceptions(caf::scheduled_actor* self, const char* name) {
    self->set_exception_handler([name](caf::scheduled_actor*, std::exception_ptr& thrown) -> caf::error {
        try {
            std::rethrow_exception(thrown);
        } catch (const std::exception& e) {
            spdlog::error("actor {} ended by an exception: {}", name, e.what());
        } catch (...) {
            spdlog::error("actor {} ended by an exception of unknown type", name);
        }
        return caf::sec::runtime_error;
    });
}

} // namespace mvp::actors
