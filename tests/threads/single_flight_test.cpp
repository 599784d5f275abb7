// get_or_set: one factory for all who miss (X17).

#include <atomic>
#include <latch>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "threads/together.h"

namespace cairn::test {
namespace {

using namespace std::chrono_literals;

using SingleFlightThreads = ThreadsTest;
INSTANTIATE_TEST_SUITE_P(Backends, SingleFlightThreads, testing::Values("rocksdb", "memory"),
                         backend_name);

TEST_P(SingleFlightThreads, TheFactoryRunsOnceForEightThreads) {
  Cache cache = open();
  for (int round = 0; round < 50; ++round) {
    const std::string key = "key-" + std::to_string(round);
    std::atomic<int> runs{0};
    std::latch all_here(8);
    together(8, [&](int index) {
      all_here.count_down();
      const int value = cache.get_or_set(key, [&] {
        all_here.wait();
        ++runs;
        return 100 + index;
      });
      EXPECT_EQ(value, cache.get<int>(key));
    });
    EXPECT_EQ(runs, 1) << round;
  }
}

TEST_P(SingleFlightThreads, AThrowingFactoryReleasesTheOthersAndOneOfThemComputes) {
  Cache cache = open();
  for (int round = 0; round < 50; ++round) {
    const std::string key = "key-" + std::to_string(round);
    std::atomic<int> runs{0};
    std::atomic<int> thrown{0};
    std::latch all_here(8);
    together(8, [&](int) {
      all_here.count_down();
      try {
        EXPECT_EQ(cache.get_or_set(key,
                                   [&] {
                                     all_here.wait();
                                     if (runs++ == 0) throw std::domain_error("no luck");
                                     return 7;
                                   }),
                  7);
      } catch (const std::domain_error&) {
        ++thrown;
      }
    });
    EXPECT_EQ(thrown, 1) << "the exception belongs to the one whose factory threw";
    EXPECT_EQ(runs, 2);
    EXPECT_EQ(cache.get<int>(key), 7);
  }
}

TEST_P(SingleFlightThreads, IfEveryFactoryThrowsEveryCallerIsTold) {
  Cache cache = open();
  std::atomic<int> thrown{0};
  together(8, [&](int) {
    EXPECT_THROW(cache.get_or_set("key", [&]() -> int { throw std::domain_error("never"); }),
                 std::domain_error);
    ++thrown;
  });
  EXPECT_EQ(thrown, 8);
  EXPECT_FALSE(cache.contains("key"));
  EXPECT_EQ(cache.get_or_set("key", [] { return 1; }), 1);
}

// Nothing is stored with a timeout of zero, yet those who waited have the value.
TEST_P(SingleFlightThreads, AValueThatIsNotKeptReachesThoseWhoWait) {
  Cache cache = open();
  std::atomic<int> runs{0};
  together(8, [&](int) {
    EXPECT_EQ(
        cache.get_or_set("key", [&] { return ++runs, std::string(100, 'x'); }, {.timeout = 0s}),
        std::string(100, 'x'));
  });
  EXPECT_GE(runs, 1);
  EXPECT_FALSE(cache.contains("key"));
}

TEST_P(SingleFlightThreads, TheFactoryMayAskForItsOwnKey) {
  Cache cache = open();
  must_end("get_or_set in its own factory", [&] {
    const int value = cache.get_or_set("key", [&] {
      return cache.get_or_set("key", [&] {
        return cache.get_or_set("key", [] { return 1; }) + 1;
      }) + 1;
    });
    EXPECT_EQ(value, cache.get<int>("key"));
    EXPECT_EQ(value, 1) << "the innermost is stored first, and what is stored is returned";
  });
}

TEST_P(SingleFlightThreads, TheFactoryMayUseTheCacheAsItLikes) {
  Cache cache = open();
  cache.set("n", 1);
  must_end("a factory that uses the cache", [&] {
    EXPECT_EQ(cache.get_or_set("key",
                               [&] {
                                 cache.incr("n");
                                 cache.set_many({{"a", 1}, {"b", 2}});
                                 cache.erase("a");
                                 cache.close();
                                 cache.update<int>("b",
                                                   [](std::optional<int> b) { return *b + 1; });
                                 return cache.get("b", 0);
                               }),
              3);
  });
  EXPECT_EQ(cache.get<int>("key"), 3);
}

TEST_P(SingleFlightThreads, AFactoryThatClearsTheCacheStillStoresItsValue) {
  Cache cache = open();
  must_end("clear in a factory", [&] {
    cache.set("other", 1);
    EXPECT_EQ(cache.get_or_set("key", [&] { return cache.clear(), 5; }), 5);
  });
  EXPECT_FALSE(cache.contains("other"));
  EXPECT_EQ(cache.get<int>("key"), 5);
}

// Each waits for the other's key, until one has waited long enough.
TEST_P(SingleFlightThreads, TwoFactoriesThatNeedEachOthersKeysAreDoneAfterMaxWait) {
  Cache cache = open();
  must_end("two nested get_or_set", [&] {
    std::latch both_in(2);
    together(2, [&](int index) {
      const std::string mine = index == 0 ? "left" : "right";
      const std::string other = index == 0 ? "right" : "left";
      const int value = cache.get_or_set(mine,
                                         [&] {
                                           both_in.arrive_and_wait();
                                           return 1 + cache.get_or_set(other, [] { return 10; },
                                                                       {.max_wait = 20ms});
                                         },
                                         {.max_wait = 20ms});
      EXPECT_EQ(value, cache.get<int>(mine));
    });
  });
}

TEST_P(SingleFlightThreads, OnlyOthersKeysAreWaitedFor) {
  Cache cache = open();
  std::latch entered(1);
  std::latch leave(1);
  std::thread slow([&] {
    cache.get_or_set("slow", [&] {
      entered.count_down();
      leave.wait();
      return 1;
    });
  });
  entered.wait();
  must_end("get_or_set of another key", [&] {
    EXPECT_EQ(cache.get_or_set("quick", [] { return 2; }), 2);
    EXPECT_EQ(cache.get_or_set("slow", [] { return 3; }, {.version = 2}), 3);
    cache.set("slow", 4);
    EXPECT_EQ(cache.get_or_set("slow", [] { return 5; }), 4) << "a hit waits for nobody";
  });
  leave.count_down();
  slow.join();
  EXPECT_EQ(cache.get<int>("slow"), 4) << "who stores meanwhile wins";
}

TEST_P(SingleFlightThreads, WhoHasWaitedLongEnoughComputesAndTheFirstStoredIsReturned) {
  Cache cache = open();
  std::latch entered(1);
  std::latch leave(1);
  int slow_value = 0;
  std::thread slow([&] {
    slow_value = cache.get_or_set("key", [&] {
      entered.count_down();
      leave.wait();
      return 1;
    });
  });
  entered.wait();
  must_end("get_or_set with max_wait",
           [&] { EXPECT_EQ(cache.get_or_set("key", [] { return 2; }, {.max_wait = 5ms}), 2); });
  leave.count_down();
  slow.join();
  EXPECT_EQ(slow_value, 2);
  EXPECT_EQ(cache.get<int>("key"), 2);
}

TEST_P(SingleFlightThreads, WithoutPatienceEachComputesAtOnce) {
  Cache cache = open();
  std::latch entered(1);
  std::latch leave(1);
  std::thread slow([&] {
    cache.get_or_set("key", [&] {
      entered.count_down();
      leave.wait();
      return 1;
    });
  });
  entered.wait();
  must_end("get_or_set without patience", [&] {
    for (const auto wait : {0ms, -1ms, std::chrono::milliseconds::min()}) {
      EXPECT_EQ(cache.get_or_set("key", [] { return 2; }, {.timeout = 0s, .max_wait = wait}), 2);
    }
  });
  leave.count_down();
  slow.join();
}

TEST_P(SingleFlightThreads, EndlessPatienceIsTakenAtItsWord) {
  Cache cache = open();
  std::atomic<int> runs{0};
  must_end("get_or_set with endless patience", [&] {
    std::latch all_here(4);
    together(4, [&](int) {
      all_here.count_down();
      cache.get_or_set("key", [&] { return all_here.wait(), ++runs; },
                       {.max_wait = std::chrono::milliseconds::max()});
    });
  });
  EXPECT_EQ(runs, 1);
}

TEST_P(SingleFlightThreads, ErasersAndClearersDisturbNobody) {
  Cache cache = open();
  must_end("get_or_set beside erase and clear", [&] {
    together(6, [&](int index) {
      for (int i = 0; i < 150; ++i) {
        const std::string key = "key-" + std::to_string(i % 5);
        if (index == 0) {
          cache.erase(key);
        } else if (index == 1) {
          if (i % 10 == 0) cache.clear();
        } else {
          EXPECT_EQ(cache.get_or_set(key, [&] { return key + "!"; }), key + "!");
        }
      }
    });
  });
}

}  // namespace
}  // namespace cairn::test
