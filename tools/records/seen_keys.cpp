#include "records/seen_keys.h"

#include <functional>
#include <string>
#include <utility>

namespace cairn::tool {

SeenKeys::Hash& SeenKeys::place(std::vector<Hash>& slots, const Hash& hash) {
  std::size_t at = static_cast<std::size_t>(hash.low) & (slots.size() - 1);
  while (slots[at] != Hash() && slots[at] != hash) at = (at + 1) & (slots.size() - 1);
  return slots[at];
}

bool SeenKeys::insert(std::string_view alias, std::string_view key) {
  // An alias has no such byte; the two texts differ from their first byte on.
  const std::string text = std::string(alias) + '\0' + std::string(key);
  const std::hash<std::string> hash;
  const Hash mine{hash(text) | 1, hash("another " + text)};  // never all zero
  if (count_ + 1 > slots_.size() / 8 * 5) {
    std::vector<Hash> larger(slots_.size() * 2);
    for (const Hash& each : slots_) {
      if (each != Hash()) place(larger, each) = each;
    }
    slots_ = std::move(larger);
  }
  Hash& slot = place(slots_, mine);
  if (slot == mine) return false;
  slot = mine;
  ++count_;
  return true;
}

}  // namespace cairn::tool
