// One thread of the soak: random operations at a steady rate, each compared with the model.
#pragma once

#include <cairn/cache.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "soak/slots.h"

namespace soak {

/// What a soak is made to do wrong, to see whether it notices.
enum class Sabotage { none, memory, descriptors, value };

struct Work {
  std::size_t slots = 5000;             ///< of each thread
  double calls_per_second = 5000;       ///< of each thread
  std::int64_t longest_timeout = 5000;  ///< milliseconds
  Sabotage sabotage = Sabotage::none;
};

/// Of one thread, though anybody may read the numbers.
class Churn {
 public:
  Churn(std::size_t thread, std::uint64_t seed, const Work& work);

  /// Works until `stop` is true.
  void run(cairn::Cache& cache, const std::atomic<bool>& stop);
  /// Compares all slots, and gives the number of those that are certain to be there.
  std::size_t verify(const cairn::Cache& cache);
  /// Whether this key may be in the store: no other key may.
  bool may_be(std::string_view key) const;

  std::size_t thread() const { return thread_; }
  std::uint64_t calls() const { return calls_; }
  std::uint64_t mismatches() const { return mismatches_; }
  /// What the first mismatch was; only when run() has ended.
  const std::string& first_mismatch() const { return first_mismatch_; }
  /// Of keys and values that may be live; a moment's guess while run() works.
  std::uint64_t live_bytes() const { return live_bytes_; }

 private:
  void step(cairn::Cache& cache);
  void set(cairn::Cache& cache, std::size_t at);
  void set_many(cairn::Cache& cache, std::size_t at);
  void incr(cairn::Cache& cache, std::size_t at);
  void touch(cairn::Cache& cache, std::size_t at);
  void erase(cairn::Cache& cache, std::size_t at);
  void compare(const cairn::Cache& cache, std::size_t at);
  void sabotage();

  // The slot's key, a new one if the old one is certain to have expired.
  std::string fresh_key(std::size_t at);
  std::string key(std::size_t at) const { return key_of(thread_, at, slots_[at].generation); }
  std::int64_t random_timeout();
  void count_live();
  void mismatch(std::size_t at, std::string_view what);

  std::size_t thread_;
  Work work_;
  std::mt19937_64 random_;
  std::vector<Slot> slots_;
  std::vector<std::string> hoard_;  // what Sabotage::memory leaks
  std::uint64_t versions_ = 0;
  std::atomic<std::uint64_t> calls_ = 0;
  std::atomic<std::uint64_t> mismatches_ = 0;
  std::atomic<std::uint64_t> live_bytes_ = 0;
  std::string first_mismatch_;
};

}  // namespace soak
