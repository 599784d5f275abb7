// The seal of a closed store: a list of its files, by which changes are noticed.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace cairn::store {

/// CAIRN.seal, a short text: the files of a store that was closed in order, with their sizes, and
/// checksums of CURRENT and the MANIFEST.  RocksDB takes a truncated MANIFEST for a complete one
/// and deletes the files that the missing part named; a seal that does not match prevents the
/// opening.
///
/// A seal that is there and matches says: closed in order.  It is removed, durably, before RocksDB
/// opens.
struct Seal {
  bool present = false;
  bool readable = false;
  /// One sentence for each file that is not as it was.
  std::vector<std::string> differences;
};

/// Compares the directory with its seal.  Throws IoError.
Seal inspect_seal(const std::filesystem::path& directory);
/// Throws IoError.
void break_seal(const std::filesystem::path& directory);
/// Seals a store that RocksDB has closed, durably.  Throws IoError.
void write_seal(const std::filesystem::path& directory);

inline constexpr const char* seal_name = "CAIRN.seal";

}  // namespace cairn::store
