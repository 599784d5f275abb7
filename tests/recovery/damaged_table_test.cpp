// A table on disk has lost a byte, and RocksDB's own compaction meets it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <cairn/caches.h>
#include "backend/rocksdb/rocksdb_store.h"
#include "recovery/stores.h"
#include "support/durability_names.h"

namespace cairn::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class DamagedTable : public testing::TestWithParam<Durability> {
 protected:
  DamagedTable()
      : options_{.durability = GetParam(),
                 .memory_budget = 8ull << 20,
                 .logger = [this](std::string_view line) { count(line); },
                 .on_health = [this](const Health& health) { note(health); }},
        caches_(directory_ / "store",
                {{"hurt", {.timeout = never}},
                 {"other", {.timeout = never}},
                 {"well", {.timeout = never}}},
                options_) {}

  void close_all() { caches_.close_all(); }
  Cache& cache(const char* name) { return caches_[name]; }
  std::uint64_t openings() {
    return RocksdbStore::at(directory_ / "store", options_)->store().openings();
  }

  std::set<fs::path> tables() const {
    std::set<fs::path> found;
    for (const fs::directory_entry& each : fs::directory_iterator(directory_ / "store")) {
      if (each.path().extension() == ".sst") found.insert(each.path());
    }
    return found;
  }
  // Ten values in a table of their own, with a wrong bit.  Returns its name.
  std::string damage(const char* name) {
    for (int i = 0; i < 10; ++i) cache(name).set("key-" + std::to_string(i), 1000 + i);
    const std::set<fs::path> before = tables();
    cache(name).compact();
    for (const fs::path& each : tables()) {
      if (before.contains(each)) continue;
      flip_bit(each, 20);
      return each.filename();
    }
    throw std::runtime_error("no new table");
  }
  // As many tables above the damaged one as RocksDB leaves lying.
  void write_until_compacted(const char* name) {
    const std::string value(64 << 10, 'v');
    for (int i = 0; i < 120; ++i) cache(name).set("key-5", value);
  }
  void wait_for(Condition condition) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds(60), [&] {
      return !told_.empty() && told_.back() == condition;
    })) << "never told";
  }
  std::vector<Condition> told() {
    const std::lock_guard lock(mutex_);
    return told_;
  }
  int failed_compactions() {
    const std::lock_guard lock(mutex_);
    return failed_compactions_;
  }
  std::string cause() { return cache("well").stats().health.cause; }

  const TempDirectory directory_;
  StoreOptions options_;

 private:
  void note(const Health& health) {
    const std::lock_guard lock(mutex_);
    told_.push_back(health.condition);
    changed_.notify_all();
  }
  void count(std::string_view line) {
    const std::lock_guard lock(mutex_);
    failed_compactions_ += line.find("Compaction error") == std::string_view::npos ? 0 : 1;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Condition> told_;
  int failed_compactions_ = 0;
  Caches caches_;  // last: its callbacks use the others
};

INSTANTIATE_TEST_SUITE_P(At, DamagedTable,
                         testing::Values(Durability::clean_close, Durability::process_crash),
                         level_of);

TEST_P(DamagedTable, CostsItsOwnValuesAndNothingElse) {
  const std::string table = damage("hurt");
  cache("well").set("unwritten", 7);
  write_until_compacted("hurt");
  wait_for(Condition::damaged);
  EXPECT_THAT(cause(), AllOf(HasSubstr(table + ": "), HasSubstr("checksum mismatch")));

  EXPECT_EQ(openings(), 1u);
  EXPECT_EQ(cache("well").get<int>("unwritten"), 7);
  cache("well").set("later", 8);
  EXPECT_EQ(cache("well").get<int>("later"), 8);
  EXPECT_EQ(cache("hurt").get("key-5"), std::string(64 << 10, 'v')) << "written since";
  EXPECT_THROW(cache("hurt").get("key-7"), Corruption);
  EXPECT_EQ(cache("well").stats().health.failures, 1u);

  close_all();
  EXPECT_EQ(cache("well").get<int>("unwritten"), 7);
  EXPECT_EQ(cache("well").get<int>("later"), 8);
  EXPECT_EQ(cache("well").stats().recovery.left_by, LeftBy::close);
}

TEST_P(DamagedTable, IsLeftAloneByCompactionFromThenOn) {
  damage("hurt");
  write_until_compacted("hurt");
  wait_for(Condition::damaged);
  int quiet = 0;
  for (int round = 0; quiet < 5; ++round) {
    ASSERT_LT(round, 200) << "it tries again and again";
    const int before = failed_compactions();
    write_until_compacted("hurt");
    quiet = failed_compactions() == before ? quiet + 1 : 0;
  }
  EXPECT_THAT(told(), ElementsAre(Condition::damaged));
  EXPECT_EQ(openings(), 1u);
  EXPECT_EQ(cache("hurt").get("key-5"), std::string(64 << 10, 'v'));
}

TEST_P(DamagedTable, IsGoneWhenItsCacheIsCleared) {
  const std::string first = damage("hurt");
  const std::string second = damage("other");
  write_until_compacted("hurt");
  write_until_compacted("other");
  wait_for(Condition::damaged);
  EXPECT_THROW(cache("other").compact(), Corruption);  // it has been met at the latest now
  EXPECT_THAT(cause(), AllOf(HasSubstr(first), HasSubstr(second)));

  cache("hurt").clear();
  EXPECT_EQ(cache("well").stats().health.condition, Condition::damaged);
  EXPECT_THAT(cause(), AllOf(Not(HasSubstr(first)), HasSubstr(second)));
  cache("other").clear();
  wait_for(Condition::healthy);
  EXPECT_EQ(cause(), "");
  EXPECT_EQ(cache("well").stats().health.mended, 1u);
  EXPECT_EQ(cache("hurt").get("key-7"), std::nullopt);

  const std::size_t tables_before = tables().size();
  for (int i = 0; i < 6; ++i) write_until_compacted("hurt");
  EXPECT_LT(tables().size(), tables_before + 6 * 6) << "the new one is compacted by itself";
  EXPECT_NO_THROW(cache("hurt").compact());
  EXPECT_THAT(told(), ElementsAre(Condition::damaged, Condition::healthy));
  EXPECT_EQ(openings(), 1u);
}

TEST_P(DamagedTable, IsNamedToWhoeverAsksForACompaction) {
  const std::string table = damage("hurt");
  for (int i = 0; i < 2; ++i) {
    try {
      cache("hurt").set("more", i);
      cache("hurt").compact();
      ADD_FAILURE() << "it is compacted";
    } catch (const Corruption& error) {
      EXPECT_THAT(error.what(), HasSubstr(table));
    }
  }
  EXPECT_EQ(cache("hurt").get<int>("more"), 1);
  cache("well").set("k", 1);
  EXPECT_NO_THROW(cache("well").compact());
  wait_for(Condition::damaged);
  EXPECT_THAT(told(), Each(Condition::damaged));
  EXPECT_EQ(openings(), 1u);
}

// To erase a value nothing of it has to be read.
TEST_P(DamagedTable, IsErasedFromWithoutBeingRead) {
  damage("hurt");
  Cache& hurt = cache("hurt");
  hurt.set("fresh", 1);
  EXPECT_THROW(hurt.get<int>("key-1"), Corruption);
  EXPECT_FALSE(hurt.erase("key-1")) << "nobody can say that it was live";
  EXPECT_EQ(hurt.get<int>("key-1"), std::nullopt);
  EXPECT_EQ(hurt.erase_many({"key-2", "fresh", "key-3"}), 1u);
  EXPECT_EQ(hurt.get<int>("key-2"), std::nullopt);
  EXPECT_EQ(hurt.get<int>("key-3"), std::nullopt);
  EXPECT_THROW(hurt.get<int>("key-4"), Corruption);
  hurt.set("key-4", 4);
  EXPECT_EQ(hurt.get<int>("key-4"), 4);
}

// What is in the damaged block cannot be named.
TEST_P(DamagedTable, KeepsNoReadableKeyFromBeingErasedByItsPrefix) {
  damage("hurt");
  Cache& hurt = cache("hurt");
  for (const char* key : {"key", "key-4-more", "key-5", "key-z"}) hurt.set(key, 2);
  for (int i = 0; i < 3000; ++i) hurt.set("key-many-" + std::to_string(i), i);
  const std::uint64_t erased = hurt.stats().erases;
  try {
    hurt.erase_prefix("key-");
    ADD_FAILURE() << "nothing said that some are left";
  } catch (const Corruption& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("what can be read is erased"), HasSubstr(".sst")));
  }
  EXPECT_GE(hurt.stats().erases - erased, 3003u);
  for (const char* key : {"key-4-more", "key-5", "key-z", "key-many-0", "key-many-2999"}) {
    EXPECT_EQ(hurt.get<int>(key), std::nullopt) << key;
  }
  EXPECT_EQ(hurt.get<int>("key"), 2);
  EXPECT_THROW(hurt.get<int>("key-1"), Corruption);
  EXPECT_THROW(hurt.erase_prefix("key-"), Corruption);
}

TEST_P(DamagedTable, DoesNotKeepABoundedCacheFromWritingOrCounting) {
  damage("hurt");
  cache("hurt").set("a", 1);
  cache("hurt").set("z", 2);
  Cache bounded =
      Cache::open(directory_ / "store",
                  {.timeout = never, .max_entries = 4, .column_family = "hurt"}, options_);
  EXPECT_EQ(bounded.stats().entries, 2u) << "what is not in the damaged table";
  for (int i = 0; i < 20; ++i) bounded.set("new-" + std::to_string(i), i);
  EXPECT_LE(bounded.stats().entries, 4u);
  EXPECT_EQ(bounded.get<int>("new-19"), 19);
}

// Keys that do not fit into memory have to be read when the oldest are culled.
TEST_P(DamagedTable, DoesNotKeepABoundedCacheOfLongKeysFromCulling) {
  damage("hurt");
  Cache bounded = Cache::open(directory_ / "store",
                              {.timeout = never,
                               .key_warnings = ignore_key_warnings(),
                               .max_entries = 9,
                               .column_family = "hurt"},
                              options_);
  const auto long_key = [](int i) { return std::to_string(i) + std::string(40'000, 'k'); };
  for (int i = 10; i < 19; ++i) bounded.set(long_key(i), i);
  EXPECT_EQ(bounded.stats().entries, 9u);
  bounded.set(long_key(19), 19);
  EXPECT_EQ(bounded.stats().entries, 7u);
  EXPECT_EQ(bounded.stats().evicted, 3u);
  EXPECT_EQ(bounded.get<int>(long_key(12)), std::nullopt);
  for (int i = 13; i < 20; ++i) EXPECT_EQ(bounded.get<int>(long_key(i)), i);
}

// What has been counted is damaged then: the hand does not find it, and it is counted no more.
TEST_P(DamagedTable, CountsNoMoreWhatACullCannotRead) {
  Cache bounded = Cache::open(directory_ / "store",
                              {.timeout = never,
                               .key_warnings = ignore_key_warnings(),
                               .max_entries = 20,
                               .column_family = "hurt"},
                              options_);
  const auto long_key = [](int i) { return std::to_string(i) + std::string(40'000, 'k'); };
  EXPECT_EQ(bounded.stats().entries, 0u);
  damage("hurt");
  EXPECT_EQ(bounded.stats().entries, 10u);
  for (int i = 10; i < 20; ++i) bounded.set(long_key(i), i);
  EXPECT_EQ(bounded.stats().entries, 20u);
  for (int i = 20; i < 60; ++i) {
    bounded.set(long_key(i), i);
    EXPECT_LE(bounded.stats().entries, 20u);
    EXPECT_EQ(bounded.get<int>(long_key(i)), i);
  }
}

TEST_P(DamagedTable, HidesNoOtherValueWhereMissesAreAskedFor) {
  damage("hurt");
  cache("hurt").set("fresh", 1);
  const Cache lenient = Cache::open(
      directory_ / "store",
      {.timeout = never, .column_family = "hurt", .on_read_error = OnReadError::miss}, options_);
  const auto found = lenient.get_many<int>({"key-1", "fresh", "key-2"});
  EXPECT_EQ(found.size(), 1u);
  EXPECT_EQ(found.at("fresh"), 1);
  EXPECT_GE(lenient.stats().read_errors, 2u);
}

// One damaged counter in sixteen, by chance, failed the whole batch.  A thousand chances are
// enough.
TEST_P(DamagedTable, IsAddedToBlindlyWithoutBeingRead) {
  damage("hurt");
  Cache& hurt = cache("hurt");
  hurt.set("fresh", 0);
  std::vector<std::pair<std::string, int>> deltas{{"fresh", 1}};
  for (int i = 0; i < 10; ++i) deltas.emplace_back("key-" + std::to_string(i), 1);
  for (int i = 0; i < 100; ++i) ASSERT_NO_THROW(hurt.incr_many(deltas)) << i;
  EXPECT_EQ(hurt.get<int>("fresh"), 100);
  EXPECT_THROW(hurt.get<int>("key-1"), Corruption);
  EXPECT_THROW(hurt.incr("key-1"), Corruption) << "it has to say what the value is";
}

// What could not be read could not be replaced either, so that every call made it again.
TEST_P(DamagedTable, IsMadeAgainOnceWhereMissesAreAskedFor) {
  damage("hurt");
  Cache lenient = Cache::open(
      directory_ / "store",
      {.timeout = never, .column_family = "hurt", .on_read_error = OnReadError::miss}, options_);
  int made = 0;
  for (int i = 0; i < 4; ++i) EXPECT_EQ(lenient.get_or_set("key-1", [&] { return ++made; }), 1);
  EXPECT_EQ(made, 1);
  EXPECT_EQ(lenient.get<int>("key-1"), 1);
  EXPECT_EQ(cache("hurt").get<int>("key-1"), 1);

  EXPECT_THROW(cache("hurt").get_or_set("key-2", 2), Corruption) << "where they are not";
  EXPECT_THROW(lenient.add("key-2", 2), Corruption) << "nobody can say that it is absent";
  EXPECT_EQ(lenient.get<int>("key-2"), std::nullopt);
}

}  // namespace
}  // namespace cairn::test
