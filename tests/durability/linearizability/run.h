// Makes histories: threads that work on a few keys at once, and what each of them saw when.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <cairn/clock.h>
#include "durability/linearizability/checker.h"

namespace cairn::test::durability {

/// Does one operation for one thread.
using Perform =
    std::function<Outcome(int thread, std::string_view key, const Operation& operation)>;

struct HistoryShape {
  int threads = 2;
  int keys = 3;
  std::uint32_t operations = 800;  ///< of all threads together
  int actions = durability::actions;
  /// How often one more thread, whose number is `threads`, does Action::clear, with `prefix` for
  /// a key.
  std::uint32_t clears = 0;
};

struct History {
  std::vector<std::vector<Event>> keys;

  /// Keys whose events fit in no order.
  std::size_t violations() const;
  std::uint64_t operations() const;
  /// Events during which another of their key began: what a checker has anything to say about.
  std::uint64_t overlapping() const;
  /// Writes the events to a file that is not there yet; where.
  std::string keep() const;
};

/// A history of that shape on keys that begin with `prefix` and of which none exists.  `meanwhile`
/// runs in a thread of its own.
History make_history(
    const HistoryShape& shape, std::uint64_t seed, const std::string& prefix,
    const Perform& perform, const std::function<void()>& meanwhile = [] {});

/// The machine's clock, which now and then makes the thread that reads it give way.  Operations
/// read it while they hold their locks, so they are stopped in the middle.
ClockSource yielding_clock();

}  // namespace cairn::test::durability
