#include "backend/tally.h"

namespace cairn {

std::size_t Counters::copy() noexcept {
  static std::atomic<std::size_t> next{0};
  thread_local const std::size_t mine = next.fetch_add(1, std::memory_order_relaxed) % 8;
  return mine;
}

std::uint64_t Counters::sum(Event event) const noexcept {
  std::uint64_t total = 0;
  for (const Copy& each : copies_) {
    total += each.counts[static_cast<std::size_t>(event)].load(std::memory_order_relaxed);
  }
  return total;
}

void Counters::add_to(Stats& stats) const noexcept {
  stats.hits += sum(Event::hit);
  stats.misses += sum(Event::miss);
  stats.expired += sum(Event::expired);
  stats.unreadable += sum(Event::unreadable);
  stats.read_errors += sum(Event::read_error);
  stats.sets += sum(Event::set);
  stats.incrs += sum(Event::incr);
  stats.touches += sum(Event::touch);
  stats.erases += sum(Event::erase);
  stats.evicted += sum(Event::evicted);
}

}  // namespace cairn
