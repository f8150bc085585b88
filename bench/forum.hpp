// What the forum has to stand: sixty people in one thread, and telling its author at once.
#pragma once

#include "bench/machine_room.hpp"

namespace mvp::bench {

/// Sixty writers of responses in one thread, against sixty in a thread each.
measurement measure_hot_thread(const machine_room& room, const options& o);

/// 200 responses/s taken by one process while the threads' authors listen on another: how long after its
/// acknowledgement is each told?
measurement measure_notify(const machine_room& room, const options& o);

} // namespace mvp::bench
