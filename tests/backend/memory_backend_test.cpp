// What memory: keeps, and for how long.
#include <gtest/gtest.h>

#include <string>

#include <cairn/cache.h>
#include "support/fake_clock.h"

namespace cairn::test {
namespace {

using namespace std::chrono_literals;

class Memory : public testing::Test {
 protected:
  Cache open(CacheOptions options = {}) {
    return Cache::open("memory:memory_backend_test", std::move(options), {.clock = clock.source()});
  }

  FakeClock clock;
};

TEST_F(Memory, IsReleasedByExpiredValuesWhateverTheCacheIsUsedFor) {
  Cache cache = open();
  const auto fill = [&] {
    for (int i = 0; i < 1000; ++i) cache.set("k" + std::to_string(i), i, {.timeout = 1s});
    clock.advance(62s);  // reads leave a minute alone
    EXPECT_GT(cache.stats().memory_bytes, 1000u);
  };
  fill();
  for (int i = 0; i < 200; ++i) cache.get("missing");
  EXPECT_EQ(cache.stats().memory_bytes, 0u);
  EXPECT_EQ(cache.stats().dropped, 1000u);
  fill();
  for (int i = 0; i < 200; ++i) cache.get_many({"missing"});
  EXPECT_EQ(cache.stats().memory_bytes, 0u);
  fill();
  for (int i = 0; i < 200; ++i) cache.set("one", 1, {.timeout = never});
  EXPECT_EQ(cache.stats().entries, 1u);
}

TEST_F(Memory, HoldsABoundThatIsGivenLater) {
  Cache wide = open();
  for (int i = 0; i < 1000; ++i) wide.set("k" + std::to_string(i), i);
  Cache narrow = open({.max_entries = 10});
  narrow.set("k7", "again");  // makes no entry, and is not culled for its own sake
  EXPECT_LE(narrow.stats().entries, 10u);
  EXPECT_EQ(narrow.get("k7"), "again");
}

}  // namespace
}  // namespace cairn::test
