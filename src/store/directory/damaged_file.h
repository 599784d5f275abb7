// The file that keeps RocksDB from opening a store.
#pragma once

#include <rocksdb/status.h>

#include <filesystem>
#include <string>

namespace cairn::store {

/// The damage that RocksDB's message about a store that it cannot open leaves out: "CURRENT names
/// no MANIFEST that is there".  RocksDB names no table whose footer is wrong, and a missing one by
/// a name that no table has.  Empty if the status names the file, or if no file shows that it is at
/// fault.
std::string damaged_file(const rocksdb::Status& status, const std::filesystem::path& directory);

/// The damage of CURRENT: it is missing, or is not one line with the name of a MANIFEST that
/// is there.  Empty if it is sound, or if that cannot be known: not to be allowed to read is no
/// damage.
std::string damaged_current(const std::filesystem::path& directory);

}  // namespace cairn::store
