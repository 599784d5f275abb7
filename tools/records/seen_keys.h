// The keys that have been met so far, for noticing one that comes twice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace cairn::tool {

/// Remembers 128 bits of hash for each key, not the key, so that ten million keys take about 400 MB
/// at most; that two keys have the same is less likely than that the machine miscounts.
class SeenKeys {
 public:
  SeenKeys() : slots_(1024) {}

  /// False if this key of this alias has been met before.
  bool insert(std::string_view alias, std::string_view key);

 private:
  struct Hash {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    bool operator==(const Hash&) const = default;
  };
  /// Where the hash is, or is to be put.
  static Hash& place(std::vector<Hash>& slots, const Hash& hash);

  std::vector<Hash> slots_;  // a power of two; all zero is free
  std::size_t count_ = 0;
};

}  // namespace cairn::tool
