// max_entries, cull_frequency, cull.
#include "conformance/contract.h"

namespace cairn::test {

CONTRACT(Culling);

/// Which of prefix0, prefix1, ... prefix99 are there.
std::vector<int> present(Cache& cache, const std::string& prefix) {
  std::vector<int> found;
  for (int i = 0; i < 100; ++i) {
    if (cache.contains(prefix + std::to_string(i))) found.push_back(i);
  }
  return found;
}

std::vector<int> range(int from, int to) {
  std::vector<int> numbers;
  for (int i = from; i < to; ++i) numbers.push_back(i);
  return numbers;
}

// C56, S97: 30 entries, and a third goes when they are full.
TEST_P(Culling, FortyNineSetsAtThirtyLeaveTwentyNine) {
  for (int i = 1; i < 50; ++i) {
    cache("cull").set("cull" + std::to_string(i), "value", {.timeout = 1000s});
    if (i == 35) settle();
  }
  settle();
  EXPECT_EQ(present(cache("cull"), "cull").size(), 29U);
  EXPECT_EQ(cache("cull").stats().entries, 29U);
}

// C57, S97: CULL_FREQUENCY 0 empties the cache.
TEST_P(Culling, FortyNineSetsAtThirtyAndZeroLeaveNineteen) {
  for (int i = 1; i < 50; ++i) {
    cache("zero_cull").set("cull" + std::to_string(i), "value", {.timeout = 1000s});
    if (i == 25) settle();
  }
  settle();
  EXPECT_EQ(present(cache("zero_cull"), "cull"), range(31, 50));
}

// C58, S100
TEST_P(Culling, ALimitBelowOneStillKeepsWhatWasStoredLast) {
  for (const int limit : {-1, 0, 1}) {
    Cache& least = open({.max_entries = limit});
    least.set("force_cull_delete", "value", {.timeout = 1000s});
    settle();
    EXPECT_TRUE(least.contains("force_cull_delete")) << limit;
    least.set("another", "value");
    settle();
    EXPECT_FALSE(least.contains("force_cull_delete")) << limit;
    EXPECT_EQ(least.get("another"), "value") << limit;
    least.clear();
  }
}

TEST_P(Culling, ABoundThatIsGivenLaterHoldsFromTheNextWriteOn) {
  for (int i = 0; i < 100; ++i) cache().set("key" + std::to_string(i), i);
  settle();
  Cache& narrow = open({.max_entries = 10});
  narrow.set("key50", -1);  // there already
  settle();
  EXPECT_LE(present(cache(), "key").size(), 10U);
  EXPECT_EQ(cache().get<int>("key50"), -1);
}

// X18, S99: where Django culls.
TEST_P(Culling, OverwritingAtTheLimitCullsNothing) {
  Cache& six = open({.max_entries = 6});
  for (int i = 0; i < 6; ++i) six.set("k" + std::to_string(i), i);
  settle();
  six.set("k5", "again");
  six.set_many({{"k0", "again"}, {"k3", "again"}});
  six.incr("k1");
  EXPECT_TRUE(six.touch("k2"));
  EXPECT_FALSE(six.add("k4", "again"));
  EXPECT_EQ(six.get_or_set("k4", 7), 4);
  six.update<std::string>("k5", [](auto value) { return *value + "!"; });
  settle();
  EXPECT_EQ(present(six, "k"), range(0, 6));
  EXPECT_EQ(six.stats().evicted, 0U);
}

// S102, S33: neither do operations that store nothing.
TEST_P(Culling, OnlyANewKeyCulls) {
  Cache& three = open({.max_entries = 3});
  three.set_many({{"k0", 0}, {"k1", 1}, {"k2", 2}});
  settle();
  EXPECT_FALSE(three.touch("missing"));
  EXPECT_FALSE(three.erase("missing"));
  EXPECT_TRUE(three.add("missing", 1, {.timeout = 0s}));
  three.set("missing", 1, {.timeout = 0s});
  three.incr_many({{"missing", 1}});
  EXPECT_EQ(three.try_incr("missing"), std::nullopt);
  EXPECT_EQ(three.incr_version("k2"), 2);  // as many as before
  settle();
  EXPECT_EQ(present(three, "k"), range(0, 2));
  EXPECT_TRUE(three.contains("k2", {.version = 2}));
}

// X18, S100: Django's two entries at a third each become three.
TEST_P(Culling, TheLimitHoldsAlsoWhereAShareIsLessThanOne) {
  Cache& two = open({.max_entries = 2});
  for (int i = 0; i < 10; ++i) {
    two.set("k" + std::to_string(i), i);
    clock.advance(1ms);
    if (i == 5) settle();
    EXPECT_LE(*two.stats().entries, 2U);
  }
  settle();
  EXPECT_EQ(present(two, "k"), range(8, 10));
}

// X18, S101
TEST_P(Culling, AFrequencyOfOneRemovesAll) {
  Cache& five = open({.max_entries = 5, .cull_frequency = 1});
  for (int i = 0; i < 6; ++i) five.set("k" + std::to_string(i), i);
  settle();
  EXPECT_EQ(present(five, "k"), range(5, 6));
}

// X18, S101
TEST_P(Culling, ANegativeFrequencyIsRefused) {
  const std::string message = message_of(ErrorCode::invalid_option,
                                         [&] { open({.max_entries = 5, .cull_frequency = -1}); });
  EXPECT_THAT(message, HasSubstr("cull_frequency"));
  EXPECT_THAT(message, HasSubstr("-1"));
}

// X19, S98
TEST_P(Culling, ExpiredEntriesGoBeforeLiveOnes) {
  Cache& six = open({.max_entries = 6});
  for (int i = 0; i < 4; ++i) six.set("k" + std::to_string(i), i);
  six.set("short1", 1, {.timeout = 1s});
  six.set("short2", 1, {.timeout = 1s});
  settle();
  clock.advance(1s);
  six.set("k4", 4);
  six.set("k5", 5);
  settle();
  EXPECT_EQ(present(six, "k"), range(0, 6));
  EXPECT_EQ(six.stats().evicted, 0U);
  six.set("k6", 6);
  settle();
  EXPECT_EQ(present(six, "k"), range(2, 7));
}

// S97: every verb that makes a key minds the limit.
TEST_P(Culling, EveryVerbThatStoresKeepsTheLimit) {
  Cache& three = open({.max_entries = 3});
  const auto full = [&] {
    three.clear();
    three.set_many({{"k0", 0}, {"k1", 1}, {"k2", 2}});
    settle();
  };
  const std::pair<const char*, std::function<void()>> verbs[] = {
      {"set", [&] { three.set("k3", 1); }},
      {"add", [&] { three.add("k3", 1); }},
      {"set_many",
       [&] {
         three.set_many({{"k3", 1}});
       }},
      {"get_or_set", [&] { three.get_or_set("k3", 1); }},
      {"incr", [&] { three.incr("k3", 1, {.initial = 0}); }},
      {"update", [&] { three.update<int>("k3", [](auto) { return 1; }); }},
  };
  for (const auto& [name, verb] : verbs) {
    SCOPED_TRACE(name);
    full();
    verb();
    settle();
    EXPECT_EQ(present(three, "k").size(), 3U);
    EXPECT_TRUE(three.contains("k3"));
    EXPECT_EQ(three.stats().entries, 3U);
  }
}

// S97: as if they were set one after another, the last one stays.
TEST_P(Culling, SetManyOfMoreThanFitsKeepsTheLimit) {
  Cache& three = open({.max_entries = 3});
  three.set_many({{"k0", 0}, {"k1", 1}, {"k2", 2}, {"k3", 3}, {"k4", 4}});
  settle();
  const std::vector<int> left = present(three, "k");
  EXPECT_LE(left.size(), 3U);
  EXPECT_THAT(left, testing::Contains(4));
  EXPECT_EQ(three.stats().entries, left.size());
}

// S98: on disk the oldest stored goes; a write makes young, reading does not.
TEST_P(Culling, TheOldestStoredGoesFirst) {
  Cache& nine = open({.max_entries = 9});
  for (int i = 0; i < 9; ++i) {
    nine.set("k" + std::to_string(i), i);
    clock.advance(1ms);
  }
  settle();
  nine.set("k0", 0);
  clock.advance(1ms);
  settle();
  nine.set("k9", 9);
  settle();
  EXPECT_EQ(present(nine, "k"), (std::vector{0, 4, 5, 6, 7, 8, 9}));
}

// S64: an increment leaves the time at which the counter was set, by which a store that is opened
// again goes.
TEST_P(Culling, IncrMakesYoungUntilTheStoreIsOpenedAgain) {
  Cache& nine = open({.max_entries = 9});
  for (int i = 0; i < 9; ++i) {
    nine.set("k" + std::to_string(i), i);
    clock.advance(1ms);
  }
  nine.incr("k0");
  settle();
  nine.set("k9", 9);
  settle();
  const bool reopened = GetParam().state == State::reopened;
  EXPECT_EQ(present(nine, "k"), reopened ? range(3, 10) : (std::vector{0, 4, 5, 6, 7, 8, 9}));
}

// S7, S33, S103
TEST_P(Culling, LookingAndTouchingDoNotMakeYoung) {
  Cache& nine = open({.max_entries = 9});
  for (int i = 0; i < 9; ++i) {
    nine.set("k" + std::to_string(i), i);
    clock.advance(1ms);
  }
  settle();
  for (int i = 0; i < 6; ++i) {
    const std::string key = "k" + std::to_string(i);
    EXPECT_TRUE(nine.contains(key));
    EXPECT_TRUE(nine.ttl(key));
    EXPECT_TRUE(nine.touch(key, {.timeout = never}));
    EXPECT_FALSE(nine.add(key, 1));
  }
  settle();
  nine.set("k9", 9);
  settle();
  EXPECT_EQ(present(nine, "k"), range(3, 10));
}

// S97, S91: where no limit is configured there is none, and nothing is counted.
TEST_P(Culling, WithoutALimitEverythingStays) {
  for (int i = 0; i < 400; ++i) cache().set("k" + std::to_string(i), i);
  settle();
  EXPECT_EQ(present(cache(), "k").size(), 100U);
  EXPECT_EQ(cache().keys("k").size(), 400U);
  EXPECT_EQ(cache().cull(), 0U);
  EXPECT_EQ(cache().stats().entries.has_value(), !on_disk());
}

TEST_P(Culling, CullGivesUpAShareOnDemand) {
  Cache& thirty = cache("cull");
  for (int i = 0; i < 12; ++i) thirty.set("k" + std::to_string(i), i);
  settle();
  EXPECT_EQ(thirty.cull(), 4U);
  settle();
  EXPECT_EQ(present(thirty, "k").size(), 8U);
  EXPECT_EQ(thirty.stats().evicted, 4U);
}

// S97: writers without a limit count too, once somebody has one.
TEST_P(Culling, AliasesWithAndWithoutALimitShareTheCount) {
  cache("cull").set("first", 1);
  for (int i = 0; i < 40; ++i) cache().set("k" + std::to_string(i), i);
  settle();
  cache("cull").set("last", 1);
  settle();
  EXPECT_LE(*cache("cull").stats().entries, 30U);
  EXPECT_TRUE(cache("cull").contains("last"));
}

TEST_P(Culling, CullOfAnEmptyCacheRemovesNothing) {
  EXPECT_EQ(cache("cull").cull(), 0U);
  EXPECT_EQ(cache("zero_cull").cull(), 0U);
  EXPECT_EQ(cache("cull").stats().entries, 0U);
}

// C100, C101, C102, S64, S103: in memory it is the least recently used that goes.
TEST(CullingInMemory, UseMakesYoung) {
  const std::pair<const char*, std::function<void(Cache&, const std::string&)>> uses[] = {
      {"get", [](Cache& cache, const std::string& key) { cache.get<int>(key); }},
      {"get_many", [](Cache& cache, const std::string& key) { cache.get_many<int>({key}); }},
      {"set", [](Cache& cache, const std::string& key) { cache.set(key, 1); }},
      {"incr", [](Cache& cache, const std::string& key) { cache.incr(key); }},
  };
  for (const auto& [name, use] : uses) {
    SCOPED_TRACE(name);
    Cache nine = Cache::open("memory:nine", {.max_entries = 9});
    for (int i = 0; i < 9; ++i) nine.set("k" + std::to_string(i), i);
    for (int i = 0; i < 6; ++i) use(nine, "k" + std::to_string(i));
    nine.set("k9", 9);
    EXPECT_EQ(present(nine, "k"), (std::vector{0, 1, 2, 3, 4, 5, 9}));
  }
}

}  // namespace cairn::test
