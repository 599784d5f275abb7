// What memory: keeps, and for how long.
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>

#include <cairn/cache.h>
#include "backend/memory_backend.h"
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
  constexpr int few = 32;  // however slow the machine, each lets go of two pieces of 16
  const auto fill = [&] {
    for (int i = 0; i < 1000; ++i) cache.set("k" + std::to_string(i), i, {.timeout = 1s});
    clock.advance(62s);  // reads leave a minute alone
    EXPECT_GT(cache.stats().memory_bytes, 1000u);
  };
  fill();
  for (int i = 0; i < few; ++i) cache.get("missing");
  EXPECT_EQ(cache.stats().memory_bytes, 0u);
  EXPECT_EQ(cache.stats().dropped, 1000u);
  fill();
  for (int i = 0; i < few; ++i) cache.get_many({"missing"});
  EXPECT_EQ(cache.stats().memory_bytes, 0u);
  fill();
  for (int i = 0; i < few; ++i) cache.set("one", 1, {.timeout = never});
  EXPECT_EQ(cache.stats().entries, 1u);
  const std::function<void()> uses[] = {
      [&] { cache.contains("one"); },
      [&] { cache.ttl("missing"); },
      [&] { cache.keys(); },
      [&] { cache.touch("missing", {.timeout = never}); },
      [&] { cache.touch("one", {.timeout = never}); },
      [&] { cache.erase("missing"); },
      [&] { cache.erase_many({"missing"}); },
      [&] { cache.add("one", 1); },
      [&] { cache.try_incr("missing"); },
      [&] {
        cache.incr_many({{"missing", 1}});
      },
      [&] {
        cache.set_many({{"missing", 1}}, {.timeout = 0s});
      },
      [&] { cache.update<int>("missing", [](auto) { return std::optional<int>(); }); },
  };
  int number = 0;
  for (const std::function<void()>& use : uses) {
    SCOPED_TRACE(++number);
    fill();
    for (int i = 0; i < few; ++i) use();
    EXPECT_EQ(cache.stats().entries, 1u);
  }
}

TEST_F(Memory, IsCountedAsItIs) {
  Cache cache = open({.timeout = never});
  const auto bytes = [&] { return cache.stats().memory_bytes; };
  constexpr std::uint64_t header = 16;
  constexpr std::uint64_t key = 4;  // ":1:k"
  cache.set("k", std::string(100, 'v'));
  EXPECT_EQ(bytes(), key + header + 100);
  cache.set("k", std::string(10, 'v'));
  EXPECT_EQ(bytes(), key + header + 10);
  cache.touch("k", {.timeout = never});
  EXPECT_EQ(bytes(), key + header + 10 + 6) << "and when it was touched";
  cache.incr("n", 1, {.initial = 0});
  cache.incr_many({{"n", 1}});
  EXPECT_EQ(bytes(), 2 * (key + header) + 16 + 8);
  cache.incr_version("k");
  EXPECT_EQ(bytes(), 2 * (key + header) + 16 + 8);
  cache.erase("n");
  EXPECT_EQ(bytes(), key + header + 16);
  cache.pop("k", {.version = 2});
  EXPECT_EQ(bytes(), 0u);
  cache.set("k", 1);
  cache.clear();
  EXPECT_EQ(bytes(), 0u);
}

// Where the clock shows less than the minute that reads leave alone.
TEST_F(Memory, IsKeptByALiveValueIn1970) {
  clock.jump_wall(-clock.wall());
  Cache cache = open();
  cache.set("k", 1, {.timeout = 10s});
  for (int i = 0; i < 20; ++i) EXPECT_EQ(cache.get<int>("k"), 1);
}

TEST_F(Memory, HoldsABoundThatIsGivenLater) {
  Cache wide = open();
  for (int i = 0; i < 1000; ++i) wide.set("k" + std::to_string(i), i);
  Cache narrow = open({.max_entries = 10});
  narrow.set("k7", "again");  // makes no entry, and is not culled for its own sake
  EXPECT_LE(narrow.stats().entries, 10u);
  EXPECT_EQ(narrow.get("k7"), "again");
}

TEST_F(Memory, LetsOthersInWhileItPassesOverExpiredValues) {
  MemoryBackend backend("listed", clock.source());
  const auto store = [&](const std::string& key, std::chrono::milliseconds timeout) {
    EncodedValue value = encode_value(key, 1);
    backend.write(key, value, timeout, {});
  };
  for (int i = 0; i < 10'000; ++i) store("k" + std::to_string(i), 1s);
  store("last", 1h);
  clock.advance(2s);
  const Reads::Listing first = backend.list("", "", 10);
  EXPECT_TRUE(first.keys.empty());
  EXPECT_GT(first.next, "k");
  std::vector<std::string> keys;
  std::string next = first.next;
  while (!next.empty()) {
    const Reads::Listing listing = backend.list(next, "", 10);
    keys.insert(keys.end(), listing.keys.begin(), listing.keys.end());
    next = listing.next;
  }
  EXPECT_EQ(keys, std::vector<std::string>{"last"});
  EXPECT_EQ(backend.expire({}), 10'000u);
}

}  // namespace
}  // namespace cairn::test
