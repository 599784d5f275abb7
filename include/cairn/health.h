// Whether a store can be written.
#pragma once

#include <cstdint>
#include <string>

namespace cairn {

enum class Condition {
  healthy,
  no_space,   ///< less than the free-space reserve is left on the disk; reads go on
  read_only,  ///< the disk refused a write; reads go on, and the store mends itself
  offline,    ///< the disk refuses to be read as well; the next use tries again
};

/// The state of an open store.  Where it is not healthy, writes throw IoError (codes io, no_space)
/// at once, and the store returns to healthy by itself, behind all its handles, as soon as the
/// disk takes writes again.
struct Health {
  Condition condition = Condition::healthy;
  std::string cause;           ///< what the disk said; empty when healthy
  std::uint64_t failures = 0;  ///< how often the store has ceased to be healthy
  std::uint64_t mended = 0;    ///< how often it has become healthy again
};

}  // namespace cairn
