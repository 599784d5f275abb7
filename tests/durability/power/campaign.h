// Many power cuts of one recording.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "durability/power/recording.h"
#include "durability/power/replay.h"
#include "durability/power/verdict.h"

namespace cairn::test::durability {

/// The power goes after so many events, with that damage.
struct Cut {
  std::size_t events = 0;
  Damage damage;
};

/// `count` cuts at random; 0: at every place, with every model of damage.
std::vector<Cut> choose_cuts(const Recording& recording, std::size_t count, std::uint64_t seed);

/// What came of them.
struct Tally {
  std::uint64_t states = 0;
  std::uint64_t lost = 0;
  std::uint64_t wrong = 0;
  std::uint64_t refused = 0;
  /// Of those refused: what was not synced of the MANIFEST is there, with other bytes than were
  /// written.  RocksDB takes that for corruption.
  std::uint64_t damaged_manifest = 0;
  /// Acknowledged calls that were lost, where that is allowed, at most; and how long before the
  /// cut the oldest of them had been acknowledged.
  std::uint64_t most_lost_calls = 0;
  std::int64_t oldest_lost_microseconds = 0;
  std::vector<std::string> violations = {};  ///< the first few, each with how to see it again

  std::uint64_t violation_count() const { return lost + wrong + refused - damaged_manifest; }
  void add(const Tally& other);
  std::string text() const;
};

struct Plan {
  Disk::Lies lies = {};
  unsigned threads = 1;
  /// Every so many states the opening after the cut is recorded too, and cut at each of its
  /// operations; 0: never.
  std::size_t cut_recovery_every = 0;
  bool keep_failures = true;  ///< write the recording of a failure to a file
};

Tally run(const Recording& recording, const Oracle& oracle, const std::vector<Cut>& cuts,
          const Plan& plan);

}  // namespace cairn::test::durability
