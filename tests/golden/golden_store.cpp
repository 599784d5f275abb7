#include "golden/golden_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cairn/caches.h>
#include "support/fake_clock.h"

namespace cairn::golden {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

Caches open(const std::filesystem::path& directory, const test::FakeClock& clock) {
  return {directory,
          {{"default", {.timeout = never}}, {"sessions", {.timeout = 24h, .key_prefix = "app"}}},
          {.memory_budget = 8u << 20, .reclaim_interval = 0ms, .clock = clock.source()}};
}

}  // namespace

void write_store(const std::filesystem::path& directory,
                 const std::function<void()>& before_close) {
  test::FakeClock clock;
  Caches caches = open(directory, clock);
  Cache& cache = caches["default"];
  cache.set("greeting", "hello");
  cache.set("empty", "");
  cache.set("answer", 42);
  cache.set("smallest", std::numeric_limits<std::int64_t>::min());
  cache.set("half", 0.5);
  cache.set("yes", true);
  cache.set("no", false);
  cache.set("nothing", nullptr);
  cache.set("point", Point{7, "north"});
  cache.set("counter", 100);
  cache.set("replaced", "old");
  cache.set("erased", "old");
  cache.set("expired_in_a_file", "old", {.timeout = 10s});
  cache.set("counter_that_expired", 1, {.timeout = 10s});
  cache.set("greeting", "hallo", {.version = 2});
  caches["sessions"].set("user:7", "here");
  cache.compact();  // all of that into files; nothing has expired yet

  clock.advance(1s);
  cache.incr("counter", 10);
  cache.incr("counter", 20);
  cache.decr("counter");
  cache.incr_many({{"counter", 1000}, {"never_there", 5}});
  cache.incr("counter_that_expired");
  cache.set("replaced", "new");
  cache.erase("erased");
  cache.set("expired_in_the_log", "old", {.timeout = 10s});
  cache.set("expires_tomorrow", "not yet", {.timeout = 24h});
  caches["sessions"].incr("visits", 1, {.initial = 0});
  before_close();
}

void check_store(const std::filesystem::path& directory, std::int64_t counter) {
  test::FakeClock clock;
  clock.advance(1h);
  Caches caches = open(directory, clock);
  for (const char* state : {"as it was", "compacted"}) {
    SCOPED_TRACE(state);
    const Cache& cache = caches["default"];
    EXPECT_EQ(cache.get("greeting"), "hello");
    EXPECT_EQ(cache.get("greeting", ReadOptions{.version = 2}), "hallo");
    EXPECT_EQ(cache.get("empty"), "");
    EXPECT_EQ(cache.get<int>("answer"), 42);
    EXPECT_EQ(cache.get<std::int64_t>("smallest"), std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(cache.get<double>("half"), 0.5);
    EXPECT_EQ(cache.get<bool>("yes"), true);
    EXPECT_EQ(cache.get<bool>("no"), false);
    EXPECT_EQ(cache.get<std::nullptr_t>("nothing"), nullptr);
    EXPECT_EQ(cache.get<Point>("point"), (Point{7, "north"}));
    EXPECT_EQ(cache.get<std::int64_t>("counter"), counter);
    EXPECT_EQ(cache.ttl("counter"), never);
    EXPECT_EQ(cache.get("replaced"), "new");
    for (const char* gone : {"erased", "expired_in_a_file", "expired_in_the_log",
                             "counter_that_expired", "never_there"}) {
      EXPECT_FALSE(cache.contains(gone)) << gone;
    }
    EXPECT_EQ(cache.get("expires_tomorrow"), "not yet");
    EXPECT_EQ(cache.ttl("expires_tomorrow"), Timeout(23h + 1s));
    EXPECT_THAT(cache.keys(),
                ElementsAre("answer", "counter", "empty", "expires_tomorrow", "greeting", "half",
                            "no", "nothing", "point", "replaced", "smallest", "yes"));
    EXPECT_EQ(caches["sessions"].get("user:7"), "here");
    EXPECT_EQ(caches["sessions"].get<int>("visits"), 1);
    caches["default"].compact();
  }
  EXPECT_EQ(caches["default"].incr("counter"), counter + 1);
}

}  // namespace cairn::golden
