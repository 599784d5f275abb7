// get, contains: hits, misses, defaults.
#include <cstddef>
#include <span>

#include "conformance/contract.h"

namespace cairn::test {

CONTRACT(Get);

// C24, S1
TEST_P(Get, WhatWasSetIsGot) {
  cache().set("key", "value");
  settle();
  EXPECT_EQ(cache().get("key"), "value");
}

// C28, S1
TEST_P(Get, AMissingKeyIsEmptyOrTheFallback) {
  EXPECT_EQ(cache().get("does_not_exist"), std::nullopt);
  EXPECT_EQ(cache().get("does_not_exist", "bang!"), "bang!");
  EXPECT_EQ(cache().get("does_not_exist", 7), 7);
}

// S1
TEST_P(Get, TheFallbackIsNotUsedOnAHitAndIsNotStored) {
  cache().set("key", "value");
  settle();
  EXPECT_EQ(cache().get("key", "fallback"), "value");
  EXPECT_EQ(cache().get("other", "fallback"), "fallback");
  EXPECT_FALSE(cache().contains("other"));
}

// C25, S3
TEST_P(Get, AStoredNullIsAHitAndNotTheDefault) {
  cache().set("null", nullptr);
  settle();
  EXPECT_EQ(cache().get<std::nullptr_t>("null"), nullptr);
  EXPECT_TRUE(cache().get<std::optional<std::string>>("null").has_value());
  EXPECT_EQ(cache().get("null", std::optional<std::string>("default")), std::nullopt);
  EXPECT_EQ(cache().get("missing", std::optional<std::string>("default")), "default");
}

// S2, S25, X13
TEST_P(Get, EmptyAndFalseValuesAreHits) {
  cache().set("zero", 0);
  cache().set("empty", "");
  cache().set("no bytes", std::vector<std::byte>{}, {.version = 1});
  cache().set("false", false);
  cache().set("0.0", 0.0);
  settle();
  EXPECT_EQ(cache().get("zero", 5), 0);
  EXPECT_EQ(cache().get("empty", "default"), "");
  EXPECT_EQ(cache().get<std::vector<std::byte>>("no bytes"), std::vector<std::byte>{});
  EXPECT_EQ(cache().get("false", true), false);
  EXPECT_EQ(cache().get("0.0", 1.5), 0.0);
  for (const char* key : {"zero", "empty", "no bytes", "false", "0.0"}) {
    EXPECT_TRUE(cache().contains(key)) << key;
    EXPECT_FALSE(cache().add(key, "another")) << key;
  }
}

// C27
TEST_P(Get, APrefixKeepsCachesOfOneLocationApart) {
  cache().set("somekey", "value");
  settle();
  EXPECT_FALSE(cache("prefix").contains("somekey"));
  cache("prefix").set("somekey", "value2");
  settle();
  EXPECT_EQ(cache().get("somekey"), "value");
  EXPECT_EQ(cache("prefix").get("somekey"), "value2");
}

// C32, C33
TEST_P(Get, ContainsTellsWhetherThereIsALiveValue) {
  cache().set("hello", "goodbye");
  cache().set("no_expiry", "here", {.timeout = never});
  cache().set("null", nullptr);
  settle();
  EXPECT_TRUE(cache().contains("hello"));
  EXPECT_TRUE(cache().contains("no_expiry"));
  EXPECT_TRUE(cache().contains("null"));
  EXPECT_FALSE(cache().contains("goodbye"));
  clock.advance(300s);
  EXPECT_FALSE(cache().contains("hello"));
  EXPECT_TRUE(cache().contains("no_expiry"));
}

// S7
TEST_P(Get, ContainsCountsNeitherAsHitNorAsMiss) {
  cache().set("key", 1);
  settle();
  const Stats before = cache().stats();
  EXPECT_TRUE(cache().contains("key"));
  EXPECT_FALSE(cache().contains("missing"));
  const Stats stats = cache().stats();
  EXPECT_EQ(stats.hits, before.hits);
  EXPECT_EQ(stats.misses, before.misses);
}

// S4
TEST_P(Get, AValueThatWasGotIsACopy) {
  cache().set("key", "value");
  settle();
  std::string got = *cache().get("key");
  got += " changed";
  EXPECT_EQ(cache().get("key"), "value");
}

// S9: a wall clock that is set back revives nothing, one that is set forward expires.
TEST_P(Get, AClockThatIsSetBackRevivesNothing) {
  cache().set("key", "value", {.timeout = 60s});
  settle();
  clock.jump_wall(61s);
  EXPECT_EQ(cache().get("key"), std::nullopt);
  clock.jump_wall(-600s);
  EXPECT_EQ(cache().get("key"), std::nullopt);
  EXPECT_FALSE(cache().contains("key"));
}

// S66
TEST_P(Get, AGetOfAnotherVersionIsAMiss) {
  cache().set("key", "value");
  settle();
  EXPECT_EQ(cache().get("key", {.version = 2}), std::nullopt);
  EXPECT_EQ(cache().get("key", "fallback", {.version = 2}), "fallback");
  EXPECT_EQ(cache().get("key", {.version = 1}), "value");
}

// S1: whatever the fallback is, and however the type is said.
TEST_P(Get, AFallbackMayBeAVariableAConstantOrALiteral) {
  std::string variable = "variable";
  const std::string constant = "constant";
  EXPECT_EQ(cache().get("missing", variable), "variable");
  EXPECT_EQ(cache().get("missing", constant), "constant");
  EXPECT_EQ(cache().get("missing", "literal"), "literal");
  EXPECT_EQ(cache().get<std::string>("missing", variable), "variable");
  EXPECT_EQ(cache().get<std::string>("missing", "literal"), "literal");
  EXPECT_EQ(cache().get<std::int64_t>("missing", 7), 7);
  EXPECT_EQ(cache().get<double>("missing", 7), 7.0);
  static_assert(std::same_as<decltype(cache().get("missing", "literal")), std::string>);
  static_assert(
      std::same_as<decltype(cache().get<int>("missing", {.version = 2})), std::optional<int>>);
  static_assert(std::same_as<decltype(cache().get("missing", {})), std::optional<std::string>>);
}

// X30
TEST_P(Get, IntoAStringOfTheCallersIsTheSameValue) {
  cache().set("key", "a value that no small string holds");
  cache().set("empty", "");
  cache().set("touched", "a value that was touched");
  cache().touch("touched");
  cache().set("number", 7);
  settle();
  const Stats before = cache().stats();
  std::string value = "before";
  EXPECT_TRUE(cache().get_into("key", value));
  EXPECT_EQ(value, "a value that no small string holds");
  EXPECT_TRUE(cache().get_into("touched", value));
  EXPECT_EQ(value, "a value that was touched");
  EXPECT_TRUE(cache().get_into("empty", value));
  EXPECT_EQ(value, "");
  value = "before";
  EXPECT_FALSE(cache().get_into("missing", value));
  EXPECT_EQ(value, "");
  EXPECT_FALSE(cache().get_into("key", value, {.version = 2}));
  EXPECT_THROW(cache().get_into("number", value), WrongType);
  clock.advance(301s);
  EXPECT_FALSE(cache().get_into("key", value));
  const Stats after = cache().stats();
  EXPECT_EQ(after.hits - before.hits, 4u);
  EXPECT_EQ(after.misses - before.misses, 3u);
}

// X30
TEST_P(Get, IntoASpanIsAsMuchAsFits) {
  cache().set("key", "0123456789");
  cache().set("empty", "");
  cache().set("null", nullptr);
  settle();
  std::string memory(12, '-');
  const auto buffer = [&](std::size_t size) {
    return std::as_writable_bytes(std::span(memory)).first(size);
  };
  EXPECT_EQ(cache().get_into("key", buffer(12)), 10u);
  EXPECT_EQ(memory, "0123456789--");
  memory.assign(12, '-');
  EXPECT_EQ(cache().get_into("key", buffer(4)), 10u);
  EXPECT_EQ(memory, "0123--------") << "nothing behind the span";
  EXPECT_EQ(cache().get_into("key", std::span<std::byte>()), 10u);
  EXPECT_EQ(cache().get_into("empty", buffer(4)), 0u);
  EXPECT_EQ(cache().get_into("missing", buffer(4)), std::nullopt);
  EXPECT_THROW(cache().get_into("null", buffer(4)), WrongType);
}

}  // namespace cairn::test
