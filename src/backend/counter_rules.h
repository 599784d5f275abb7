// The arithmetic of incr and decr, wherever the counter is kept.
#pragma once

#include <cstdint>
#include <optional>

#include <cairn/codec.h>
#include <cairn/timeout.h>
#include "ttl/record.h"

namespace cairn {

enum class Direction { up, down };

/// How far a counter or a version goes.  Down is not up by a negated amount: -INT64_MIN does not
/// exist.
struct Step {
  std::int64_t amount;
  Direction direction = Direction::up;

  /// The delta of a merge operand, which adds modulo 2^64.
  std::int64_t delta() const {
    return direction == Direction::up
               ? amount
               : static_cast<std::int64_t>(0 - static_cast<std::uint64_t>(amount));
  }
  /// The number a step further; empty if it does not fit in 64 bits.
  std::optional<std::int64_t> from(std::int64_t value) const {
    std::int64_t result = 0;
    const bool overflows = direction == Direction::up
                               ? __builtin_add_overflow(value, amount, &result)
                               : __builtin_sub_overflow(value, amount, &result);
    if (overflows) return std::nullopt;
    return result;
  }
};

/// The value that a missing counter starts from.
struct Seed {
  std::int64_t initial;
  Timeout timeout;
};

/// The outcome of an increment.
struct Incremented {
  enum class Outcome { done, missing, not_an_integer, overflow };
  Outcome outcome;
  std::int64_t value = 0;               ///< if done
  ValueKind kind = ValueKind::nothing;  ///< if not_an_integer
};

/// The outcome of a step from the value of a live record, or of none.
inline Incremented step_from(const ttl::Record* live, std::int64_t value, const Step& step,
                             const std::optional<Seed>& seed) {
  using Outcome = Incremented::Outcome;
  if (live == nullptr && !seed) return {Outcome::missing};
  if (live != nullptr && live->kind != ValueKind::integer) {
    return {Outcome::not_an_integer, 0, live->kind};
  }
  const std::optional<std::int64_t> result = step.from(live != nullptr ? value : seed->initial);
  if (!result) return {Outcome::overflow};
  return {Outcome::done, *result};
}

}  // namespace cairn
