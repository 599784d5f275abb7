// Bytes by the time at which they expire.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "ttl/record.h"

namespace cairn::ttl {

/// At most 64 buckets of whatever widths fit what is added.
///
/// Buckets of one width would not do: one record that lives for a day would make them 22 minutes
/// wide, and those that live for 30 seconds could not be told from it.  So when there is one bucket
/// too many, two neighbours become one: those that cost the least, which is the time by which the
/// first to expire is then taken to expire late, as a share of the time that it has to live.
class ExpiryHistogram {
 public:
  static constexpr std::size_t most_buckets = 64;
  /// Times that are not further apart may share a bucket from the beginning, in ms.
  static constexpr Instant grain = 128;

  struct Bucket {
    Instant first;  ///< nothing in it expires before that
    Instant last;   ///< everything has expired by then
    std::uint64_t bytes;
  };

  /// `now`: from when on records live.
  explicit ExpiryHistogram(Instant now = 0) noexcept : now_(now) {}

  /// Not for what never expires.
  void add(Instant expires_at, std::uint64_t bytes) noexcept;
  /// In the order of time; they do not overlap.
  std::span<const Bucket> buckets() const noexcept { return {buckets_.data(), count_}; }

 private:
  void merge_cheapest() noexcept;
  double cost(const Bucket& earlier, const Bucket& later) const noexcept;

  Instant now_;
  std::size_t count_ = 0;
  std::array<Bucket, most_buckets + 1> buckets_;
};

}  // namespace cairn::ttl
