#include "store/recovery/damage.h"

#include <cairn/error.h>
#include "store/border/status.h"
#include "store/recovery/damaged_file.h"

namespace cairn::store {
namespace fs = std::filesystem;

void raise_damage(const fs::path& directory, const std::string& what) {
  throw Corruption("store " + quote(directory.native()) + " is damaged: " + what +
                   "; put a copy of the directory in its place, or set StoreOptions::on_damage to "
                   "keep_rest or start_empty (docs/durability.md)");
}

// A file that is gone is damage, and not a disk that fails.
void refuse_opening(const rocksdb::Status& status, const fs::path& directory) {
  if (status.IsCorruption() || status.IsPathNotFound()) {
    const std::string file = damaged_file(status, directory);
    raise_damage(directory, (file.empty() ? "" : file + ": ") + status.ToString());
  }
  raise(status, "open " + quote(directory.native()));
}

}  // namespace cairn::store
