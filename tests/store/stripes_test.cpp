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

std::vector<std::mutex*> mutexes(const std::vector<Stripes::Lock>& locks) {
  std::vector<std::mutex*> held;
  for (const Stripes::Lock& each : locks) held.push_back(each.mutex());
  return held;
}

TEST(Stripes, AKeyHasAlwaysTheSameMutex) {
  Stripes stripes;
  std::mutex* const first = stripes.lock(7, "key").mutex();
  EXPECT_EQ(stripes.lock(7, "key").mutex(), first);
  EXPECT_TRUE(stripes.lock(7, "key").owns_lock());
}

TEST(Stripes, KeysAreSpreadOverManyMutexes) {
  Stripes stripes;
  std::set<std::mutex*> seen;
  for (const std::string& each : keys(0, 10'000)) seen.insert(stripes.lock(7, each).mutex());
  EXPECT_GE(seen.size(), 1000u);
}

TEST(Stripes, TheSameKeyInAnotherFamilyHasAnotherMutex) {
  Stripes stripes;
  EXPECT_NE(stripes.lock(1, "key").mutex(), stripes.lock(2, "key").mutex());
}

TEST(Stripes, ManyKeysAreLockedInOneOrderWhateverTheirs) {
  Stripes stripes;
  std::vector<std::string> some = keys(0, 200);
  const std::vector<std::mutex*> forward = mutexes(stripes.lock_all(7, some));
  std::reverse(some.begin(), some.end());
  EXPECT_EQ(mutexes(stripes.lock_all(7, some)), forward);
  EXPECT_TRUE(std::is_sorted(forward.begin(), forward.end()));
}

TEST(Stripes, EachMutexIsLockedOnceHoweverManyKeysShareIt) {
  Stripes stripes;
  const std::vector<Stripes::Lock> locks = stripes.lock_all(7, keys(0, 5000));
  const std::vector<std::mutex*> held = mutexes(locks);
  EXPECT_EQ(std::set<std::mutex*>(held.begin(), held.end()).size(), held.size());
  EXPECT_LE(held.size(), 1024u);
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
    std::mutex* const alone = stripes.lock(7, each).mutex();
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
