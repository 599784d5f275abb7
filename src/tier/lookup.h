// Finding a key's record in its bucket.
#pragma once

#include <cstddef>
#include <optional>

#include "tier/index.h"
#include "tier/key.h"
#include "tier/record_words.h"

namespace cairn::tier {

struct Found {
  std::size_t number;  ///< of the slot
  Slot slot;
  RecordHead head;
};

/// Inlined everywhere, so that nothing of its answer goes through memory.
/// A reader, who holds no lock, may find what is not there or has been written over; `end` keeps it
/// inside the memory then.
[[gnu::always_inline]] inline std::optional<Found> look_up(const Bucket& bucket, const Key& key,
                                                           const Word* words,
                                                           std::size_t end) noexcept {
  for (std::size_t number = 0; number < Bucket::slot_count; ++number) {
    const Slot slot = bucket.slot(number);
    if (!slot.may_be(key.hash) || slot.empty()) continue;
    const Word* const at = words + slot.offset();
    const RecordHead head = RecordHead::load_from(at);
    if (head.key_size != key.bytes.size() || head.space != key.space) continue;
    if (slot.offset() + head.total_words() > end) continue;
    if (equal_bytes(at + RecordHead::words, key.bytes)) return Found{number, slot, head};
  }
  return std::nullopt;
}

}  // namespace cairn::tier
