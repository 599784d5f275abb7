// Expiries in few buckets: nothing is lost, nothing is dead too soon, and little is late.
#include "ttl/expiry_histogram.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <vector>

namespace cairn::ttl {
namespace {

constexpr Instant now = 1'700'000'000'000;
constexpr Instant second = 1000;

// The first moment at which everything that expires at that time or before is known to be dead.
Instant known_dead(const ExpiryHistogram& histogram, Instant expires_at) {
  for (const ExpiryHistogram::Bucket& each : histogram.buckets()) {
    if (each.first <= expires_at && expires_at <= each.last) return each.last;
  }
  ADD_FAILURE() << expires_at << " is in no bucket";
  return 0;
}

std::uint64_t bytes(const ExpiryHistogram& histogram) {
  std::uint64_t sum = 0;
  Instant end = 0;
  for (const ExpiryHistogram::Bucket& each : histogram.buckets()) {
    EXPECT_LE(each.first, each.last);
    if (sum > 0) {
      EXPECT_GT(each.first, end);
    }
    end = each.last;
    sum += each.bytes;
  }
  return sum;
}

TEST(ExpiryHistogram, HasAFewTimesAsTheyAre) {
  ExpiryHistogram histogram(now);
  EXPECT_TRUE(histogram.buckets().empty());
  for (Instant i = 0; i < ExpiryHistogram::most_buckets; ++i) {
    histogram.add(now + i * second, i + 1);
  }
  ASSERT_EQ(histogram.buckets().size(), ExpiryHistogram::most_buckets);
  for (Instant i = 0; i < ExpiryHistogram::most_buckets; ++i) {
    EXPECT_EQ(histogram.buckets()[i].bytes, i + 1);
    EXPECT_LT(known_dead(histogram, now + i * second), now + i * second + ExpiryHistogram::grain);
  }
}

// With buckets of one width the last record would make the others as good as one.
TEST(ExpiryHistogram, OneThatLivesLongDoesNotBlurTheOthers) {
  ExpiryHistogram histogram(now);
  std::mt19937_64 random(1);
  histogram.add(now + 24 * 3600 * second, 1);
  for (int i = 0; i < 10'000; ++i) histogram.add(now + 10 * second + random() % (110 * second), 1);
  EXPECT_EQ(bytes(histogram), 10'001u);
  EXPECT_LE(histogram.buckets().size(), ExpiryHistogram::most_buckets);
  for (Instant at = now + 10 * second; at < now + 120 * second; at += second) {
    EXPECT_LT(known_dead(histogram, at), at + (at - now) / 4 + second) << (at - now);
  }
}

TEST(ExpiryHistogram, IsLateByAShareOfTheLifeWhateverTheOrder) {
  for (const int order : {0, 1, 2}) {
    ExpiryHistogram histogram(now);
    std::mt19937_64 random(2);
    std::vector<Instant> lives;
    for (int i = 0; i < 20'000; ++i) lives.push_back(second << (random() % 17));
    for (Instant& each : lives) each += random() % each;
    if (order > 0) std::sort(lives.begin(), lives.end());
    if (order > 1) std::reverse(lives.begin(), lives.end());
    for (const Instant each : lives) histogram.add(now + each, 3);
    EXPECT_EQ(bytes(histogram), 60'000u);
    for (const Instant each : lives) {
      EXPECT_LT(known_dead(histogram, now + each), now + each + each / 2 + second) << order;
    }
  }
}

TEST(ExpiryHistogram, TakesAnyTime) {
  ExpiryHistogram histogram(now);
  std::mt19937_64 random(3);
  for (int i = 0; i < 1000; ++i) histogram.add(random() >> random() % 64, 1);
  histogram.add(0, 1);
  histogram.add(never_expires - 1, 1);
  EXPECT_EQ(bytes(histogram), 1002u);
}

}  // namespace
}  // namespace cairn::ttl
