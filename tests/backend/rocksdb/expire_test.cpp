// expire() removes every expired record for good, wherever in the engine it lies.
#include <gtest/gtest.h>

#include <cairn/cache.h>
#include "support/fake_clock.h"
#include "support/temp_directory.h"

namespace cairn {
namespace {

using namespace std::chrono_literals;

class ExpireTest : public testing::Test {
 protected:
  test::TempDirectory directory_;
  test::FakeClock clock_;
  Cache cache_ =
      Cache::open(directory_ / "store", {}, {.reclaim_interval = 0ms, .clock = clock_.source()});
};

TEST_F(ExpireTest, RemovesWhatIsStillInMemory) {
  cache_.set("k", "value", {.timeout = 10s});
  clock_.advance(10s);
  EXPECT_EQ(cache_.expire(), 1u);
  EXPECT_EQ(cache_.stats().estimated_keys, 0u);
}

TEST_F(ExpireTest, RemovesWhatIsInFiles) {
  cache_.set("k", "value", {.timeout = 10s});
  EXPECT_EQ(cache_.expire(), 0u);
  clock_.advance(10s);
  EXPECT_EQ(cache_.expire(), 1u);
  EXPECT_EQ(cache_.stats().estimated_keys, 0u);
}

TEST_F(ExpireTest, LeavesWhatHasNotExpired) {
  cache_.set("stays", "value", {.timeout = 11s});
  cache_.set("goes", "value", {.timeout = 10s});
  clock_.advance(10s);
  EXPECT_EQ(cache_.expire(), 1u);
  EXPECT_EQ(cache_.get("stays"), "value");
}

// The filter is shown neither the base below merge operands nor what they are folded to; one
// compaction is not enough then.
TEST_F(ExpireTest, RemovesACounterWithOperandsAboveItsBase) {
  cache_.set("hits", 1, {.timeout = 10s});
  EXPECT_EQ(cache_.expire(), 0u);
  EXPECT_EQ(cache_.incr("hits"), 2);
  clock_.advance(10s);
  EXPECT_EQ(cache_.expire(), 1u);
  EXPECT_EQ(cache_.expire(), 0u) << "nothing was left over";
}

TEST_F(ExpireTest, RemovesTheVoidThatABlindIncrementOfNothingLeaves) {
  cache_.set("other", "value");
  EXPECT_EQ(cache_.expire(), 0u);
  cache_.incr_many({{"nothing", 1}});
  cache_.expire();
  EXPECT_EQ(cache_.stats().estimated_keys, 1u);
}

}  // namespace
}  // namespace cairn
