// The locks of keys.
#include "store/locks/stripes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <optional>
#include <set>
#include <string>
#include <thread>

namespace cairn::store {
namespace {

std::vector<std::string> keys(int first, int count) {
  std::vector<std::string> made;
  for (int i = first; i < first + count; ++i) made.push_back("key" + std::to_string(i));
  return made;
}

TEST(Stripes, AKeyHasAlwaysTheSame) {
  Stripes stripes;
  const std::size_t first = stripes.lock(7, "key").number();
  EXPECT_EQ(stripes.lock(7, "key").number(), first);
}

TEST(Stripes, KeysAreSpreadOverMany) {
  Stripes stripes;
  std::set<std::size_t> seen;
  for (const std::string& each : keys(0, 10'000)) seen.insert(stripes.lock(7, each).number());
  EXPECT_GE(seen.size(), 9900u);
  EXPECT_LT(*seen.rbegin(), Stripes::count);
}

TEST(Stripes, TheSameKeyInAnotherFamilyHasAnother) {
  Stripes stripes;
  EXPECT_NE(stripes.lock(1, "key").number(), stripes.lock(2, "key").number());
}

TEST(Stripes, ManyAreTakenInOneOrderWhateverTheirs) {
  Stripes stripes;
  std::vector<std::string> some = keys(0, 200);
  const std::vector<std::size_t> forward = stripes.lock_all(7, some).numbers();
  std::reverse(some.begin(), some.end());
  EXPECT_EQ(stripes.lock_all(7, some).numbers(), forward);
  EXPECT_TRUE(std::is_sorted(forward.begin(), forward.end()));
}

// More keys than there are stripes; a stripe that was taken twice would stop for ever.
TEST(Stripes, EachIsTakenOnceHoweverManyKeysShareIt) {
  Stripes stripes;
  const std::size_t many = Stripes::count + 1;
  const Stripes::Locks locks = stripes.lock_all(7, keys(0, static_cast<int>(many)));
  EXPECT_LT(locks.numbers().size(), many);
}

TEST(Stripes, OfADoubledKeyIsTakenOnce) {
  Stripes stripes;
  EXPECT_EQ(stripes.lock_all(7, std::vector<std::string>{"a", "a", "a"}).numbers().size(), 1u);
  EXPECT_TRUE(stripes.lock_all(7, std::vector<std::string>{}).numbers().empty());
}

TEST(Stripes, ManyAreThoseOfEach) {
  Stripes stripes;
  for (const std::string& each : keys(0, 50)) {
    const std::size_t alone = stripes.lock(7, each).number();
    EXPECT_THAT(stripes.lock_all(7, std::vector<std::string>{each}).numbers(),
                testing::ElementsAre(alone));
  }
}

TEST(Stripes, AreHeldUntilTheEnd) {
  Stripes stripes;
  std::atomic<bool> held = true;
  std::optional<Stripes::Locks> locks(std::in_place, stripes, std::vector<std::size_t>{3, 70});
  std::jthread other([&] {
    const Stripes::Lock lock(stripes, 70);
    EXPECT_FALSE(held);
  });
  const Stripes::Lock another(stripes, 71);
  held = false;
  locks.reset();
}

// More threads than cores, so that some are stopped while they hold one and others go to sleep. The
// numbers are of one word, and wait in one queue, or in several.
TEST(Stripes, AdmitOneAtATimeAndLeaveNobodyAsleep) {
  for (const std::size_t step : {std::size_t{1}, std::size_t{64}, std::size_t{65}}) {
    Stripes stripes;
    std::array<int, 3> turns{};
    std::array<int, 3> inside{};
    std::vector<std::jthread> threads;
    for (std::size_t thread = 0; thread < 12; ++thread) {
      threads.emplace_back([&, which = thread % 3] {
        for (int i = 0; i < 10'000; ++i) {
          const Stripes::Lock lock(stripes, 5 + which * step);
          ASSERT_EQ(++inside[which], 1);
          if (i % 16 == 0) std::this_thread::yield();
          ++turns[which];
          --inside[which];
        }
      });
    }
    threads.clear();
    EXPECT_THAT(turns, testing::Each(40'000));
  }
}

// Would stop for ever if two batches could wait for each other.
TEST(Stripes, BatchesThatOverlapDoNotWaitForEachOther) {
  Stripes stripes;
  int turns = 0;  // guarded by the stripe of "shared"
  const auto work = [&](int first) {
    std::vector<std::string> mine = keys(first, 40);
    mine.push_back("shared");
    for (int i = 0; i < 2000; ++i) {
      std::reverse(mine.begin(), mine.end());
      const Stripes::Locks locks = stripes.lock_all(7, mine);
      ++turns;
    }
  };
  std::thread first(work, 0);
  std::thread second(work, 20);
  first.join();
  second.join();
  EXPECT_EQ(turns, 4000);
}

}  // namespace
}  // namespace cairn::store
