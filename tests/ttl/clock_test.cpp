// The store's clock: E = max(E + boot-time passed, wall).
#include "ttl/clock.h"

#include <gtest/gtest.h>

#include <latch>
#include <thread>
#include <vector>

#include "support/fake_clock.h"

namespace cairn::ttl {
namespace {

using namespace std::chrono_literals;

constexpr Instant ms(std::chrono::milliseconds time) { return static_cast<Instant>(time.count()); }

class ClockTest : public testing::Test {
 protected:
  Instant wall() const { return ms(fake_.wall()); }
  test::FakeClock fake_;
  Clock clock_{fake_.source()};
};

TEST_F(ClockTest, ShowsTheWallClockAtFirst) { EXPECT_EQ(clock_.now(), wall()); }

TEST_F(ClockTest, GoesOnWithTime) {
  const Instant start = clock_.now();
  fake_.advance(5s);
  EXPECT_EQ(clock_.now(), start + 5000);
}

TEST_F(ClockTest, StandsWhenTheWallClockIsSetBack) {
  const Instant start = clock_.now();
  fake_.jump_wall(-2h);
  EXPECT_EQ(clock_.now(), start);
}

TEST_F(ClockTest, KeepsDurationsRightAfterTheWallClockWasSetBack) {
  const Instant start = clock_.now();
  fake_.jump_wall(-2h);
  fake_.advance(10min);
  EXPECT_EQ(clock_.now(), start + ms(10min));
  fake_.advance(3h);
  EXPECT_EQ(clock_.now(), start + ms(3h + 10min));
}

TEST_F(ClockTest, AdoptsAStepForward) {
  fake_.jump_wall(3h);
  EXPECT_EQ(clock_.now(), wall());
}

TEST_F(ClockTest, DoesNotAdoptAStepThatOnlyUndoesOneBack) {
  const Instant start = clock_.now();
  fake_.jump_wall(-2h);
  EXPECT_EQ(clock_.now(), start);
  fake_.jump_wall(90min);
  EXPECT_EQ(clock_.now(), start);
  fake_.jump_wall(31min);
  EXPECT_EQ(clock_.now(), start + ms(1min));
}

// CLOCK_BOOTTIME goes on while the machine sleeps, and so does the wall clock.
TEST_F(ClockTest, CountsTimeSuspended) {
  const Instant start = clock_.now();
  fake_.advance(8h);
  EXPECT_EQ(clock_.now(), start + ms(8h));
  EXPECT_EQ(clock_.removal_time(), clock_.now()) << "time that passed is no jump";
}

TEST_F(ClockTest, NeverRunsBackwards) {
  Instant last = clock_.now();
  const std::chrono::milliseconds steps[] = {-1h, 2h, -3h, 1ms, -1ms, 5h, -5h, 61s, -30s, 0ms};
  for (int round = 0; round < 50; ++round) {
    for (const auto step : steps) {
      fake_.jump_wall(step);
      fake_.advance(std::chrono::milliseconds(round % 3));
      const Instant now = clock_.now();
      ASSERT_GE(now, last);
      ASSERT_GE(now, wall());
      last = now;
    }
  }
}

TEST_F(ClockTest, NeverRunsBackwardsForAnyThread) {
  std::latch start(3);
  const auto watch = [&] {
    start.arrive_and_wait();
    Instant last = 0;
    for (int i = 0; i < 20'000; ++i) {
      const Instant now = clock_.now();
      ASSERT_GE(now, last);
      last = now;
    }
  };
  std::thread first(watch);
  std::thread second(watch);
  start.arrive_and_wait();
  for (int i = 0; i < 2000; ++i) {
    fake_.jump_wall(i % 2 == 0 ? 700ms : -699ms);
    fake_.advance(1ms);
  }
  first.join();
  second.join();
}

// A machine whose battery is empty.
TEST_F(ClockTest, BeforeNineteenSeventyItCountsFromThere) {
  fake_.jump_wall(-fake_.wall() - 24h * 3650);
  Clock clock(fake_.source());
  EXPECT_EQ(clock.now(), 0u);
  fake_.advance(90s);
  EXPECT_EQ(clock.now(), ms(90s));
  EXPECT_TRUE(clock.resume(ms(1h)));
  EXPECT_EQ(clock.now(), ms(1h));
  fake_.jump_wall(-fake_.wall() + 24h);
  EXPECT_EQ(clock.now(), ms(24h)) << "the wall clock is set right";
}

TEST_F(ClockTest, ResumesAtTheMark) {
  EXPECT_TRUE(clock_.resume(wall() + ms(3h)));
  EXPECT_EQ(clock_.now(), wall() + ms(3h));
  fake_.advance(1s);
  EXPECT_EQ(clock_.now(), wall() + ms(3h));
}

TEST_F(ClockTest, AMarkInThePastChangesNothing) {
  EXPECT_TRUE(clock_.resume(wall() - ms(3h)));
  EXPECT_EQ(clock_.now(), wall());
  EXPECT_TRUE(clock_.resume(0));
  EXPECT_EQ(clock_.now(), wall());
}

TEST_F(ClockTest, AMarkOneDayAheadIsBelieved) {
  EXPECT_TRUE(clock_.resume(wall() + ms(24h)));
  EXPECT_EQ(clock_.now(), wall() + ms(24h));
}

TEST_F(ClockTest, AMarkMoreThanOneDayAheadIsIgnored) {
  EXPECT_FALSE(clock_.resume(wall() + ms(24h) + 1));
  EXPECT_EQ(clock_.now(), wall());
  EXPECT_FALSE(clock_.resume(never_expires));
  EXPECT_EQ(clock_.now(), wall());
}

TEST_F(ClockTest, AMarkDoesNotSetAClockBackThatIsAheadAlready) {
  fake_.jump_wall(5h);
  const Instant ahead = clock_.now();
  fake_.jump_wall(-5h);
  EXPECT_TRUE(clock_.resume(wall() + ms(2h)));
  EXPECT_EQ(clock_.now(), ahead);
}

TEST_F(ClockTest, RemovalIsByTheTimeItself) {
  fake_.advance(3h);
  EXPECT_EQ(clock_.removal_time(), clock_.now());
  EXPECT_EQ(clock_.removal_grace_left(), 0u);
}

TEST_F(ClockTest, RemovalWaitsForAnHourAfterAJump) {
  const Instant before = clock_.now();
  fake_.jump_wall(10h);
  const Instant after = clock_.now();
  EXPECT_EQ(clock_.removal_time(), before);
  EXPECT_EQ(clock_.removal_grace_left(), Clock::removal_grace);
  fake_.advance(1h - 1ms);
  EXPECT_EQ(clock_.removal_time(), before);
  EXPECT_EQ(clock_.removal_grace_left(), 1u);
  fake_.advance(1ms);
  EXPECT_EQ(clock_.removal_time(), after + ms(1h));
  EXPECT_EQ(clock_.removal_grace_left(), 0u);
}

TEST_F(ClockTest, AStepOfLessThanAMinuteIsNoJump) {
  fake_.jump_wall(1min - 1ms);
  EXPECT_EQ(clock_.removal_time(), wall());
  fake_.jump_wall(1min);
  EXPECT_LT(clock_.removal_time(), wall());
}

TEST_F(ClockTest, AJumpDuringTheGraceOfAnotherKeepsTheFirstOnesTime) {
  const Instant before = clock_.now();
  fake_.jump_wall(10h);
  EXPECT_EQ(clock_.removal_time(), before);
  fake_.advance(30min);
  fake_.jump_wall(10h);
  EXPECT_EQ(clock_.removal_time(), before);
  EXPECT_EQ(clock_.removal_grace_left(), Clock::removal_grace);
  fake_.advance(59min);
  EXPECT_EQ(clock_.removal_time(), before);
  fake_.advance(1min);
  EXPECT_EQ(clock_.removal_time(), clock_.now());
}

TEST_F(ClockTest, AJumpAfterTheGraceOfAnotherHasItsOwn) {
  fake_.jump_wall(10h);
  EXPECT_LT(clock_.removal_time(), clock_.now());
  fake_.advance(2h);
  const Instant before = clock_.now();
  fake_.jump_wall(10h);
  EXPECT_EQ(clock_.removal_time(), before);
}

TEST_F(ClockTest, RemovalTimeIsNeverAheadOfTheTime) {
  const std::chrono::milliseconds steps[] = {-1h, 2h, -3h, 1ms, 61s, 5h, -5h, 30min};
  for (int round = 0; round < 100; ++round) {
    fake_.jump_wall(steps[round % 8]);
    fake_.advance(std::chrono::minutes(round % 7));
    ASSERT_LE(clock_.removal_time(), clock_.now());
  }
}

TEST(SystemClock, IsWhatAClockWithoutASourceReads) {
  const ClockReading before = system_clock_reading();
  const Clock clock{ClockSource()};
  const Instant now = clock.now();
  const ClockReading after = system_clock_reading();
  EXPECT_GE(now, ms(before.wall));
  EXPECT_LE(now, ms(after.wall) + 1000);
  EXPECT_GE(after.boot, before.boot);
}

}  // namespace
}  // namespace cairn::ttl
