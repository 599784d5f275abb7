// How StoreOptions::memory_budget is divided.
#pragma once

#include <cstdint>

#include <cairn/options.h>
#include "tier/record_tier.h"

namespace cairn {

struct MemoryShares {
  std::uint64_t records;  ///< for the record tier; 0: there is none
  std::uint64_t engine;   ///< for blocks, indexes, filters and write buffers

  /// What the engine needs for its write buffers, and to read anything.
  static constexpr std::uint64_t least_engine = 4ull << 20;
  static constexpr std::uint64_t least_records = 1ull << 20;
  static_assert(least_records >= tier::RecordTier::least_bytes);

  /// As the options say; half for each where they do not.  Requires options that check_options()
  /// has let pass.
  static MemoryShares of(const StoreOptions& options) {
    const std::uint64_t records = options.record_memory.value_or(options.memory_budget / 2);
    return {records, options.memory_budget - records};
  }
};

}  // namespace cairn
