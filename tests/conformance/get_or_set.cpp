// get_or_set, in one thread.
#include "conformance/contract.h"

namespace cairn::test {

CONTRACT(GetOrSet);

// C74, S37
TEST_P(GetOrSet, StoresAndGivesTheValueOfAMissingKey) {
  EXPECT_EQ(cache().get("projector"), std::nullopt);
  EXPECT_EQ(cache().get_or_set("projector", 42), 42);
  settle();
  EXPECT_EQ(cache().get<int>("projector"), 42);
  EXPECT_EQ(cache().ttl("projector"), Timeout(300s));
  EXPECT_EQ(cache().get_or_set("null", nullptr), nullptr);
  settle();
  EXPECT_TRUE(cache().contains("null"));
}

// C75, S37, S40
TEST_P(GetOrSet, StoresAndGivesWhatAFactoryMakes) {
  EXPECT_EQ(cache().get_or_set("mykey", [] { return "value"; }), "value");
  settle();
  EXPECT_EQ(cache().get("mykey"), "value");
  EXPECT_EQ(cache().get_or_set("null", [] { return nullptr; }), nullptr);
  settle();
  EXPECT_EQ(cache().get("null", std::optional<std::string>("default")), std::nullopt);
}

// S34
TEST_P(GetOrSet, AHitAsksNoFactoryAndKeepsTheExpiry) {
  cache().set("key", "stored", {.timeout = 10s});
  settle();
  const auto factory = []() -> std::string {
    ADD_FAILURE() << "the value was there";
    return {};
  };
  EXPECT_EQ(cache().get_or_set("key", factory, {.timeout = never}), "stored");
  EXPECT_EQ(cache().get_or_set("key", "another", {.timeout = never}), "stored");
  EXPECT_EQ(cache().ttl("key"), Timeout(10s));
}

// S35, C41
TEST_P(GetOrSet, AnExpiredValueIsMadeAnew) {
  cache().set("key", 1, {.timeout = 10s});
  settle();
  clock.advance(10s);
  EXPECT_EQ(cache().get_or_set("key", [] { return 2; }, {.timeout = 20s}), 2);
  settle();
  EXPECT_EQ(cache().ttl("key"), Timeout(20s));
}

// C76, S39: that a default is needed is said by the compiler.
template <class C>
concept DefaultMayBeLeftOut = requires(C& cache) {
  cache.get_or_set("brian");
};
static_assert(!DefaultMayBeLeftOut<Cache>);

TEST_P(GetOrSet, EachVersionHasItsOwn) {
  EXPECT_EQ(cache().get_or_set("brian", 1979, {.version = 2}), 1979);
  settle();
  EXPECT_EQ(cache().get<int>("brian"), std::nullopt);
  EXPECT_EQ(cache("v2").get<int>("brian"), 1979);
  EXPECT_EQ(cache().get_or_set("brian", 1, {.version = 2}), 1979);
  EXPECT_EQ(cache().get_or_set("brian", 3), 3);
}

// S36, X7
TEST_P(GetOrSet, WithoutTimeGivesTheValueAndStoresNothing) {
  for (const Timeout timeout : {Timeout(0s), Timeout(-5s)}) {
    EXPECT_EQ(cache().get_or_set("key", "value", {.timeout = timeout}), "value");
    EXPECT_EQ(cache().get_or_set("key", [] { return 7; }, {.timeout = timeout}), 7);
    settle();
    EXPECT_FALSE(cache().contains("key"));
  }
}

// S35: whoever was first is what everyone gets.
TEST_P(GetOrSet, AValueStoredWhileTheFactoryRanWins) {
  const auto overtaken = [&] {
    cache().set("key", "theirs");
    return "ours";
  };
  EXPECT_EQ(cache().get_or_set("key", overtaken), "theirs");
  settle();
  EXPECT_EQ(cache().get("key"), "theirs");
}

// C77, S36: a winner in the way of ours, which is gone when it is looked at.  Every look at the
// clock takes a millisecond here, so that one of the winner's lifetimes ends just in between.
TEST_P(GetOrSet, AWinnerThatIsGoneAgainLeavesOurOwnValue) {
  std::vector<std::string> got;
  for (int lifetime = 1; lifetime <= 8; ++lifetime) {
    const auto overtaken = [&] {
      on_clock_read = [&] { clock.advance(1ms); };
      cache().set("key", "theirs", {.timeout = std::chrono::milliseconds(lifetime)});
      return "ours";
    };
    got.push_back(cache().get_or_set("key", overtaken));
    on_clock_read = {};
    EXPECT_THAT(got.back(), testing::AnyOf("ours", "theirs"));
    cache().erase("key");
  }
  EXPECT_THAT(got, testing::Contains("ours"));
  EXPECT_THAT(got, testing::Contains("theirs"));
}

// S38, X17
TEST_P(GetOrSet, AFactoryThatThrowsStoresNothingAndTheNextOneRuns) {
  const auto broken = []() -> int { throw std::logic_error("no projector"); };
  EXPECT_THAT([&] { cache().get_or_set("key", broken); },
              ThrowsMessage<std::logic_error>("no projector"));
  settle();
  EXPECT_FALSE(cache().contains("key"));
  EXPECT_EQ(cache().get_or_set("key", 5), 5);
}

// X17, S41: a factory may ask for the very key that it makes.
TEST_P(GetOrSet, AFactoryMayUseTheCacheAndTheSameKey) {
  const auto outer = [&] {
    cache().set("other", 1);
    return cache().get_or_set("key", [] { return 10; }) + 1;
  };
  EXPECT_EQ(cache().get_or_set("key", outer), 10);  // the inner one stored first
  settle();
  EXPECT_EQ(cache().get<int>("key"), 10);
  EXPECT_EQ(cache().get<int>("other"), 1);
}

// S23
TEST_P(GetOrSet, AValueThatIsTooLargeToBeStoredIsReturned) {
  Cache& small = open({.max_value_size = 10});
  const std::string large(11, 'x');
  EXPECT_EQ(small.get_or_set("key", large), large);
  EXPECT_EQ(small.get_or_set("key", [&] { return large; }), large);
  settle();
  EXPECT_FALSE(cache().contains("key"));
}

}  // namespace cairn::test
