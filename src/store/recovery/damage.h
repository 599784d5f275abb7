// The errors of an opening that meets a damaged store.
#pragma once

#include <rocksdb/status.h>

#include <filesystem>
#include <string>

namespace cairn::store {

/// Throws Corruption, with the remedy.  `what` names the file.
[[noreturn]] void raise_damage(const std::filesystem::path& directory, const std::string& what);

/// Throws the error of RocksDB's refusal to open a store: Corruption, naming the file, where one is
/// damaged or gone; else IoError.
[[noreturn]] void refuse_opening(const rocksdb::Status& status,
                                 const std::filesystem::path& directory);

}  // namespace cairn::store
