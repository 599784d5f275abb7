// The names of column families: `name@generation`, since clear() makes the next generation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cairn::store {

struct FamilyName {
  std::string name;
  std::uint64_t generation;
};

/// Empty for a column family that is not ours.
std::optional<FamilyName> parse_family(const std::string& generation_name);

std::string generation_name(const std::string& name, std::uint64_t generation);

/// The column families of a database, told apart by their names; each is given by its place in the
/// list.
struct Generations {
  struct Newest {
    std::uint64_t generation;
    std::size_t at;
  };
  std::map<std::string, Newest> newest;  ///< by name: the ones in use
  std::vector<std::size_t> older;        ///< left from a clear() that a crash cut short
  std::vector<std::size_t> others;       ///< not ours, and RocksDB's default one
};

/// Of each name the highest generation is the newest.
Generations newest_generations(const std::vector<std::string>& generation_names);

}  // namespace cairn::store
