// Comparing the clocks that options carry.
#pragma once

#include <algorithm>
#include <chrono>

#include <cairn/clock.h>
#include "backend/same_function.h"
#include "process/callback_scope.h"
#include "ttl/clock.h"

namespace cairn {

/// Whether a clock is the one that the location of that rank uses, as far as can be told:
/// same_function(), and it shows what that shows before and after, or a second more or less.  Calls
/// both as the location does, so hold no lock; not from inside a callback, where that might lead
/// here again.
inline bool same_clock(const ClockSource& used, const ClockSource& given, process::Rank location) {
  constexpr std::chrono::seconds close(1);
  if (!same_function(used, given)) return false;
  if (!used || process::CallbackScope::inside()) return true;
  const process::CallbackScope scope(location);
  const ClockReading before = ttl::bounded(used());
  const ClockReading shown = ttl::bounded(given());
  const ClockReading after = ttl::bounded(used());
  const auto fits = [&](std::chrono::milliseconds ClockReading::*which) {
    const auto [low, high] = std::minmax(before.*which, after.*which);
    return shown.*which >= low - close && shown.*which <= high + close;
  };
  return fits(&ClockReading::wall) && fits(&ClockReading::boot);
}

}  // namespace cairn
