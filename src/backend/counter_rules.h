// What incr does to a counter, wherever it is kept.
#pragma once

#include <optional>

#include "backend/backend.h"

namespace cairn {

/// The outcome of a step from the value of a live record, or of none.
inline Added step_from(const ttl::Record* live, std::int64_t value, const Step& step,
                       const std::optional<Seed>& seed) {
  if (live == nullptr && !seed) return {Added::Outcome::missing};
  if (live != nullptr && live->kind != ValueKind::integer) {
    return {Added::Outcome::not_an_integer, 0, live->kind};
  }
  Added added{Added::Outcome::done};
  if (!step.apply(live != nullptr ? value : seed->initial, added.value)) {
    return {Added::Outcome::overflow};
  }
  return added;
}

}  // namespace cairn
