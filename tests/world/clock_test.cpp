// A store that was written while the clock was ahead, opened with the right time.
#include <gtest/gtest.h>

#include <chrono>

#include <cairn/cache.h>
#include "support/fake_clock.h"
#include "support/live_directory.h"
#include "support/temp_directory.h"

namespace cairn::test {
namespace {

using namespace std::chrono_literals;

class ClockThatWasAhead : public testing::TestWithParam<std::chrono::hours> {
 protected:
  Cache open(const FakeClock& clock, Durability durability = Durability::interval) const {
    return Cache::open(directory_ / "store", {},
                       {.durability = durability, .clock = clock.source()});
  }

  const TempDirectory directory_;
};

INSTANTIATE_TEST_SUITE_P(By, ClockThatWasAhead,
                         testing::Values(25h, std::chrono::hours(24 * 30),
                                         std::chrono::hours(24 * 3650)));

TEST_P(ClockThatWasAhead, LetsNothingLiveLongerThanItsTimeout) {
  for (const Durability level : {Durability::interval, Durability::clean_close}) {
    FakeClock right;
    FakeClock ahead;
    ahead.jump_wall(GetParam());
    {
      Cache cache = open(ahead, level);
      cache.set("short", "30 s", {.timeout = 30s});
      cache.set("for good", 1, {.timeout = never});
      cache.set("counter", 1, {.timeout = 30s});
      cache.incr("counter", 5);
      cache.set("dead", 1, {.timeout = 5s});
      ahead.advance(10s);  // 20 s are left of 30
      cache.set("also short", 1, {.timeout = 30s});
    }
    for (int opening = 0; opening < 2; ++opening) {
      Cache cache = open(right, level);
      EXPECT_EQ(cache.get("short"), "30 s");
      EXPECT_EQ(cache.get<int>("counter"), 6);
      EXPECT_EQ(cache.get<int>("for good"), 1);
      EXPECT_FALSE(cache.contains("dead"));
    }
    {
      Cache cache = open(right, level);
      right.advance(20s);
      EXPECT_EQ(cache.get("short"), std::nullopt);
      EXPECT_EQ(cache.get<int>("counter"), std::nullopt);
      EXPECT_TRUE(cache.contains("also short"));
      right.advance(10s);
      EXPECT_FALSE(cache.contains("also short"));
      EXPECT_EQ(cache.get<int>("for good"), 1);
      EXPECT_EQ(cache.ttl("for good"), never);
    }
    // When the clock comes to where it was ahead, nothing is there again.
    right.advance(GetParam());
    Cache cache = open(right, level);
    EXPECT_FALSE(cache.contains("short"));
    EXPECT_FALSE(cache.contains("also short"));
    EXPECT_EQ(cache.get<int>("for good"), 1);
    cache.clear();
  }
}

TEST_P(ClockThatWasAhead, LetsNothingThatItTouchedLiveLonger) {
  FakeClock right;
  FakeClock ahead;
  ahead.jump_wall(GetParam());
  {
    Cache cache = open(right);
    for (const char* const key : {"value", "for good"}) cache.set(key, "v", {.timeout = never});
    cache.set("counter", 1, {.timeout = never});
  }
  {
    Cache cache = open(ahead);
    cache.touch("value", {.timeout = 30s});
    cache.touch("counter", {.timeout = 30s});
    for (int i = 0; i < 20; ++i) cache.incr("counter");  // which also leaves whole records
    cache.touch("for good", {.timeout = never});
    ahead.advance(10s);
    cache.set("later", 1, {.timeout = 30s});
  }
  Cache cache = open(right);
  EXPECT_EQ(cache.get("value"), "v");
  EXPECT_EQ(cache.get<int>("counter"), 21);
  right.advance(20s);
  EXPECT_FALSE(cache.contains("value"));
  EXPECT_FALSE(cache.contains("counter"));
  EXPECT_TRUE(cache.contains("later"));
  EXPECT_EQ(cache.ttl("for good"), never);
}

// Killed before it has stored its time by itself.  The log, or what was written out, is there.
TEST_P(ClockThatWasAhead, AndWasKilledAtOnceLetsNothingLiveLonger) {
  enum class Ahead { before_the_opening, after_it, after_a_write };
  for (const Durability level : {Durability::interval, Durability::clean_close}) {
    for (const Ahead when : {Ahead::before_the_opening, Ahead::after_it, Ahead::after_a_write}) {
      const TempDirectory directory;
      const FakeClock right;
      FakeClock clock;
      const auto open = [&](const char* name, const FakeClock& by) {
        return Cache::open(directory / name, {}, {.durability = level, .clock = by.source()});
      };
      open("store", right).set("old", 1, {.timeout = never});
      if (when == Ahead::before_the_opening) clock.jump_wall(GetParam());
      Cache cache = open("store", clock);
      if (when == Ahead::after_it) clock.jump_wall(GetParam());
      if (when == Ahead::after_a_write) {
        cache.set("other", 1);
        clock.jump_wall(GetParam());
      }
      cache.set("short", 1, {.timeout = 30s});
      cache.incr("counter", 1, {.initial = 0, .timeout = 30s});
      cache.touch("old", {.timeout = 30s});
      if (level == Durability::clean_close) cache.expire();  // which writes the cache out
      copy_live(directory / "store", directory / "killed");
      FakeClock later = right;
      Cache left = open("killed", later);
      EXPECT_TRUE(left.contains("short"));
      EXPECT_TRUE(left.contains("counter"));
      EXPECT_TRUE(left.contains("old"));
      later.advance(30s);
      EXPECT_FALSE(left.contains("short"));
      EXPECT_FALSE(left.contains("counter"));
      EXPECT_FALSE(left.contains("old"));
    }
  }
}

TEST(OtherClock, IsRefusedWhereTheStoreHasOneAlready) {
  const TempDirectory directory;
  for (const std::filesystem::path& location :
       {directory / "store", std::filesystem::path("memory:OtherClock")}) {
    const FakeClock clock;
    const StoreOptions options{.clock = clock.source()};
    const Cache cache = Cache::open(location, {}, options);
    const Cache same = Cache::open(location, {}, options);
    EXPECT_THROW(Cache::open(location, {}, {.clock = system_clock_reading}), InvalidOption);
    EXPECT_THROW(Cache::open(location, {}, {.clock = [] { return ClockReading{}; }}),
                 InvalidOption);
    EXPECT_THROW(Cache::open(location), InvalidOption);
  }
}

TEST(OtherFunctions, AreRefusedWhereTheStoreHasSomeAlready) {
  const TempDirectory directory;
  const auto logger = [](std::string_view) {};
  const Cache cache = Cache::open(directory / "store", {}, {.logger = logger});
  const Cache same = Cache::open(directory / "store", {}, {.logger = logger});
  EXPECT_THROW(Cache::open(directory / "store", {}, {.logger = [](std::string_view) {}}),
               InvalidOption);
  EXPECT_THROW(
      Cache::open(directory / "store", {}, {.logger = logger, .on_health = [](const Health&) {}}),
      InvalidOption);
}

}  // namespace
}  // namespace cairn::test
