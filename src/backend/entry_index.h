// The keys of a bounded cache in eviction order.
#pragma once

#include <cstddef>
#include <limits>
#include <list>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "backend/bounds.h"
#include "ttl/record.h"

namespace cairn {

/// Keys by age of last use and by expiry.  Not safe for threads: its owner locks.  What throws, for
/// lack of memory, has changed nothing.
class EntryIndex {
 public:
  bool contains(std::string_view key) const { return entries_.contains(key); }
  std::size_t size() const { return entries_.size(); }

  /// Adds the key, or renews it: it is now the youngest.
  void stored(std::string_view key, ttl::Instant expires_at);
  /// The key is now the youngest.
  void used(std::string_view key);
  /// The expiry changed; the age does not.
  void expires(std::string_view key, ttl::Instant expires_at);
  void erase(std::string_view key);
  void clear();

  /// Removes and returns the keys that have expired, at most so many.
  std::vector<std::string> take_expired(ttl::Instant now,
                                        std::size_t most = std::numeric_limits<std::size_t>::max());
  /// The oldest keys, so many or all.
  std::vector<std::string> oldest(std::size_t count) const;

 private:
  struct Entry {
    std::string key;
    ttl::Instant expires_at;
  };
  using Age = std::list<Entry>;  // oldest first; the strings stay where they are
  using Entries = std::unordered_map<std::string_view, Age::iterator>;

  void erase_entry(Entries::iterator found);

  Age by_age_;
  Entries entries_;
  std::set<std::pair<ttl::Instant, std::string_view>> by_expiry_;
};

}  // namespace cairn
