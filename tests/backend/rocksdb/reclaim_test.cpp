// A cache whose tables shrink by themselves, and say what they hold.
#include <gtest/gtest.h>

#include <thread>

#include <cairn/cache.h>
#include <cairn/inspect.h>
#include "support/fake_clock.h"
#include "support/temp_directory.h"

namespace cairn {
namespace {

using namespace std::chrono_literals;

TEST(Reclaim, HappensByItself) {
  const test::TempDirectory directory;
  test::FakeClock clock;
  Cache cache =
      Cache::open(directory / "store", {}, {.reclaim_interval = 1ms, .clock = clock.source()});
  for (int i = 0; i < 100; ++i) cache.set("k" + std::to_string(i), "value", {.timeout = 10s});
  cache.expire();
  EXPECT_GT(cache.stats().disk_bytes, 0u);
  EXPECT_EQ(cache.stats().last_reclaim, std::nullopt);
  clock.advance(11s);
  while (cache.stats().disk_bytes > 0) std::this_thread::yield();  // or the test would time out
  while (!cache.stats().last_reclaim) std::this_thread::yield();
  const Stats stats = cache.stats();
  EXPECT_GT(stats.reclaimed_bytes, 0u);
  EXPECT_EQ(stats.reclaim_written_bytes, 0u);
  EXPECT_EQ(stats.dropped, 100u);
}

TEST(Reclaim, TablesSayWhatTheyHold) {
  const test::TempDirectory directory;
  test::FakeClock clock;
  Cache cache =
      Cache::open(directory / "store", {}, {.reclaim_interval = 0ms, .clock = clock.source()});
  cache.set("expires", "12345", {.timeout = 10s});
  cache.set("lasts", "1234567", {.timeout = never});
  const auto expect = [&](std::uint64_t live, std::uint64_t lasting, std::uint64_t expired) {
    const TableBytes tables = cache.stats().tables;
    EXPECT_EQ(tables.live, live);
    EXPECT_EQ(tables.lasting, lasting);
    EXPECT_EQ(tables.expired, expired);
    EXPECT_EQ(tables.unknown, 0u);
    const TableBytes seen = StoreView(directory / "store").table_bytes("default");
    EXPECT_EQ(seen.live + seen.expired, live + expired);
  };
  expect(0, 0, 0);
  cache.expire();
  constexpr std::uint64_t expires = 3 + 7 + 16 + 5;  // ":1:expires"
  constexpr std::uint64_t lasts = 3 + 5 + 16 + 7;
  expect(expires + lasts, lasts, 0);
  clock.advance(11s);
  expect(lasts, lasts, expires);
  cache.expire();
  expect(lasts, lasts, 0);
}

}  // namespace
}  // namespace cairn
