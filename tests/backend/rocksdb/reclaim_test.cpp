// A cache whose tables shrink by themselves, and say what they hold.
#include <gtest/gtest.h>

#include <thread>

#include <cairn/cache.h>
#include <cairn/inspect.h>
#include "backend/rocksdb/table_weight.h"
#include "support/fake_clock.h"
#include "support/temp_directory.h"
#include "ttl/contents_collector.h"

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
  const std::chrono::sys_time<std::chrono::milliseconds> begin(clock.wall());
  cache.set("expires", "12345", {.timeout = 10s});
  clock.advance(1s);
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
  EXPECT_EQ(cache.stats().tables.oldest, std::nullopt);
  cache.expire();
  constexpr std::uint64_t expires = 3 + 7 + 16 + 5;  // ":1:expires"
  constexpr std::uint64_t lasts = 3 + 5 + 16 + 7;
  expect(expires + lasts, lasts, 0);
  clock.advance(11s);
  expect(lasts, lasts, expires);
  EXPECT_EQ(cache.stats().tables.oldest, begin);
  cache.expire();
  expect(lasts, lasts, 0);
  EXPECT_EQ(cache.stats().tables.oldest, begin + 1s);
}

TEST(Reclaim, TheContentsOfTablesAreAddedUp) {
  using Time = std::chrono::sys_time<std::chrono::milliseconds>;
  TableBytes sum;
  const auto add = [&](const ttl::TableContents& contents) {
    add_table(sum, {{ttl::contents_property, ttl::encode(contents)}}, 1000, 50);
  };
  add({.expiring = {{40, 49, 1}, {50, 60, 2}},
       .lasting = 4,
       .empty = 8,
       .operands = 16,
       .oldest = 30});
  add({.erasures = 32});
  add({.unreadable = 64, .oldest = 20});
  EXPECT_EQ(sum.live, 2u + 4 + 16 + 64);
  EXPECT_EQ(sum.lasting, 4u);
  EXPECT_EQ(sum.expired, 1u + 8 + 32);
  EXPECT_EQ(sum.empty, 8u + 32);
  EXPECT_EQ(sum.oldest, Time(20ms));
  add_table(sum, {}, 1000, 50);
  EXPECT_EQ(sum.unknown, 1000u);
}

}  // namespace
}  // namespace cairn
