// How many entries a cache may hold, and how many go when it is full.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace cairn {

/// Django's MAX_ENTRIES and CULL_FREQUENCY.
struct Bounds {
  std::optional<std::int64_t> max_entries;
  std::int64_t cull_frequency = 3;

  /// Whether `count` entries leave no room for `fresh` more.  A limit below one counts as one: what
  /// was stored last can always be read.
  bool full(std::size_t count, std::size_t fresh) const {
    return max_entries && count + fresh > limit();
  }
  std::size_t limit() const {
    return static_cast<std::size_t>(std::max<std::int64_t>(1, *max_entries));
  }
  /// How many of `count` entries a cull removes: at least one, so that the limit holds (Django's
  /// count / frequency is 0 for small caches, which then outgrow it).
  std::size_t share(std::size_t count) const {
    if (cull_frequency == 0) return count;
    return std::max<std::size_t>(1, count / static_cast<std::size_t>(cull_frequency));
  }
  /// How many of `count` entries go, share by share, until `fresh` more fit: of a bound that is
  /// given later, or is smaller than what is there, one share is not always enough.
  std::size_t surplus(std::size_t count, std::size_t fresh) const {
    std::size_t left = count;
    while (left > 0 && full(left, fresh)) left -= share(left);
    return count - left;
  }
};

}  // namespace cairn
