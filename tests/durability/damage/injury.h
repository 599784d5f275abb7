// What can happen to one file of a store, one thing at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace cairn::test::durability {

/// The files of a store, by name.
using StoreFiles = std::map<std::string, std::string>;

StoreFiles read_files(const std::filesystem::path& directory);
/// Leaves exactly these in the directory, which is made if need be.
void write_files(const std::filesystem::path& directory, const StoreFiles& files);

struct Injury {
  enum class Kind : std::uint8_t { deleted, zeroed, truncated, flipped };
  static constexpr std::size_t sector = 512;

  Kind kind;
  std::string file;
  std::uint64_t at = 0;  ///< the sector, the length that is left, or the bit

  std::string name() const;
  void apply(StoreFiles& files) const;
};

/// All of them: every file deleted, every sector zeroed that is not zero, every shorter length,
/// every bit; those of one kind in a row.
std::vector<Injury> injuries(const StoreFiles& files);

/// SST, log, MANIFEST, OPTIONS, or the file's own name.
std::string kind_of_file(const std::string& name);

}  // namespace cairn::test::durability
