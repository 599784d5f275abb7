// Caches with max_entries on disk: counted and culled in steps.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <cairn/cache.h>
#include "backend/rocksdb/rocksdb_backend.h"
#include "durability/faults/faulty_disk.h"
#include "store/border/engine_hooks.h"
#include "support/fake_clock.h"
#include "support/temp_directory.h"

namespace cairn::test {
namespace {

using namespace std::chrono_literals;

// More keys than are kept in memory.
constexpr int many = 10'000;

class Bounded : public testing::Test {
 protected:
  Cache open(std::optional<std::int64_t> max_entries = {}, std::int64_t cull_frequency = 3) {
    return Cache::open(directory_ / "store",
                       {.timeout = never,
                        .key_warnings = ignore_key_warnings(),
                        .max_entries = max_entries,
                        .cull_frequency = cull_frequency,
                        .column_family = "bounded"},
                       {.durability = Durability::process_crash, .clock = clock_.source()});
  }
  // Keys in no order, of which every thousand are younger than those before.
  static std::string key(int i) {
    return "key-" + std::to_string(static_cast<unsigned>(i) * 2'654'435'761u);
  }
  void fill(int from, int to) {
    Cache cache = open();
    std::vector<std::pair<std::string, int>> values;
    for (int i = from; i < to; ++i) {
      values.emplace_back(key(i), i);
      if (values.size() < 1000 && i + 1 < to) continue;
      cache.set_many(values);
      values.clear();
      clock_.advance(1ms);
    }
  }
  // As often as it takes: each call is one step.
  static std::uint64_t count(const Cache& cache) {
    for (int steps = 1; steps < 1000; ++steps) {
      if (const auto entries = cache.stats().entries) return *entries;
    }
    ADD_FAILURE() << "the count does not end";
    return 0;
  }
  std::size_t listed() { return open().keys().size(); }
  // Which of the keys of fill() are gone.
  std::vector<int> gone(int from, int to) {
    const Cache cache = open();
    std::vector<int> numbers;
    for (int i = from; i < to; ++i) {
      if (!cache.contains(key(i))) numbers.push_back(i);
    }
    return numbers;
  }
  static std::vector<int> range(int from, int to) {
    std::vector<int> numbers;
    for (int i = from; i < to; ++i) numbers.push_back(i);
    return numbers;
  }

  TempDirectory directory_;
  FakeClock clock_;
};

TEST_F(Bounded, IsCountedInStepsOfAFewThousandEntries) {
  fill(0, many);
  const Cache cache = open(2 * many);
  EXPECT_EQ(cache.stats().entries, std::nullopt) << "4096 entries are one step";
  EXPECT_EQ(cache.stats().entries, std::nullopt);
  EXPECT_EQ(count(cache), static_cast<std::uint64_t>(many));
}

TEST_F(Bounded, WritersCountToo) {
  fill(0, many);
  Cache cache = open(2 * many);
  for (int i = 0; i < many / 1000; ++i) cache.set("one", i);  // a step is a thousand at least
  EXPECT_EQ(cache.stats().entries, many + 1u);
}

// Whatever is written on either side of where the next step begins.
TEST_F(Bounded, TheCountIsExactWhateverIsWrittenMeanwhile) {
  fill(0, many);
  Cache cache = open(2 * many);
  for (int i = 0; i < 12; ++i) {
    cache.set(key(i), -1);
    cache.set("new-" + std::to_string(i), i);
    cache.set("a-new-" + std::to_string(i), i, {.timeout = 1h});
    EXPECT_TRUE(cache.erase(key(100 + i)));
    EXPECT_TRUE(cache.touch(key(200 + i), {.timeout = 1h}));
    EXPECT_EQ(cache.incr(key(300 + i), 1), 301 + i);
    EXPECT_EQ(cache.incr_version(key(400 + i)), 2);
    cache.set_many({{key(500 + i), 1}, {"z-" + std::to_string(i), 1}});
  }
  EXPECT_EQ(count(cache), many + 2 * 12u);
  EXPECT_EQ(listed(), many + 12u) << "and those of version 2";
}

TEST_F(Bounded, ExpiredRecordsAreNotCounted) {
  fill(0, 100);
  open().set("short", 1, {.timeout = 1s});
  clock_.advance(1s);
  EXPECT_EQ(count(open(1000)), 100u);
}

// One entry, and a 64th of the bound.
TEST_F(Bounded, TheBoundIsPassedByLittleWhileItIsCounted) {
  fill(0, many);
  Cache cache = open(many);
  std::vector<std::pair<std::string, int>> fresh;
  for (int i = 0; i < 1000; ++i) fresh.emplace_back("new-" + std::to_string(i), i);
  cache.set_many(fresh);
  EXPECT_LE(listed(), many + 1u + many / 64) << "after one step, of the first keys";
  for (int i = 0; i < 3 * many / 1000; ++i) {
    cache.set("newer-" + std::to_string(i), i);
    EXPECT_LE(listed(), many + 1u + many / 64);
  }
  EXPECT_LE(count(cache), static_cast<std::uint64_t>(many));
  EXPECT_EQ(count(cache), listed());
  EXPECT_EQ(cache.get_many<int>({"new-0", "new-999"}).size(), 2u) << "they are the youngest";
}

TEST_F(Bounded, NothingIsCulledForAFewEntriesMoreThatFit) {
  fill(0, many);
  Cache cache = open(many + 200);
  for (int i = 0; i < 100; ++i) cache.set("new-" + std::to_string(i), i);
  EXPECT_EQ(count(cache), many + 100u);
  EXPECT_EQ(cache.stats().evicted, 0u);
}

TEST_F(Bounded, AThirdGoesTheOldestFirstInSteps) {
  fill(0, many);
  Cache cache = open(many);
  EXPECT_EQ(count(cache), static_cast<std::uint64_t>(many));
  cache.set("new", 1);
  const std::uint64_t first = cache.stats().evicted;
  EXPECT_GT(first, 0u);
  EXPECT_LT(first, 3333u) << "what is under way is not finished by one call";
  // The hand goes around once: a step is a thousand at least.
  for (int i = 0; i < many / 1000; ++i) cache.set("new", i);
  EXPECT_EQ(cache.stats().evicted, 3333u);
  const std::vector<int> went = gone(0, many);
  EXPECT_EQ(went.size(), 3333u);
  EXPECT_THAT(went, testing::Each(testing::Lt(4000))) << "of the fourth thousand some";
  EXPECT_EQ(std::count_if(went.begin(), went.end(), [](int i) { return i < 3000; }), 3000);
  EXPECT_EQ(cache.stats().entries, many + 1u - 3333u);
}

TEST_F(Bounded, TheNextThirdIsFoundWhereTheHandStands) {
  fill(0, many);
  Cache cache = open(many);
  EXPECT_EQ(count(cache), static_cast<std::uint64_t>(many));
  for (int i = 0; i < 2 * many; ++i) {
    cache.set("new-" + std::to_string(i), i);
    ASSERT_LE(*cache.stats().entries, static_cast<std::uint64_t>(many));
  }
  EXPECT_EQ(gone(0, many).size(), static_cast<std::size_t>(many));
  EXPECT_EQ(cache.stats().entries, listed());
  EXPECT_GE(listed(), static_cast<std::size_t>(many / 2));
}

// The hand meets young entries only, and the new one needs room now.
TEST_F(Bounded, TheBoundHoldsAlsoWhereTheOldOnesAreFarAway) {
  Cache cache = open(many);
  for (int i = 0; i < 4000; ++i) cache.set("z-" + std::to_string(i), i);
  for (int i = 0; i < 6000; ++i) cache.set("a-" + std::to_string(i), i);
  EXPECT_EQ(cache.stats().evicted, 0u);
  cache.set("new", 1);
  EXPECT_EQ(cache.stats().entries, static_cast<std::uint64_t>(many));
  EXPECT_EQ(cache.stats().evicted, 1u);
  for (int i = 0; i < 2 * many / 1000; ++i) {
    cache.set("new-" + std::to_string(i), i);
    EXPECT_LE(*cache.stats().entries, static_cast<std::uint64_t>(many));
  }
  const std::uint64_t young = cache.keys("a-").size();
  EXPECT_GE(young, 5980u) << "one for a step that met nothing older";
  EXPECT_LE(cache.keys("z-").size(), 700u);
}

// The hand has far to go to the old ones; what makes room meanwhile is part of their share.
TEST_F(Bounded, WhatGoesInsteadOfTheOldestGoesOnce) {
  Cache cache = open(many);
  for (int i = 0; i < 4000; ++i) cache.set("z-" + std::to_string(i), i);
  for (int i = 0; i < 6000; ++i) cache.set("a-" + std::to_string(i), i);
  cache.set("new", 1);
  EXPECT_EQ(cache.stats().evicted, 1u);
  for (int i = 0; i < 2 * many / 1000; ++i) cache.set("new", i);
  EXPECT_EQ(cache.stats().evicted, 3333u);
  EXPECT_EQ(cache.stats().entries, listed());
}

TEST_F(Bounded, ABoundBelowWhatIsThereIsReachedInSteps) {
  fill(0, many);
  Cache cache = open(10);
  EXPECT_EQ(count(cache), static_cast<std::uint64_t>(many));
  std::uint64_t before = cache.stats().evicted;
  int calls = 0;
  for (; *cache.stats().entries > 10; ++calls) {
    ASSERT_LT(calls, 100);
    cache.set("new", calls);
    const std::uint64_t evicted = cache.stats().evicted;
    EXPECT_GT(evicted, before);
    EXPECT_LE(evicted - before, 2048u);
    before = evicted;
  }
  EXPECT_GE(calls, 5);
  EXPECT_EQ(listed(), cache.stats().entries);
  EXPECT_EQ(cache.get<int>("new"), calls - 1);
}

TEST_F(Bounded, CullOnDemandIsOneShareWhateverItTakes) {
  fill(0, many);
  Cache cache = open(many, 2);
  EXPECT_EQ(cache.cull(), many / 2u);
  EXPECT_EQ(gone(0, many), range(0, many / 2));
  EXPECT_EQ(cache.stats().entries, many / 2u);
}

TEST_F(Bounded, CullOnDemandForgetsWhatHasExpiredFirst) {
  fill(0, 6000);
  Cache cache = open(2 * many);
  for (int i = 0; i < 6000; ++i) cache.set("short-" + std::to_string(i), i, {.timeout = 1s});
  clock_.advance(1s);
  EXPECT_EQ(cache.cull(), 2000u);
  EXPECT_EQ(cache.stats().entries, 4000u);
}

TEST_F(Bounded, ClearEndsCountingAndCulling) {
  fill(0, many);
  Cache cache = open(100);
  EXPECT_EQ(cache.stats().entries, std::nullopt);
  cache.set("new", 1);
  cache.clear();
  EXPECT_EQ(cache.stats().entries, 0u);
  for (int i = 0; i < 101; ++i) {
    cache.set(key(i), i);
    clock_.advance(1ms);
  }
  EXPECT_EQ(cache.stats().entries, 68u);
  EXPECT_EQ(gone(0, 101), range(0, 33));
}

TEST_F(Bounded, IsCountedAgainWhenTheStoreIsOpenedAgain) {
  fill(0, many);
  {
    Cache cache = open(many);
    cache.set("new", 1);
  }
  Cache cache = open(many);
  cache.set("newer", 1);
  EXPECT_LE(listed(), many + 1u + many / 64);
  EXPECT_EQ(count(cache), listed());
}

TEST_F(Bounded, IsCountedAgainWhenTheStoreHasHealed) {
  durability::FaultyDisk disk;
  const store::HookedDirectory hooked(directory_ / "store", disk.env());
  fill(0, many);
  Cache cache = open(many);
  EXPECT_EQ(count(cache), static_cast<std::uint64_t>(many));
  disk.arm({.operation = 1, .kind = durability::FaultKind::io_for_good});
  EXPECT_THROW(cache.set(key(0), 2), IoError);
  disk.clear();
  while (open().stats().health.condition != Condition::healthy) std::this_thread::yield();
  for (int i = 0; i < 20; ++i) {
    cache.set("new-" + std::to_string(i), i);
    EXPECT_LE(listed(), many + 1u + many / 64);
  }
  EXPECT_EQ(count(cache), listed());
  EXPECT_LE(listed(), static_cast<std::size_t>(many));
}

// Whoever looks at them has to come by the keys in steps, too.
TEST_F(Bounded, LargeValuesAreReadFewAtATime) {
  {
    Cache cache = open();
    for (int i = 0; i < 64; ++i) cache.set(key(i), std::string(1 << 20, 'v'));
  }
  const auto store = RocksdbStore::at(
      directory_ / "store", {.durability = Durability::process_crash, .clock = clock_.source()});
  store::Family& family = store->store().family("bounded");
  Cache cache = open(100);
  store::Session session(store->store(), family, store::Session::Intent::read, "test");
  int passed = 0;
  store::Session::Pace pace = Admission::step;
  pace.time = 0ms;
  const auto visit = [&](std::string_view, std::string_view) { return ++passed > 0; };
  EXPECT_NE(session.scan("", "", visit, pace), "");
  EXPECT_EQ(passed, 1);
}

TEST_F(Bounded, MemoryOfTheCountIsMemoryOfTheStore) {
  constexpr int entries = 20'000;
  fill(0, entries);
  Cache cache = open(2 * entries);
  const std::uint64_t before = cache.stats().memory_bytes;
  EXPECT_EQ(count(cache), static_cast<std::uint64_t>(entries));
  cache.set("one", 1);
  const std::uint64_t taken = cache.stats().memory_bytes - before;
  EXPECT_GE(taken, 512u << 10);
  EXPECT_LE(taken, (64u * entries) + (512u << 10));
  cache.clear();
  cache.set("one", 1);
  EXPECT_LE(cache.stats().memory_bytes, before + (512u << 10));
}

TEST_F(Bounded, KeysOfAnyLengthAreCulled) {
  Cache cache = open(9);
  const auto long_key = [](int i) { return std::string(60'000, 'k') + std::to_string(i); };
  for (int i = 0; i < 10; ++i) {
    cache.set(long_key(i), i);
    clock_.advance(1ms);
  }
  EXPECT_EQ(cache.stats().entries, 7u);
  EXPECT_EQ(cache.get<int>(long_key(2)), std::nullopt);
  EXPECT_EQ(cache.get<int>(long_key(3)), 3);
  EXPECT_LT(cache.stats().memory_bytes, 64u << 20);
}

}  // namespace
}  // namespace cairn::test
