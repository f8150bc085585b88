// What happens when a handler throws: it is logged, the actor ends, whoever asked gets an error, and the
// directory puts a new one in its place on the next use.
#pragma once

namespace caf {
class scheduled_actor;
}

namespace mvp::actors {

/// Call first in an actor's set-up. `name` goes to the log.
void log_exceptions(caf::scheduled_actor* self, const char* name);

} // namespace mvp::actors
