// How long calls took.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace bench {

// Each bucket is at most 1/64 of its durations wide.
struct Buckets {
  static constexpr std::size_t steps = 64;  // of each power of two
  static constexpr std::size_t count = 64 * steps;

  // Below `steps` every number has a bucket of its own.
  static constexpr std::size_t of(std::uint64_t ns) {
    if (ns < steps) return ns;
    const auto shift = static_cast<std::size_t>(std::bit_width(ns)) - std::bit_width(steps);
    return shift * steps + (ns >> shift);
  }
  static constexpr std::uint64_t upper_end(std::size_t bucket) {
    if (bucket < 2 * steps) return bucket;
    const std::size_t shift = bucket / steps - 1;
    return ((bucket % steps + steps + 1) << shift) - 1;
  }
};
static_assert(Buckets::of(Buckets::steps) == Buckets::steps);
static_assert(Buckets::upper_end(Buckets::of(1'000'000)) >= 1'000'000);
static_assert(Buckets::upper_end(Buckets::of(1'000'000)) < 1'000'000 + 1'000'000 / Buckets::steps);
static_assert(Buckets::upper_end(Buckets::of(1'000'000) - 1) < 1'000'000);

/// Durations in nanoseconds, in such buckets: what HdrHistogram keeps, which
/// Debian 12 has for Go and Java only.  Recording takes no branch that depends on what came before.
class Histogram {
 public:
  void record(std::uint64_t ns) {
    ++buckets_[Buckets::of(ns)];
    ++count_;
    if (ns > max_) max_ = ns;
  }
  void add(const Histogram& other);

  std::uint64_t count() const { return count_; }
  std::uint64_t max() const { return max_; }
  /// The shortest duration, to within 1/64, that at least that share of all calls did not exceed;
  /// 0 if there was none.
  std::uint64_t quantile(double share) const;

 private:
  std::array<std::uint64_t, Buckets::count> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace bench
