#include "tier/plan.h"

#include <algorithm>
#include <bit>

#include "tier/index.h"
#include "tier/record_words.h"

namespace cairn::tier {

namespace {

constexpr std::size_t shard_bytes = std::size_t{8} << 20;
constexpr std::size_t most_shards = 64;
// A record with a key of 16 bytes and a value of 100 takes 152 bytes of the log and 9 of the index,
// where six of ten slots are taken 15.  Of records half as long the log has room for more than
// there are slots; those that are not asked for go then.
constexpr std::size_t index_share = 9;
// The queue of newcomers: with less, keys of a working set that moves are given up before they are
// asked for again; with more, what is asked for often has less room (docs/performance.md).
constexpr std::size_t small_percent = 36;
constexpr std::size_t ghost_share = 64;
// What the tier itself needs for a segment, besides its bytes.
constexpr std::size_t segment_overhead = 32;
constexpr std::size_t overhead = 8 * 1024;
constexpr std::size_t most_segment_bytes = std::size_t{1} << 20;

std::size_t lines(std::size_t bytes) { return bytes / cache_line * cache_line; }

// More segments are better for the hit ratio and the length of a pause, and worse for the longest
// record.
std::size_t segments_of(std::size_t bytes) {
  const std::size_t usual = bytes >= (640 << 10) ? 128 : bytes >= (160 << 10) ? 64 : 32;
  return std::max(usual, bytes / most_segment_bytes);
}

}  // namespace

Plan::Plan(std::size_t budget)
    : shards(std::bit_floor(std::clamp<std::size_t>(budget / shard_bytes, 1, most_shards))) {
  const std::size_t own = std::min(overhead, budget / 16);
  const std::size_t share = (budget - own) / shards;
  buckets = std::max<std::size_t>(share / index_share / sizeof(Bucket), 1);
  ghosts = std::max<std::size_t>(lines(share / ghost_share) / sizeof(std::uint32_t), 16);
  const std::size_t left = share - buckets * sizeof(Bucket) - ghosts * sizeof(std::uint32_t);
  segments = segments_of(left);
  segment_bytes = lines(left / segments - segment_overhead);
  small_segments = std::max<std::size_t>(segments * small_percent / 100, 2);
  index_bytes = shards * buckets * sizeof(Bucket);
  ghost_bytes = shards * ghosts * sizeof(std::uint32_t);
  log_bytes = shards * segments * segment_bytes;
  longest = segment_bytes / 2 - record_overhead;
}

}  // namespace cairn::tier
