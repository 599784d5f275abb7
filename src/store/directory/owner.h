// The process that has a store open, found without asking for its lock.
#pragma once

#include <filesystem>
#include <optional>

namespace cairn::store {

struct Owner {
  int process;
  /// True if the owner keeps a log, so that everything acknowledged can be read.  Empty if its lock
  /// file is unreadable.
  std::optional<bool> logs;
};

/// The process that holds the lock of a store, as the kernel lists it.  Empty if nobody does, or if
/// it cannot be told (another machine, or no /proc).
std::optional<Owner> find_owner(const std::filesystem::path& directory);

}  // namespace cairn::store
