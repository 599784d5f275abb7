// Versions: every verb's own, incr_version, decr_version.
#include <limits>

#include "conformance/contract.h"

namespace cairn::test {

CONTRACT(Versions);

// C62, S66
TEST_P(Versions, SetAndGetUseTheCachesOwnUnlessTold) {
  cache().set("answer1", 42);
  cache().set("answer2", 42, {.version = 2});
  cache("v2").set("answer3", 42);
  cache("v2").set("answer4", 42, {.version = 1});
  settle();
  const auto check = [&](const char* key, std::int64_t version) {
    SCOPED_TRACE(key);
    const std::optional<int> first = version == 1 ? std::optional(42) : std::nullopt;
    const std::optional<int> second = version == 2 ? std::optional(42) : std::nullopt;
    EXPECT_EQ(cache().get<int>(key), first);
    EXPECT_EQ(cache().get<int>(key, {.version = 1}), first);
    EXPECT_EQ(cache().get<int>(key, {.version = 2}), second);
    EXPECT_EQ(cache("v2").get<int>(key), second);
    EXPECT_EQ(cache("v2").get<int>(key, {.version = 1}), first);
    EXPECT_EQ(cache("v2").get<int>(key, {.version = 2}), second);
  };
  check("answer1", 1);
  check("answer2", 2);
  check("answer3", 2);
  check("answer4", 1);
}

// C63
TEST_P(Versions, AddLooksAtItsOwnVersionOnly) {
  EXPECT_TRUE(cache().add("answer", 42, {.version = 2}));
  settle();
  EXPECT_FALSE(cache().add("answer", 37, {.version = 2}));
  EXPECT_FALSE(cache("v2").add("answer", 37));
  EXPECT_TRUE(cache().add("answer", 37, {.version = 1}));
  settle();
  EXPECT_FALSE(cache("v2").add("answer", 1, {.version = 1}));
  EXPECT_EQ(cache().get<int>("answer"), 37);
  EXPECT_EQ(cache("v2").get<int>("answer"), 42);
}

// C64
TEST_P(Versions, ContainsLooksAtItsOwnVersionOnly) {
  cache().set("answer1", 42);
  settle();
  EXPECT_TRUE(cache().contains("answer1"));
  EXPECT_TRUE(cache().contains("answer1", {.version = 1}));
  EXPECT_FALSE(cache().contains("answer1", {.version = 2}));
  EXPECT_FALSE(cache("v2").contains("answer1"));
  EXPECT_TRUE(cache("v2").contains("answer1", {.version = 1}));
}

// C65
TEST_P(Versions, EraseRemovesItsOwnVersionOnly) {
  cache().set("answer", 37, {.version = 1});
  cache().set("answer", 42, {.version = 2});
  settle();
  EXPECT_TRUE(cache("v2").erase("answer"));
  settle();
  EXPECT_EQ(cache().get<int>("answer"), 37);
  EXPECT_FALSE(cache().erase("answer", {.version = 2}));
  EXPECT_TRUE(cache("v2").erase("answer", {.version = 1}));
  EXPECT_FALSE(cache().contains("answer"));
}

// S66: the verbs that Django does not have, and touch.
TEST_P(Versions, EveryOtherVerbTakesOneToo) {
  cache().set("key", 1);
  cache("v2").set("key", 2);
  settle();
  EXPECT_TRUE(cache().touch("key", {.timeout = 9s, .version = 2}));
  EXPECT_EQ(cache().ttl("key"), Timeout(300s));
  EXPECT_EQ(cache().ttl("key", {.version = 2}), Timeout(9s));
  EXPECT_TRUE(cache().expire_at("key", clock.time_point() + 5s, {.version = 2}));
  EXPECT_EQ(cache("v2").ttl("key"), Timeout(5s));
  cache().incr_many({{"key", 40}}, {.version = 2});
  EXPECT_EQ(cache().get<int>("key"), 1);
  EXPECT_EQ(cache().update<int>("key", [](auto value) { return *value + 1; }, {.version = 2}), 43);
  EXPECT_THAT(cache().keys("", {.version = 2}), ElementsAre("key"));
  EXPECT_EQ(cache().pop<int>("key", {.version = 2}), 43);
  EXPECT_EQ(cache().erase_prefix("", {.version = 2}), 0U);
  EXPECT_EQ(cache().get<int>("key"), 1);
}

// C68, S67
TEST_P(Versions, IncrVersionMovesAValueUp) {
  cache().set("answer", 42, {.version = 2});
  settle();
  EXPECT_EQ(cache().incr_version("answer", 1, {.version = 2}), 3);
  settle();
  EXPECT_EQ(cache().get<int>("answer"), std::nullopt);
  EXPECT_EQ(cache().get<int>("answer", {.version = 2}), std::nullopt);
  EXPECT_EQ(cache().get<int>("answer", {.version = 3}), 42);

  cache("v2").set("answer2", 42);
  settle();
  EXPECT_EQ(cache("v2").incr_version("answer2"), 3);
  settle();
  EXPECT_EQ(cache("v2").get<int>("answer2"), std::nullopt);
  EXPECT_EQ(cache("v2").get<int>("answer2", {.version = 3}), 42);
}

// C69, S67
TEST_P(Versions, DecrVersionMovesAValueDown) {
  cache().set("answer", 42, {.version = 2});
  settle();
  EXPECT_EQ(cache().decr_version("answer", 1, {.version = 2}), 1);
  settle();
  EXPECT_EQ(cache().get<int>("answer"), 42);
  EXPECT_EQ(cache().get<int>("answer", {.version = 2}), std::nullopt);

  cache("v2").set("answer2", 42);
  settle();
  EXPECT_EQ(cache("v2").decr_version("answer2"), 1);
  settle();
  EXPECT_EQ(cache("v2").get<int>("answer2", {.version = 1}), 42);
  EXPECT_EQ(cache("v2").get<int>("answer2"), std::nullopt);
}

// C68, C69, S67: missing and expired are not found, null moves.
TEST_P(Versions, OnlyALiveValueMoves) {
  cache().set("null", nullptr);
  cache().set("expired", 1, {.timeout = 1s});
  settle();
  clock.advance(1s);
  for (const char* key : {"does_not_exist", "expired"}) {
    const auto not_found = ThrowsMessage<KeyNotFound>("Key '"s + key + "' not found");
    EXPECT_THAT([&] { cache().incr_version(key); }, not_found);
    EXPECT_THAT([&] { cache().decr_version(key); }, not_found);
    EXPECT_THAT([&] { cache().incr_version(key, 0); }, not_found);
  }
  EXPECT_EQ(cache().incr_version("null"), 2);
  settle();
  EXPECT_FALSE(cache().contains("null"));
  EXPECT_EQ(cache("v2").get<std::nullptr_t>("null"), nullptr);
}

// X2, S68
TEST_P(Versions, AMovedValueKeepsItsExpiry) {
  cache().set("key", "value", {.timeout = 60s});
  cache().set("forever", "value", {.timeout = never});
  settle();
  clock.advance(20s);
  cache().incr_version("key");
  cache().incr_version("forever");
  settle();
  EXPECT_EQ(cache("v2").ttl("key"), Timeout(40s));
  EXPECT_EQ(cache("v2").ttl("forever"), never);
  clock.advance(40s);
  EXPECT_FALSE(cache("v2").contains("key"));
}

// S69
TEST_P(Versions, AMovedValueReplacesWhatIsThere) {
  cache().set("key", "moved", {.timeout = 60s});
  cache("v2").set("key", "replaced", {.timeout = never});
  settle();
  EXPECT_EQ(cache().incr_version("key"), 2);
  settle();
  EXPECT_EQ(cache("v2").get("key"), "moved");
  EXPECT_EQ(cache("v2").ttl("key"), Timeout(60s));
}

// S67: a counter moves with the increments that are not folded yet, and counts on.
TEST_P(Versions, AMovedCounterKeepsItsIncrements) {
  cache().set("counter", 1);
  settle();
  cache().incr("counter", 2);
  cache().incr_many({{"counter", 4}});
  EXPECT_EQ(cache().incr_version("counter"), 2);
  settle();
  EXPECT_EQ(cache("v2").get<int>("counter"), 7);
  EXPECT_EQ(cache("v2").incr("counter"), 8);
  EXPECT_FALSE(cache().contains("counter"));
}

// X3, S70: where Django destroys the key.
TEST_P(Versions, AMoveByNothingChangesNothing) {
  cache().set("key", "value", {.timeout = 60s});
  settle();
  EXPECT_EQ(cache().incr_version("key", 0), 1);
  EXPECT_EQ(cache().decr_version("key", 0), 1);
  settle();
  EXPECT_EQ(cache().get("key"), "value");
  EXPECT_EQ(cache().ttl("key"), Timeout(60s));
}

// X3, S70: a key function that leaves the version out moves the key to where it is.
TEST_P(Versions, AMoveToTheSameFinalKeyLosesNothing) {
  Cache& unversioned =
      open({.key_function = [](auto key, auto, auto) { return "flat:" + std::string(key); }});
  unversioned.set("key", "value", {.timeout = 60s});
  settle();
  EXPECT_EQ(unversioned.incr_version("key"), 2);
  settle();
  EXPECT_EQ(unversioned.get("key"), "value");
  EXPECT_EQ(unversioned.ttl("key"), Timeout(60s));
}

// X4: the example of Django's documentation raises there and here; this is the call that works.
TEST_P(Versions, TheExampleOfDjangosDocumentationNamesNoVersion) {
  cache().set("my_key", "hello world!", {.version = 2});
  settle();
  EXPECT_THAT([&] { cache().incr_version("my_key"); },
              ThrowsMessage<KeyNotFound>("Key 'my_key' not found"));
  EXPECT_EQ(cache().incr_version("my_key", 1, {.version = 2}), 3);
  settle();
  EXPECT_EQ(cache().get("my_key", {.version = 3}), "hello world!");
}

// X11, S65
TEST_P(Versions, ZeroAndNegativeOnesAreOrdinary) {
  Cache& zero = open({.version = 0});
  cache().set("w", "one");
  zero.set("w", "zero");
  settle();
  EXPECT_EQ(zero.make_key("w"), ":0:w");
  EXPECT_EQ(cache().get("w", {.version = 0}), "zero");
  EXPECT_EQ(cache().get("w"), "one");
  EXPECT_EQ(zero.decr_version("w"), -1);
  settle();
  EXPECT_EQ(cache().get("w", {.version = -1}), "zero");
  EXPECT_FALSE(zero.contains("w"));
}

// S71
TEST_P(Versions, AVersionThatDoesNotFitIsRefused) {
  constexpr std::int64_t last = std::numeric_limits<std::int64_t>::max();
  cache().set("key", "value", {.version = last});
  settle();
  EXPECT_THAT([&] { cache().incr_version("key", 1, {.version = last}); },
              ThrowsMessage<Overflow>(HasSubstr("'key'")));
  EXPECT_THROW(cache().decr_version("key", std::numeric_limits<std::int64_t>::min()), Overflow);
  EXPECT_EQ(cache().get("key", {.version = last}), "value");
}

}  // namespace cairn::test
