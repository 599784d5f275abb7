// What a call answers that asks for power_loss is on disk, also where it wrote nothing itself.
#include <gtest/gtest.h>
#include <rocksdb/env.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include <cairn/cache.h>
#include "store/border/engine_hooks.h"
#include "support/log_syncs.h"
#include "support/temp_directory.h"

namespace cairn::test {
namespace {

using namespace std::chrono_literals;

class Answers : public testing::Test {
 protected:
  // Whether the call waited for a sync, where something had been written that was not on disk.
  bool waits(const std::function<void(Cache&)>& call) {
    cache_.set("key", 1);
    cache_.erase("gone");
    const int before = syncs_;
    call(cache_);
    return syncs_ > before;
  }

  static constexpr Durability asked = Durability::power_loss;
  TempDirectory directory_;
  std::atomic<int> syncs_{0};
  LogSyncs disk_{*rocksdb::Env::Default(), [this] { ++syncs_; }};
  store::HookedDirectory hooked_{directory_ / "store", disk_};
  Cache cache_ = Cache::open(directory_ / "store", {}, {.sync_interval = 24h});
};

TEST_F(Answers, OfNothingToDoWaitForTheDisk) {
  EXPECT_TRUE(waits([](Cache& cache) { cache.add("key", 2, {.durability = asked}); }));
  EXPECT_TRUE(
      waits([](Cache& cache) { cache.add("gone", 2, {.timeout = 0s, .durability = asked}); }));
  EXPECT_TRUE(waits([](Cache& cache) { cache.erase("gone", {.durability = asked}); }));
  EXPECT_TRUE(waits([](Cache& cache) { cache.pop<int>("gone", {.durability = asked}); }));
  EXPECT_TRUE(waits([](Cache& cache) { cache.erase_prefix("gone", {.durability = asked}); }));
  EXPECT_TRUE(waits([](Cache& cache) { cache.incr("key", 0, {.durability = asked}); }));
}

TEST_F(Answers, OfGetOrSetWaitForTheDiskIfTheyAreAskedTo) {
  EXPECT_TRUE(waits([](Cache& cache) { cache.get_or_set("key", 2, {.durability = asked}); }));
  EXPECT_FALSE(waits([](Cache& cache) { cache.get_or_set("key", 2); }));
  EXPECT_FALSE(waits([](Cache& cache) { cache.get<int>("key"); }));
}

// The thread that makes the value asks for less.
TEST_F(Answers, OfAnothersFactoryWaitForTheDisk) {
  EXPECT_TRUE(waits([](Cache& cache) {
    std::atomic<bool> making = false;
    std::atomic<bool> joining = false;
    auto making_it = std::async(std::launch::async, [&] {
      return cache.get_or_set("made", [&] {
        making = true;
        joining.wait(false);
        return 2;
      });
    });
    while (!making) std::this_thread::yield();
    joining = true;
    joining.notify_all();
    EXPECT_EQ(cache.get_or_set("made", 3, {.durability = asked}), 2);
    EXPECT_EQ(making_it.get(), 2);
  }));
}

}  // namespace
}  // namespace cairn::test
