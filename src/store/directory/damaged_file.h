// Which file keeps RocksDB from opening a store.
#pragma once

#include <rocksdb/status.h>

#include <filesystem>
#include <string>

namespace cairn::store {

/// What RocksDB's words about a store that it cannot open leave out: "CURRENT names no MANIFEST
/// that is there".  It names no table whose footer is wrong, and one that is missing by a name that
/// no table has.  Empty if the status names the file, or if no file shows that it is at fault.
std::string damaged_file(const rocksdb::Status& status, const std::filesystem::path& directory);

/// What is wrong with CURRENT: it is missing, or is not one line with the name of a MANIFEST that
/// is there.  Empty if it is sound, or if that cannot be known: not to be allowed to read is no
/// damage.
std::string damaged_current(const std::filesystem::path& directory);

}  // namespace cairn::store
