// The locks that make operations on one key atomic.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include "process/mutex.h"

namespace cairn::store {

/// Locks by hash of (column family, key).  Every write holds its key's from read to written;
/// readers take none.  Nobody waits for a disk's sync, a codec or a factory while holding one.
///
/// A stripe is a bit, and there are so many that batches of a hundred keys seldom meet: one that
/// waits in RocksDB's queue of writers holds up whoever needs any of its hundred
/// (docs/performance.md).  Waiters for a stripe are listed apart, as in a parking lot.
///
/// No capability of clang's thread safety analysis: which stripe a key has is known at run time.
class Stripes {
 public:
  static constexpr std::size_t count = std::size_t{1} << 21;  // 256 KiB

  /// One stripe, until its end.
  class Lock {
   public:
    Lock(Stripes& stripes, std::size_t number) : stripes_(stripes), number_(number) {
      stripes_.acquire(number_);
    }
    ~Lock() { stripes_.release(number_); }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

    std::size_t number() const { return number_; }

   private:
    Stripes& stripes_;
    const std::size_t number_;
  };

  /// Some stripes, each once, until its end.  They are taken in one order, so that no two batches
  /// wait for each other.
  class Locks {
   public:
    Locks(Stripes& stripes, std::vector<std::size_t> numbers);
    ~Locks();
    Locks(const Locks&) = delete;
    Locks& operator=(const Locks&) = delete;

    /// Ascending.
    const std::vector<std::size_t>& numbers() const { return numbers_; }

   private:
    Stripes& stripes_;
    std::vector<std::size_t> numbers_;
  };

  Lock lock(std::size_t seed, std::string_view key) { return Lock(*this, number(seed, key)); }

  template <class Keys>
  Locks lock_all(std::size_t seed, const Keys& keys) {
    std::vector<std::size_t> numbers;
    numbers.reserve(std::size(keys));
    for (const auto& key : keys) numbers.push_back(number(seed, key));
    return Locks(*this, std::move(numbers));
  }

 private:
  using Word = std::uint64_t;
  static constexpr std::size_t word_bits = 64;

  /// The waiters for any of the stripes that share it.
  struct alignas(64) Queue {
    struct Waiter;

    std::atomic<int> waiting = 0;
    process::Mutex mutex;
    Waiter* first CAIRN_GUARDED_BY(mutex) = nullptr;  // who came first
  };

  static std::size_t number(std::size_t seed, std::string_view key) {
    return (std::hash<std::string_view>{}(key) ^ seed) % count;
  }
  static Word bit(std::size_t number) { return Word{1} << number % word_bits; }

  bool try_acquire(std::size_t number) {
    return (words_[number / word_bits].fetch_or(bit(number)) & bit(number)) == 0;
  }
  void acquire(std::size_t number) {
    if (!try_acquire(number)) [[unlikely]]
      wait(number);
  }
  // A waiter that found the bit set before it is cleared here has been counted before that, and so
  // is seen (both are sequentially consistent).
  void release(std::size_t number) {
    words_[number / word_bits].fetch_and(~bit(number));
    if (queue(number).waiting.load() > 0) [[unlikely]]
      wake(number);
  }
  void wait(std::size_t number);
  void wake(std::size_t number);
  Queue& queue(std::size_t number) { return queues_[number % queues_.size()]; }

  std::array<std::atomic<Word>, count / word_bits> words_{};
  std::array<Queue, 64> queues_;
};

}  // namespace cairn::store
