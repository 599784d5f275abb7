#include "backend/tally.h"

namespace cairn {

std::size_t Tally::copy() noexcept {
  static std::atomic<std::size_t> next{0};
  thread_local const std::size_t mine = next.fetch_add(1, std::memory_order_relaxed) % 8;
  return mine;
}

void Tally::add_to(Stats& stats) const noexcept {
  for (const Copy& copy : copies_) {
    for (std::size_t event = 0; event < event_count; ++event) {
      stats.*stats_counters[event].value += copy.counts[event].load(std::memory_order_relaxed);
    }
  }
}

}  // namespace cairn
