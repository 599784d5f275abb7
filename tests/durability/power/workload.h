// Random calls of one thread on a recorded store.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>

#include <cairn/caches.h>
#include "durability/power/recording.h"
#include "support/fake_clock.h"

namespace cairn::test::durability {

/// How the stores of these tests are opened: little memory, so that write buffers are soon full.
StoreOptions store_options(Durability level, const FakeClock& clock);
/// The caches of all families in a directory.
Caches open_families(const std::filesystem::path& directory, const StoreOptions& options);

/// Makes `count` random calls, and a last one that closes, on a new store in `directory`.  Throws
/// std::logic_error if a call's result is not what the oracle says.
Recording record_calls(const std::filesystem::path& directory, Durability level, std::size_t count,
                       std::uint64_t seed);
/// Makes these calls, at times that only grow.
Recording record_calls(const std::filesystem::path& directory, History history);

}  // namespace cairn::test::durability
