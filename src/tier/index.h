// The index of a record tier: buckets of one cache line, in which readers lock nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "tier/words.h"

namespace cairn::tier {

inline constexpr std::size_t cache_line = 64;

/// What a slot of a bucket says: where a record lies, what of its hash, whether it was asked for
/// since it came or its segment was last given up.  The word zero is an empty slot.
class Slot {
 public:
  Slot() = default;
  explicit Slot(std::uint64_t word) noexcept : word_(word) {}
  Slot(std::uint64_t hash, std::size_t offset, bool asked_for) noexcept
      : word_(tag_of(hash) | (asked_for ? asked_for_bit : 0) | offset) {}

  std::uint64_t word() const noexcept { return word_; }
  bool empty() const noexcept { return word_ == 0; }
  bool may_be(std::uint64_t hash) const noexcept { return (word_ & tag_mask) == tag_of(hash); }
  std::size_t offset() const noexcept { return word_ & offset_mask; }
  bool asked_for() const noexcept { return (word_ & asked_for_bit) != 0; }

  Slot marked() const noexcept { return Slot(word_ | asked_for_bit); }
  Slot unmarked() const noexcept { return Slot(word_ & ~asked_for_bit); }
  Slot with_offset(std::size_t offset) const noexcept {
    return Slot((word_ & ~offset_mask) | offset);
  }

 private:
  static constexpr int offset_bits = 39;  // in words: four TiB
  static constexpr std::uint64_t asked_for_bit = std::uint64_t{1} << offset_bits;
  static constexpr std::uint64_t offset_mask = asked_for_bit - 1;
  static constexpr std::uint64_t tag_mask = ~(asked_for_bit | offset_mask);
  // The lowest bits of the hash; the highest choose the bucket.
  static std::uint64_t tag_of(std::uint64_t hash) noexcept { return hash << (offset_bits + 1); }

  std::uint64_t word_ = 0;
};

/// The state of a bucket: a version, which grows whenever a slot is emptied or led elsewhere, and
/// the number of changes that are under way.
///
/// Who writes (under the shard's lock) empties the slot, raises the version, and only then uses the
/// record's words for something else.  So what a reader has copied is right if the version is after
/// copying what it was before the slot was read; and a fill is right if state was the same before
/// the engine was read, with no change under way.
class BucketState {
 public:
  explicit BucketState(std::uint64_t word) noexcept : word_(word) {}

  std::uint64_t word() const noexcept { return word_; }
  bool changing() const noexcept { return (word_ & changes_mask) != 0; }
  BucketState next_version() const noexcept { return BucketState(word_ + one_version); }
  BucketState change_begun() const noexcept { return BucketState(word_ + one_version + 1); }
  BucketState change_ended() const noexcept { return BucketState(word_ + one_version - 1); }

 private:
  // A batch may have many changes in one bucket: 16 million at once.
  static constexpr int changes_bits = 24;
  static constexpr std::uint64_t one_version = std::uint64_t{1} << changes_bits;
  static constexpr std::uint64_t changes_mask = one_version - 1;

  std::uint64_t word_;
};

struct alignas(cache_line) Bucket {
  static constexpr std::size_t slot_count = 7;

  Word state_word;
  std::array<Word, slot_count> slot_words;

  BucketState state() const noexcept { return BucketState(load(state_word)); }
  Slot slot(std::size_t number) const noexcept { return Slot(load(slot_words[number])); }

  // For whoever holds the shard's lock.
  void set(BucketState state) noexcept { store(state_word, state.word()); }
  void set(std::size_t number, Slot slot) noexcept { store(slot_words[number], slot.word()); }

  /// For a reader: the record was asked for.  Written only where that changes something, so that
  /// what is hot stays in every processor's cache.
  void mark(std::size_t number, Slot slot) noexcept {
    if (slot.asked_for()) return;
    std::uint64_t seen = slot.word();
    slot_words[number].compare_exchange_strong(seen, slot.marked().word(),
                                               std::memory_order_relaxed);
  }
};
static_assert(sizeof(Bucket) == cache_line);

/// All buckets of all shards, one after the other.
class Index {
 public:
  Index(Word* words, std::size_t shards, std::size_t buckets_of_shard) noexcept
      : buckets_(reinterpret_cast<Bucket*>(words)),
        shards_(shards),
        count_(shards * buckets_of_shard) {}

  Bucket& bucket(std::uint64_t hash) const noexcept { return buckets_[scaled(hash, count_)]; }
  /// The shard whose the bucket is: both grow with the highest bits of the hash.
  std::size_t shard(std::uint64_t hash) const noexcept { return scaled(hash, shards_); }

 private:
  static std::size_t scaled(std::uint64_t hash, std::size_t count) noexcept {
    return static_cast<std::size_t>((hash >> 32) * count >> 32);
  }

  Bucket* buckets_;
  std::size_t shards_;
  std::size_t count_;
};

}  // namespace cairn::tier
