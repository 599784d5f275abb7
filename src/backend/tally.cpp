#include "backend/tally.h"

namespace cairn {

void Tally::add_to(Stats& stats) const noexcept {
  for (const Copy& copy : copies_) {
    for (std::size_t event = 0; event < event_count; ++event) {
      stats.*stats_counters[event].value += copy.counts[event].load(std::memory_order_relaxed);
    }
  }
}

}  // namespace cairn
