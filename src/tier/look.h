// A look at a record that lies in the tier, without a lock.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "tier/index.h"
#include "tier/record_words.h"
#include "tier/words.h"

namespace cairn::tier {

/// Nothing that it says counts until valid() has said yes after it: the record may be written over
/// meanwhile, and until then it is some bytes of some size.  Used within one operation, while the
/// tier lives.
class Look {
 public:
  /// Nothing was found.
  Look() = default;
  Look(const Bucket& bucket, BucketState before, const Word* record,
       const RecordHead& head) noexcept
      : bucket_(&bucket), before_(before), record_(record), head_(head) {}

  explicit operator bool() const noexcept { return bucket_ != nullptr; }

  Instant expires_at() const noexcept { return head_.expires_at; }
  std::uint8_t note() const noexcept { return head_.note; }
  /// Of the record; less than 16 MiB, and within the tier, even if it is not valid.
  std::size_t size() const noexcept { return head_.size; }

  /// The bytes of the record from `from` on, as many as there are or `to` takes; their number.
  std::size_t copy(std::size_t from, std::span<char> to) const noexcept {
    if (from >= head_.size) return 0;
    const std::size_t count = std::min(head_.size - from, to.size());
    load_bytes(record_, from, to.data(), count);
    return count;
  }

  /// Whether all that was copied until now is of one record, which was there when the look began.
  bool valid() const noexcept { return load(bucket_->state_word) == before_.word(); }

 private:
  const Bucket* bucket_ = nullptr;
  BucketState before_{0};
  const Word* record_ = nullptr;
  RecordHead head_{};
};

}  // namespace cairn::tier
