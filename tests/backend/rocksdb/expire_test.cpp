// expire() removes every expired record for good, wherever in the engine it lies.
#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <cairn/cache.h>
#include "backend/rocksdb/rocksdb_store.h"
#include "support/fake_clock.h"
#include "support/temp_directory.h"

namespace cairn {
namespace {

using namespace std::chrono_literals;

class ExpireTest : public testing::Test {
 protected:
  // Ten records each, all of which are dead then.
  void store_dead_tables(int count) {
    for (int table = 0; table < count; ++table) {
      for (int i = 0; i < 10; ++i) {
        cache_.set(std::to_string(table) + "k" + std::to_string(i), "value", {.timeout = 10s});
      }
      cache_.expire();
    }
    clock_.advance(11s);
  }

  test::TempDirectory directory_;
  test::FakeClock clock_;
  Cache cache_ =
      Cache::open(directory_ / "store", {}, {.reclaim_interval = 0ms, .clock = clock_.source()});
};

TEST_F(ExpireTest, RemovesWhatIsStillInMemory) {
  cache_.set("k", "value", {.timeout = 10s});
  clock_.advance(10s);
  EXPECT_EQ(cache_.expire(), 1u);
  EXPECT_EQ(cache_.stats().estimated_keys, 0u);
}

TEST_F(ExpireTest, RemovesWhatIsInFiles) {
  cache_.set("k", "value", {.timeout = 10s});
  EXPECT_EQ(cache_.expire(), 0u);
  clock_.advance(10s);
  EXPECT_EQ(cache_.expire(), 1u);
  EXPECT_EQ(cache_.stats().estimated_keys, 0u);
}

TEST_F(ExpireTest, LeavesWhatHasNotExpired) {
  cache_.set("stays", "value", {.timeout = 11s});
  cache_.set("goes", "value", {.timeout = 10s});
  clock_.advance(10s);
  EXPECT_EQ(cache_.expire(), 1u);
  EXPECT_EQ(cache_.get("stays"), "value");
}

// The filter is shown neither the base below merge operands nor what they are folded to; one
// compaction is not enough then.
TEST_F(ExpireTest, RemovesACounterWithOperandsAboveItsBase) {
  cache_.set("hits", 1, {.timeout = 10s});
  EXPECT_EQ(cache_.expire(), 0u);
  EXPECT_EQ(cache_.incr("hits"), 2);
  clock_.advance(10s);
  EXPECT_EQ(cache_.expire(), 1u);
  EXPECT_EQ(cache_.expire(), 0u) << "nothing was left over";
}

TEST_F(ExpireTest, RemovesTheVoidThatABlindIncrementOfNothingLeaves) {
  cache_.set("other", "value");
  EXPECT_EQ(cache_.expire(), 0u);
  cache_.incr_many({{"nothing", 1}});
  cache_.expire();
  EXPECT_EQ(cache_.stats().estimated_keys, 1u);
}

// ---- progress ----

TEST_F(ExpireTest, TellsHowFarItIsFromNothingToAll) {
  store_dead_tables(3);
  std::vector<ExpireProgress> told;
  EXPECT_EQ(cache_.expire([&](const ExpireProgress& now) {
    told.push_back(now);
    return true;
  }),
            3u * 10);
  ASSERT_GE(told.size(), 2u);
  EXPECT_EQ(told.front().done, 0u);
  EXPECT_EQ(told.back().done, told.back().total);
  for (std::size_t i = 1; i < told.size(); ++i) {
    EXPECT_GE(told[i].done, told[i - 1].done);
    EXPECT_EQ(told[i].total, told[0].total);
  }
  EXPECT_EQ(cache_.expire([](const ExpireProgress& now) { return now.total == 0; }), 0u);
  EXPECT_EQ(cache_.expire(std::function<bool(const ExpireProgress&)>()), 0u);
}

TEST_F(ExpireTest, EndsEarlyWhenItIsToldTo) {
  store_dead_tables(3);
  EXPECT_EQ(cache_.expire([](const ExpireProgress&) { return false; }), 0u);
  EXPECT_EQ(cache_.expire(), 3u * 10);
}

TEST_F(ExpireTest, PassesOnWhatItsObserverThrows) {
  store_dead_tables(2);
  const auto throwing = [](const ExpireProgress&) -> bool { throw std::runtime_error("enough"); };
  EXPECT_THROW(cache_.expire(throwing), std::runtime_error);
  EXPECT_EQ(cache_.expire(), 2u * 10);
}

// Nothing is held meanwhile.
TEST_F(ExpireTest, ItsObserverMayExpireAndClearAndCloseFromAnotherThread) {
  store_dead_tables(3);
  int calls = 0;
  cache_.expire([&](const ExpireProgress&) {
    if (++calls == 1) {
      std::async(std::launch::async, [&] {
        EXPECT_EQ(cache_.expire(), 3u * 10);
        cache_.set("k", "before");
        cache_.clear();
        cache_.close();
        cache_.set("k", "after");
        cache_.close();
      }).get();
    }
    return true;
  });
  EXPECT_EQ(cache_.get("k"), "after");
}

TEST_F(ExpireTest, TheStoreIsClosedAfterAnObservedOneThatOutlastsItsLastHandle) {
  store_dead_tables(3);
  const auto store =
      RocksdbStore::at(directory_ / "store", {.reclaim_interval = 0ms, .clock = clock_.source()});
  EXPECT_EQ(cache_.expire([&](const ExpireProgress&) {
    cache_.close();
    EXPECT_TRUE(store->store().open_in());
    return true;
  }),
            3u * 10);
  EXPECT_FALSE(store->store().open_in());
}

TEST_F(ExpireTest, WritersGoOnBesideSeveralAtOnce) {
  for (int i = 0; i < 200; ++i) cache_.set("stays" + std::to_string(i), i, {.timeout = never});
  cache_.set("hits", 0, {.timeout = never});
  store_dead_tables(3);
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 5; ++i) cache_.expire();
    });
  }
  for (int i = 0; i < 500; ++i) {
    cache_.set("stays" + std::to_string(i % 200), i, {.timeout = never});
    cache_.incr("hits");
    cache_.set("goes", i, {.timeout = 1ms});
    clock_.advance(1ms);
  }
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(cache_.get<int>("hits"), 500);
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(cache_.get<int>("stays" + std::to_string(i)), i < 100 ? 400 + i : 200 + i);
  }
}

TEST(Expire, TellsOfMemoryToo) {
  test::FakeClock clock;
  Cache cache = Cache::open("memory:expire_progress", {}, {.clock = clock.source()});
  for (int i = 0; i < 3000; ++i) cache.set("k" + std::to_string(i), i, {.timeout = 10s});
  cache.set("stays", 1, {.timeout = never});
  clock.advance(11s);
  std::vector<ExpireProgress> told;
  const auto keep = [&](const ExpireProgress& now) {
    told.push_back(now);
    return told.size() < 3;
  };
  const std::uint64_t first = cache.expire(keep);
  EXPECT_GE(first, 1024u);
  EXPECT_LT(first, 3000u);
  EXPECT_LT(told.back().done, told.back().total);
  EXPECT_EQ(first + cache.expire([&](const ExpireProgress& now) {
    told.push_back(now);
    return true;
  }),
            3000u);
  EXPECT_EQ(told.back().done, told.back().total);
  EXPECT_EQ(cache.get<int>("stays"), 1);
}

// ---- compact() ----

TEST_F(ExpireTest, CompactRemovesWhatWasReplacedAndErasedToo) {
  const std::string value(1000, 'v');
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 100; ++i) cache_.set("k" + std::to_string(i), value + std::to_string(i));
    cache_.expire();  // into a table
  }
  for (int i = 0; i < 50; ++i) cache_.erase("k" + std::to_string(i));
  cache_.incr_many({{"nothing", 1}});
  cache_.compact();
  EXPECT_EQ(cache_.stats().estimated_keys, 50u);
  EXPECT_EQ(cache_.stats().tables.expired, 0u);
  EXPECT_EQ(cache_.get("k70"), value + "70");
}

}  // namespace
}  // namespace cairn
