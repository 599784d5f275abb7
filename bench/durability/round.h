// One short round: some threads that do the same thing for some time.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "durability/histogram.h"

namespace bench {

using Call = std::function<void()>;
/// Makes what one thread calls again and again; called in that thread.
using Worker = std::function<Call()>;

struct Round {
  double calls_per_second = 0;
  Histogram latency;
};

/// Every thread calls at least once, and none begins a call after the time is over.  What the first
/// thread that failed has thrown is thrown again.
Round run_round(int threads, std::chrono::nanoseconds time, const Worker& worker);

}  // namespace bench
