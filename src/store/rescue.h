// The writes that an engine has in memory only, kept while it is reopened.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/engine/engine.h"

namespace cairn::store {

/// For a store without a log whose RocksDB cannot write out its memtables any more.  As large as
/// those, at most.
class Rescue {
 public:
  /// Keeps the differences between reading `live` and reading its files, in `on_disk`.  Reads both
  /// from beginning to end; nobody may be writing.  Throws IoError, Corruption.
  Rescue(const Engine& live, const Engine& on_disk);

  /// Writes them to the engine that took the place of `live`.  Throws IoError.
  void write_to(Engine& engine) const;

 private:
  using Change = std::pair<std::string, std::optional<std::string>>;  // empty: removed

  struct Family {
    std::string name;
    std::vector<Change> changes = {};
  };

  std::vector<Family> families_;
};

}  // namespace cairn::store
