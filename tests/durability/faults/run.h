// One workload on a disk that fails at one point.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <cairn/caches.h>
#include "durability/faults/faulty_disk.h"

namespace cairn::test::durability {

/// When the disk fails: while one thread uses the store, while it closes and opens again, or while
/// several threads write.
enum class Stage : std::uint8_t { use, reopening, threads };

/// From the disk being well again to the first write that succeeds.
constexpr std::chrono::milliseconds longest_heal(1000);

struct FaultResult {
  std::uint64_t operations = 0;  ///< there were, of the stage
  bool failed = false;           ///< whether the fault came to be
  std::uint64_t refused = 0;     ///< calls that threw
  std::chrono::milliseconds healed_after{0};
  std::vector<std::string> violations = {};
};

/// Runs the workload of the stage with that fault, on a store below `scratch`, and says what broke
/// a promise.
FaultResult run_with_fault(Durability level, Stage stage, const Fault& fault,
                           const std::filesystem::path& scratch);

/// The same for Stage::threads.
FaultResult run_threads_with_fault(Durability level, const Fault& fault,
                                   const std::filesystem::path& scratch);

/// Waits until the store has mended itself, its disk being well again, and takes writes: how long
/// that took; empty if `most` was not enough.
std::optional<std::chrono::milliseconds> heal(Caches& caches, const std::string& alias,
                                              std::chrono::milliseconds most);

}  // namespace cairn::test::durability
