// max_entries is exact, however many threads store.

#include <atomic>
#include <map>
#include <string>
#include <thread>

#include "threads/together.h"

namespace cairn::test {
namespace {

using BoundsThreads = ThreadsTest;
INSTANTIATE_TEST_SUITE_P(Backends, BoundsThreads, testing::Values("rocksdb", "memory"),
                         backend_name);

TEST_P(BoundsThreads, TheLimitHoldsAtEveryMoment) {
  constexpr std::size_t limit = 50;
  for (const std::int64_t frequency : {0, 1, 3}) {
    const CacheOptions options{.max_entries = limit,
                               .cull_frequency = frequency,
                               .column_family = "f" + std::to_string(frequency)};
    Cache cache = open(options);
    cache.set("first", 1);
    std::atomic<int> working{4};
    must_end("writers of a bounded cache", [&] {
      together(6, [&](int index) {
        if (index >= 4) {
          while (working > 0) {
            const std::size_t listed = cache.keys().size();
            ASSERT_LE(listed, limit);
            ASSERT_LE(*cache.stats().entries, limit);
          }
          return;
        }
        const std::string mine = "key-" + std::to_string(index) + "-";
        for (int i = 0; i < 120; ++i) {
          const std::string key = mine + std::to_string(i);
          switch (i % 8) {
            case 0:
              cache.set(key, i);
              break;
            case 1:
              cache.add(key, i);
              break;
            case 2:
              cache.incr(key, 1, {.initial = 0});
              break;
            case 3:
              cache.get_or_set(key, i);
              break;
            case 4:
              cache.set_many({{key, i}, {key + "b", i}, {mine + "0", i}});
              break;
            case 5:
              cache.update<int>(key, [&](auto) { return i; });
              break;
            case 6:
              cache.erase(mine + std::to_string(i - 1));
              break;
            default:
              cache.set("shared", i);
              cache.touch(mine + std::to_string(i - 3));
          }
        }
        --working;
      });
    });
    EXPECT_EQ(cache.stats().entries, cache.keys().size());
    EXPECT_GT(cache.stats().evicted, 0u);
    cache.set("last", 1);
    EXPECT_EQ(cache.get<int>("last"), 1) << "what was stored last can be read";
    EXPECT_LE(*cache.stats().entries, limit);
  }
}

TEST_P(BoundsThreads, WithoutSurplusNothingIsEvicted) {
  Cache cache = open({.max_entries = 400});
  together(4, [&](int index) {
    for (int i = 0; i < 100; ++i) {
      cache.set("key-" + std::to_string(index) + "-" + std::to_string(i), i);
      cache.set("key-" + std::to_string(index) + "-0", i);
    }
  });
  EXPECT_EQ(cache.stats().entries, 400u);
  EXPECT_EQ(cache.keys().size(), 400u);
  EXPECT_EQ(cache.stats().evicted, 0u);
}

TEST_P(BoundsThreads, ClearAndCloseDoNotConfuseTheCount) {
  Cache cache = open({.max_entries = 40});
  cache.set("first", 1);
  const Cache keeper = on_disk() ? Cache::open("memory:nothing") : open({.max_entries = 40});
  std::atomic<int> working{3};
  must_end("clear and close of a bounded cache", [&] {
    together(5, [&](int index) {
      if (index == 3) {
        while (working > 0) {
          ASSERT_LE(cache.stats().entries.value_or(0), 40u);  // just opened, nobody may know it
          ASSERT_LE(cache.keys().size(), 40u);
        }
        return;
      }
      if (index == 4) {
        for (int i = 0; i < 8; ++i) i % 2 == 0 ? cache.clear() : cache.close();
        return;
      }
      for (int i = 0; i < 150; ++i) {
        cache.set("key-" + std::to_string(index) + "-" + std::to_string(i), i);
      }
      --working;
    });
  });
  EXPECT_EQ(cache.stats().entries, cache.keys().size());
}

TEST_P(BoundsThreads, TheCountIsKnownBeforeAnythingIsWritten) {
  EXPECT_EQ(open({.max_entries = 40}).stats().entries, 0u);
}

// A cache that begins to count finds others at work that did not.
TEST_P(BoundsThreads, CountingBeginsInTheMiddleOfWork) {
  Cache unbounded = open();
  std::atomic<int> working{3};
  must_end("a limit that comes later", [&] {
    together(4, [&](int index) {
      if (index == 3) {
        Cache bounded = open({.max_entries = 1000});
        while (working > 0) bounded.set("bounded", 1);
        EXPECT_EQ(bounded.stats().entries, bounded.keys().size());
        return;
      }
      for (int i = 0; i < 200; ++i) {
        const std::string key = "key-" + std::to_string(index) + "-" + std::to_string(i);
        unbounded.set(key, i);
        if (i % 3 == 0) unbounded.erase(key);
      }
      --working;
    });
  });
}

}  // namespace
}  // namespace cairn::test
