// touch, expire_at.
#include "conformance/contract.h"

namespace cairn::test {

CONTRACT(Touch);

// C42, C123, S28
TEST_P(Touch, GivesALiveValueANewExpiry) {
  cache().set("expire1", "very quickly", {.timeout = 1s});
  settle();
  EXPECT_TRUE(cache().touch("expire1", {.timeout = 4s}));
  settle();
  clock.advance(2s);
  EXPECT_TRUE(cache().contains("expire1"));
  EXPECT_EQ(cache().get("expire1"), "very quickly");
  clock.advance(2s);
  EXPECT_FALSE(cache().contains("expire1"));
}

// C42, S29
TEST_P(Touch, WithoutATimeoutTakesTheDefault) {
  cache().set("longer", 1, {.timeout = 1s});
  cache().set("shorter", 1, {.timeout = never});
  settle();
  EXPECT_TRUE(cache().touch("longer"));
  EXPECT_TRUE(cache().touch("shorter"));
  settle();
  EXPECT_EQ(cache().ttl("longer"), Timeout(300s));
  EXPECT_EQ(cache().ttl("shorter"), Timeout(300s));
}

// C42
TEST_P(Touch, AMissingKeyIsFalse) {
  EXPECT_FALSE(cache().touch("nonexistent"));
  EXPECT_FALSE(cache().contains("nonexistent"));
}

// C124, X5, S32
TEST_P(Touch, AnExpiredValueIsFalseAndStaysDead) {
  cache().set("key", "value", {.timeout = 10s});
  settle();
  clock.advance(10s);
  EXPECT_FALSE(cache().touch("key", {.timeout = never}));
  EXPECT_FALSE(cache().touch("key"));
  EXPECT_FALSE(cache().touch("key", {.timeout = 0s}));
  settle();
  EXPECT_EQ(cache().get("key"), std::nullopt);
}

// C53, X5, S30: the answer says whether there is a value, not whether anything changed.
TEST_P(Touch, NeverTwiceIsTrueTwice) {
  cache().set("key", "value");
  settle();
  EXPECT_TRUE(cache().touch("key", {.timeout = never}));
  settle();
  EXPECT_TRUE(cache().touch("key", {.timeout = never}));
  EXPECT_EQ(cache().ttl("key"), never);
  clock.advance(24h * 3650);
  EXPECT_EQ(cache().get("key"), "value");
}

// C54, X7, S31
TEST_P(Touch, WithoutTimeIsTrueAndTheValueIsGone) {
  for (const Timeout timeout : {Timeout(0s), Timeout(-1s)}) {
    cache().set("key", "value");
    settle();
    EXPECT_TRUE(cache().touch("key", {.timeout = timeout}));
    settle();
    EXPECT_EQ(cache().get("key"), std::nullopt);
    EXPECT_FALSE(cache().touch("key", {.timeout = timeout}));
  }
}

// S28: any kind of value, also a counter with increments that are not folded yet.
TEST_P(Touch, LeavesTheValueAlone) {
  cache().set("counter", 1, {.timeout = 10s});
  settle();
  cache().incr("counter", 41);
  EXPECT_TRUE(cache().touch("counter", {.timeout = 20s}));
  settle();
  clock.advance(15s);
  EXPECT_EQ(cache().get<int>("counter"), 42);
  EXPECT_EQ(cache().incr("counter"), 43);
  clock.advance(5s);
  EXPECT_EQ(cache().get<int>("counter"), std::nullopt);
}

TEST_P(Touch, ExpireAtNamesAMomentOfTheWallClock) {
  cache().set("key", "value");
  settle();
  EXPECT_TRUE(cache().expire_at("key", clock.time_point() + 42s));
  settle();
  EXPECT_EQ(cache().ttl("key"), Timeout(42s));
  clock.advance(42s);
  EXPECT_EQ(cache().get("key"), std::nullopt);
  EXPECT_FALSE(cache().expire_at("key", clock.time_point() + 42s));
}

TEST_P(Touch, ExpireAtAMomentThatHasPassedRemoves) {
  cache().set("past", "value");
  cache().set("now", "value");
  settle();
  EXPECT_TRUE(cache().expire_at("past", clock.time_point() - 1h));
  EXPECT_TRUE(cache().expire_at("now", clock.time_point()));
  settle();
  EXPECT_FALSE(cache().contains("past"));
  EXPECT_FALSE(cache().contains("now"));
}

}  // namespace cairn::test
