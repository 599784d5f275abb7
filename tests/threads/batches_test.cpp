// Batches that overlap, and clear() in the middle of everything.

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "threads/together.h"

namespace cairn::test {
namespace {

using namespace std::chrono_literals;

class BatchThreads : public ThreadsTest {
 protected:
  static std::vector<std::string> names(int count) {
    std::vector<std::string> keys;
    for (int i = 0; i < count; ++i) keys.push_back("key-" + std::to_string(i));
    return keys;
  }
};

INSTANTIATE_TEST_SUITE_P(Backends, BatchThreads, testing::Values("rocksdb", "memory"),
                         backend_name);

TEST_P(BatchThreads, OverlappingBatchesInAllOrdersDoNotDeadlock) {
  Cache cache = open();
  const std::vector<std::string> keys = names(40);
  must_end("overlapping batches", [&] {
    together(8, [&](int index) {
      std::vector<std::string> mine = keys;
      std::rotate(mine.begin(), mine.begin() + 5 * index, mine.end());
      if (index % 2 == 0) std::reverse(mine.begin(), mine.end());
      for (int i = 0; i < 100; ++i) {
        std::map<std::string, int> values;
        std::vector<std::pair<std::string, std::int64_t>> deltas;
        for (std::size_t at = 0; at < 20; ++at) {
          values[mine[at]] = i;
          deltas.emplace_back(mine[at], 1);
        }
        switch ((index + i) % 4) {
          case 0:
            cache.set_many(values);
            break;
          case 1:
            cache.erase_many(mine);
            break;
          case 2:
            cache.incr_many(deltas);
            break;
          default:
            cache.set(mine[0], i);
            cache.touch(mine[1]);
            cache.add(mine[2], i);
        }
      }
    });
  });
  EXPECT_TRUE(cache.set_many({{"key-0", 1}, {"key-1", 2}}).empty());
}

TEST_P(BatchThreads, MovesBetweenVersionsInBothDirectionsDoNotDeadlock) {
  Cache cache = open();
  must_end("moves in both directions", [&] {
    together(4, [&](int index) {
      for (int i = 0; i < 200; ++i) {
        try {
          const std::int64_t from = index % 2 == 0 ? 1 : 2;
          cache.set("key", index, {.version = from});
          index % 2 == 0 ? cache.incr_version("key", 1, {.version = 1})
                         : cache.decr_version("key", 1, {.version = 2});
        } catch (const KeyNotFound&) {
        }
      }
    });
  });
}

// One moment's picture: all of a batch or nothing of it.
TEST_P(BatchThreads, AReaderSeesAllOfABatchOrNothing) {
  Cache cache = open();
  const std::vector<std::string> keys = names(50);
  std::atomic<bool> over{false};
  together(4, [&](int index) {
    if (index < 2) {
      for (int i = 0; i < 150; ++i) {
        if (i % 10 == 9) {
          cache.erase_many(keys);
          continue;
        }
        std::map<std::string, int> values;
        for (const std::string& key : keys) values[key] = 1000 * index + i;
        cache.set_many(values);
      }
      over = true;
    } else {
      while (!over) {
        const auto found = cache.get_many<int>(keys);
        ASSERT_TRUE(found.empty() || found.size() == keys.size()) << found.size();
        for (const auto& [key, value] : found) ASSERT_EQ(value, found.begin()->second);
      }
    }
  });
}

TEST_P(BatchThreads, ABatchOfThousandsOfKeysTakesEveryLockOnce) {
  Cache cache = open();
  std::map<std::string, int> values;
  for (const std::string& key : names(3000)) values[key] = 1;
  must_end("batches larger than the number of locks", [&] {
    together(3, [&](int) {
      for (int i = 0; i < 3; ++i) cache.set_many(values);
    });
  });
  EXPECT_EQ(cache.erase_many(names(3000)), 3000u);
}

// What was acknowledged before clear() began is not seen after it has returned.
TEST_P(BatchThreads, ClearLeavesNothingOfWhatWasThereBefore) {
  constexpr int writers = 3;
  constexpr int clears = 50;
  Cache cache = open();
  std::array<std::atomic<std::int64_t>, writers> written{};  // the last acknowledged
  std::array<std::atomic<std::int64_t>, writers> cleared{};  // up to here nothing may be seen
  std::atomic<bool> over{false};
  const auto key = [](int writer) { return "key-" + std::to_string(writer); };
  must_end("clear under load", [&] {
    together(writers + 3, [&](int index) {
      if (index < writers) {
        const auto mine = static_cast<std::size_t>(index);
        for (std::int64_t i = 1; !over; ++i) {
          switch (i % 4) {
            case 0:
              cache.set(key(index), i);
              break;
            case 1:
              cache.set_many({{key(index), i}, {"other-" + key(index), i}});
              break;
            case 2:
              cache.update<std::int64_t>(key(index), [&](auto) { return i; });
              break;
            default:
              cache.erase(key(index));
              cache.add(key(index), i);
          }
          cache.touch(key(index));
          written[mine] = i;
        }
      } else if (index < writers + 2) {
        while (!over) {
          for (int writer = 0; writer < writers; ++writer) {
            const std::int64_t floor = cleared[static_cast<std::size_t>(writer)];
            const auto seen = cache.get<std::int64_t>(key(writer));
            ASSERT_TRUE(!seen || *seen > floor) << *seen << " was cleared with " << floor;
          }
          cache.keys();
        }
      } else {
        for (int i = 0; i < clears; ++i) {
          std::array<std::int64_t, writers> before{};
          std::copy(written.begin(), written.end(), before.begin());
          cache.clear();
          std::copy(before.begin(), before.end(), cleared.begin());
          std::this_thread::yield();
        }
        over = true;
      }
    });
  });
  cache.set("after", "all");
  EXPECT_EQ(cache.get("after"), "all");
  cache.close();
  EXPECT_EQ(cache.get("after").has_value(), true);
}

TEST_P(BatchThreads, CountersBeginAnewAfterClear) {
  Cache cache = open();
  must_end("incr beside clear", [&] {
    std::atomic<bool> over{false};
    together(4, [&](int index) {
      if (index == 0) {
        for (int i = 0; i < 15; ++i) cache.clear();
        over = true;
        return;
      }
      while (!over) {
        ASSERT_GT(cache.incr("counter", 1, {.initial = 0}), 0);
        cache.incr_many({{"counter", 1}});
      }
    });
  });
  cache.clear();
  EXPECT_EQ(cache.incr("counter", 1, {.initial = 0}), 1);
}

TEST_P(BatchThreads, TwoClearsAtOnceAreTwoClears) {
  Cache cache = open();
  must_end("clear from several threads", [&] {
    together(4, [&](int index) {
      for (int i = 0; i < 6; ++i) {
        cache.set("key", index);
        cache.clear();
      }
    });
  });
  EXPECT_TRUE(cache.keys().empty());
  cache.set("key", 1);
  EXPECT_EQ(cache.keys().size(), 1u);
}

// More threads than the gate has slots, which never all rest at once.
TEST_P(BatchThreads, ManyReadersCannotKeepClearOut) {
  Cache cache = open();
  cache.set("key", "value");
  std::atomic<bool> over{false};
  must_end("clear beside many readers", [&] {
    together(49, [&](int index) {
      if (index > 0) {
        while (!over) cache.get("key");
        return;
      }
      const auto begin = std::chrono::steady_clock::now();
      for (int i = 0; i < 3; ++i) cache.clear();
      EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
      over = true;
    });
  });
}

}  // namespace
}  // namespace cairn::test
