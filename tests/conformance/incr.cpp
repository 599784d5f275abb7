// incr, decr, try_incr, incr_many.
#include <limits>

#include "conformance/contract.h"

namespace cairn::test {

CONTRACT(Incr);

constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t smallest = std::numeric_limits<std::int64_t>::min();

// C34, S56, S57
TEST_P(Incr, AddsAndReturnsTheNewValue) {
  cache().set("answer", 41);
  settle();
  EXPECT_EQ(cache().incr("answer"), 42);
  settle();
  EXPECT_EQ(cache().get<int>("answer"), 42);
  EXPECT_EQ(cache().incr("answer", 10), 52);
  settle();
  EXPECT_EQ(cache().get<int>("answer"), 52);
  EXPECT_EQ(cache().incr("answer", -10), 42);
  EXPECT_EQ(cache().incr("answer", 0), 42);
  settle();
  EXPECT_EQ(cache().get<int>("answer"), 42);
}

// C35, S57, S59
TEST_P(Incr, DecrSubtractsAlsoBelowZero) {
  cache().set("answer", 43);
  settle();
  EXPECT_EQ(cache().decr("answer"), 42);
  EXPECT_EQ(cache().decr("answer", 10), 32);
  EXPECT_EQ(cache().decr("answer", -10), 42);
  settle();
  EXPECT_EQ(cache().decr("answer", 46), -4);
  settle();
  EXPECT_EQ(cache().get<int>("answer"), -4);
  EXPECT_EQ(cache().incr("answer"), -3);
}

// C34, C35, S56: the message has the caller's key, in Django's words, and then says what to do.
TEST_P(Incr, AMissingOrExpiredKeyIsNotFound) {
  cache().set("expired", 1, {.timeout = 1s});
  settle();
  clock.advance(1s);
  for (const char* key : {"does_not_exist", "expired"}) {
    const auto not_found = [&](const char* verb) {
      return ThrowsMessage<KeyNotFound>("Key '"s + key + "' not found; to create it, give " + verb +
                                        " what to count from: {.initial = 0}");
    };
    EXPECT_THAT([&] { cache().incr(key); }, not_found("incr"));
    EXPECT_THAT([&] { cache().incr(key, -1); }, not_found("incr"));
    EXPECT_THAT([&] { cache().decr(key); }, not_found("decr"));
    EXPECT_EQ(cache().try_incr(key), std::nullopt);
    EXPECT_FALSE(cache().contains(key));
  }
}

// C34, C35, X10, S61, S62
TEST_P(Incr, AnythingButAnIntegerIsRefusedAndStays) {
  cache().set_many(
      {{"null", nullptr}, {"bool", true}, {"double", 1.5}, {"text", "5"}, {"empty", ""}},
      {.timeout = 60s});
  settle();
  for (const char* key : {"null", "bool", "double", "text", "empty"}) {
    EXPECT_THAT([&] { cache().incr(key); }, ThrowsMessage<WrongType>(HasSubstr(quote(key))));
    EXPECT_THROW(cache().decr(key), WrongType);
    EXPECT_THROW(cache().try_incr(key), WrongType);
    EXPECT_THROW(cache().incr(key, 0), WrongType);
    EXPECT_THROW(cache().incr(key, 1, {.initial = 1}), WrongType);
    EXPECT_EQ(cache().ttl(key), Timeout(60s)) << key;
  }
  settle();
  EXPECT_EQ(cache().get<std::nullptr_t>("null"), nullptr);
  EXPECT_EQ(cache().get<bool>("bool"), true);
  EXPECT_EQ(cache().get<double>("double"), 1.5);
  EXPECT_EQ(cache().get("text"), "5");
  EXPECT_EQ(cache().get("empty"), "");
}

// C99, X1, S58
TEST_P(Incr, KeepsTheExpiry) {
  cache().set("counter", 1, {.timeout = 60s});
  cache().set("forever", 1, {.timeout = never});
  settle();
  clock.advance(20s);
  cache().incr("counter");
  cache().decr("forever", 5);
  EXPECT_EQ(cache().ttl("counter"), Timeout(40s));
  settle();
  cache().decr("counter", 3);
  settle();
  EXPECT_EQ(cache().ttl("counter"), Timeout(40s));
  EXPECT_EQ(cache().ttl("forever"), never);
  clock.advance(40s);
  EXPECT_THROW(cache().incr("counter"), KeyNotFound);
}

// X9, S60
TEST_P(Incr, PastTheLimitsIsRefusedAndTheValueStays) {
  cache().set_many({{"top", largest}, {"bottom", smallest}}, {.timeout = 60s});
  settle();
  EXPECT_THAT([&] { cache().incr("top"); }, ThrowsMessage<Overflow>(HasSubstr("'top'")));
  EXPECT_THROW(cache().incr("top", largest), Overflow);
  EXPECT_THROW(cache().decr("top", -1), Overflow);
  EXPECT_THROW(cache().decr("bottom"), Overflow);
  EXPECT_THROW(cache().incr("bottom", smallest), Overflow);
  EXPECT_THROW(cache().try_incr("top"), Overflow);
  settle();
  EXPECT_EQ(cache().get<std::int64_t>("top"), largest);
  EXPECT_EQ(cache().get<std::int64_t>("bottom"), smallest);
  EXPECT_EQ(cache().ttl("top"), Timeout(60s));
  EXPECT_EQ(cache().decr("top", largest), 0);
}

// X9, S57: there is no +2^63 to add.
TEST_P(Incr, DecrByTheSmallestIntegerIsNotANegation) {
  cache().set_many({{"minus one", -1}, {"zero", 0}});
  settle();
  EXPECT_EQ(cache().decr("minus one", smallest), largest);
  EXPECT_THROW(cache().decr("zero", smallest), Overflow);
  settle();
  EXPECT_EQ(cache().get<std::int64_t>("minus one"), largest);
  EXPECT_EQ(cache().get<std::int64_t>("zero"), 0);
}

// C66, S66
TEST_P(Incr, VersionsAreCountersOfTheirOwn) {
  cache().set("answer", 37, {.version = 1});
  cache("v2").set("answer", 42);
  settle();
  EXPECT_EQ(cache().incr("answer"), 38);
  EXPECT_EQ(cache().incr("answer", 1, {.version = 2}), 43);
  EXPECT_EQ(cache("v2").decr("answer"), 42);
  EXPECT_EQ(cache("v2").decr("answer", 1, {.version = 1}), 37);
  settle();
  EXPECT_EQ(cache().get<int>("answer"), 37);
  EXPECT_EQ(cache("v2").get<int>("answer"), 42);
}

// S56, S58: the extension that Django users ask for.
TEST_P(Incr, InitialMakesAMissingCounterAndNothingElse) {
  EXPECT_EQ(cache().incr("hits", 1, {.initial = 0, .timeout = 60s}), 1);
  settle();
  EXPECT_EQ(cache().ttl("hits"), Timeout(60s));
  EXPECT_EQ(cache().incr("hits", 1, {.initial = 100, .timeout = never}), 2);
  EXPECT_EQ(cache().ttl("hits"), Timeout(60s));
  clock.advance(60s);
  EXPECT_EQ(cache().decr("hits", 5, {.initial = 10}), 5);
  settle();
  EXPECT_EQ(cache().get<int>("hits"), 5);
  EXPECT_EQ(cache().ttl("hits"), Timeout(300s));
  EXPECT_EQ(cache().try_incr("more", 2, {.initial = 1}), 3);
}

TEST_P(Incr, InitialThatOverflowsMakesNothing) {
  EXPECT_THROW(cache().incr("hits", 1, {.initial = largest}), Overflow);
  EXPECT_FALSE(cache().contains("hits"));
  EXPECT_EQ(cache().incr("hits", 1, {.initial = 0, .timeout = 0s}), 1);
  settle();
  EXPECT_FALSE(cache().contains("hits"));
}

// S63: more increments than a chain of operands is let grow, with settle() in the midst.
TEST_P(Incr, AThousandIncrementsAddUp) {
  cache().set("counter", 0, {.timeout = 60s});
  for (int round = 0; round < 10; ++round) {
    for (int i = 1; i <= 100; ++i) ASSERT_EQ(cache().incr("counter"), 100 * round + i);
    settle();
  }
  EXPECT_EQ(cache().get<int>("counter"), 1000);
  EXPECT_EQ(cache().ttl("counter"), Timeout(60s));
}

TEST_P(Incr, IncrManyAddsBlindly) {
  cache().set_many({{"a", 1}, {"b", 10}, {"text", "5"}, {"null", nullptr}}, {.timeout = 60s});
  settle();
  cache().incr_many({{"a", 1}, {"b", -20}, {"a", 2}, {"missing", 5}, {"text", 1}, {"null", 1}});
  settle();
  EXPECT_EQ(cache().get<int>("a"), 4);
  EXPECT_EQ(cache().get<int>("b"), -10);
  EXPECT_EQ(cache().get("text"), "5");
  EXPECT_EQ(cache().get<std::nullptr_t>("null"), nullptr);
  EXPECT_EQ(cache().ttl("a"), Timeout(60s));
  EXPECT_EQ(cache().ttl("text"), Timeout(60s));
  EXPECT_FALSE(cache().contains("missing"));
  EXPECT_TRUE(cache().add("missing", 7));
  EXPECT_EQ(cache().incr("missing"), 8);
}

// X1: an increment that came too late neither counts nor revives.
TEST_P(Incr, IncrManyOfAnExpiredCounterIsLost) {
  cache().set("counter", 5, {.timeout = 10s});
  settle();
  clock.advance(10s);
  cache().incr_many({{"counter", 1}});
  settle();
  EXPECT_FALSE(cache().contains("counter"));
  EXPECT_EQ(cache().incr("counter", 1, {.initial = 0}), 1);
}

// S60 is about incr; the blind form cannot look, and says that it wraps.
TEST_P(Incr, IncrManyWrapsAround) {
  cache().set("top", largest);
  settle();
  cache().incr_many({{"top", 1}});
  settle();
  EXPECT_EQ(cache().get<std::int64_t>("top"), smallest);
}

// A key that is only ever added to blindly stays exact, readable and open to every other verb.
TEST_P(Incr, IncrManyManyTimesAddsUp) {
  cache().set("counter", 0, {.timeout = 60s});
  for (int i = 0; i < 150; ++i) {
    cache().incr_many({{"counter", 2}, {"missing", 1}});
    if (i == 70) settle();
  }
  EXPECT_EQ(cache().get<int>("counter"), 300);
  EXPECT_EQ(cache().try_incr("missing"), std::nullopt);
  EXPECT_EQ(cache().incr("missing", 1, {.initial = 0}), 1);
  EXPECT_EQ(cache().incr("counter"), 301);
  settle();
  EXPECT_EQ(cache().get<int>("counter"), 301);
  EXPECT_EQ(cache().ttl("counter"), Timeout(60s));
}

}  // namespace cairn::test
