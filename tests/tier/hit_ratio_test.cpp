// How much of what is asked for the tier has, beside simulated caches with the same bytes.  Nothing
// is timed.  The table that it prints is that of docs/performance.md.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tier/record_tier.h"
#include "tier/simulated_caches.h"

namespace cairn::tier {
namespace {

constexpr std::size_t key_count = 100'000;
constexpr std::size_t budget = std::size_t{2} << 20;
constexpr std::size_t key_size = 16;
constexpr std::size_t record_size = 118;  // a value of 100 bytes
// What a cache of the simulated kind needs besides key and record, if it wastes nothing: two
// pointers of its order, one of its table, a hash; and the expiry, the lengths and the note that
// the tier has, too.
constexpr std::size_t entry_bytes = key_size + record_size + 32 + 16;

using Trace = std::vector<std::uint32_t>;  // keys

// Keys by Zipf's law, the k-th most popular somewhere among all.
class Zipf {
 public:
  Zipf(double exponent, unsigned seed) : random_(seed), sums_(key_count), names_(key_count) {
    double sum = 0;
    for (std::size_t i = 0; i < key_count; ++i) {
      sum += 1 / std::pow(static_cast<double>(i + 1), exponent);
      sums_[i] = sum;
    }
    std::iota(names_.begin(), names_.end(), 0u);
    std::shuffle(names_.begin(), names_.end(), random_);
  }
  std::uint32_t next() {
    const double where = std::uniform_real_distribution<double>(0, sums_.back())(random_);
    const auto found = std::lower_bound(sums_.begin(), sums_.end(), where);
    return names_[static_cast<std::size_t>(found - sums_.begin())];
  }

 private:
  std::mt19937_64 random_;
  std::vector<double> sums_;
  std::vector<std::uint32_t> names_;
};

Trace zipf(double exponent, std::size_t count) {
  Zipf keys(exponent, 7);
  Trace trace;
  for (std::size_t i = 0; i < count; ++i) trace.push_back(keys.next());
  return trace;
}

// Every 50,000 requests somebody asks for all keys, one after the other.
Trace zipf_and_scans(double exponent, std::size_t count) {
  Zipf keys(exponent, 7);
  Trace trace;
  for (std::size_t i = 0; i < count; ++i) {
    trace.push_back(keys.next());
    if (i % 50'000 != 49'999) continue;
    for (std::uint32_t key = 0; key < key_count; ++key) trace.push_back(key);
  }
  return trace;
}

// Nine of ten requests are for a working set that moves on by one key every ten requests.
Trace moving(std::size_t working_set, std::size_t count) {
  std::mt19937_64 random(7);
  Trace trace;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t key = random() % 10 == 0 ? random() : i / 10 + random() % working_set;
    trace.push_back(static_cast<std::uint32_t>(key % key_count));
  }
  return trace;
}

template <class Cache>
double percent(Cache&& cache, const Trace& trace) {
  std::size_t hits = 0;
  for (const std::uint32_t key : trace) {
    if (cache.request(key)) ++hits;
  }
  return 100.0 * static_cast<double>(hits) / static_cast<double>(trace.size());
}

/// As a reader uses it: what is missing is filled in.
class RealTier {
 public:
  RealTier() : tier_(budget), space_(tier_.new_space()) {}

  bool request(std::uint32_t number) {
    char bytes[key_size + 1];
    std::snprintf(bytes, sizeof bytes, "user:%011u", number);
    const Key k = key(space_, {bytes, key_size});
    if (tier_.find(k, record_)) return true;
    tier_.fill(k, tier_.ticket(k), std::string(record_size, 'r'), never_expires, 0, 1);
    return false;
  }

 private:
  RecordTier tier_;
  Space space_;
  std::string record_;
};

struct Row {
  double tier;
  double lru;
};

Row compare(const char* name, const Trace& trace) {
  const SimulatedSize size{key_count, budget, entry_bytes};
  const double tier = percent(RealTier(), trace);
  const double lru = percent(SimulatedLru(size), trace);
  const double sieve = percent(SimulatedSieve(size), trace);
  const double s3_fifo = percent(SimulatedS3Fifo(size), trace);
  std::printf("%-28s tier %5.1f   LRU %5.1f   SIEVE %5.1f   S3-FIFO %5.1f\n", name, tier, lru,
              sieve, s3_fifo);
  return {tier, lru};
}

constexpr double tolerance = 0.5;  // points

TEST(HitRatio, UnderZipfsLawTheTierHasAtLeastWhatExactLruHas) {
  for (const double exponent : {0.8, 1.0, 1.2}) {
    const std::string name = "Zipf " + std::to_string(exponent).substr(0, 3);
    const Row row = compare(name.c_str(), zipf(exponent, 500'000));
    EXPECT_GE(row.tier, row.lru - tolerance) << name;
  }
}

// Where LRU has little left to lose (Zipf 1.2: nothing simulated is 5 points better), three.
TEST(HitRatio, AScanDoesNotWashTheTierOut) {
  for (const double exponent : {0.8, 1.0, 1.2}) {
    const std::string name = "Zipf " + std::to_string(exponent).substr(0, 3) + " and scans";
    const Row row = compare(name.c_str(), zipf_and_scans(exponent, 300'000));
    EXPECT_GE(row.tier, row.lru + (exponent < 1.2 ? 5 : 3)) << name;
  }
}

TEST(HitRatio, TheTierFollowsAWorkingSetThatMoves) {
  for (const std::size_t working_set : {2'500, 5'000, 7'500, 10'000, 30'000}) {
    const std::string name = std::to_string(working_set) + " keys that move";
    const Row row = compare(name.c_str(), moving(working_set, 500'000));
    EXPECT_GE(row.tier, row.lru - tolerance) << name;
  }
}

}  // namespace
}  // namespace cairn::tier
