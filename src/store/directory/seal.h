// What a closed store looks like, so that it is noticed when it looks different.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace cairn::store {

/// CAIRN.seal, a short text: the files of a store that was closed in order, with their sizes, and
/// checksums of CURRENT and the MANIFEST.  RocksDB takes a shortened MANIFEST for the end of the
/// story and deletes the files that the missing part named; a seal that does not fit stops it.
///
/// A seal that is there and fits says: closed in order.  It is taken away, durably, before RocksDB
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
