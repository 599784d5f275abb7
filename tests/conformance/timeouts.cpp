// Timeouts: what they are, and what every verb makes of them.
#include <stdlib.h>
#include <time.h>

#include <limits>

#include "conformance/contract.h"

namespace cairn::test {

CONTRACT(Timeouts);

// C41, S5
TEST_P(Timeouts, AnExpiredValueIsNotThere) {
  for (const char* key : {"expire1", "expire2", "expire3"}) {
    cache().set(key, "very quickly", {.timeout = 1s});
  }
  settle();
  clock.advance(1s);
  EXPECT_EQ(cache().get("expire1"), std::nullopt);
  EXPECT_TRUE(cache().add("expire2", "newvalue"));
  settle();
  EXPECT_EQ(cache().get("expire2"), "newvalue");
  EXPECT_FALSE(cache().contains("expire3"));
}

// X28, S6: one answer from every operation a millisecond before, and another at the very moment.
TEST_P(Timeouts, AllOperationsAgreeOnTheMomentOfExpiry) {
  const auto is_live = [&](const std::string& key) {
    std::vector<bool> answers;
    answers.push_back(cache().get<int>(key).has_value());
    answers.push_back(cache().contains(key));
    answers.push_back(cache().ttl(key).has_value());
    answers.push_back(cache().get_many<int>({key}).contains(key));
    answers.push_back(!cache().keys(key).empty());
    answers.push_back(!cache().add(key, 0, {.timeout = 0s}));
    answers.push_back(cache().try_incr(key, 0).has_value());
    answers.push_back(cache().try_incr(key).has_value());
    bool seen = false;
    cache().update<int>(key, [&](std::optional<int> value) {
      seen = value.has_value();
      return value;
    });
    answers.push_back(seen);
    answers.push_back(cache().get_or_set(key, -1, {.timeout = 0s}) != -1);
    return answers;
  };
  const auto gone_by = [&](const std::string& verb) {
    if (verb == "touch") return cache().touch(verb);
    if (verb == "erase") return cache().erase(verb);
    if (verb == "erase_many") return cache().erase_many({verb}) == 1;
    if (verb == "erase_prefix") return cache().erase_prefix(verb + "!") == 1;
    return cache().pop<int>(verb).has_value();
  };
  const auto verbs = {"touch", "erase", "erase_many", "erase_prefix!", "pop"};
  const auto fill = [&] {
    cache().set("key", 1, {.timeout = 10s});
    for (const char* verb : verbs) cache().set(verb, 1, {.timeout = 10s});
    settle();
  };
  fill();
  clock.advance(10s - 1ms);
  EXPECT_THAT(is_live("key"), testing::Each(true));
  EXPECT_EQ(cache().ttl("key"), Timeout(1ms));
  EXPECT_EQ(cache().incr_version("key"), 2);
  for (const std::string verb : {"touch", "erase", "erase_many", "erase_prefix", "pop"}) {
    EXPECT_TRUE(gone_by(verb)) << verb;
  }
  fill();
  clock.advance(10s);
  EXPECT_THAT(is_live("key"), testing::Each(false));
  EXPECT_THROW(cache().incr_version("key"), KeyNotFound);
  for (const std::string verb : {"touch", "erase", "erase_many", "erase_prefix", "pop"}) {
    EXPECT_FALSE(gone_by(verb)) << verb;
  }
}

// C52, S16: longer than the 30 days at which memcached takes a timeout for a date.
TEST_P(Timeouts, LongOnesWork) {
  constexpr auto month = 60s * 60 * 24 * 30 + 1s;
  cache().set("key1", "eggs", {.timeout = month});
  EXPECT_TRUE(cache().add("key2", "ham", {.timeout = month}));
  cache().set_many({{"key3", "sausage"}, {"key4", "lobster"}}, {.timeout = month});
  settle();
  clock.advance(month - 1ms);
  EXPECT_EQ(cache().get_many({"key1", "key2", "key3", "key4"}).size(), 4U);
  clock.advance(1ms);
  EXPECT_THAT(cache().get_many({"key1", "key2", "key3", "key4"}), IsEmpty());
}

// C53
TEST_P(Timeouts, NeverIsForever) {
  cache().set("key1", "eggs", {.timeout = never});
  EXPECT_TRUE(cache().add("key2", "ham", {.timeout = never}));
  EXPECT_FALSE(cache().add("key1", "new eggs", {.timeout = never}));
  cache().set_many({{"key3", "sausage"}}, {.timeout = never});
  cache().set("key4", "lobster", {.timeout = 1s});
  EXPECT_TRUE(cache().touch("key4", {.timeout = never}));
  settle();
  clock.advance(24h * 36500);
  for (const char* key : {"key1", "key2", "key3", "key4"}) {
    EXPECT_TRUE(cache().contains(key)) << key;
    EXPECT_EQ(cache().ttl(key), never);
  }
  EXPECT_EQ(cache().get("key1"), "eggs");
}

// C54, X7, S13, S14: act, but do not keep.
TEST_P(Timeouts, ZeroAndLessAreNotStored) {
  for (const Timeout timeout : {Timeout(0s), Timeout(-1s), Timeout(-100h)}) {
    cache().set("key1", "old");
    settle();
    cache().set("key1", "eggs", {.timeout = timeout});
    EXPECT_TRUE(cache().add("key2", "ham", {.timeout = timeout}));
    cache().set_many({{"key3", "sausage"}, {"key4", "lobster"}}, {.timeout = timeout});
    cache().set("key5", "belgian fries", {.timeout = 5s});
    EXPECT_TRUE(cache().touch("key5", {.timeout = timeout}));
    settle();
    EXPECT_THAT(cache().get_many({"key1", "key2", "key3", "key4", "key5"}), IsEmpty());
  }
}

// C55, X8, S15
TEST_P(Timeouts, FractionsOfASecondCount) {
  cache().set("key1", "spam", {.timeout = std::chrono::duration<double>(100.2)});
  cache().set("key2", "eggs", {.timeout = std::chrono::duration<double>(0.4)});
  cache().set("key3", "ham", {.timeout = 1us});
  settle();
  EXPECT_EQ(cache().ttl("key1"), Timeout(100'200ms));
  EXPECT_EQ(cache().get("key2"), "eggs");
  EXPECT_EQ(cache().get("key3"), "ham");
  clock.advance(1ms);
  EXPECT_EQ(cache().get("key3"), std::nullopt);
  clock.advance(398ms);
  EXPECT_EQ(cache().get("key2"), "eggs");
  clock.advance(1ms);
  EXPECT_EQ(cache().get("key2"), std::nullopt);
  EXPECT_EQ(cache().get("key1"), "spam");
}

// S16, S17: what is too long to count, or infinite, is never.
TEST_P(Timeouts, WhatIsTooLongIsNever) {
  using Hours = std::chrono::hours;
  using Seconds = std::chrono::duration<double>;
  cache().set("hours", 1, {.timeout = Hours::max()});
  cache().set("infinite", 1, {.timeout = Seconds(std::numeric_limits<double>::infinity())});
  cache().set("ms", 1, {.timeout = std::chrono::milliseconds::max() - 1ms});  // ends after 2^63 ms
  cache().set("long", 1, {.timeout = Seconds(1e12)});
  settle();
  EXPECT_EQ(cache().ttl("hours"), never);
  EXPECT_EQ(cache().ttl("infinite"), never);
  EXPECT_EQ(cache().get<int>("ms"), 1);
  EXPECT_EQ(cache().ttl("long"), Timeout(std::chrono::milliseconds(1'000'000'000'000'000)));
  EXPECT_TRUE(cache().expire_at("long", std::chrono::system_clock::time_point::max()));
  EXPECT_EQ(cache().get<int>("long"), 1);
}

// C134, C55, S15, S17
TEST(Timeout, NormalisesEveryDuration) {
  using Seconds = std::chrono::duration<double>;
  EXPECT_EQ(Timeout(10s).duration(), 10'000ms);
  EXPECT_FALSE(Timeout(-5s).keeps());
  EXPECT_FALSE(Timeout(0s).keeps());
  EXPECT_FALSE(Timeout(Seconds(-0.5)).keeps());
  EXPECT_TRUE(Timeout(1ns).keeps());
  EXPECT_EQ(Timeout(1ns), Timeout(1ms));
  EXPECT_EQ(Timeout(Seconds(1e-9)), Timeout(1ms));
  EXPECT_EQ(Timeout(Seconds(1e300)), never);
  EXPECT_FALSE(Timeout(-Seconds(std::numeric_limits<double>::infinity())).keeps());
  EXPECT_FALSE(Timeout(std::chrono::hours::min()).keeps());
  EXPECT_TRUE(never.is_never() && never.keeps());
  EXPECT_FALSE(Timeout(1h).is_never());
  EXPECT_THAT([] { Timeout(Seconds(std::numeric_limits<double>::quiet_NaN())); },
              ThrowsMessage<InvalidOption>(HasSubstr("timeout")));
}

// S12, S17: neither numbers (tests/messages/timeout_without_unit.cpp) nor texts are durations.
static_assert(!std::convertible_to<const char*, Timeout>);

// C139, C140, C142, S91
TEST_P(Timeouts, TheDefaultIsFiveMinutes) {
  EXPECT_EQ(CacheOptions().timeout, Timeout(300s));
  EXPECT_EQ(cache().options().timeout, Timeout(300s));
  cache().set("another-key", "value");
  EXPECT_TRUE(cache().add("added", "value"));
  cache().set_many({{"many", "value"}});
  settle();
  for (const char* key : {"another-key", "added", "many"}) {
    EXPECT_EQ(cache().ttl(key), Timeout(300s)) << key;
  }
}

// C106, C141, C143, S18
TEST_P(Timeouts, TheDefaultMayBeNever) {
  Cache& eternal = open({.timeout = never});
  EXPECT_EQ(eternal.options().timeout, never);
  eternal.set("foo", "bar");
  settle();
  EXPECT_EQ(eternal.ttl("foo"), never);
  clock.advance(24h * 3650);
  EXPECT_EQ(eternal.get("foo"), "bar");
}

// C107
TEST_P(Timeouts, TheDefaultMayBeAYear) {
  Cache& yearly = open({.timeout = 365 * 24h});
  yearly.set("future_foo", "bar");
  settle();
  clock.advance(365 * 24h - 1ms);
  EXPECT_EQ(yearly.get("future_foo"), "bar");
  clock.advance(1ms);
  EXPECT_EQ(yearly.get("future_foo"), std::nullopt);
}

// S18
TEST_P(Timeouts, ADefaultOfZeroOrLessStoresNothing) {
  for (const Timeout timeout : {Timeout(0s), Timeout(-1s)}) {
    Cache& forgetful = open({.timeout = timeout});
    cache().set("key", "old");
    settle();
    forgetful.set("key", "value");
    EXPECT_EQ(forgetful.get_or_set("other", 1), 1);
    settle();
    EXPECT_FALSE(cache().contains("key"));
    EXPECT_FALSE(cache().contains("other"));
    forgetful.set("key", "kept", {.timeout = 1s});
    EXPECT_EQ(forgetful.get("key"), "kept");
  }
}

// C96: moments are counted in UTC, whatever the time zone is or becomes.
TEST_P(Timeouts, TheTimeZoneDoesNotMatter) {
  const auto move_to = [](const char* zone) {
    ::setenv("TZ", zone, 1);
    ::tzset();
  };
  move_to("XXX-14");
  const TempDirectory directory;
  // With the clocks of the system.
  Cache local = Cache::open(on_disk() ? directory / "cache" : "memory:zones");
  local.set("timeout", 1, {.timeout = 1h});
  local.set("moment", 1);
  EXPECT_TRUE(local.expire_at("moment", std::chrono::system_clock::now() + 1h));
  move_to("XXX+12");
  if (GetParam().state == State::reopened) local.close();
  for (const char* key : {"timeout", "moment"}) {
    const std::optional<Timeout> left = local.ttl(key);
    ASSERT_TRUE(left) << key;
    EXPECT_LE(left->duration(), 1h + 1ms);  // a moment is rounded up
    EXPECT_GT(left->duration(), 50min);
  }
}

}  // namespace cairn::test
