// Counting without threads fighting over it.
#include "backend/tally.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace cairn {
namespace {

TEST(Counters, EachEventIsCountedWhereItBelongs) {
  Counters counters;
  std::uint64_t times = 0;
  for (const Event event :
       {Event::hit, Event::miss, Event::expired, Event::unreadable, Event::read_error, Event::set,
        Event::incr, Event::touch, Event::erase, Event::evicted}) {
    counters.count(event, ++times);
  }
  Stats stats;
  counters.add_to(stats);
  EXPECT_EQ(stats.hits, 1u);
  EXPECT_EQ(stats.misses, 2u);
  EXPECT_EQ(stats.expired, 3u);
  EXPECT_EQ(stats.unreadable, 4u);
  EXPECT_EQ(stats.read_errors, 5u);
  EXPECT_EQ(stats.sets, 6u);
  EXPECT_EQ(stats.incrs, 7u);
  EXPECT_EQ(stats.touches, 8u);
  EXPECT_EQ(stats.erases, 9u);
  EXPECT_EQ(stats.evicted, 10u);
}

TEST(Counters, AddToWhatIsThere) {
  Counters counters;
  counters.count(Event::hit);
  Stats stats;
  stats.hits = 40;
  counters.add_to(stats);
  counters.add_to(stats);
  EXPECT_EQ(stats.hits, 42u);
}

TEST(Counters, NothingIsLostBetweenThreads) {
  Counters counters;
  std::vector<std::thread> threads;
  for (int i = 0; i < 20; ++i) {  // more than there are copies
    threads.emplace_back([&] {
      for (int n = 0; n < 1000; ++n) counters.count(Event::set);
    });
  }
  for (std::thread& each : threads) each.join();
  Stats stats;
  counters.add_to(stats);
  EXPECT_EQ(stats.sets, 20'000u);
}

}  // namespace
}  // namespace cairn
