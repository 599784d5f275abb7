// The registry: each thread has its own caches on the same data.

#include <atomic>
#include <barrier>
#include <latch>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "threads/together.h"

namespace cairn::test {
namespace {

class RegistryThreads : public ThreadsTest {
 protected:
  RegistryThreads() { open(); }  // who makes the directory is another test's matter
  static Caches::Configuration two() { return {{"one", {}}, {"two", {}}}; }
};

INSTANTIATE_TEST_SUITE_P(Backends, RegistryThreads, testing::Values("rocksdb", "memory"),
                         backend_name);

TEST_P(RegistryThreads, OneObjectPerThreadAndAlias) {
  Caches caches(location(), two());
  std::mutex mutex;
  std::set<const Cache*> objects;
  std::barrier all_have_theirs(8);
  together(8, [&](int index) {
    Cache& one = caches["one"];
    for (int i = 0; i < 10; ++i) ASSERT_EQ(&caches["one"], &one);
    ASSERT_NE(&caches["two"], &one);
    one.set("key-" + std::to_string(index), index);
    {
      const std::lock_guard lock(mutex);
      objects.insert({&one, &caches["two"]});
    }
    all_have_theirs.arrive_and_wait();
    for (int i = 0; i < 8; ++i) EXPECT_EQ(one.get<int>("key-" + std::to_string(i)), i);
    all_have_theirs.arrive_and_wait();
  });
  EXPECT_EQ(objects.size(), 16u);
}

TEST_P(RegistryThreads, InitializedOnlyMeansByThisThread) {
  Caches caches(location(), two());
  caches["one"].set("key", 1);
  std::thread([&] {
    EXPECT_TRUE(caches.all(true).empty());
    caches["two"].set("key", 2);
    EXPECT_EQ(caches.all(true).size(), 1u);
    EXPECT_EQ(caches.all().size(), 2u);
  }).join();
  EXPECT_EQ(caches.all(true).size(), 1u);
}

TEST_P(RegistryThreads, EraseMakesANewObjectForThisThreadOnly) {
  Caches caches(location(), two());
  Cache* const mine = &caches["one"];
  mine->set("key", 1);
  std::thread([&] {
    caches["one"].set("key", 2);
    caches.erase("one");
    EXPECT_TRUE(caches.all(true).empty());
    EXPECT_EQ(caches["one"].get<int>("key"), 2);
  }).join();
  EXPECT_EQ(&caches["one"], mine);
  EXPECT_EQ(mine->get<int>("key"), 2);
}

TEST_P(RegistryThreads, ThreadsThatComeAndGo) {
  Caches caches(location(), two());
  caches["one"].set("counter", 0);
  for (int round = 0; round < 10; ++round) {
    together(6, [&](int index) {
      caches[index % 2 == 0 ? "one" : "two"].set("key", index);
      caches["one"].incr("counter");
      if (index == 0) caches.close_all();
      if (index == 1) caches.erase("one");
    });
  }
  EXPECT_EQ(caches["one"].get<int>("counter"), 60);
}

TEST_P(RegistryThreads, CloseAllBesideUse) {
  Caches caches(location(), two());
  caches["one"].set("counter", 0);
  std::atomic<int> working{3};
  must_end("close_all beside use", [&] {
    together(4, [&](int index) {
      if (index == 0) {
        while (working > 0) caches.close_all();
        return;
      }
      for (int i = 0; i < 60; ++i) caches["one"].incr("counter");
      --working;
    });
  });
  EXPECT_EQ(caches["one"].get<int>("counter"), 180);
}

TEST_P(RegistryThreads, ManyRegistriesAtOnce) {
  const Cache keeper = open({.column_family = "one"});
  must_end("many registries", [&] {
    together(4, [&](int index) {
      for (int i = 0; i < 8; ++i) {
        Caches caches(location(), two());
        const std::string key = "key-" + std::to_string(index);
        caches["one"].set(key, i);
        ASSERT_EQ(caches["one"].get<int>(key), i);
      }
    });
  });
}

// A thread keeps its caches of a registry that is gone, until it ends: they hold nothing open.
TEST(RegistryOnDisk, ThreadsThatOutliveTheRegistryKeepNoDirectory) {
  const TempDirectory directory;
  Cache::open(directory / "store");
  std::latch used(4);
  std::latch leave(1);
  std::vector<std::thread> threads;
  {
    Caches caches(directory / "store", {{"one", {}}, {"two", {}}}, {.memory_budget = 16 << 20});
    for (int index = 0; index < 4; ++index) {
      threads.emplace_back([&, index] {
        caches["one"].set("key-" + std::to_string(index), index);
        if (index == 0) caches["two"].close();
        used.count_down();
        leave.wait();
      });
    }
    used.wait();
    EXPECT_THROW(Cache::open(directory / "store"), InvalidOption) << "open with other options";
  }
  {
    Caches caches(directory / "store", {{"one", {}}}, {.durability = Durability::process_crash});
    EXPECT_EQ(caches["one"].keys().size(), 4u);
    leave.count_down();
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(caches["one"].keys().size(), 4u);
  }
  EXPECT_EQ(Cache::open(directory / "store", {.column_family = "one"}).keys().size(), 4u);
}

TEST(RegistryOnDisk, ThreadsThatEndLeaveTheStoreOpenUntilCloseAll) {
  const TempDirectory directory;
  Cache::open(directory / "store");
  Caches caches(directory / "store", {{"one", {}}});
  together(3, [&](int index) { caches["one"].set("key-" + std::to_string(index), index); });
  // What one thread wrote is counted when the next one asks: the store was not closed in between.
  together(1, [&](int) { EXPECT_EQ(caches["one"].stats().sets, 3u); });
  caches.close_all();
  // Closed, then opened by the next use.
  EXPECT_EQ(caches["one"].keys().size(), 3u);
}

TEST(RegistryOnDisk, WhatARegistryHadOpenIsClosedWithIt) {
  const TempDirectory directory;
  {
    Caches caches(directory / "store", {{"one", {}}});
    together(3, [&](int index) { caches["one"].set("key-" + std::to_string(index), index); });
  }
  Cache cache = Cache::open(directory / "store", {.column_family = "one"},
                            {.durability = Durability::power_loss});
  EXPECT_EQ(cache.keys().size(), 3u);
}

TEST(RegistryOnDisk, AThreadMayEndWhileTheRegistryIsDestroyed) {
  const TempDirectory directory;
  Cache::open(directory / "store");
  for (int round = 0; round < 10; ++round) {
    std::latch used(3);
    std::vector<std::thread> threads;
    std::latch leave(1);
    {
      Caches caches(directory / "store", {{"one", {}}});
      for (int index = 0; index < 3; ++index) {
        threads.emplace_back([&] {
          caches["one"].set("key", 1);
          used.count_down();
          leave.wait();
        });
      }
      used.wait();
      leave.count_down();
    }
    for (std::thread& thread : threads) thread.join();
  }
}

}  // namespace
}  // namespace cairn::test
