// Tallies of what operations do, counted without threads fighting over a cache line.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include <cairn/stats.h>
#include "process/thread_number.h"

namespace cairn {

/// The counters of Stats that operations add to: places in stats_counters.
enum class Event : std::size_t {
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
inline constexpr std::size_t event_count = 10;
static_assert(stats_counters[static_cast<std::size_t>(Event::hit)].value == &Stats::hits);
static_assert(stats_counters[static_cast<std::size_t>(Event::evicted)].value == &Stats::evicted);

/// Relaxed counters, each in one of several copies chosen by thread.
class Tally {
 public:
  void count(Event event, std::uint64_t times = 1) noexcept {
    Copy& copy = copies_[process::thread_number() % copy_count];
    copy.counts[static_cast<std::size_t>(event)].fetch_add(times, std::memory_order_relaxed);
  }
  void add_to(Stats& stats) const noexcept;

 private:
  static constexpr std::size_t copy_count = 8;
  struct alignas(128) Copy {
    std::array<std::atomic<std::uint64_t>, event_count> counts{};
  };

  std::array<Copy, copy_count> copies_;
};

}  // namespace cairn
