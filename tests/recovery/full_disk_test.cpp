// A full disk: what frees space is let through, and nothing else.
#include <gtest/gtest.h>
#include <rocksdb/env.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <cairn/caches.h>
#include <cairn/inspect.h>
#include "durability/faults/faulty_disk.h"
#include "store/border/engine_hooks.h"
#include "support/durability_names.h"
#include "support/temp_directory.h"

namespace cairn::test {
namespace {

using namespace std::chrono_literals;
using durability::FaultKind;

// A faulty disk that says how much room it has.
class SmallDisk : public rocksdb::EnvWrapper {
 public:
  explicit SmallDisk(rocksdb::Env& base) : EnvWrapper(&base) {}
  rocksdb::Status GetFreeSpace(const std::string&, std::uint64_t* bytes) override {
    *bytes = free;
    return rocksdb::Status::OK();
  }
  std::atomic<std::uint64_t> free{1ull << 40};
};

class FullDisk : public testing::TestWithParam<Durability> {
 protected:
  FullDisk()
      : disk_(faulty_.env()),
        hooked_(directory_ / "store", disk_),
        options_{.durability = GetParam(),
                 .memory_budget = 8ull << 20,
                 .on_health = [this](const Health& health) { note(health); }},
        caches_(directory_ / "store", {{"main", {.timeout = never}}, {"other", {.timeout = never}}},
                options_) {}

  Cache& main() { return caches_["main"]; }
  Cache& other() { return caches_["other"]; }
  Cache open_fresh(CacheOptions options) {
    options.column_family = "fresh";
    return Cache::open(directory_ / "store", std::move(options), options_);
  }
  bool has_family(const std::string& name) {
    const std::vector<std::string> families = StoreView(directory_ / "store").families();
    return std::find(families.begin(), families.end(), name) != families.end();
  }
  void fill() {
    for (int i = 0; i < 20; ++i) main().set("key-" + std::to_string(i), i);
    main().set("kept", 1);
    other().set("kept", 2);
  }
  // Writes until RocksDB has met the full disk.
  void meet_full_disk(FaultKind kind) {
    faulty_.arm({.operation = 1, .kind = kind});
    disk_.free = 0;
    for (int i = 0; !faulty_.failed(); ++i) {
      try {
        main().set("more-" + std::to_string(i), std::string(100'000, 'v'));
        main().sync();
      } catch (const Error&) {
        break;
      }
    }
    EXPECT_TRUE(faulty_.failed());
  }
  void wait_for(Condition condition) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, 60s, [&] { return last_ == condition; }));
  }
  void expect_full(const char* verb, const std::function<void()>& write) {
    try {
      write();
      ADD_FAILURE() << verb << " was done";
    } catch (const IoError& error) {
      EXPECT_EQ(error.code(), ErrorCode::no_space) << verb << ": " << error.what();
    }
  }

  const TempDirectory directory_;
  durability::FaultyDisk faulty_;
  SmallDisk disk_;
  const store::HookedDirectory hooked_;
  StoreOptions options_;

 private:
  void note(const Health& health) {
    const std::lock_guard lock(mutex_);
    last_ = health.condition;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  Condition last_ = Condition::healthy;
  Caches caches_;  // last: its callback uses the others
};

INSTANTIATE_TEST_SUITE_P(At, FullDisk,
                         testing::Values(Durability::clean_close, Durability::process_crash,
                                         Durability::power_loss),
                         level_of);

TEST_P(FullDisk, LetsThroughWhatOnlyRemoves) {
  fill();
  disk_.free = 0;
  wait_for(Condition::no_space);
  expect_full("set", [&] { main().set("new", 1); });
  expect_full("add", [&] { main().add("new", 1); });
  expect_full("incr", [&] { main().incr("key-1"); });
  expect_full("touch", [&] { main().touch("key-1", {.timeout = 5s}); });
  expect_full("set_many", [&] { main().set_many({{"new", 1}}); });
  EXPECT_FALSE(main().add("key-1", 2)) << "nothing is written";

  EXPECT_TRUE(main().erase("key-0"));
  EXPECT_EQ(main().erase_many({"key-1", "key-2"}), 2u);
  EXPECT_EQ(main().erase_prefix("key-1"), 10u);
  main().set("key-3", 0, {.timeout = 0s});
  EXPECT_TRUE(main().touch("key-4", {.timeout = 0s}));
  EXPECT_EQ(main().pop<int>("key-5"), 5);
  main().update<int>("key-6", [](auto) { return std::optional<int>(); });
  EXPECT_EQ(main().keys("key-").size(), 3u);
  main().expire();
  EXPECT_EQ(main().keys("key-").size(), 3u);
  main().clear();
  EXPECT_TRUE(main().keys().empty());
  EXPECT_EQ(other().get<int>("kept"), 2);

  expect_full("set", [&] { main().set("new", 1); });
  disk_.free = 1ull << 40;
  wait_for(Condition::healthy);
  main().set("new", 1);
  EXPECT_EQ(main().get<int>("new"), 1);
}

// What was never written to has nothing that could be removed, and nothing has to be made for that.
TEST_P(FullDisk, AnswersForACacheThatIsNotOnDiskYet) {
  fill();
  disk_.free = 0;
  wait_for(Condition::no_space);
  const auto nothing = [](std::optional<int>) { return std::optional<int>(); };
  for (const auto max_entries : {std::optional<std::int64_t>(), std::optional<std::int64_t>(9)}) {
    Cache fresh = open_fresh({.timeout = never, .max_entries = max_entries});
    EXPECT_FALSE(fresh.erase("k"));
    EXPECT_EQ(fresh.erase_many({"k", "l"}), 0u);
    EXPECT_EQ(fresh.erase_prefix("k"), 0u);
    EXPECT_EQ(fresh.pop("k"), std::nullopt);
    EXPECT_FALSE(fresh.touch("k"));
    EXPECT_FALSE(fresh.touch("k", {.timeout = 0s}));
    fresh.set("k", 1, {.timeout = 0s});
    EXPECT_TRUE(fresh.set_many({{"k", 1}}, {.timeout = 0s}).empty());
    EXPECT_EQ(fresh.update<int>("k", nothing), std::nullopt);
    EXPECT_EQ(fresh.try_incr("k"), std::nullopt);
    EXPECT_EQ(fresh.try_incr("k", 1, {.initial = 4, .timeout = 0s}), 5);
    fresh.incr_many({{"k", 1}, {"l", 2}});
    EXPECT_THROW(fresh.incr("k"), KeyNotFound);
    EXPECT_THROW(fresh.incr_version("k"), KeyNotFound);
    EXPECT_EQ(fresh.cull(), 0u);
    EXPECT_EQ(fresh.expire(), 0u);
    fresh.clear();
    EXPECT_TRUE(fresh.keys().empty());
    expect_full("set", [&] { fresh.set("k", 1); });
    expect_full("incr", [&] { fresh.incr("k", 1, {.initial = 4}); });
  }
  EXPECT_FALSE(has_family("fresh"));
  EXPECT_EQ(other().get<int>("kept"), 2) << "which would be what a batch without a family meets";
}

TEST_P(FullDisk, IsNotNeededForAnErasureOfNothingToMakeNoColumnFamily) {
  fill();
  Cache fresh = open_fresh({.timeout = never});
  EXPECT_FALSE(fresh.erase("k"));
  EXPECT_EQ(fresh.erase_many({"k", "l"}), 0u);
  fresh.incr_many({{"k", 1}});
  EXPECT_FALSE(has_family("fresh"));
  fresh.set("k", 1);
  EXPECT_TRUE(has_family("fresh"));
  EXPECT_TRUE(fresh.erase("k"));
}

// RocksDB has met the full disk itself, and would not be reopened before there is room.
TEST_P(FullDisk, IsClearedEvenWhereItHasStoppedTheEngine) {
  fill();
  meet_full_disk(FaultKind::no_space_once);
  main().clear();
  EXPECT_TRUE(main().keys().empty());
  EXPECT_EQ(other().get<int>("kept"), 2);
  disk_.free = 1ull << 40;
  wait_for(Condition::healthy);
  main().set("new", 1);
  EXPECT_EQ(main().get<int>("new"), 1);
}

// Without a log, what is in memory only would be out of reach for as long as the disk is full.
TEST_P(FullDisk, IsNotReopenedByAClearThatCannotHelp) {
  fill();
  meet_full_disk(FaultKind::no_space_for_good);
  constexpr int more_than_its_patience = 30;
  for (int i = 0; i < more_than_its_patience; ++i) {
    expect_full("clear", [&] { main().clear(); });
    ASSERT_EQ(main().get<int>("kept"), 1) << "after " << i + 1 << " calls";
    ASSERT_EQ(other().get<int>("kept"), 2) << "after " << i + 1 << " calls";
  }
  faulty_.clear();
  disk_.free = 1ull << 40;
  wait_for(Condition::healthy);
  EXPECT_EQ(main().get<int>("kept"), 1);
  main().clear();
  EXPECT_TRUE(main().keys().empty());
  EXPECT_EQ(other().get<int>("kept"), 2);
}

}  // namespace
}  // namespace cairn::test
