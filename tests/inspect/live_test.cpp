// A look at a store whose owner writes, flushes and compacts: what the owner removes is no damage,
// and what is damaged is.
#include <cairn/caches.h>
#include <cairn/error.h>
#include <cairn/inspect.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include "support/descriptor_limit.h"
#include "support/temp_directory.h"

namespace cairn::test {
namespace {

namespace fs = std::filesystem;

class LiveStore : public testing::Test {
 protected:
  fs::path store() const { return directory_ / "store"; }
  // A compaction writes everything into new tables.
  Cache open(const std::string& family = "a") const {
    return Cache::open(store(), {.timeout = never, .column_family = family},
                       {.memory_budget = 8ull << 20});
  }
  static void fill(Cache& cache, int from) {
    for (int i = from; i < from + 300; ++i) {
      cache.set("key-" + std::to_string(i), std::string(500, static_cast<char>('a' + i % 26)));
    }
    cache.compact();
  }
  std::set<fs::path> tables() const {
    std::set<fs::path> tables;
    for (const auto& entry : fs::directory_iterator(store())) {
      if (entry.path().extension() == ".sst") tables.insert(entry.path());
    }
    return tables;
  }
  static std::string problems(const CheckReport& report) {
    std::string text;
    for (const auto& each : report.problems) text += each.where + ": " + each.what + "\n";
    return text;
  }

 private:
  const TempDirectory directory_;
};

TEST_F(LiveStore, IsCheckedAsItWasWhateverTheOwnerHasRemovedSince) {
  Cache cache = open();
  fill(cache, 0);
  const std::set<fs::path> before = tables();
  ASSERT_FALSE(before.empty());
  const StoreView view(store());
  fill(cache, 300);
  for (const fs::path& each : before) ASSERT_FALSE(fs::exists(each)) << "nothing was compacted";
  const CheckReport report = view.check();
  EXPECT_TRUE(report.sound()) << problems(report);
  EXPECT_EQ(report.records, 300u);
  EXPECT_EQ(view.summarise("a").live, 300u);
  cache.clear();
  EXPECT_TRUE(view.check().sound());
}

TEST_F(LiveStore, IsNeverCalledDamagedWhileItsOwnerCompacts) {
  constexpr int views = 60;
  Cache cache = open();
  fill(cache, 0);
  std::atomic<bool> over{false};
  std::atomic<int> compactions{0};
  std::thread owner([&] {
    for (int i = 0; !over; ++i, ++compactions) fill(cache, i * 10);
  });
  int seen = 0;
  for (int i = 0; i < views || compactions < views; ++i) {
    try {
      const StoreView view(store());
      const CheckReport report = view.check();
      EXPECT_FALSE(report.damaged) << problems(report);
      EXPECT_EQ(report.problem_count, 0u) << problems(report);
      seen += report.sound() ? 1 : 0;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::busy) << error.what();
    }
  }
  over = true;
  owner.join();
  EXPECT_GT(seen, views / 2) << "most of the time it can be told";
}

// Control: a table that the owner still needs.
TEST_F(LiveStore, ThatHasLostATableIsDamaged) {
  Cache cache = open();
  fill(cache, 0);
  const fs::path table = *tables().begin();
  fs::rename(table, store() / "elsewhere");
  try {
    const StoreView view(store());
    ADD_FAILURE() << "opened without " << table;
  } catch (const Corruption& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr(table.filename().native() + " is missing"));
  }
  fs::rename(store() / "elsewhere", table);
}

// Control: bytes that changed on the disk.
TEST_F(LiveStore, WithAFlippedByteInATableIsDamaged) {
  Cache cache = open();
  fill(cache, 0);
  {
    std::fstream file(*tables().begin(), std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(100);
    file << "damage";
  }
  const CheckReport report = StoreView(store()).check();
  EXPECT_TRUE(report.damaged);
  EXPECT_FALSE(report.sound());
  EXPECT_FALSE(report.outdated);
}

constexpr rlim_t few_descriptors = 130;

// With few descriptors not every table can be kept open, and what is gone cannot be checked.
TEST_F(LiveStore, ThatCannotBeKeptOpenIsOutdatedAndNotDamaged) {
  constexpr int caches = 60;
  const auto fill_all = [&](int from) {
    std::vector<Cache> all;
    for (int i = 0; i < caches; ++i) all.push_back(open("family-" + std::to_string(i)));
    for (Cache& each : all) {
      for (int i = from; i < from + 5; ++i) each.set("key-" + std::to_string(i), i);
      each.compact();
    }
  };
  fill_all(0);
  std::optional<StoreView> view;
  {
    const DescriptorLimit few(few_descriptors);
    view.emplace(store());
  }
  EXPECT_TRUE(view->check().sound()) << "nobody has removed anything yet";
  {
    const DescriptorLimit few(few_descriptors);
    view.emplace(store());
  }
  fill_all(5);
  const CheckReport report = view->check();
  EXPECT_TRUE(report.outdated);
  EXPECT_FALSE(report.sound());
  EXPECT_FALSE(report.damaged) << problems(report);
  EXPECT_EQ(report.problem_count, 0u) << problems(report);
  int refused = 0;
  for (const std::string& family : view->families()) {
    try {
      view->for_each(family, {}, [](const RecordInfo&) { return true; });
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::busy) << error.what();
      ++refused;
    }
  }
  EXPECT_GT(refused, 0);
  EXPECT_TRUE(StoreView(store()).check().sound());
}

// Control: with few files, too, what the newest list names must be there.
TEST_F(LiveStore, ThatCannotBeKeptOpenAndHasLostATableIsDamaged) {
  {
    std::vector<Cache> all;
    for (int i = 0; i < 60; ++i) {
      all.push_back(open("family-" + std::to_string(i)));
      all.back().set("key", i);
      all.back().expire();
    }
  }
  std::optional<StoreView> view;
  {
    const DescriptorLimit few(few_descriptors);
    view.emplace(store());
  }
  for (const fs::path& each : tables()) fs::remove(each);
  const CheckReport report = view->check();
  EXPECT_TRUE(report.damaged);
  EXPECT_FALSE(report.outdated);
}

}  // namespace
}  // namespace cairn::test
