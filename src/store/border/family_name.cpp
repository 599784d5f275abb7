#include "store/border/family_name.h"

#include <charconv>
#include <system_error>

namespace cairn::store {

std::optional<FamilyName> parse_family(const std::string& generation_name) {
  const std::size_t at = generation_name.rfind('@');
  if (at == std::string::npos) return std::nullopt;
  FamilyName parsed{generation_name.substr(0, at), 0};
  const char* const end = generation_name.data() + generation_name.size();
  const auto result = std::from_chars(generation_name.data() + at + 1, end, parsed.generation);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return parsed;
}

std::string generation_name(const std::string& name, std::uint64_t generation) {
  return name + "@" + std::to_string(generation);
}

Generations newest_generations(const std::vector<std::string>& generation_names) {
  Generations found;
  for (std::size_t i = 0; i < generation_names.size(); ++i) {
    const std::optional<FamilyName> parsed = parse_family(generation_names[i]);
    if (!parsed) {
      found.others.push_back(i);
      continue;
    }
    const Generations::Newest mine{parsed->generation, i};
    const auto [at, first] = found.newest.try_emplace(parsed->name, mine);
    if (first) continue;
    const bool newer = at->second.generation <= mine.generation;
    found.older.push_back(newer ? at->second.at : i);
    if (newer) at->second = mine;
  }
  return found;
}

}  // namespace cairn::store
