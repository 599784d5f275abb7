// The health of an open store: whether it can be written, and why not.
#pragma once

#include <cstdint>
#include <string>

namespace cairn {

/// The condition of an open store, from the best to the worst.  Values may be added.
enum class Condition {
  healthy,    ///< nothing is known to be wrong
  damaged,    ///< a table failed its checks when it was to be compacted.  Reads of what it holds
              ///< throw Corruption; all other reads, and writes, go on.  Compaction of its cache
              ///< stops, so that it grows, until it is cleared or the store is reopened.
  no_space,   ///< less than the free-space reserve is left on the disk; reads go on
  read_only,  ///< the disk refused a write; reads go on, and the store heals itself
  offline,    ///< the disk refuses to be read as well; the next use tries again
};

/// The state of an open store.  Where it is neither healthy nor damaged, writes throw IoError
/// (codes io, no_space) at once, and the store comes back by itself, behind all its handles, as
/// soon as the disk takes writes again.  The worse condition has the greater value.
struct Health {
  Condition condition = Condition::healthy;  ///< what is so now
  std::string cause;           ///< what the disk said, or what is damaged; empty when healthy
  std::uint64_t failures = 0;  ///< how often the store has ceased to be healthy
  std::uint64_t mended = 0;    ///< how often it has become healthy again
};

}  // namespace cairn
