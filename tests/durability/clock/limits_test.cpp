// Where other programs' clocks end, and where ours does.

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <optional>

#include "durability/clock/machine.h"

namespace cairn::test::durability {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::int64_t longest = std::numeric_limits<std::int64_t>::max();

// A cache on a machine whose wall clock shows a certain time.
class ClockLimits : public testing::TestWithParam<std::int64_t> {
 protected:
  ClockLimits() { machine_.restart(Machine::End::closed, GetParam()); }
  Cache& cache() { return machine_.cache(); }
  Machine machine_{Durability::process_crash};
};

constexpr std::int64_t second = 1000;
// One second before each.
INSTANTIATE_TEST_SUITE_P(
    Times, ClockLimits,
    testing::Values(0,                                       // 1970
                    ((std::int64_t{1} << 31) - 1) * second,  // 2038: 32 bits with a sign
                    ((std::int64_t{1} << 32) - 1) * second,  // 2106: 32 bits
                    253'402'300'799 * second,                // the end of the year 9999
                    (std::int64_t{1} << 48) - 1 - second),   // 10889: 48 bits of milliseconds
    [](const auto& time) { return "at_" + std::to_string(time.param / second); });

TEST_P(ClockLimits, TimeoutsRunAcross) {
  cache().set("short", 1, {.timeout = seconds(1)});
  cache().set("long", 1, {.timeout = hours(24)});
  cache().set("lasting", 1, {.timeout = never});
  machine_.pass(999);
  EXPECT_EQ(cache().ttl("short"), Timeout(milliseconds(1)));
  machine_.pass(1);
  EXPECT_FALSE(cache().contains("short"));
  EXPECT_EQ(cache().ttl("long"), Timeout(hours(24) - seconds(1)));
  machine_.pass(milliseconds(hours(24)).count() - 1001);
  EXPECT_TRUE(cache().contains("long"));
  machine_.flush();
  machine_.pass(1);
  EXPECT_FALSE(cache().contains("long"));
  cache().expire();
  EXPECT_EQ(cache().keys(), std::vector<std::string>{"lasting"});
}

TEST_P(ClockLimits, CountersCountAcross) {
  cache().set("n", 0, {.timeout = seconds(10)});
  for (int i = 1; i <= 9; ++i) {
    EXPECT_EQ(cache().incr("n"), i);
    machine_.pass(second);
  }
  cache().incr_many({{"n", 1}});
  machine_.flush();
  EXPECT_EQ(cache().get<int>("n"), 10);
  machine_.pass(second);
  EXPECT_EQ(cache().try_incr("n"), std::nullopt);
}

TEST_P(ClockLimits, AReopenedStoreAgrees) {
  cache().set("short", 1, {.timeout = seconds(2)});
  cache().set("long", 1, {.timeout = seconds(3)});
  machine_.pass(second);
  machine_.restart(Machine::End::closed, GetParam() + 2 * second);
  EXPECT_FALSE(cache().contains("short"));
  EXPECT_EQ(cache().ttl("long"), Timeout(seconds(1)));
  machine_.restart(Machine::End::closed, GetParam() + 2 * second - 1500);
  EXPECT_FALSE(cache().contains("short")) << "the wall clock was set back while it was closed";
}

TEST_P(ClockLimits, TheLongestTimeoutsAreKept) {
  const milliseconds almost(longest - 1);
  cache().set("almost", 1, {.timeout = almost});
  cache().set("never", 1, {.timeout = milliseconds(longest)});
  cache().set("seconds", 1, {.timeout = seconds(longest)});
  cache().set("back", 1, {.timeout = seconds(std::numeric_limits<std::int64_t>::min())});
  EXPECT_EQ(cache().ttl("almost"), Timeout(almost));
  EXPECT_EQ(cache().ttl("never"), never);
  EXPECT_EQ(cache().ttl("seconds"), never);
  EXPECT_FALSE(cache().contains("back"));
  machine_.pass(milliseconds(hours(24 * 36'500)).count());
  machine_.flush();
  cache().expire();
  EXPECT_EQ(cache().ttl("almost"), Timeout(almost - hours(24 * 36'500)));
  EXPECT_EQ(cache().keys().size(), 3u);
}

TEST_P(ClockLimits, PointsInTimeAreMetExactly) {
  using Point = std::chrono::system_clock::time_point;
  for (const char* key : {"past", "now", "soon", "last"}) cache().set(key, 1, {.timeout = never});
  // The last point that can be named lies in the year 2262: for some of the times it has passed.
  const std::int64_t last =
      std::chrono::floor<milliseconds>(Point::max()).time_since_epoch().count();
  EXPECT_TRUE(cache().expire_at("last", Point::max()));
  EXPECT_EQ(cache().contains("last"), GetParam() < last);
  if (GetParam() >= last) return;
  const Point now{milliseconds(GetParam())};
  EXPECT_TRUE(cache().expire_at("past", now - hours(1)));
  EXPECT_TRUE(cache().expire_at("now", now));
  EXPECT_TRUE(cache().expire_at("soon", now + seconds(1)));
  EXPECT_FALSE(cache().contains("past"));
  EXPECT_FALSE(cache().contains("now"));
  EXPECT_EQ(cache().ttl("soon"), Timeout(seconds(1)));
}

// Before 1970 time begins at zero, and passes.
TEST(ClockBefore1970, DurationsAreRight) {
  constexpr std::int64_t year_1960 = -10 * 365 * 86'400 * second;
  Machine machine(Durability::process_crash);
  machine.restart(Machine::End::closed, year_1960);
  machine.cache().set("short", 1, {.timeout = seconds(1)});
  machine.cache().set("long", 1, {.timeout = hours(24)});
  for (const char* key : {"past", "soon"}) machine.cache().set(key, 1, {.timeout = never});
  const std::chrono::system_clock::time_point now{milliseconds(year_1960)};
  EXPECT_TRUE(machine.cache().expire_at("past", now - seconds(1)));
  EXPECT_TRUE(machine.cache().expire_at("soon", now + seconds(1)));
  EXPECT_FALSE(machine.cache().contains("past"));
  EXPECT_EQ(machine.cache().ttl("soon"), Timeout(seconds(1)));
  machine.pass(999);
  EXPECT_TRUE(machine.cache().contains("short"));
  machine.pass(1);
  EXPECT_FALSE(machine.cache().contains("short"));
  EXPECT_FALSE(machine.cache().contains("soon"));

  machine.restart(Machine::End::closed, year_1960);
  EXPECT_EQ(machine.mark(), second);
  EXPECT_FALSE(machine.cache().contains("short")) << "the mark holds";
  EXPECT_EQ(machine.cache().ttl("long"), Timeout(hours(24) - seconds(1)));
  machine.jump(-year_1960 + milliseconds(hours(23)).count());
  EXPECT_EQ(machine.cache().ttl("long"), Timeout(hours(1))) << "the wall clock is set right";
}

// A mark that is more than a day ahead is that of a clock which was wrong.
TEST(ClockMark, IsReplacedAsSoonAsItIsFoundWrong) {
  constexpr std::int64_t now = 1'700'000'000 * second;
  const std::int64_t wrong = now + milliseconds(hours(24 * 365)).count();
  Machine machine(Durability::process_crash);
  machine.restart(Machine::End::closed, wrong);
  machine.cache().set("lasting", 1, {.timeout = never});
  machine.restart(Machine::End::closed, now);  // which remembers `wrong`, and ends silently
  for (int i = 0; i < 3; ++i) {
    machine.restart(Machine::End::killed, now);
    EXPECT_EQ(machine.mark(), now) << "the records of the wrong time have been put right";
    EXPECT_EQ(machine.cache().get<int>("lasting"), 1);
    EXPECT_EQ(machine.clock().now(), static_cast<ttl::Instant>(now));
  }
  machine.cache().set("new", 1, {.timeout = hours(1)});
  EXPECT_EQ(machine.cache().ttl("new"), Timeout(hours(1)));
  machine.restart(Machine::End::closed, now + second);
  EXPECT_EQ(machine.mark(), now);
  EXPECT_EQ(machine.cache().ttl("new"), Timeout(hours(1) - seconds(1)));
}

}  // namespace
}  // namespace cairn::test::durability
