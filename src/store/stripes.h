// The locks that make operations on one key atomic.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <functional>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

namespace cairn::store {

/// A mutex of four bytes: std::mutex has forty, and there are many of these.  The three states are
/// those of Drepper's "Futexes Are Tricky": who lets go of it calls the kernel only if somebody
/// waits.
class SmallMutex {
 public:
  void lock() {
    int state = free;
    if (state_.compare_exchange_strong(state, held, std::memory_order_acquire)) return;
    // Whoever waited may not be alone in it, and so takes it as awaited.
    while (state_.exchange(awaited, std::memory_order_acquire) != free) {
      state_.wait(awaited, std::memory_order_relaxed);
    }
  }
  void unlock() {
    if (state_.exchange(free, std::memory_order_release) == awaited) state_.notify_one();
  }

 private:
  static constexpr int free = 0;
  static constexpr int held = 1;
  static constexpr int awaited = 2;

  std::atomic<int> state_ = free;  // int is what a futex is, so nothing else is woken or waited for
};

/// Mutexes by hash of (column family, key).  Every write holds its key's from read to written;
/// readers take none.  Nobody waits for a disk's sync, a codec or a factory while holding one.
class Stripes {
 public:
  using Lock = std::unique_lock<SmallMutex>;

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

  /// So many that batches of a hundred keys seldom meet: 256 KiB (docs/performance.md).
  static constexpr std::size_t count = 1 << 16;

 private:
  static std::size_t index(std::size_t seed, std::string_view key) {
    return (std::hash<std::string_view>{}(key) ^ seed) % count;
  }

  std::array<SmallMutex, count> stripes_;
};

}  // namespace cairn::store
