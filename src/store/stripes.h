// The locks that make operations on one key atomic.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

namespace cairn::store {

/// Mutexes by hash of (column family, key).  Every write holds its key's from read to written;
/// readers take none.  Nobody waits for a disk's sync, a codec or a factory while holding one.
class Stripes {
 public:
  using Lock = std::unique_lock<std::mutex>;

  Lock lock(std::size_t seed, std::string_view key) { return Lock(stripes_[index(seed, key)]); }

  /// Locks the stripes of many keys, each once and in one order, so that no two batches wait for
  /// each other.
  template <class Keys>
  std::vector<Lock> lock_all(std::size_t seed, const Keys& keys) {
    std::vector<std::size_t> wanted;
    wanted.reserve(std::size(keys));
    for (const auto& key : keys) wanted.push_back(index(seed, key));
    std::sort(wanted.begin(), wanted.end());
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
    std::vector<Lock> locks;
    locks.reserve(wanted.size());
    for (const std::size_t each : wanted) locks.emplace_back(stripes_[each]);
    return locks;
  }

 private:
  static constexpr std::size_t count = 1024;

  static std::size_t index(std::size_t seed, std::string_view key) {
    return (std::hash<std::string_view>{}(key) ^ seed) % count;
  }

  std::array<std::mutex, count> stripes_;
};

}  // namespace cairn::store
