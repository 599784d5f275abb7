// The record tier in front of the engine: each operation's rule, of which docs/architecture.md has
// the table.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/perf_context.h>
#include <rocksdb/perf_level.h>

#include <atomic>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <cairn/caches.h>
#include <cairn/transfer.h>
#include "backend/rocksdb/rocksdb_backend.h"
#include "durability/faults/faulty_disk.h"
#include "store/border/engine_hooks.h"
#include "store/session.h"
#include "support/fake_clock.h"
#include "support/temp_directory.h"

namespace cairn::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::UnorderedElementsAre;

class HotRecordsTest : public testing::Test {
 protected:
  Cache open(CacheOptions options = {}) {
    if (!options.timeout.is_never()) options.timeout = never;
    return Cache::open(path, std::move(options), store());
  }
  StoreOptions store() const { return {.clock = clock.source()}; }
  std::shared_ptr<RocksdbStore> inside() const { return RocksdbStore::at(path, store()); }

  tier::Key hot(const std::string& final_key, const std::string& family = "default") const {
    const auto all = inside();
    return tier::key(all->space(family).load(), final_key);
  }
  /// Whether the tier has a record of the key.
  bool kept(const std::string& key, const std::string& family = "default") const {
    const std::string final_key = ":1:" + key;
    return inside()->tier()->peek(hot(final_key, family), {}).has_value();
  }
  /// Leaves the key's record in the tier, and what it is in the engine.
  static void heat(const Cache& cache, const std::string& key) {
    std::string ignored;
    try {
      cache.get_into(key, ignored);
    } catch (const WrongType&) {
      // It has been read.
    }
  }
  /// How often the engine is asked for a key meanwhile, in this thread.
  static std::uint64_t engine_reads(const std::function<void()>& work) {
    rocksdb::SetPerfLevel(rocksdb::kEnableCount);
    rocksdb::get_perf_context()->Reset();
    work();
    const std::uint64_t reads = rocksdb::get_perf_context()->get_from_memtable_count;
    rocksdb::SetPerfLevel(rocksdb::kDisable);
    return reads;
  }
  /// The merge operands that lie in the engine above the counter's full record.
  std::size_t operands(const std::string& key) {
    const auto all = inside();
    const store::Session session(all->store(), all->store().family("default"),
                                 store::Session::Intent::read, "test");
    const store::Chain chain = session.chain(":1:" + key);
    return chain.links.empty() ? 0 : chain.links.size() - 1;
  }

  TempDirectory directory;
  std::filesystem::path path = directory / "cache";
  FakeClock clock;
};

TEST_F(HotRecordsTest, WhatIsReadAgainIsReadWithoutTheEngine) {
  Cache cache = open();
  cache.set("key", "value");
  EXPECT_GT(engine_reads([&] { EXPECT_EQ(cache.get("key"), "value"); }), 0u);
  std::string value;
  EXPECT_EQ(engine_reads([&] {
              EXPECT_EQ(cache.get("key"), "value");
              EXPECT_TRUE(cache.get_into("key", value));
              EXPECT_TRUE(cache.contains("key"));
              EXPECT_EQ(cache.ttl("key"), never);
              EXPECT_EQ(cache.get_or_set("key", [] { return std::string("made"); }), "value");
            }),
            0u);
  const Stats stats = cache.stats();
  EXPECT_EQ(stats.record_hits, 3u);  // contains and ttl are not counted, as in hits
  EXPECT_EQ(stats.record_entries, 1u);
  EXPECT_EQ(stats.hits, 4u);
  EXPECT_EQ(stats.record_memory, stats.memory_budget / 2);
}

TEST_F(HotRecordsTest, WhoChangesAKeyThatIsInMemoryDoesNotReadTheEngine) {
  Cache cache = open();
  const auto without_reading = [&](const char* what, const std::function<void()>& change) {
    cache.set("key", 5);
    heat(cache, "key");
    EXPECT_EQ(engine_reads(change), 0u) << what;
  };
  without_reading("add", [&] { EXPECT_FALSE(cache.add("key", 1)); });
  without_reading("touch", [&] { EXPECT_TRUE(cache.touch("key", {.timeout = 5s})); });
  without_reading("incr", [&] { EXPECT_EQ(cache.incr("key"), 6); });
  without_reading("update", [&] {
    EXPECT_EQ(cache.update<int>("key", [](auto value) { return *value + 2; }), 7);
  });
  without_reading("erase", [&] { EXPECT_TRUE(cache.erase("key")); });
  without_reading("erase_many", [&] { EXPECT_EQ(cache.erase_many({"key"}), 1u); });
  without_reading("pop", [&] { EXPECT_EQ(cache.pop<int>("key"), 5); });
  without_reading("incr_version", [&] { EXPECT_EQ(cache.incr_version("key"), 2); });
}

// Known is the key here, which is why the new record is there at once.
TEST_F(HotRecordsTest, WhatIsWrittenIsWhatIsFoundNext) {
  Cache cache = open();
  cache.set("key", 1);
  heat(cache, "key");
  const auto then = [&](const char* what, std::optional<int> value) {
    EXPECT_EQ(engine_reads([&] { EXPECT_EQ(cache.get<int>("key"), value) << what; }), 0u) << what;
  };
  cache.set("key", 2);
  then("set", 2);
  cache.touch("key", {.timeout = 5s});
  EXPECT_EQ(cache.ttl("key"), Timeout(5s));
  then("touch", 2);
  cache.incr("key", 40);
  then("incr", 42);
  EXPECT_EQ(cache.ttl("key"), Timeout(5s));
  cache.update<int>("key", [](auto value) { return *value * 2; });
  then("update", 84);
  cache.set_many({{"key", 3}, {"other", 4}});
  then("set_many", 3);
}

TEST_F(HotRecordsTest, WhatIsRemovedIsNotFound) {
  Cache cache = open();
  const auto gone = [&](const char* what, const std::function<void()>& remove) {
    cache.set("key", 5);
    heat(cache, "key");
    ASSERT_TRUE(kept("key"));
    remove();
    EXPECT_FALSE(kept("key")) << what;
    EXPECT_EQ(cache.get<int>("key"), std::nullopt) << what;
  };
  gone("erase", [&] { cache.erase("key"); });
  gone("erase_many", [&] { cache.erase_many({"key", "other"}); });
  gone("erase_prefix", [&] { cache.erase_prefix("k"); });
  gone("pop", [&] { cache.pop<int>("key"); });
  gone("set without time", [&] { cache.set("key", 1, {.timeout = 0s}); });
  gone("set_many without time", [&] { cache.set_many({{"key", 1}}, {.timeout = 0s}); });
  gone("touch without time", [&] { cache.touch("key", {.timeout = 0s}); });
  gone("update", [&] { cache.update<int>("key", [](auto) { return std::optional<int>(); }); });
  gone("incr_version", [&] { cache.incr_version("key"); });
  gone("clear", [&] { cache.clear(); });
}

TEST_F(HotRecordsTest, ACullRemovesFromMemoryToo) {
  Cache cache = open({.max_entries = 4, .cull_frequency = 2});
  for (int i = 0; i < 4; ++i) cache.set("k" + std::to_string(i), i);
  for (int i = 0; i < 4; ++i) heat(cache, "k" + std::to_string(i));
  cache.set("new", 1);
  EXPECT_FALSE(kept("k0"));
  EXPECT_EQ(cache.get<int>("k0"), std::nullopt);
  EXPECT_EQ(cache.get<int>("k3"), 3);
  EXPECT_EQ(cache.cull(), 1u);
  EXPECT_EQ(cache.get<int>("k2"), std::nullopt);
}

TEST_F(HotRecordsTest, AMoveTakesWhatWasAtItsEnd) {
  Cache cache = open();
  cache.set("key", 1);
  cache.set("key", 2, {.version = 2});
  heat(cache, "key");
  std::string ignored;
  EXPECT_THROW(cache.get_into("key", ignored, {.version = 2}), WrongType);
  EXPECT_EQ(cache.incr_version("key"), 2);
  EXPECT_EQ(cache.get<int>("key", {.version = 2}), 1);
  EXPECT_EQ(cache.get<int>("key"), std::nullopt);
}

TEST_F(HotRecordsTest, ABlindIncrementIsSeenInMemoryToo) {
  Cache cache = open();
  cache.set("a", 1);
  cache.set("b", 1);
  heat(cache, "a");
  for (int i = 2; i < 60; ++i) {
    cache.incr_many({{"a", 1}, {"b", 1}});
    EXPECT_EQ(cache.get<int>("a"), i);
  }
  EXPECT_EQ(cache.incr("a"), 60);
}

// Row S6: expired means gone, wherever the record lies.
TEST_F(HotRecordsTest, WhatHasExpiredIsGoneFromMemoryAtItsMoment) {
  Cache cache = open();
  cache.set("key", 7, {.timeout = 5s});
  heat(cache, "key");
  clock.advance(5s - 1ms);
  EXPECT_EQ(cache.get<int>("key"), 7);
  EXPECT_EQ(cache.ttl("key"), Timeout(1ms));
  clock.advance(1ms);
  ASSERT_TRUE(kept("key")) << "else this shows nothing";
  EXPECT_EQ(engine_reads([&] { EXPECT_EQ(cache.get<int>("key"), std::nullopt); }), 0u);
  EXPECT_FALSE(cache.contains("key"));
  EXPECT_EQ(cache.ttl("key"), std::nullopt);
  std::string value = "before";
  EXPECT_FALSE(cache.get_into("key", value));
  EXPECT_EQ(cache.stats().expired, 2u);
  EXPECT_EQ(cache.try_incr("key"), std::nullopt);
  EXPECT_FALSE(cache.touch("key"));
  EXPECT_FALSE(cache.erase("key"));
  cache.set("key", 7, {.timeout = 5s});
  heat(cache, "key");
  clock.jump_wall(6s);
  EXPECT_TRUE(cache.add("key", 8)) << "a clock that jumps counts as well";
  EXPECT_EQ(cache.get<int>("key"), 8);
}

TEST_F(HotRecordsTest, ClearForgetsThatFamilyOnly) {
  Cache cache = open();
  Cache other = open({.column_family = "other"});
  cache.set("key", 1);
  other.set("key", 2);
  heat(cache, "key");
  heat(other, "key");
  cache.clear();
  EXPECT_FALSE(kept("key"));
  EXPECT_TRUE(kept("key", "other"));
  EXPECT_EQ(cache.get<int>("key"), std::nullopt);
  EXPECT_EQ(other.get<int>("key"), 2);
}

// While the store is closed another process may own the directory.
TEST_F(HotRecordsTest, NothingIsFoundOfAnEarlierOpening) {
  Cache cache = open();
  cache.set("key", 1);
  heat(cache, "key");
  const auto all = inside();
  ASSERT_TRUE(kept("key"));
  cache.close();
  EXPECT_FALSE(kept("key")) << "closed";
  {
    StoreWriter writer(path);
    RawRecord record;
    record.family = "default";
    record.key = ":1:key";
    record.kind = ValueKind::bytes;
    record.payload = "from elsewhere";
    writer.write({&record, 1});
    writer.close();
  }
  EXPECT_EQ(cache.get("key"), "from elsewhere");
}

TEST_F(HotRecordsTest, NothingIsFoundOfAnEngineThatWasReplaced) {
  durability::FaultyDisk disk;
  const store::HookedDirectory hooked(path, disk.env());
  Cache cache = open();
  cache.set("key", 1);
  heat(cache, "key");
  const auto all = inside();
  const tier::Space before = all->space("default").load();
  disk.arm({.operation = 1, .kind = durability::FaultKind::io_once});
  EXPECT_THROW(cache.set("key", 2), IoError);
  EXPECT_FALSE(kept("key")) << "nobody knows what the engine has of it";
  EXPECT_EQ(cache.get<int>("key"), 1);
  disk.clear();
  while (cache.stats().health.condition != Condition::healthy) std::this_thread::yield();
  EXPECT_NE(all->space("default").load(), before);
  EXPECT_EQ(cache.get<int>("key"), 1);
  cache.set("key", 3);
  EXPECT_EQ(cache.get<int>("key"), 3);
}

TEST_F(HotRecordsTest, AWriteThatIsRefusedLeavesWhatCanStillBeRead) {
  durability::FaultyDisk disk;
  const store::HookedDirectory hooked(path, disk.env());
  Cache cache = open();
  for (const char* key : {"first", "key", "counter"}) {
    cache.set(key, 1);
    heat(cache, key);
  }
  disk.arm({.operation = 1, .kind = durability::FaultKind::io_for_good});
  EXPECT_THROW(cache.set("first", 2), IoError) << "the disk says so";
  EXPECT_THROW(cache.set("key", 2), IoError) << "and from here on nothing is tried";
  EXPECT_THROW(cache.set_many({{"key", 3}, {"other", 3}}), IoError);
  EXPECT_THROW(cache.incr("counter"), IoError);
  EXPECT_THROW(cache.erase("counter"), IoError);
  EXPECT_EQ(engine_reads([&] {
              EXPECT_EQ(cache.get<int>("key"), 1);
              EXPECT_EQ(cache.get<int>("counter"), 1);
            }),
            0u);
  disk.clear();
}

TEST_F(HotRecordsTest, AHotCounterKeepsItsChainShort) {
  Cache cache = open();
  cache.set("n", 0);
  heat(cache, "n");
  for (int i = 1; i <= 100; ++i) {
    EXPECT_EQ(engine_reads([&] { EXPECT_EQ(cache.incr("n"), i); }), 0u);
    ASSERT_LE(operands("n"), 4u);
  }
  std::size_t longest = 0;
  for (int i = 101; i <= 110; ++i) {
    cache.incr("n");
    longest = std::max(longest, operands("n"));
  }
  EXPECT_EQ(longest, 4u) << "most of them are operands";
  cache.close();
  EXPECT_EQ(cache.get<int>("n"), 110);
}

TEST_F(HotRecordsTest, AnIncrementThatChangesNothingLeavesTheRecordWhereItIs) {
  Cache cache = open();
  cache.set("text", "value");
  cache.set("most", std::numeric_limits<std::int64_t>::max());
  heat(cache, "text");
  heat(cache, "most");
  EXPECT_THROW(cache.incr("text"), WrongType);
  EXPECT_THROW(cache.incr("most"), Overflow);
  EXPECT_EQ(cache.incr("most", 0), std::numeric_limits<std::int64_t>::max());
  EXPECT_TRUE(kept("text"));
  EXPECT_TRUE(kept("most"));
}

// Nothing there is trusted more than the engine.
TEST_F(HotRecordsTest, ARecordThatCannotBeUnderstoodIsDroppedCountedAndReadAgain) {
  Cache cache = open();
  const auto damaged = [&] {
    cache.set("key", 5);
    tier::RecordTier::Change(*inside()->tier(), hot(":1:key"))
        .store("no record", ttl::never_expires, 0, 0, tier::RecordTier::Keep::always);
    ASSERT_TRUE(kept("key"));
  };
  std::uint64_t times = 0;
  const auto look = [&](const char* what, const std::function<void()>& work) {
    damaged();
    work();
    EXPECT_EQ(cache.stats().record_damaged, ++times) << what;
  };
  look("get", [&] { EXPECT_EQ(cache.get<int>("key"), 5); });
  look("get_many",
       [&] { EXPECT_THAT(cache.get_many<int>({"key"}), UnorderedElementsAre(Pair("key", 5))); });
  look("contains", [&] { EXPECT_TRUE(cache.contains("key")); });
  look("incr", [&] { EXPECT_EQ(cache.incr("key"), 6); });
  look("touch", [&] { EXPECT_TRUE(cache.touch("key")); });
  look("add", [&] { EXPECT_FALSE(cache.add("key", 1)); });
  look("erase", [&] { EXPECT_TRUE(cache.erase("key")); });
  EXPECT_EQ(cache.stats().unreadable, 0u) << "the engine's were all in order";
}

TEST_F(HotRecordsTest, ScansLeaveItAlone) {
  Cache cache = open();
  for (int i = 0; i < 10; ++i) cache.set("k" + std::to_string(i), i);
  const std::uint64_t before = cache.stats().record_entries;
  EXPECT_EQ(cache.keys().size(), 10u);
  cache.for_each_key("", [](auto) { return true; });
  EXPECT_TRUE(cache.contains("k1"));
  EXPECT_EQ(cache.stats().record_entries, before);
}

TEST_F(HotRecordsTest, WithoutMemoryForItTheStoreDoesWithout) {
  const StoreOptions greedy{
      .memory_budget = 1ull << 62, .record_memory = 1ull << 61, .clock = clock.source()};
  Cache cache = Cache::open(path, {}, greedy);
  cache.set("key", 1);
  EXPECT_EQ(cache.get<int>("key"), 1);
  EXPECT_EQ(cache.incr("key"), 2);
  const Stats stats = cache.stats();
  EXPECT_EQ(stats.record_memory, 0u);
  EXPECT_THAT(stats.log, testing::Contains(HasSubstr("no memory for 2305843009213693952 bytes of "
                                                     "hot records")));
}

TEST_F(HotRecordsTest, TheOptionSaysHowMuchMemory) {
  const auto memory = [&](const StoreOptions& options) {
    Cache cache = Cache::open(path, {}, options);
    cache.set("key", 1);
    EXPECT_EQ(cache.get<int>("key"), 1);
    EXPECT_EQ(cache.get<int>("key"), 1);
    const Stats stats = cache.stats();
    EXPECT_EQ(stats.memory_budget, options.memory_budget);
    EXPECT_EQ(stats.record_hits, options.record_memory == 0u ? 0u : 1u);
    return stats.record_memory;
  };
  EXPECT_EQ(memory({.memory_budget = 8u << 20}), 4u << 20);
  EXPECT_EQ(memory({.memory_budget = 8u << 20, .record_memory = 1u << 20}), 1u << 20);
  EXPECT_EQ(memory({.memory_budget = 8u << 20, .record_memory = 0}), 0u);
  const Cache open = Cache::open(path, {}, {.record_memory = 1u << 20});
  EXPECT_THROW(Cache::open(path, {}, {.record_memory = 2u << 20}), InvalidOption);
}

// ---- between threads ----

/// A clock at which one thread can be stopped, in the middle of an operation.
class Pause {
 public:
  ClockSource source(const FakeClock& clock) {
    return [this, time = clock.source()] {
      if (stops_ == std::this_thread::get_id()) {
        stops_ = std::thread::id();
        stopped_.set_value();
        go_on_.get_future().wait();
      }
      return time();
    };
  }
  /// Runs `work` in a thread until it looks at the clock, then `meanwhile`, then the rest.
  void during(const std::function<void()>& work, const std::function<void()>& meanwhile) {
    stopped_ = {};
    go_on_ = {};
    std::thread thread([&] {
      stops_ = std::this_thread::get_id();
      work();
    });
    stopped_.get_future().wait();
    meanwhile();
    go_on_.set_value();
    thread.join();
  }

 private:
  std::atomic<std::thread::id> stops_{};
  std::promise<void> stopped_;
  std::promise<void> go_on_;
};

class HotRecordsRace : public testing::Test {
 protected:
  Cache open() { return Cache::open(directory / "cache", {.timeout = never}, store_); }

  TempDirectory directory;
  FakeClock clock;
  Pause pause;
  const StoreOptions store_{.clock = pause.source(clock)};
};

// A reader looks at the clock when it has the engine's bytes, and before it keeps them.
TEST_F(HotRecordsRace, AReaderThatIsOvertakenKeepsNothing) {
  Cache cache = open();
  const auto overtaken_by = [&](const char* what, const std::function<void()>& change,
                                std::optional<int> after) {
    cache.clear();
    cache.set("key", 1);
    std::optional<int> seen;
    pause.during([&] { seen = cache.get<int>("key"); }, change);
    EXPECT_EQ(seen, 1) << what;
    EXPECT_EQ(cache.get<int>("key"), after) << what;
  };
  overtaken_by(
      "nobody", [] {}, 1);
  overtaken_by(
      "set", [&] { cache.set("key", 2); }, 2);
  overtaken_by(
      "erase", [&] { cache.erase("key"); }, std::nullopt);
  overtaken_by(
      "incr", [&] { cache.incr("key"); }, 2);
  overtaken_by(
      "incr_many",
      [&] {
        cache.incr_many({{"key", 4}});
      },
      5);
  overtaken_by(
      "set_many",
      [&] {
        cache.set_many({{"key", 3}, {"b", 1}});
      },
      3);
  overtaken_by(
      "incr_version", [&] { cache.incr_version("key"); }, std::nullopt);
}

// The gate is shut by clear(), which a reader of few keys holds up; one of many has left it.
TEST_F(HotRecordsRace, AReaderOfManyThatAClearOvertakesKeepsNothing) {
  Cache cache = open();
  std::vector<std::string> keys;
  for (int i = 0; i < 100; ++i) keys.push_back("k" + std::to_string(i));
  for (const std::string& key : keys) cache.set(key, 1);
  std::size_t seen = 0;
  pause.during([&] { seen = cache.get_many<int>(keys).size(); }, [&] { cache.clear(); });
  EXPECT_EQ(seen, 100u);
  EXPECT_EQ(cache.get_many<int>(keys).size(), 0u);
}

// Row X31.  Both keys always have one value; some reads find one of them in memory and have to ask
// the engine for the other.
TEST(GetMany, IsOfOneMomentWhereverEachKeyIsFound) {
  const TempDirectory directory;
  Cache cache = Cache::open(directory / "cache", {.timeout = never});
  cache.set_many({{"a", 0}, {"b", 0}});
  std::atomic<bool> over{false};
  std::thread writer([&] {
    for (int i = 1; i <= 20'000; ++i) {
      cache.set_many({{"a", i}, {"b", i}});
      if (i % 50 == 0) std::this_thread::yield();
    }
    over = true;
  });
  std::thread heating([&] {
    while (!over) cache.get<int>("a");
  });
  int last = 0;
  std::uint64_t mixed = 0;
  while (!over) {
    const auto both = cache.get_many<int>({"a", "b"});
    ASSERT_EQ(both.size(), 2u);
    mixed += both.at("a") != both.at("b") ? 1 : 0;
    EXPECT_LE(last, both.at("a"));
    last = both.at("a");
  }
  writer.join();
  heating.join();
  EXPECT_EQ(mixed, 0u);
}

TEST(GetMany, IsOfOneMomentBesideAClear) {
  const TempDirectory directory;
  Cache cache = Cache::open(directory / "cache", {.timeout = never});
  std::atomic<bool> over{false};
  std::thread writer([&] {
    for (int i = 0; i < 200; ++i) {
      cache.set("a", 1);
      cache.get<int>("a");
      cache.clear();
      cache.set("b", 1);
      cache.clear();
    }
    over = true;
  });
  std::uint64_t both = 0;
  while (!over) both += cache.get_many<int>({"a", "b"}).size() == 2 ? 1 : 0;
  writer.join();
  EXPECT_EQ(both, 0u) << "they were never there at once";
}

}  // namespace
}  // namespace cairn::test
