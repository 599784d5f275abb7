// Whether what threads saw of one key could have happened one after another.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>

#include "durability/linearizability/ops.h"

namespace cairn::test::durability {

/// The value under a key, or none.
using Content = std::optional<std::int64_t>;

/// An operation and when it began and ended, by one clock for all threads.
struct Event {
  /// Of an operation that was under way when its process was killed: it may have happened, at any
  /// time from its beginning on, and its result is not known.
  static constexpr std::uint64_t pending = std::numeric_limits<std::uint64_t>::max();

  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  Operation operation = {};
};

/// What the key holds after the operation; empty if the operation cannot have had its result.
std::optional<Content> after(const Content& before, const Event& event);

/// Whether there is an order of the events that agrees with their times and results, the key
/// holding `first` before them (Wing and Gong's search, with Lowe's memory of where it has been).
bool linearizable(std::span<const Event> events, const Content& first = {});

}  // namespace cairn::test::durability
