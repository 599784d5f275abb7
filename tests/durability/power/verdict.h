// Opens what a power cut left, and judges it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "durability/power/history.h"
#include "durability/power/record.h"

namespace cairn::test::durability {

/// Between how many calls and how many must have survived, and the time at which is looked.
struct Bounds {
  std::size_t at_least = 0;
  std::size_t at_most = 0;
  std::int64_t time = 0;
};

struct Verdict {
  enum class Kind : std::uint8_t {
    right,
    lost,    ///< a prefix of the history, and shorter than promised
    wrong,   ///< no prefix: a hole, something that was gone, or bytes that nobody wrote
    refused  ///< does not open, or not for writing
  };
  Kind kind = Kind::right;
  std::string what = {};     ///< in words, if it is not right
  std::size_t survived = 0;  ///< calls, if it is a prefix
};

/// What was found under all keys.
struct Sight {
  std::array<Entries, family_count> families;
};

/// Reads everything, and writes something.  Leaves the store closed.  Throws cairn::Error.
Sight look(const std::filesystem::path& directory, Durability level, std::int64_t time,
           Recorder* recorder = nullptr);

/// Whether what was seen is what a prefix of the calls left.
///
/// With a log, one prefix for all families, except that clear() is durable by itself: a family may
/// be empty because of a clear() that came later.  Without a log each family has a prefix of its
/// own, since each is flushed by itself.
Verdict judge(const Oracle& oracle, const History& history, const Bounds& bounds,
              const Sight& sight);

/// Both.
Verdict examine(const Oracle& oracle, const History& history, const Bounds& bounds,
                const std::filesystem::path& directory, Recorder* recorder = nullptr);

}  // namespace cairn::test::durability
