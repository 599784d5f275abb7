#include "ttl/expiry_histogram.h"

#include <algorithm>
#include <iterator>

namespace cairn::ttl {
namespace {

// Whoever lives for less is treated as if it lived so long, in ms.
constexpr Instant shortest_life = 1000;

}  // namespace

void ExpiryHistogram::add(Instant expires_at, std::uint64_t bytes) noexcept {
  const auto end = buckets_.begin() + static_cast<std::ptrdiff_t>(count_);
  const auto at =
      std::lower_bound(buckets_.begin(), end, expires_at,
                       [](const Bucket& bucket, Instant time) { return bucket.last < time; });
  if (at != end && at->first <= expires_at) {
    at->bytes += bytes;
    return;
  }
  std::move_backward(at, end, end + 1);
  const Instant first = expires_at - expires_at % grain;
  *at = {first, first + (grain - 1), bytes};
  // Neighbours that were merged need not begin and end where a grain does.
  if (at != buckets_.begin()) at->first = std::max(at->first, std::prev(at)->last + 1);
  if (at != end) at->last = std::min(at->last, std::next(at)->first - 1);
  if (++count_ > most_buckets) merge_cheapest();
}

double ExpiryHistogram::cost(const Bucket& earlier, const Bucket& later) const noexcept {
  const Instant life = std::max(earlier.first, now_) - now_;
  return static_cast<double>(later.last - earlier.first) /
         static_cast<double>(std::max(life, shortest_life));
}

void ExpiryHistogram::merge_cheapest() noexcept {
  std::size_t cheapest = 0;
  for (std::size_t i = 1; i + 1 < count_; ++i) {
    if (cost(buckets_[i], buckets_[i + 1]) < cost(buckets_[cheapest], buckets_[cheapest + 1])) {
      cheapest = i;
    }
  }
  Bucket& merged = buckets_[cheapest];
  merged.last = buckets_[cheapest + 1].last;
  merged.bytes += buckets_[cheapest + 1].bytes;
  std::move(buckets_.begin() + static_cast<std::ptrdiff_t>(cheapest) + 2,
            buckets_.begin() + static_cast<std::ptrdiff_t>(count_),
            buckets_.begin() + static_cast<std::ptrdiff_t>(cheapest) + 1);
  --count_;
}

}  // namespace cairn::ttl
