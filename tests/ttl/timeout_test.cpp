// Every duration that a program may have at hand, and what becomes of it in milliseconds.
#include <cairn/timeout.h>

#include <cstdint>
#include <limits>
#include <ratio>

#include <gtest/gtest.h>

namespace cairn {
namespace {

using namespace std::chrono_literals;
using std::chrono::duration;
using std::chrono::milliseconds;

template <class T>
concept MakesATimeout = std::is_convertible_v<T, Timeout>;
// That a bare number makes none is said by the compiler: tests/messages/timeout_without_unit.cpp.
static_assert(MakesATimeout<std::chrono::nanoseconds> && MakesATimeout<duration<float>>);
static_assert(Timeout(2s) == Timeout(2000ms), "also at compile time");

TEST(Timeout, WholeDurationsAreExact) {
  EXPECT_EQ(Timeout(1ms).duration(), 1ms);
  EXPECT_EQ(Timeout(30s).duration(), 30'000ms);
  EXPECT_EQ(Timeout(5min).duration(), 300'000ms);
  EXPECT_EQ(Timeout(14 * 24h).duration(), 1'209'600'000ms);
  EXPECT_EQ(Timeout(std::chrono::weeks(2)).duration(), 1'209'600'000ms);
}

TEST(Timeout, FinerDurationsAreRoundedUp) {
  EXPECT_EQ(Timeout(1us).duration(), 1ms);
  EXPECT_EQ(Timeout(1000us).duration(), 1ms);
  EXPECT_EQ(Timeout(1001us).duration(), 2ms);
  EXPECT_EQ(Timeout(1ns).duration(), 1ms);
  EXPECT_EQ(Timeout(1'000'001ns).duration(), 2ms);
}

TEST(Timeout, FinerNegativeDurationsKeepNothingEither) {
  EXPECT_FALSE(Timeout(-1ns).keeps());
  EXPECT_FALSE(Timeout(-1500us).keeps());
  EXPECT_EQ(Timeout(-1500us).duration(), -1ms);
}

TEST(Timeout, ZeroAndLessKeepNothing) {
  EXPECT_FALSE(Timeout(0s).keeps());
  EXPECT_FALSE(Timeout(-1ms).keeps());
  EXPECT_FALSE(Timeout(std::chrono::hours::min()).keeps());
  EXPECT_FALSE(Timeout(duration<double>(0.0)).keeps());
  EXPECT_FALSE(Timeout(duration<double>(-0.5)).keeps());
  EXPECT_TRUE(Timeout(1ns).keeps());
}

TEST(Timeout, FractionsOfASecondAreWhatTheySay) {
  EXPECT_EQ(Timeout(0.5s).duration(), 500ms);
  EXPECT_EQ(Timeout(0.25s).duration(), 250ms);
  EXPECT_EQ(Timeout(1.5min).duration(), 90'000ms);
  EXPECT_EQ(Timeout(duration<float>(0.5f)).duration(), 500ms);
}

// The nearest double to 0.4 is a little above it: rounding that up must not make 401 ms of it.
TEST(Timeout, FractionsThatNoDoubleCanHoldAreWhatTheySayToo) {
  EXPECT_EQ(Timeout(duration<double>(0.4)).duration(), 400ms);
  EXPECT_EQ(Timeout(duration<double>(0.1)).duration(), 100ms);
  EXPECT_EQ(Timeout(duration<double>(0.3)).duration(), 300ms);
  EXPECT_EQ(Timeout(duration<double>(1.1)).duration(), 1100ms);
  EXPECT_EQ(Timeout(0.4s).duration(), 400ms);
}

TEST(Timeout, TheSmallestFractionIsOneMillisecond) {
  EXPECT_EQ(Timeout(duration<double>(1e-9)).duration(), 1ms);
  EXPECT_EQ(Timeout(duration<double>(std::numeric_limits<double>::denorm_min())).duration(), 1ms);
}

TEST(Timeout, WhatIsTooLongToCountIsNever) {
  EXPECT_TRUE(Timeout(std::chrono::hours::max()).is_never());
  EXPECT_TRUE(Timeout(std::chrono::seconds::max()).is_never());
  EXPECT_TRUE(Timeout(milliseconds::max()).is_never());
  EXPECT_TRUE(Timeout(duration<double>(1e300)).is_never());
  EXPECT_TRUE(Timeout(duration<float>(std::numeric_limits<float>::infinity())).is_never());
  EXPECT_EQ(Timeout(std::chrono::hours::max()), never);
}

TEST(Timeout, TheLongestThatCanBeCountedIsNotNever) {
  EXPECT_FALSE(Timeout(milliseconds::max() - 1ms).is_never());
  EXPECT_FALSE(Timeout(std::chrono::nanoseconds::max()).is_never());
  constexpr std::int64_t seconds = std::numeric_limits<std::int64_t>::max() / 1000;
  EXPECT_EQ(Timeout(std::chrono::seconds(seconds)).duration(), milliseconds(seconds * 1000));
  EXPECT_TRUE(Timeout(std::chrono::seconds(seconds + 1)).is_never());
}

TEST(Timeout, MinusInfinityKeepsNothing) {
  EXPECT_FALSE(Timeout(duration<double>(-std::numeric_limits<double>::infinity())).keeps());
}

TEST(Timeout, WhatIsNotANumberIsRefused) {
  EXPECT_THROW(Timeout(duration<double>(std::numeric_limits<double>::quiet_NaN())), InvalidOption);
  EXPECT_THROW(Timeout(duration<float>(std::numeric_limits<float>::quiet_NaN())), InvalidOption);
}

TEST(Timeout, UnsignedDurationsDoNotTurnNegative) {
  EXPECT_EQ(Timeout(duration<std::uint64_t>(7)).duration(), 7s);
  EXPECT_EQ(Timeout(duration<std::uint8_t>(200)).duration(), 200s);
  EXPECT_EQ(Timeout(duration<std::uint32_t, std::milli>(4'000'000'000u)).duration(),
            milliseconds(4'000'000'000));
  using Longest = duration<std::uint64_t, std::milli>;
  EXPECT_TRUE(Timeout(Longest::max()).is_never());
  EXPECT_TRUE(Timeout(duration<std::uint64_t, std::nano>::max()).keeps());
}

TEST(Timeout, PeriodsThatAreNoMultipleOfAMillisecondAreRoundedUp) {
  using Frame = duration<int, std::ratio<1, 60>>;
  EXPECT_EQ(Timeout(Frame(1)).duration(), 17ms);
  EXPECT_EQ(Timeout(Frame(60)).duration(), 1000ms);
  EXPECT_FALSE(Timeout(Frame(0)).keeps());
  EXPECT_FALSE(Timeout(Frame(-1)).keeps());
}

TEST(Timeout, NeverKeepsAndIsTheLongest) {
  EXPECT_TRUE(never.is_never());
  EXPECT_TRUE(never.keeps());
  EXPECT_EQ(never.duration(), milliseconds::max());
  EXPECT_EQ(never, Timeout::forever());
  EXPECT_FALSE(never == Timeout(1h));
}

}  // namespace
}  // namespace cairn
