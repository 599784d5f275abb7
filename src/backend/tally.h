// Counting what happens, without threads fighting over a cache line.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include <cairn/stats.h>

namespace cairn {

/// What is counted: the numbers of Stats that operations add to.
enum class Event {
  hit,
  miss,
  expired,
  unreadable,
  read_error,
  set,
  incr,
  touch,
  erase,
  evicted,
};

/// Relaxed counters, each in one of several copies chosen by thread.
class Counters {
 public:
  void count(Event event, std::uint64_t times = 1) noexcept {
    copies_[copy()].counts[static_cast<std::size_t>(event)].fetch_add(times,
                                                                      std::memory_order_relaxed);
  }
  void add_to(Stats& stats) const noexcept;

 private:
  static constexpr std::size_t events = 10;
  struct alignas(128) Copy {
    std::array<std::atomic<std::uint64_t>, events> counts{};
  };
  static std::size_t copy() noexcept;
  std::uint64_t sum(Event event) const noexcept;

  std::array<Copy, 8> copies_;
};

}  // namespace cairn
