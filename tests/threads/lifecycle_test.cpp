// Closing and reopening while others are at work (X24).

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <optional>
#include <string>
#include <thread>

#include "threads/together.h"

namespace cairn::test {
namespace {

using LifecycleThreads = ThreadsTest;
INSTANTIATE_TEST_SUITE_P(Backends, LifecycleThreads, testing::Values("rocksdb", "memory"),
                         backend_name);

TEST_P(LifecycleThreads, CloseFromTwoThreadsWhileOthersWork) {
  Cache cache = open();
  std::atomic<bool> over{false};
  must_end("close from two threads", [&] {
    together(6, [&](int index) {
      if (index < 2) {
        for (int i = 0; i < 12; ++i) {
          cache.close();
          cache.get<int>("key-2");
        }
        over = true;
        return;
      }
      const std::string key = "key-" + std::to_string(index);
      cache.set(key, 0);
      for (int i = 1; !over; ++i) {
        ASSERT_EQ(cache.incr(key), i);
        ASSERT_EQ(cache.get<int>(key), i);
        ASSERT_TRUE(cache.touch(key));
        if (i % 16 == 0) cache.sync();
      }
    });
  });
}

TEST_P(LifecycleThreads, CloseOfEachOwnHandle) {
  const Cache keeper = open();  // what is in memory goes with its last handle
  must_end("handles that come and go", [&] {
    together(4, [&](int index) {
      const std::string key = "key-" + std::to_string(index);
      for (int i = 0; i < 15; ++i) {
        Cache mine = open();
        ASSERT_EQ(mine.get(key, -1), i - 1);
        mine.set(key, i);
        if (i % 2 == 0) mine.close();
        ASSERT_EQ(mine.get<int>(key), i);
      }
    });
  });
}

TEST_P(LifecycleThreads, AHandleIsClosedByManyAtOnce) {
  Cache cache = open();
  Cache other = open();
  must_end("one handle closed by many", [&] {
    together(8, [&](int) {
      for (int i = 0; i < 20; ++i) cache.close();
    });
  });
  other.set("key", 1);
  EXPECT_EQ(cache.get<int>("key"), 1);
}

TEST_P(LifecycleThreads, AScanGoesOnThroughCloseAndReopen) {
  Cache cache = open();
  std::map<std::string, int> values;
  for (int i = 0; i < 2500; ++i) values["key-" + std::to_string(i)] = i;
  cache.set_many(values);
  std::atomic<bool> over{false};
  must_end("close during scans", [&] {
    together(3, [&](int index) {
      if (index == 0) {
        while (!over) cache.close();
        return;
      }
      for (int round = 0; round < 3; ++round) {
        std::size_t seen = 0;
        cache.for_each_key("", [&](std::string_view key) {
          if (++seen % 1000 == 0) {
            cache.close();
            EXPECT_TRUE(cache.contains(key));
          }
          return true;
        });
        EXPECT_EQ(seen, values.size());
      }
      over = true;
    });
  });
}

// Its family is made known to the store at that moment, which the thread itself is inside of.
TEST_P(LifecycleThreads, TheFunctionGivenToUpdateMayReadACacheThatWasNotUsedBefore) {
  Caches caches(location(), {{"one", {}}, {"two", {}}});
  caches["one"].set("key", 1);
  must_end("first use of a cache inside update", [&] {
    caches["one"].update<int>("key", [&](std::optional<int> value) {
      EXPECT_EQ(caches["two"].get<int>("key"), std::nullopt);
      return *value + 1;
    });
  });
  EXPECT_EQ(caches["one"].get<int>("key"), 2);
}

TEST_P(LifecycleThreads, AnUpdateThatThrowsChangesNothingAndReleasesItsKey) {
  Cache cache = open({.max_entries = 10});
  cache.set("key", 1);
  for (int i = 0; i < 3; ++i) {
    EXPECT_THROW(cache.update<int>("key",
                                   [](std::optional<int>) -> std::optional<int> {
                                     throw std::runtime_error("no");
                                   }),
                 std::runtime_error);
  }
  must_end("set after a failed update", [&] { cache.set("key", 2); });
  EXPECT_EQ(cache.get<int>("key"), 2);
}

TEST_P(LifecycleThreads, CloseInsideUpdateWaitsUntilItIsDone) {
  for (const CacheOptions& options : {CacheOptions{}, CacheOptions{.max_entries = 100}}) {
    Cache cache = open(options);
    const Cache keeper = on_disk() ? Cache::open("memory:nothing") : open();
    cache.set("key", 1);
    must_end("close inside update", [&] {
      EXPECT_EQ(cache.update<int>("key",
                                  [&](std::optional<int> value) {
                                    cache.close();
                                    return *value + 1;
                                  }),
                2);
    });
    EXPECT_EQ(cache.get<int>("key"), 2);
    must_end("close and read inside update", [&] {
      cache.update<int>("key", [&](std::optional<int> value) {
        cache.close();
        EXPECT_EQ(cache.get<int>("key"), value);
        return *value + 1;
      });
    });
    EXPECT_EQ(cache.get<int>("key"), 3);
  }
}

// clear() and close() wait for no update, whose function runs again where they come in between: no
// update is lost, and none carries a value over a clear().  So each count comes once a clear().
TEST_P(LifecycleThreads, ClearAndCloseBesideUpdates) {
  constexpr int clears = 12;
  Cache cache = open();
  std::atomic<bool> over{false};
  std::mutex mutex;
  std::map<int, int> seen;
  must_end("clear and close beside update", [&] {
    together(4, [&](int index) {
      if (index == 0) {
        for (int i = 0; i < clears; ++i) {
          cache.clear();
          cache.close();
        }
        over = true;
        return;
      }
      std::map<int, int> mine;
      while (!over) {
        ++mine[*cache.update<int>(
            "key", [&](std::optional<int> value) { return std::optional(value.value_or(0) + 1); })];
      }
      const std::lock_guard lock(mutex);
      for (const auto& [count, times] : mine) seen[count] += times;
    });
  });
  for (const auto& [count, times] : seen) EXPECT_LE(times, clears + 1) << count;
  cache.clear();
  EXPECT_EQ(cache.get<int>("key"), std::nullopt);
}

// Whatever else writes the key meanwhile makes the function run again.
TEST_P(LifecycleThreads, AnUpdateThatWasOvertakenRunsAgainWithWhatIsThere) {
  Cache cache = open();
  cache.set("key", 1);
  int runs = 0;
  const std::optional<int> result = cache.update<int>("key", [&](std::optional<int> value) {
    if (++runs == 1) {
      std::thread([&] { cache.set("key", 10); }).join();
    } else if (runs == 2) {
      std::thread([&] { cache.erase("key"); }).join();
    }
    return std::optional(value.value_or(100) + 1);
  });
  EXPECT_EQ(runs, 3);
  EXPECT_EQ(result, 101);
  EXPECT_EQ(cache.get<int>("key"), 101);
}

TEST_P(LifecycleThreads, AnUpdateThatIsOvertakenForEverGivesUp) {
  Cache cache = open();
  int runs = 0;
  try {
    cache.update<int>("key", [&](std::optional<int>) {
      std::thread([&] { cache.set("key", ++runs); }).join();
      return std::optional(0);
    });
    ADD_FAILURE() << "did not give up";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::busy) << error.what();
  }
  EXPECT_EQ(cache.get<int>("key"), runs) << "what the others wrote is there";
}

// Each call of these waited for ever, when the function ran inside the store.
TEST_P(LifecycleThreads, ReadingFromInsideUpdateNeverWaits) {
  Caches caches(location(), {{"one", {}}, {"two", {.max_entries = 10}}, {"three", {}}});
  caches["one"].set("key", 1);
  caches["two"].set("key", 2);
  must_end("reading beside clear, through a helper thread", [&] {
    caches["one"].update<int>("key", [&](std::optional<int> value) {
      std::thread([&] { caches["three"].clear(); }).join();
      std::thread([&] {
        EXPECT_EQ(caches["one"].get<int>("key"), value);
        EXPECT_EQ(caches["two"].get<int>("key"), 2);
        caches["three"].set("first", 1);  // makes a column family
        caches["two"].set("other", 3);
      }).join();
      EXPECT_EQ(caches["three"].get<int>("first"), 1);
      return *value + 1;
    });
  });
  must_end("two updates that read each other's key", [&] {
    std::latch both_in(2);
    together(2, [&](int index) {
      const char* const mine = index == 0 ? "one" : "two";
      const char* const other = index == 0 ? "two" : "one";
      std::atomic<bool> waited{false};
      caches[mine].update<int>("key", [&](std::optional<int> value) {
        if (!waited.exchange(true)) both_in.arrive_and_wait();
        caches[other].get<int>("key");
        return *value + 1;
      });
    });
  });
}

TEST(CloseOnDisk, KeepsEverythingAtEveryLevel) {
  for (const Durability level : {Durability::clean_close, Durability::process_crash,
                                 Durability::interval, Durability::power_loss}) {
    const TempDirectory directory;
    Cache cache = Cache::open(directory / "store", {}, {.durability = level});
    cache.set("counter", 0);
    for (int i = 1; i <= 5; ++i) {
      cache.set("key", i);
      cache.incr("counter");
      cache.close();
      EXPECT_EQ(cache.get<int>("key"), i);
      EXPECT_EQ(cache.get<int>("counter"), i);
    }
  }
}

// The last write may still be on its way through an operation when the last handle is released.
TEST(CloseOnDisk, TheEngineIsClosedWhenTheLastOperationIsOver) {
  const TempDirectory directory;
  Cache cache = Cache::open(directory / "store");
  must_end("close beside the last operations", [&] {
    together(4, [&](int index) {
      for (int i = 0; i < 8; ++i) {
        cache.set("key-" + std::to_string(index), i);
        cache.close();
      }
    });
  });
  cache.close();
  // Closed indeed: nobody holds the lock.
  const int lock = ::open((directory / "store" / "CAIRN.lock").c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_GE(lock, 0);
  EXPECT_EQ(::flock(lock, LOCK_EX | LOCK_NB), 0);
  ::close(lock);
  EXPECT_EQ(cache.keys().size(), 4u);
}

}  // namespace
}  // namespace cairn::test
