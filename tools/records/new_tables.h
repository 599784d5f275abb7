// What a long call of the library has written so far, as the directory shows it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>

namespace cairn::tool {

/// The tables that have come into a store since the object was made.
class NewTables {
 public:
  explicit NewTables(std::filesystem::path store);

  /// How large they are together, those included that have gone again.
  std::uint64_t bytes();

 private:
  const std::filesystem::path store_;
  std::set<std::string> before_;
  std::map<std::string, std::uint64_t> since_;
};

/// Bytes below `directory` and below its siblings named `directory.*`.
std::uint64_t bytes_below(const std::filesystem::path& directory);

}  // namespace cairn::tool
