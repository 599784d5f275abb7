// Nobody waits for an operation that passes over many entries of another cache.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/perf_context.h>
#include <rocksdb/perf_level.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <string>
#include <thread>

#include <cairn/caches.h>
#include "backend/rocksdb/rocksdb_backend.h"
#include "support/fake_clock.h"
#include "support/temp_directory.h"

namespace cairn::test {
namespace {

using namespace std::chrono_literals;

/// A clock at which whoever is asked to stops, in the middle of an operation, until it may go on.
class StoppingClock {
 public:
  ClockSource source() {
    return [this] {
      pass();
      return fake_.source()();
    };
  }
  FakeClock& fake() { return fake_; }

  /// The calling thread stops when it has looked so many times.
  void stop_me(int looks) {
    const std::lock_guard lock(mutex_);
    stops_ = std::this_thread::get_id();
    looks_ = looks;
  }
  /// Every thread stops that is not one of a test.
  void stop_others() {
    const std::lock_guard lock(mutex_);
    stops_others_ = true;
  }
  static void not_another() { known_ = true; }
  /// Waits until somebody has stopped.
  void wait() {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(changed_.wait_for(lock, 20s, [this] { return stopped_; }));
  }
  void go_on() {
    const std::lock_guard lock(mutex_);
    stops_ = {};
    stops_others_ = false;
    changed_.notify_all();
  }

 private:
  void pass() {
    std::unique_lock lock(mutex_);
    const auto stops = [this] {
      return stops_ == std::this_thread::get_id() || (stops_others_ && !known_);
    };
    if (!stops() || (!stops_others_ && --looks_ > 0)) return;
    stopped_ = true;
    changed_.notify_all();
    changed_.wait(lock, [&] { return !stops(); });
  }

  static thread_local bool known_;
  FakeClock fake_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::thread::id stops_;
  int looks_ = 0;
  bool stops_others_ = false;
  bool stopped_ = false;
};

thread_local bool StoppingClock::known_ = false;

class Waiting : public testing::Test {
 protected:
  Waiting() { StoppingClock::not_another(); }
  ~Waiting() override { clock_.go_on(); }

  Cache open(CacheOptions options = {}) {
    return Cache::open(directory_ / "store", std::move(options), {.clock = clock_.source()});
  }
  // Runs `work` and stops it when it has looked at the clock so many times.
  template <class Work>
  auto stopped(Work work, int looks = 1) {
    auto running = std::async(std::launch::async, [this, work, looks] {
      clock_.stop_me(looks);
      return work();
    });
    clock_.wait();
    return running;
  }
  // Whether the work of another thread comes to its end meanwhile.
  template <class Work>
  static void ends(const char* what, std::future<void>& done, Work work) {
    done = std::async(std::launch::async, [work] {
      StoppingClock::not_another();
      work();
    });
    EXPECT_EQ(done.wait_for(20s), std::future_status::ready) << what;
  }

  TempDirectory directory_;
  StoppingClock clock_;
};

TEST_F(Waiting, ClearAndTheFirstSetOfAnotherCacheDoNotWaitForAListing) {
  Cache listed = open({.column_family = "listed"});
  Cache other = open({.column_family = "other"});
  Cache fresh = open({.column_family = "fresh"});
  Cache third = open({.column_family = "third"});
  listed.set("k", 1);
  other.set("k", 1);
  third.set("k", 1);
  auto listing = stopped([&] { return listed.keys(); });
  std::future<void> done[3];
  ends("clear", done[0], [&] { other.clear(); });
  ends("set", done[1], [&] { fresh.set("k", 1); });
  ends("get", done[2], [&] { third.get<int>("k"); });
  clock_.go_on();
  EXPECT_EQ(listing.get(), std::vector<std::string>{"k"});
}

TEST_F(Waiting, NobodyWaitsForTheCountingOfABoundedCacheButItsOwnWriters) {
  {
    Cache cache = open({.column_family = "bounded"});
    for (int i = 0; i < 10; ++i) cache.set("k" + std::to_string(i), i);
  }
  Cache bounded = open({.max_entries = 5, .column_family = "bounded"});
  Cache other = open({.column_family = "other"});
  Cache third = open({.column_family = "third"});
  other.set("k", 1);
  third.set("k", 1);
  auto counting = stopped([&] { return bounded.stats().entries; });
  std::future<void> done[5];
  ends("get", done[0], [&] { other.get<int>("k"); });
  ends("set", done[1], [&] { other.set("k", 2); });
  ends("clear", done[2], [&] { third.clear(); });
  ends("get of the bounded cache", done[3], [&] { bounded.get<int>("k0"); });
  ends("stats of the bounded cache", done[4],
       [&] { EXPECT_EQ(bounded.stats().entries, std::nullopt) << "it is being counted"; });
  std::future<void> writing = std::async(std::launch::async, [&] { bounded.set("new", 1); });
  clock_.go_on();
  EXPECT_EQ(counting.get(), 10u);
  writing.get();
  EXPECT_EQ(bounded.stats().evicted, 6u);
  EXPECT_LE(*bounded.stats().entries, 5u);
  EXPECT_EQ(bounded.get<int>("new"), 1);
}

// The filter of its compaction looks at the clock, in a thread of RocksDB's.
TEST_F(Waiting, ExpireIsFinishedThoughAnotherThreadClosesTheStore) {
  Cache cache = open();
  cache.set("k", 1, {.timeout = 1s});
  clock_.fake().advance(2s);
  StoreOptions same;
  same.clock = clock_.source();
  const auto store = RocksdbStore::at(directory_ / "store", same);
  clock_.stop_others();
  std::future<std::uint64_t> expiring = std::async(std::launch::async, [&] {
    StoppingClock::not_another();
    return cache.expire();
  });
  clock_.wait();
  std::future<void> closing = std::async(std::launch::async, [&] { cache.close(); });
  while (store->store().open_in()) std::this_thread::yield();  // taken out, and waiting for it
  clock_.go_on();
  EXPECT_EQ(expiring.get(), 1u);
  closing.get();
}

TEST_F(Waiting, AStoreIsClosedAfterACullThatOutlastsItsLastHandle) {
  StoreOptions same;
  same.clock = clock_.source();
  const auto store = RocksdbStore::at(directory_ / "store", same);
  Cache bounded = open({.max_entries = 10});
  for (int i = 0; i < 9; ++i) bounded.set("k" + std::to_string(i), i);
  auto culling = stopped([&] { return bounded.cull(); });
  bounded.close();
  EXPECT_TRUE(store->store().open_in());
  clock_.go_on();
  EXPECT_EQ(culling.get(), 3u);
  EXPECT_FALSE(store->store().open_in());
}

// It looks at the clock for the time of its own value, and to forget what has expired.
TEST_F(Waiting, ClearOfAnotherCacheDoesNotWaitForACullOfMany) {
  {
    Cache cache = open({.column_family = "bounded"});
    for (int i = 0; i < 4000; ++i) cache.set("k" + std::to_string(i), i, {.timeout = never});
  }
  Cache bounded = open({.max_entries = 100, .column_family = "bounded"});
  while (!bounded.stats().entries) {
  }
  EXPECT_EQ(bounded.stats().entries, 4000u);
  Cache other = open({.column_family = "other"});
  other.set("k", 1);
  auto culling = stopped(
      [&] {
        bounded.set("new", 1);
        return true;
      },
      2);
  std::future<void> done;
  ends("clear", done, [&] { other.clear(); });
  clock_.go_on();
  EXPECT_TRUE(culling.get());
  EXPECT_EQ(bounded.get<int>("new"), 1);
  for (int steps = 1; steps < 10; ++steps) bounded.set("new", 1);
  EXPECT_EQ(bounded.keys().size(), *bounded.stats().entries);
  EXPECT_LE(*bounded.stats().entries, 100u);
}

TEST_F(Waiting, AListingGivesAsManyAsAreAskedForAtATime) {
  StoreOptions options;
  options.clock = clock_.source();
  const auto store = RocksdbStore::at(directory_ / "store", options);
  Cache cache = open();
  for (const char* key : {"a", "b", "c", "d", "e"}) cache.set(key, 1);
  const Reads::Listing first = store->backend("default")->list("", "", 2);
  EXPECT_THAT(first.keys, testing::ElementsAre(":1:a", ":1:b"));
  const Reads::Listing rest = store->backend("default")->list(first.next, "", 1000);
  EXPECT_THAT(rest.keys, testing::ElementsAre(":1:c", ":1:d", ":1:e"));
}

TEST_F(Waiting, AListingPassesOverABoundedNumberOfEntriesAtATime) {
  StoreOptions options;
  options.clock = clock_.source();
  const auto store = RocksdbStore::at(directory_ / "store", options);
  Cache cache = open();
  constexpr int count = 30'000;
  for (int i = 0; i < count; ++i) cache.set("k" + std::to_string(i), i, {.timeout = 1h});
  cache.erase_prefix("k");
  cache.set("last", 1);
  rocksdb::PerfContext& engine = *rocksdb::get_perf_context();
  rocksdb::SetPerfLevel(rocksdb::PerfLevel::kEnableCount);
  std::vector<std::string> keys;
  std::string next;
  std::uint64_t most = 0;
  std::uint64_t passed = 0;
  do {
    engine.Reset();
    const Reads::Listing listing = store->backend("default")->list(next, "", 1000);
    const std::uint64_t here =
        engine.internal_delete_skipped_count + engine.internal_key_skipped_count;
    most = std::max(most, here);
    passed += here;
    keys.insert(keys.end(), listing.keys.begin(), listing.keys.end());
    next = listing.next;
  } while (!next.empty());
  rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
  EXPECT_THAT(keys, testing::ElementsAre(":1:last"));
  EXPECT_GE(passed, static_cast<std::uint64_t>(count));
  EXPECT_LE(most, 8192u);
}

}  // namespace
}  // namespace cairn::test
