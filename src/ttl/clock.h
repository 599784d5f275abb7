// The store's clock.
#pragma once

#include <atomic>
#include <cstdint>

#include <cairn/clock.h>
#include "ttl/record.h"

namespace cairn::ttl {

/// A reading within what sums of times can hold, which is the age of the universe either way: no
/// clock shows more, but a function that is given as one may.
ClockReading bounded(ClockReading reading) noexcept;

/// One clock for readers, writers and the compaction filter: E = max(E + boot-time passed, wall).
///
/// It never runs backwards in a process, counts time suspended, and adopts forward steps of the
/// wall clock; a wall clock set back leaves it ahead by a constant, so that durations stay right.
/// A wall clock before 1970 counts as 1970.
/// Lock-free; safe for threads.
class Clock {
 public:
  explicit Clock(ClockSource source);

  Instant now() const noexcept;

  /// What the compaction filter judges by: now(), except that records which expired only because
  /// the wall clock jumped forward are kept for `removal_grace` more, in case the jump is undone.
  Instant removal_time() const noexcept;
  /// How long that still holds back removals, in ms.
  std::uint64_t removal_grace_left() const noexcept;

  /// A time that the store had reached before it was opened: the clock starts no earlier.  One more
  /// than a day ahead of the wall clock comes from a clock that was wrong, and is ignored: false.
  bool resume(Instant mark) noexcept;

  static constexpr std::uint64_t removal_grace = 60 * 60 * 1000;
  static constexpr std::uint64_t jump = 60 * 1000;  ///< a smaller step is no jump
  static constexpr std::uint64_t believable_mark = 24 * 60 * 60 * 1000;

 private:
  void advance(std::int64_t ahead, std::int64_t boot) const noexcept;

  ClockSource source_;
  // E = boot + ahead_.  It only grows.
  mutable std::atomic<std::int64_t> ahead_;
  // The last jump: removals stay at jumped_from_ until the clock reaches grace_until_.
  mutable std::atomic<Instant> jumped_from_{0};
  mutable std::atomic<Instant> grace_until_{0};
};

}  // namespace cairn::ttl
