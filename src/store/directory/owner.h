// The process that has a store open, found without asking for its lock.
#pragma once

#include <filesystem>
#include <optional>

namespace cairn::store {

struct Owner {
  /// Whether a process has the store open.  Empty if it cannot be told: without permission to read
  /// the lock file, and without a /proc that shows every process of the machine.
  std::optional<bool> there = {};
  /// The number of that process as it is seen here.  Empty if there is none, or if it cannot be
  /// told: in another pid namespace, on another machine.
  std::optional<int> process = {};
  /// True if the owner keeps a log, so that everything acknowledged can be read.  Empty if its lock
  /// file is unreadable.
  std::optional<bool> logs = {};
};

/// Whoever holds the lock of a store, by the lock file and by what the kernel lists.
Owner find_owner(const std::filesystem::path& directory);

}  // namespace cairn::store
