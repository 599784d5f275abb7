// erase (Django: delete), pop.
#include "conformance/contract.h"

namespace cairn::test {

CONTRACT(Erase);

// C30, S42
TEST_P(Erase, RemovesThatKeyOnly) {
  cache().set_many({{"key1", "spam"}, {"key2", "eggs"}});
  settle();
  EXPECT_TRUE(cache().erase("key1"));
  settle();
  EXPECT_EQ(cache().get("key1"), std::nullopt);
  EXPECT_EQ(cache().get("key2"), "eggs");
  EXPECT_FALSE(cache().erase("key1"));
}

// C31
TEST_P(Erase, AMissingKeyIsFalse) { EXPECT_FALSE(cache().erase("nonexistent")); }

// X6, S42
TEST_P(Erase, AnExpiredValueIsFalse) {
  cache().set("key", "value", {.timeout = 1s});
  settle();
  clock.advance(1s);
  EXPECT_FALSE(cache().erase("key"));
}

// S42: a value that is set again after an erase is not touched by it, also once compacted.
TEST_P(Erase, MakesRoomForANewValue) {
  cache().set("key", "first");
  settle();
  cache().erase("key");
  cache().set("key", "second");
  settle();
  EXPECT_EQ(cache().get("key"), "second");
}

// S42: neither do increments of the erased counter come back.
TEST_P(Erase, ACounterIsGoneWithItsIncrements) {
  cache().set("counter", 1);
  cache().incr("counter", 5);
  settle();
  cache().incr("counter", 5);
  EXPECT_TRUE(cache().erase("counter"));
  settle();
  EXPECT_FALSE(cache().contains("counter"));
  cache().set("counter", 100);
  settle();
  EXPECT_EQ(cache().incr("counter"), 101);
}

TEST_P(Erase, PopGivesTheValueOnce) {
  cache().set("key", "value");
  settle();
  EXPECT_EQ(cache().pop("key"), "value");
  settle();
  EXPECT_EQ(cache().pop("key"), std::nullopt);
  EXPECT_FALSE(cache().contains("key"));
}

TEST_P(Erase, PopOfAnExpiredValueIsEmpty) {
  cache().set("key", "value", {.timeout = 1s});
  settle();
  clock.advance(1s);
  EXPECT_EQ(cache().pop("key"), std::nullopt);
}

TEST_P(Erase, PopTakesACounterWithItsIncrements) {
  cache().set("counter", 40);
  settle();
  cache().incr("counter", 2);
  EXPECT_EQ(cache().pop<int>("counter"), 42);
  settle();
  EXPECT_FALSE(cache().contains("counter"));
}

TEST_P(Erase, AValueThatPopCannotDecodeStays) {
  cache().set("key", "text");
  settle();
  EXPECT_THROW(cache().pop<int>("key"), WrongType);
  EXPECT_EQ(cache().get("key"), "text");
}

}  // namespace cairn::test
