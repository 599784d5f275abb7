#include "ttl/clock.h"

#include <time.h>

#include <algorithm>

namespace cairn {
namespace {

std::chrono::milliseconds read_clock(clockid_t clock) noexcept {
  timespec time{};
  clock_gettime(clock, &time);
  return std::chrono::milliseconds(static_cast<std::int64_t>(time.tv_sec) * 1000 +
                                   time.tv_nsec / 1'000'000);
}

}  // namespace

// The wall clock first: if the thread is stopped between the two readings, the difference comes out
// too small and is not adopted; the other way round every such pause would push the clock ahead.
ClockReading system_clock_reading() noexcept {
  const auto wall = read_clock(CLOCK_REALTIME);
#ifdef CLOCK_BOOTTIME
  return {wall, read_clock(CLOCK_BOOTTIME)};
#else
  return {wall, read_clock(CLOCK_MONOTONIC)};
#endif
}

namespace ttl {
namespace {

constexpr std::chrono::milliseconds longest(std::int64_t{1} << 60);

// Instants begin in 1970: a wall clock that shows less shows that, and time passes all the same.
std::int64_t difference(const ClockReading& reading) noexcept {
  return (std::max(reading.wall, std::chrono::milliseconds(0)) - reading.boot).count();
}

Instant instant(std::int64_t ms) noexcept { return ms > 0 ? static_cast<Instant>(ms) : 0; }

}  // namespace

ClockReading bounded(ClockReading reading) noexcept {
  return {std::clamp(reading.wall, -longest, longest), std::clamp(reading.boot, -longest, longest)};
}

Clock::Clock(ClockSource source)
    : source_(source ? std::move(source) : ClockSource(system_clock_reading)),
      ahead_(difference(bounded(source_()))) {}

Instant Clock::now() const noexcept {
  const ClockReading reading = bounded(source_());
  const std::int64_t ahead = difference(reading);
  if (ahead > ahead_.load(std::memory_order_relaxed)) advance(ahead, reading.boot.count());
  return instant(reading.boot.count() + ahead_.load(std::memory_order_relaxed));
}

void Clock::advance(std::int64_t ahead, std::int64_t boot) const noexcept {
  std::int64_t before = ahead_.load();
  // The grace is written before the time that it concerns can be seen.
  if (ahead > before && static_cast<std::uint64_t>(ahead - before) >= jump) {
    const Instant from = instant(boot + before);
    if (grace_until_.load() <= from) jumped_from_.store(from);
    grace_until_.store(instant(boot + ahead) + removal_grace);
  }
  while (before < ahead && !ahead_.compare_exchange_weak(before, ahead)) {
  }
}

Instant Clock::removal_time() const noexcept {
  const Instant time = now();
  return time < grace_until_.load() ? std::min(time, jumped_from_.load()) : time;
}

std::uint64_t Clock::removal_grace_left() const noexcept {
  const Instant time = now();
  const Instant until = grace_until_.load();
  return until > time ? until - time : 0;
}

bool Clock::resume(Instant mark) noexcept {
  const ClockReading reading = bounded(source_());
  const Instant wall = instant(reading.wall.count());
  if (mark > wall && mark - wall > believable_mark) return false;
  const std::int64_t ahead = static_cast<std::int64_t>(mark) - reading.boot.count();
  std::int64_t before = ahead_.load();
  while (before < ahead && !ahead_.compare_exchange_weak(before, ahead)) {
  }
  return true;
}

}  // namespace ttl
}  // namespace cairn
