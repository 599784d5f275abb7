// The clock that a store reads.
#pragma once

#include <chrono>
#include <functional>

#include <cairn/export.h>

namespace cairn {

/// One reading of the two clocks that a store's own clock is made of.
struct ClockReading {
  /// The wall clock, since 1970-01-01 00:00 UTC.  May be set back and forth by anyone.  Before 1970
  /// it counts as 1970; 2^60 ms are the most, either way, of both clocks.
  std::chrono::milliseconds wall;
  /// A clock that never jumps and that counts time spent suspended (Linux: CLOCK_BOOTTIME).
  std::chrono::milliseconds boot;
};

/// A function that gives the time.  Every operation calls it, from any thread, and so does
/// RocksDB's background work: it must be cheap, safe for threads, and must not throw.
///
/// The thread that calls it may hold locks of the location (a directory; in `memory:` each column
/// family).  From inside only caches of locations that this process opened before may be used, or
/// two clocks that use each other's caches would wait for each other; where RocksDB calls it, only
/// those that were opened before the first directory.  The others throw would_deadlock.  A location
/// counts as opened anew when no handle on it was left.  Waiting there for another thread that uses
/// what is refused may wait for ever, and so may get_or_set() and update() where their functions
/// use it.
using ClockSource = std::function<ClockReading()>;

/// The clocks of the operating system: what a store uses unless StoreOptions::clock says otherwise.
/// Safe from any thread.
CAIRN_EXPORT ClockReading system_clock_reading() noexcept;

}  // namespace cairn
