// The file that keeps RocksDB from opening a store.
#pragma once

#include <rocksdb/status.h>

#include <filesystem>
#include <optional>
#include <set>
#include <string>

namespace cairn::store {

/// The file of a store that keeps RocksDB from opening it, and its damage: "000012.sst is missing".
/// Found in CURRENT, in the MANIFEST's list and in the tables themselves, because which file
/// RocksDB's message names, and how, differs from version to version.  Empty if the status is no
/// damage, or if no file shows that it is at fault; then the message is all there is.
std::string damaged_file(const rocksdb::Status& status, const std::filesystem::path& directory);

/// The names of the tables in the newest list.  Empty if that cannot be read.
std::optional<std::set<std::string>> table_names(const std::filesystem::path& directory);

/// The damage of CURRENT: it is missing, or is not one line with the name of a MANIFEST that
/// is there.  Empty if it is sound, or if that cannot be known: not to be allowed to read is no
/// damage.
std::string damaged_current(const std::filesystem::path& directory);

}  // namespace cairn::store
