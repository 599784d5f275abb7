// One winner, and counters that no number of threads confuses (X17).

#include <algorithm>
#include <atomic>
#include <barrier>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "threads/together.h"

namespace cairn::test {
namespace {

using namespace std::chrono_literals;

class CounterThreads : public ThreadsTest {
 protected:
  // Each thread increments the same counter so many times; gives back all that they were told.
  static std::vector<std::int64_t> count(Cache& cache, int threads, int times,
                                         IncrOptions options = {}) {
    std::vector<std::vector<std::int64_t>> told(static_cast<std::size_t>(threads));
    together(threads, [&](int index) {
      for (int i = 0; i < times; ++i) {
        told[static_cast<std::size_t>(index)].push_back(cache.incr("counter", 1, options));
      }
    });
    std::vector<std::int64_t> all;
    for (const auto& each : told) {
      EXPECT_TRUE(std::is_sorted(each.begin(), each.end())) << "a counter ran backwards";
      all.insert(all.end(), each.begin(), each.end());
    }
    return all;
  }

  static std::size_t distinct(const std::vector<std::int64_t>& values) {
    return std::set<std::int64_t>(values.begin(), values.end()).size();
  }

  // Runs `beside` over and over in another thread while `work` lasts.
  template <class Beside, class Work>
  static void beside(const Beside& beside, const Work& work) {
    std::atomic<bool> over{false};
    std::thread other([&] {
      for (int round = 1; !over.load(); ++round) beside(round);
    });
    work();
    over.store(true);
    other.join();
  }
};

INSTANTIATE_TEST_SUITE_P(Backends, CounterThreads, testing::Values("rocksdb", "memory"),
                         backend_name);

// S22, X17
TEST_P(CounterThreads, OfManyAddsOfOneKeyOneSucceeds) {
  constexpr int rounds = 200;
  Cache cache = open();
  std::vector<std::atomic<int>> winners(rounds);
  std::vector<std::atomic<int>> winner(rounds);
  std::barrier round_begins(8);
  together(8, [&](int index) {
    for (int round = 0; round < rounds; ++round) {
      round_begins.arrive_and_wait();
      if (cache.add("key-" + std::to_string(round), index)) {
        ++winners[static_cast<std::size_t>(round)];
        winner[static_cast<std::size_t>(round)] = index;
      }
    }
  });
  for (std::size_t round = 0; round < rounds; ++round) {
    EXPECT_EQ(winners[round], 1) << round;
    EXPECT_EQ(cache.get<int>("key-" + std::to_string(round)), winner[round].load());
  }
}

TEST_P(CounterThreads, OfManyAddsOverAnExpiredValueOneSucceeds) {
  Cache cache = open();
  for (int round = 0; round < 20; ++round) {
    cache.set("key", "old", {.timeout = 1ms});
    while (cache.contains("key")) std::this_thread::yield();
    std::atomic<int> winners{0};
    together(8, [&](int) { winners += cache.add("key", "new") ? 1 : 0; });
    EXPECT_EQ(winners, 1);
  }
}

TEST_P(CounterThreads, OfManyPopsOneGetsTheValue) {
  constexpr int rounds = 200;
  Cache cache = open();
  std::vector<std::atomic<int>> popped(rounds);
  std::barrier round_begins(8);
  together(8, [&](int index) {
    for (std::size_t round = 0; round < rounds; ++round) {
      if (index == 0) cache.set("key", static_cast<int>(round));
      round_begins.arrive_and_wait();
      if (const auto value = cache.pop<int>("key")) ++popped[static_cast<std::size_t>(*value)];
      round_begins.arrive_and_wait();
    }
  });
  for (const auto& times : popped) EXPECT_EQ(times, 1);
}

TEST_P(CounterThreads, OfManyErasesOneRemovedTheValue) {
  Cache cache = open();
  std::atomic<int> erased{0};
  std::barrier round_begins(8);
  together(8, [&](int index) {
    for (int round = 0; round < 100; ++round) {
      if (index == 0) cache.set("key", round);
      round_begins.arrive_and_wait();
      erased += cache.erase("key") ? 1 : 0;
      round_begins.arrive_and_wait();
    }
  });
  EXPECT_EQ(erased, 100);
}

TEST_P(CounterThreads, OfManyMovesToAnotherVersionOneSucceeds) {
  Cache cache = open();
  for (int round = 0; round < 50; ++round) {
    cache.set("key", round, {.version = 1});
    std::atomic<int> moved{0};
    together(4, [&](int) {
      try {
        EXPECT_EQ(cache.incr_version("key", 1, {.version = 1}), 2);
        ++moved;
      } catch (const KeyNotFound&) {
      }
    });
    EXPECT_EQ(moved, 1);
    EXPECT_EQ(cache.get<int>("key", {.version = 2}), round);
  }
}

TEST_P(CounterThreads, FourTimesFiveHundredIsTwoThousandAndNoValueComesTwice) {
  Cache cache = open();
  cache.set("counter", 0);
  const std::vector<std::int64_t> told = count(cache, 4, 500);
  EXPECT_EQ(distinct(told), 2000u);
  EXPECT_EQ(*std::min_element(told.begin(), told.end()), 1);
  EXPECT_EQ(*std::max_element(told.begin(), told.end()), 2000);
  EXPECT_EQ(cache.get<std::int64_t>("counter"), 2000);
}

TEST_P(CounterThreads, AMissingCounterIsCreatedOnce) {
  Cache cache = open();
  const std::vector<std::int64_t> told = count(cache, 8, 100, {.initial = 1000});
  EXPECT_EQ(distinct(told), 800u);
  EXPECT_EQ(*std::min_element(told.begin(), told.end()), 1001);
  EXPECT_EQ(cache.get<std::int64_t>("counter"), 1800);
}

TEST_P(CounterThreads, TouchBesideIncrLosesNothing) {
  Cache cache = open();
  cache.set("counter", 0);
  std::vector<std::int64_t> told;
  beside([&](int round) { EXPECT_TRUE(cache.touch("counter", {.timeout = 1h * (round % 9 + 1)})); },
         [&] { told = count(cache, 4, 500); });
  EXPECT_EQ(distinct(told), 2000u);
  EXPECT_EQ(cache.get<std::int64_t>("counter"), 2000);
}

TEST_P(CounterThreads, BlindIncrementsBesideIncrAreAllCounted) {
  Cache cache = open();
  cache.set("counter", 0);
  cache.set("other", 0);
  std::int64_t blind = 0;
  std::vector<std::int64_t> told;
  beside(
      [&](int) {
        cache.incr_many({{"counter", 3}, {"other", 1}, {"missing", 1}});
        ++blind;
      },
      [&] { told = count(cache, 4, 500); });
  EXPECT_EQ(distinct(told), 2000u);
  EXPECT_EQ(cache.get<std::int64_t>("counter"), 2000 + 3 * blind);
  EXPECT_EQ(cache.get<std::int64_t>("other"), blind);
  EXPECT_FALSE(cache.contains("missing"));
}

// Each set begins a new million, in which the increments go on.
TEST_P(CounterThreads, SetBesideIncrNeverGivesAValueTwice) {
  Cache cache = open();
  cache.set("counter", 0);
  std::vector<std::int64_t> told;
  beside([&](int round) { cache.set("counter", round * 1'000'000ll); },
         [&] { told = count(cache, 4, 500); });
  EXPECT_EQ(distinct(told), 2000u);
}

// A chain of operands beyond the longest that is read operand by operand, grown while it is read.
TEST_P(CounterThreads, ALongChainOfBlindIncrementsIsReadWhole) {
  Cache cache = open();
  cache.set("counter", 0);
  for (int i = 0; i < 100; ++i) cache.incr_many({{"counter", 1}});
  std::vector<std::int64_t> told;
  std::int64_t blind = 100;
  beside(
      [&](int) {
        for (int i = 0; i < 30; ++i) cache.incr_many({{"counter", 1}});
        blind += 30;
      },
      [&] { told = count(cache, 3, 200); });
  EXPECT_EQ(distinct(told), 600u);
  EXPECT_EQ(cache.get<std::int64_t>("counter"), 600 + blind);
}

TEST_P(CounterThreads, FlushAndCompactionBesideIncrChangeNothing) {
  Cache cache = open();
  cache.set("counter", 0);
  cache.set("blind", 0);
  std::int64_t blind = 0;
  std::vector<std::int64_t> told;
  beside([&](int) { cache.expire(); },
         [&] {
           beside(
               [&](int) {
                 cache.incr_many({{"blind", 1}});
                 ++blind;
               },
               [&] { told = count(cache, 4, 500); });
         });
  EXPECT_EQ(distinct(told), 2000u);
  EXPECT_EQ(cache.get<std::int64_t>("counter"), 2000);
  EXPECT_EQ(cache.get<std::int64_t>("blind"), blind);
}

TEST_P(CounterThreads, UpAndDownMeetInTheMiddle) {
  Cache cache = open();
  cache.set("counter", 7);
  together(4, [&](int index) {
    for (int i = 0; i < 300; ++i) {
      index % 2 == 0 ? cache.incr("counter", 5) : cache.decr("counter", 5);
    }
  });
  EXPECT_EQ(cache.get<std::int64_t>("counter"), 7);
}

TEST_P(CounterThreads, UpdateIsAtomic) {
  Cache cache = open();
  cache.set("counter", 0);
  together(4, [&](int index) {
    for (int i = 0; i < 250; ++i) {
      if (index == 0) {
        cache.incr("counter");
      } else {
        cache.update<std::int64_t>("counter",
                                   [](std::optional<std::int64_t> value) { return *value + 1; });
      }
    }
  });
  EXPECT_EQ(cache.get<std::int64_t>("counter"), 1000);
}

// Sixteen threads share their syncs: each waits for its own write to be on disk, none for a lock.
TEST(PowerLossThreads, OneHotCounterAndManyWritersThatWaitForTheDisk) {
  const TempDirectory directory;
  const StoreOptions store{.durability = Durability::power_loss};
  std::vector<std::vector<std::int64_t>> told(16);
  {
    Cache cache = Cache::open(directory / "store", {}, store);
    cache.set("counter", 0);
    together(16, [&](int index) {
      for (int i = 0; i < 20; ++i) {
        told[static_cast<std::size_t>(index)].push_back(cache.incr("counter"));
      }
      cache.set("own-" + std::to_string(index), index);
    });
    EXPECT_EQ(cache.stats().incrs, 320u);
  }
  std::set<std::int64_t> all;
  for (const auto& each : told) all.insert(each.begin(), each.end());
  EXPECT_EQ(all.size(), 320u);
  EXPECT_EQ(*all.rbegin(), 320);

  Cache cache = Cache::open(directory / "store", {}, store);
  EXPECT_EQ(cache.get<std::int64_t>("counter"), 320);
  for (int i = 0; i < 16; ++i) EXPECT_EQ(cache.get<int>("own-" + std::to_string(i)), i);
}

// A call that asks for more than its store promises, beside calls that do not.
TEST(PowerLossThreads, SomeCallsAskForMoreThanTheStorePromises) {
  for (const Durability level :
       {Durability::clean_close, Durability::process_crash, Durability::interval}) {
    const TempDirectory directory;
    Cache cache = Cache::open(directory / "store", {}, {.durability = level, .sync_interval = 1ms});
    cache.set("counter", 0);
    together(6, [&](int index) {
      for (int i = 0; i < 8; ++i) {
        if (index < 2) cache.incr("counter", 1, {.durability = Durability::power_loss});
        if (index == 2) cache.sync();
        if (index > 2) cache.incr("counter");
      }
    });
    EXPECT_EQ(cache.get<std::int64_t>("counter"), 40);
  }
}

}  // namespace
}  // namespace cairn::test
