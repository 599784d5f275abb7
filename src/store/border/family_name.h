// Column families are called `name@generation`: clear() makes the next generation.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>

namespace cairn::store {

struct FamilyName {
  std::string name;
  std::uint64_t generation;
};

/// Empty for a column family that is not ours.
inline std::optional<FamilyName> parse_family(const std::string& full) {
  const std::size_t at = full.rfind('@');
  if (at == std::string::npos) return std::nullopt;
  FamilyName parsed{full.substr(0, at), 0};
  const char* const end = full.data() + full.size();
  const auto result = std::from_chars(full.data() + at + 1, end, parsed.generation);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return parsed;
}

}  // namespace cairn::store
