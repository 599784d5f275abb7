#include "backend/entry_index.h"

#include <algorithm>
#include <iterator>

namespace cairn {

void EntryIndex::stored(std::string_view key, ttl::Instant expires_at) {
  if (contains(key)) {
    used(key);
    return expires(key, expires_at);
  }
  by_age_.push_back({std::string(key), expires_at});
  const auto entry = std::prev(by_age_.end());
  try {
    entries_.emplace(entry->key, entry);
    by_expiry_.emplace(expires_at, entry->key);
  } catch (...) {
    entries_.erase(entry->key);
    by_age_.erase(entry);
    throw;
  }
}

void EntryIndex::used(std::string_view key) {
  const auto found = entries_.find(key);
  if (found != entries_.end()) by_age_.splice(by_age_.end(), by_age_, found->second);
}

void EntryIndex::expires(std::string_view key, ttl::Instant expires_at) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  Entry& entry = *found->second;
  if (entry.expires_at == expires_at) return;
  by_expiry_.emplace(expires_at, entry.key);
  by_expiry_.erase({entry.expires_at, entry.key});
  entry.expires_at = expires_at;
}

void EntryIndex::erase(std::string_view key) {
  if (const auto found = entries_.find(key); found != entries_.end()) erase_entry(found);
}

void EntryIndex::clear() {
  entries_.clear();
  by_expiry_.clear();
  by_age_.clear();
}

std::vector<std::string> EntryIndex::take_expired(ttl::Instant now, std::size_t most) {
  std::vector<std::string> taken;
  while (taken.size() < most && !by_expiry_.empty() &&
         ttl::expired(by_expiry_.begin()->first, now)) {
    const auto found = entries_.find(by_expiry_.begin()->second);
    taken.push_back(found->second->key);
    erase_entry(found);
  }
  return taken;
}

std::vector<std::string> EntryIndex::oldest(std::size_t count) const {
  std::vector<std::string> keys;
  keys.reserve(std::min(count, by_age_.size()));
  for (const Entry& entry : by_age_) {
    if (keys.size() == count) break;
    keys.push_back(entry.key);
  }
  return keys;
}

void EntryIndex::erase_entry(Entries::iterator found) {
  const Age::iterator entry = found->second;
  by_expiry_.erase({entry->expires_at, entry->key});
  entries_.erase(found);
  by_age_.erase(entry);
}

}  // namespace cairn
