// The locks of keys.
#include "store/stripes.h"

#include <gtest/gtest.h>

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

std::vector<SmallMutex*> mutexes(const std::vector<Stripes::Lock>& locks) {
  std::vector<SmallMutex*> held;
  for (const Stripes::Lock& each : locks) held.push_back(each.mutex());
  return held;
}

// More threads than cores, so that some are stopped while they hold it and others go to sleep.
TEST(SmallMutex, AdmitsOneAtATimeAndLeavesNobodyAsleep) {
  SmallMutex mutex;
  int inside = 0;
  int turns = 0;
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20'000; ++i) {
        const std::lock_guard lock(mutex);
        ASSERT_EQ(++inside, 1);
        if (i % 64 == 0) std::this_thread::yield();
        ++turns;
        --inside;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(turns, 8 * 20'000);
}

TEST(SmallMutex, IsAsSmallAsItSays) { EXPECT_EQ(sizeof(SmallMutex), 4u); }

TEST(Stripes, AKeyHasAlwaysTheSameMutex) {
  Stripes stripes;
  SmallMutex* const first = stripes.lock(7, "key").mutex();
  EXPECT_EQ(stripes.lock(7, "key").mutex(), first);
  EXPECT_TRUE(stripes.lock(7, "key").owns_lock());
}

TEST(Stripes, KeysAreSpreadOverManyMutexes) {
  Stripes stripes;
  std::set<SmallMutex*> seen;
  for (const std::string& each : keys(0, 10'000)) seen.insert(stripes.lock(7, each).mutex());
  EXPECT_GE(seen.size(), 9000u);
}

TEST(Stripes, TheSameKeyInAnotherFamilyHasAnotherMutex) {
  Stripes stripes;
  EXPECT_NE(stripes.lock(1, "key").mutex(), stripes.lock(2, "key").mutex());
}

TEST(Stripes, ManyKeysAreLockedInOneOrderWhateverTheirs) {
  Stripes stripes;
  std::vector<std::string> some = keys(0, 200);
  const std::vector<SmallMutex*> forward = mutexes(stripes.lock_all(7, some));
  std::reverse(some.begin(), some.end());
  EXPECT_EQ(mutexes(stripes.lock_all(7, some)), forward);
  EXPECT_TRUE(std::is_sorted(forward.begin(), forward.end()));
}

TEST(Stripes, EachMutexIsLockedOnceHoweverManyKeysShareIt) {
  Stripes stripes;
  const std::vector<Stripes::Lock> locks = stripes.lock_all(7, keys(0, 200'000));
  const std::vector<SmallMutex*> held = mutexes(locks);
  EXPECT_EQ(std::set<SmallMutex*>(held.begin(), held.end()).size(), held.size());
  EXPECT_LE(held.size(), Stripes::count);
  for (const Stripes::Lock& each : locks) EXPECT_TRUE(each.owns_lock());
}

TEST(Stripes, DoubledKeysAreLockedOnce) {
  Stripes stripes;
  EXPECT_EQ(stripes.lock_all(7, std::vector<std::string>{"a", "a", "a"}).size(), 1u);
  EXPECT_TRUE(stripes.lock_all(7, std::vector<std::string>{}).empty());
}

TEST(Stripes, ManyAreTheStripesOfEach) {
  Stripes stripes;
  for (const std::string& each : keys(0, 50)) {
    const std::vector<std::string> one{each};
    SmallMutex* const alone = stripes.lock(7, each).mutex();
    EXPECT_EQ(stripes.lock_all(7, one)[0].mutex(), alone);
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
      const std::vector<Stripes::Lock> locks = stripes.lock_all(7, mine);
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
