// How a record tier's budget is divided.
#pragma once

#include <cstddef>

namespace cairn::tier {

/// Shares of a budget.  Sizes are in bytes and multiples of a cache line, numbers are at least one.
struct Plan {
  explicit Plan(std::size_t budget);

  std::size_t shards;          ///< a power of two; each has a lock, a share of all that follows
  std::size_t buckets;         ///< of one shard
  std::size_t ghosts;          ///< of one shard
  std::size_t segments;        ///< of one shard
  std::size_t small_segments;  ///< among them, when all are in use
  std::size_t segment_bytes;

  std::size_t index_bytes;  ///< of all shards
  std::size_t ghost_bytes;  ///< of all shards
  std::size_t log_bytes;    ///< of all shards

  /// Key and record together: two fit into a segment.
  std::size_t longest;
};

}  // namespace cairn::tier
