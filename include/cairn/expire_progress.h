// How far an expire() is.
#pragma once

#include <cstdint>

namespace cairn {

/// What Cache::expire() tells the function that it is given, in bytes: of tables as they lie on
/// disk, in `memory:` of records.
struct ExpireProgress {
  std::uint64_t done = 0;   ///< dealt with: never less than in the call before
  std::uint64_t total = 0;  ///< all that there was to deal with in the beginning, in every call
};

}  // namespace cairn
