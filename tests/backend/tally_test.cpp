// Counting without threads fighting over it.
#include "backend/tally.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

namespace cairn {
namespace {

TEST(Tally, EachEventIsCountedWhereItBelongs) {
  Tally tally;
  std::uint64_t times = 0;
  for (const Event event :
       {Event::hit, Event::miss, Event::expired, Event::unreadable, Event::read_error, Event::set,
        Event::incr, Event::touch, Event::erase, Event::evicted}) {
    tally.count(event, ++times);
  }
  Stats stats;
  tally.add_to(stats);
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

TEST(Tally, AddToWhatIsThere) {
  Tally tally;
  tally.count(Event::hit);
  Stats stats;
  stats.hits = 40;
  tally.add_to(stats);
  tally.add_to(stats);
  EXPECT_EQ(stats.hits, 42u);
}

TEST(Tally, NothingIsLostBetweenThreads) {
  Tally tally;
  std::vector<std::thread> threads;
  for (int i = 0; i < 20; ++i) {  // more than there are copies
    threads.emplace_back([&] {
      for (int n = 0; n < 1000; ++n) tally.count(Event::set);
    });
  }
  for (std::thread& each : threads) each.join();
  Stats stats;
  tally.add_to(stats);
  EXPECT_EQ(stats.sets, 20'000u);
}

TEST(StatsCounters, AreAllDifferentAndNamedForPeople) {
  for (const StatsCounter& each : stats_counters) {
    EXPECT_FALSE(each.help.empty()) << each.name;
    for (const StatsCounter& other : stats_counters) {
      if (&each == &other) continue;
      EXPECT_NE(each.name, other.name);
      EXPECT_NE(each.value, other.value) << each.name;
    }
  }
}

// docs/guide/operations.md has the table for people.
TEST(StatsCounters, AreInTheGuide) {
  std::ifstream file(std::filesystem::path(CAIRN_DOCS) / "guide" / "operations.md");
  const std::string page(std::istreambuf_iterator<char>(file), {});
  for (const StatsCounter& each : stats_counters) {
    const std::string row = "| `" + std::string(each.name) + "` | " + std::string(each.help) + " |";
    EXPECT_NE(page.find(row), std::string::npos) << row;
  }
}

}  // namespace
}  // namespace cairn
