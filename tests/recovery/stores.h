// Stores as their owners may leave them.
#pragma once

#include <filesystem>
#include <string>

#include <cairn/caches.h>
#include "support/temp_directory.h"

namespace cairn::test {

/// A directory with a store in it, and copies of that store as a SIGKILL at some moment leaves it.
class Left {
 public:
  std::filesystem::path path() const { return directory_ / "store"; }

  /// Ten values written and closed in order; `flushed` puts them into a table.
  void closed(bool flushed = false) const;
  /// Ten values, synced, and ten more that are not; then the process is gone.
  void killed(Durability durability = Durability::process_crash) const;

  /// The one file whose name begins or ends like that.
  std::filesystem::path file(const std::string& part) const;

 private:
  TempDirectory directory_;
};

/// How many of the values written by Left are there.
int count_values(const Cache& cache);

void truncate_by(const std::filesystem::path& path, std::uintmax_t bytes);
void flip_bit(const std::filesystem::path& path, std::uintmax_t offset, int bit = 0);

}  // namespace cairn::test
