// What Django does not have: ttl, update, keys, erase_prefix, stats, sync, checkpoint, expire.
// The others stand with their kin: pop in erase.cpp, expire_at in touch.cpp, try_incr in incr.cpp.
#include "conformance/contract.h"

namespace cairn::test {

CONTRACT(Extensions);

TEST_P(Extensions, TtlTellsMissingNeverAndTheTimeLeft) {
  cache().set("forever", 1, {.timeout = never});
  cache().set("minute", 1, {.timeout = 60s});
  settle();
  clock.advance(59'999ms);
  EXPECT_EQ(cache().ttl("missing"), std::nullopt);
  EXPECT_EQ(cache().ttl("forever"), never);
  EXPECT_EQ(cache().ttl("minute"), Timeout(1ms));
  clock.advance(1ms);
  EXPECT_EQ(cache().ttl("minute"), std::nullopt);
}

TEST_P(Extensions, UpdateChangesAValueAndKeepsItsExpiry) {
  cache().set("list", "a", {.timeout = 60s});
  settle();
  clock.advance(10s);
  const auto append = [](const std::optional<std::string>& value) {
    return value.value_or("") + "b";
  };
  EXPECT_EQ(cache().update<std::string>("list", append), "ab");
  settle();
  EXPECT_EQ(cache().get("list"), "ab");
  EXPECT_EQ(cache().ttl("list"), Timeout(50s));
  EXPECT_EQ(cache().update<std::string>("list", append, {.timeout = never}), "abb");
  settle();
  EXPECT_EQ(cache().ttl("list"), never);
}

TEST_P(Extensions, UpdateOfAMissingKeyMakesItWithTheDefaultTimeout) {
  const auto next = [](std::optional<int> value) { return value ? *value + 1 : 1; };
  EXPECT_EQ(cache().update<int>("new", next), 1);
  settle();
  EXPECT_EQ(cache().ttl("new"), Timeout(300s));
  clock.advance(300s);
  EXPECT_EQ(cache().update<int>("new", next), 1);  // an expired value is not shown
}

// A slow function once gave values that were born expired: the expiry counts from its end.
TEST_P(Extensions, AnUpdateThatTakesLongGivesTheWholeTimeout) {
  cache().update<int>("key",
                      [&](std::optional<int>) {
                        clock.advance(10s);
                        return std::optional(1);
                      },
                      {.timeout = 5s});
  EXPECT_EQ(cache().get<int>("key"), 1);
  EXPECT_EQ(cache().ttl("key"), Timeout(5s));
}

TEST_P(Extensions, AValueThatExpiresDuringItsUpdateIsStoredAnew) {
  cache().set("key", 1, {.timeout = 5s});
  const auto slow = [&](std::optional<int> value) {
    clock.advance(10s);
    return std::optional(value.value_or(0) + 1);
  };
  EXPECT_EQ(cache().update<int>("key", slow), 2);
  EXPECT_EQ(cache().get<int>("key"), 2);
  EXPECT_EQ(cache().ttl("key"), Timeout(300s));
}

// It would wait for another thread's factory, which may be waiting for this key's lock.
TEST_P(Extensions, GetOrSetInsideUpdateIsRefusedOnAMiss) {
  cache().set("there", 1);
  cache().update<int>("key", [&](std::optional<int>) {
    EXPECT_EQ(cache().get_or_set("there", 2), 1);
    EXPECT_THROW(cache().get_or_set("missing", 2), Error);
    return std::optional(1);
  });
  EXPECT_EQ(cache().get<int>("key"), 1);
  EXPECT_FALSE(cache().contains("missing"));
}

TEST_P(Extensions, UpdateToNothingRemoves) {
  cache().set("key", 1);
  settle();
  const auto nothing = [](std::optional<int>) -> std::optional<int> { return std::nullopt; };
  EXPECT_EQ(cache().update<int>("key", nothing), std::nullopt);
  EXPECT_EQ(cache().update<int>("missing", nothing), std::nullopt);
  settle();
  EXPECT_FALSE(cache().contains("key"));
}

// X7: act, but do not keep.
TEST_P(Extensions, UpdateWithoutTimeRemoves) {
  cache().set("key", 1);
  settle();
  const auto next = [](std::optional<int> value) { return value.value_or(0) + 1; };
  cache().update<int>("key", next, {.timeout = 0s});
  cache().update<int>("missing", next, {.timeout = -1s});
  settle();
  EXPECT_FALSE(cache().contains("key"));
  EXPECT_FALSE(cache().contains("missing"));
}

TEST_P(Extensions, AnUpdateThatThrowsChangesNothing) {
  cache().set("key", 1, {.timeout = 60s});
  settle();
  const auto broken = [](std::optional<int>) -> int { throw std::logic_error("broken"); };
  EXPECT_THROW(cache().update<int>("key", broken), std::logic_error);
  EXPECT_EQ(cache().get<int>("key"), 1);
  EXPECT_EQ(cache().ttl("key"), Timeout(60s));
  cache().set("key", 2);  // the lock is free again
  EXPECT_EQ(cache().get<int>("key"), 2);
}

TEST_P(Extensions, UpdateMayReadAndMustNotWrite) {
  cache().set("other", 41);
  cache().set("key", 1);
  settle();
  const auto reading = [&](std::optional<int>) { return *cache().get<int>("other") + 1; };
  EXPECT_EQ(cache().update<int>("key", reading), 42);
  const auto writing = [&](std::optional<int>) {
    cache("v2").set("key", 7);
    return 0;
  };
  cache("v2");
  message_of(ErrorCode::would_deadlock, [&] { cache().update<int>("key", writing); });
  settle();
  EXPECT_EQ(cache().get<int>("key"), 42);
  EXPECT_FALSE(cache("v2").contains("key"));
}

// Reading is reading, also through a handle that nobody has used yet.
TEST_P(Extensions, UpdateMayReadThroughAHandleThatIsNotOpen) {
  cache().set("other", 41, {.version = 2});
  cache().set("key", 1);
  settle();
  const auto reading = [&](std::optional<int>) { return *cache("v2").get<int>("other") + 1; };
  EXPECT_EQ(cache().update<int>("key", reading), 42);
}

// S26
TEST_P(Extensions, AnUpdateToAValueThatIsTooLargeThrowsAndChangesNothing) {
  Cache& small = open({.max_value_size = 10});
  small.set("key", "old");
  settle();
  message_of(ErrorCode::value_too_large,
             [&] { small.update<std::string>("key", [](auto) { return std::string(11, 'x'); }); });
  EXPECT_EQ(small.get("key"), "old");
}

// S8
TEST_P(Extensions, KeysAreTheCallersInByteOrderAndLive) {
  cache().set_many({{"user:2", 1}, {"user:10", 1}, {"user:1", 1}, {"page:1", 1}, {"", 1}});
  cache().set("user:expired", 1, {.timeout = 1s});
  cache().set("user:erased", 1);
  cache("prefix").set("user:prefix", 1);
  cache("v2").set("user:v2", 1);
  settle();
  clock.advance(1s);
  cache().erase("user:erased");
  EXPECT_THAT(cache().keys(), ElementsAre("", "page:1", "user:1", "user:10", "user:2"));
  EXPECT_THAT(cache().keys("user:"), ElementsAre("user:1", "user:10", "user:2"));
  EXPECT_THAT(cache().keys("user:1"), ElementsAre("user:1", "user:10"));
  EXPECT_THAT(cache().keys("nobody"), IsEmpty());
  EXPECT_THAT(cache().keys("", {.version = 2}), ElementsAre("user:v2"));
  EXPECT_THAT(cache("prefix").keys(), ElementsAre("user:prefix"));
}

TEST_P(Extensions, KeysListsMoreThanItReadsAtOnce) {
  std::vector<std::pair<std::string, int>> many;
  for (int i = 0; i < 6000; ++i) many.emplace_back("k" + std::to_string(100'000 + i), i);
  cache().set_many(many);
  cache().set_many(std::vector(many.begin(), many.begin() + 5000), {.timeout = 0s});
  settle();
  const std::vector<std::string> found = cache().keys("k");
  ASSERT_EQ(found.size(), 1000U);
  EXPECT_EQ(found.front(), "k105000");
  EXPECT_EQ(found.back(), "k105999");
}

TEST_P(Extensions, ForEachKeyStopsWhenToldAndMayUseTheCache) {
  cache().set_many({{"a", 1}, {"b", 1}, {"c", 1}});
  settle();
  std::vector<std::string> seen;
  cache().for_each_key("", [&](std::string_view key) {
    seen.emplace_back(key);
    cache().erase(key);
    return key != "b";
  });
  EXPECT_THAT(seen, ElementsAre("a", "b"));
  EXPECT_THAT(cache().keys(), ElementsAre("c"));
}

TEST_P(Extensions, KeysWithBytesOfAllOnesAreListed) {
  const std::string prefix = "\xff\xff";
  cache().set_many({{prefix + "a", 1}, {prefix, 1}, {"\xff", 1}});
  settle();
  EXPECT_THAT(cache().keys(prefix), ElementsAre(prefix, prefix + "a"));
}

// S74: what no head is known of cannot be listed; where it is, it can.
TEST_P(Extensions, KeysNeedsAKeyFunctionWithAHead) {
  cache("custom_key").set("key", 1);
  EXPECT_THAT([&] { cache("custom_key").keys(); },
              ThrowsMessage<InvalidOption>(HasSubstr("key_function")));
  EXPECT_THROW(cache("custom_key").erase_prefix("k"), InvalidOption);
  const auto make = [](auto key, auto, auto) { return "mine/" + std::string(key); };
  Cache& listed = open({.key_function = {make, [](auto, auto) { return "mine/"; }}});
  Cache& safe = open({.key_prefix = "p", .key_function = "unambiguous"});
  listed.set("a", 1);
  safe.set("b", 1);
  settle();
  EXPECT_THAT(listed.keys(), ElementsAre("a"));
  EXPECT_THAT(safe.keys(), ElementsAre("b"));
}

TEST_P(Extensions, ErasePrefixRemovesThoseKeysAndCountsTheLiving) {
  cache().set_many({{"user:1", 1}, {"user:2", 1}, {"page:1", 1}});
  cache().set("user:expired", 1, {.timeout = 1s});
  cache("v2").set("user:1", 1);
  cache("prefix").set("user:1", 1);
  settle();
  clock.advance(1s);
  EXPECT_EQ(cache().erase_prefix("user:"), 2U);
  settle();
  EXPECT_THAT(cache().keys(), ElementsAre("page:1"));
  EXPECT_TRUE(cache("v2").contains("user:1"));
  EXPECT_TRUE(cache("prefix").contains("user:1"));
  EXPECT_EQ(cache().erase_prefix("user:"), 0U);
  EXPECT_EQ(cache().erase_prefix(""), 1U);
}

// S104
TEST_P(Extensions, ExpireRemovesWhatHasExpiredForGood) {
  for (int i = 0; i < 20; ++i) {
    cache().set("k" + std::to_string(i), i, {.timeout = i < 15 ? Timeout(10s) : never});
  }
  settle();
  EXPECT_EQ(cache().expire(), 0U);
  clock.advance(10s);
  EXPECT_EQ(cache().expire(), 15U);
  EXPECT_EQ(cache().expire(), 0U);
  const Stats stats = cache().stats();
  EXPECT_EQ(stats.dropped, 15U);
  EXPECT_EQ(stats.estimated_keys, 5U);
  EXPECT_EQ(cache().keys().size(), 5U);
}

// S106
TEST_P(Extensions, ExpireSaysHowFarItIsAndEndsWhenItIsToldTo) {
  for (int i = 0; i < 20; ++i) {
    cache().set("k" + std::to_string(i), i, {.timeout = i < 15 ? Timeout(10s) : never});
  }
  settle();
  cache().expire();
  clock.advance(10s);
  EXPECT_EQ(cache().expire([](const ExpireProgress&) { return false; }), 0U);
  std::vector<ExpireProgress> told;
  EXPECT_EQ(cache().expire([&](const ExpireProgress& now) {
    EXPECT_EQ(now.total, told.empty() ? now.total : told.front().total);
    EXPECT_GE(now.done, told.empty() ? 0 : told.back().done);
    told.push_back(now);
    return true;
  }),
            15U);
  ASSERT_GE(told.size(), 2U);
  EXPECT_EQ(told.front().done, 0U);
  EXPECT_GT(told.back().done, 0U);
  EXPECT_EQ(told.back().done, told.back().total);
  cache().compact();
  EXPECT_EQ(cache().keys().size(), 5U);
}

// S104: also a counter whose increments lie above it and are folded only now.
TEST_P(Extensions, ExpireRemovesACounterWithItsIncrements) {
  cache().set("counter", 1, {.timeout = 10s});
  settle();
  cache().incr("counter");
  cache().incr_many({{"counter", 1}});
  clock.advance(10s);
  EXPECT_EQ(cache().expire(), 1U);
  EXPECT_EQ(cache().stats().estimated_keys, 0U);
}

// RocksDB 7.8 calls operands above a deletion that is in an older write buffer unfinished.
TEST_P(Extensions, IncrAfterAnEraseAndBlindIncrementsIsAMiss) {
  for (int round = 0; round < 3; ++round) {
    cache().set("counter", 1);
    settle();
    cache().erase("counter");
    cache().incr_many({{"counter", 1}});
    settle();
    cache().incr_many({{"counter", 1}, {"counter", 2}});
    EXPECT_EQ(cache().try_incr("counter"), std::nullopt);
  }
  EXPECT_EQ(cache().incr("counter", 1, {.initial = 10}), 11);
}

// Their chains would grow without end if nobody ever looked at them.
TEST_P(Extensions, ManyBlindIncrementsAddUp) {
  cache().set("counter", 0, {.timeout = never});
  for (int i = 0; i < 1000; ++i) cache().incr_many({{"counter", 2}, {"counter", -1}, {"other", 1}});
  settle();
  EXPECT_EQ(cache().get<int>("counter"), 1000);
  EXPECT_FALSE(cache().contains("other"));
  EXPECT_EQ(cache().ttl("counter"), never);
}

TEST_P(Extensions, StatsCountWhatWasDone) {
  cache().set("a", 1);
  cache().set_many({{"b", 2}, {"c", 3}});
  EXPECT_TRUE(cache().add("d", 4, {.timeout = 1s}));
  EXPECT_FALSE(cache().add("d", 5));
  settle();
  clock.advance(1s);
  cache().get<int>("a");
  cache().get<int>("d");
  cache().get_many<int>({"a", "b", "missing"});
  cache().incr("a");
  EXPECT_TRUE(cache().touch("b"));
  EXPECT_TRUE(cache().erase("c"));
  EXPECT_FALSE(cache().erase("missing"));
  const Stats stats = cache("v2").stats();  // of the column family, over all of its handles
  EXPECT_EQ(stats.hits, 3U);
  EXPECT_EQ(stats.misses, 2U);
  EXPECT_EQ(stats.expired, 1U);
  EXPECT_EQ(stats.sets, 4U);
  EXPECT_EQ(stats.incrs, 1U);
  EXPECT_EQ(stats.touches, 1U);
  EXPECT_EQ(stats.erases, 1U);
  EXPECT_EQ(stats.unreadable, 0U);
  EXPECT_EQ(stats.backend, GetParam().backend);
}

TEST_P(Extensions, SyncIsAPromiseAboutWhatIsThere) {
  cache().set("key", "value");
  cache().sync();
  settle();
  cache().sync();
  EXPECT_EQ(cache().get("key"), "value");
}

TEST_P(Extensions, ACheckpointIsAStoreOfItsOwn) {
  cache().set("key", "as of now");
  cache().set("counter", 1, {.timeout = 60s});
  settle();
  cache().incr("counter");
  const TempDirectory other;
  const auto copy = other / "copy";
  if (!on_disk()) {
    message_of(ErrorCode::invalid_option, [&] { cache().checkpoint(copy); });
    return;
  }
  cache().checkpoint(copy);
  cache().set("key", "later");
  const auto refused = message_of(ErrorCode::invalid_option, [&] { cache().checkpoint(copy); });
  EXPECT_THAT(refused, HasSubstr(copy.native()));
  Cache opened = Cache::open(copy, {.column_family = "shared"}, {.clock = clock.source()});
  EXPECT_EQ(opened.get("key"), "as of now");
  EXPECT_EQ(opened.incr("counter"), 3);
  EXPECT_EQ(opened.ttl("counter"), Timeout(60s));
  EXPECT_EQ(cache().get("key"), "later");
  EXPECT_EQ(cache().get<int>("counter"), 2);
}

}  // namespace cairn::test
