// Who has a store open, without asking for its lock.
#pragma once

#include <filesystem>
#include <optional>

namespace cairn::store {

struct Owner {
  int process;
  /// What it has acknowledged is in the log, if not in the tables.  Empty: its lock file, where it
  /// says so, cannot be read.
  std::optional<bool> logs;
};

/// The process that holds the lock of a store, as the kernel lists it.  Empty if nobody does, or if
/// it cannot be told (another machine, or no /proc).
std::optional<Owner> find_owner(const std::filesystem::path& directory);

}  // namespace cairn::store
