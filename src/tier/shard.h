// A part of a record tier with a lock of its own, under which all writing is done.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "process/mutex.h"
#include "tier/ghosts.h"
#include "tier/index.h"
#include "tier/key.h"
#include "tier/log.h"
#include "tier/lookup.h"
#include "tier/record_words.h"
#include "tier/spaces.h"

namespace cairn::tier {

/// What is written under a key.
struct Entry {
  std::string_view record;
  Instant expires_at;
  std::uint8_t note;
};

/// Where the record lay that a change has removed: the next one of the same size is written there.
class Place {
 public:
  Place() = default;
  Place(Slot slot, std::uint32_t generation) noexcept : slot_(slot), generation_(generation) {}

  bool any() const noexcept { return !slot_.empty(); }
  std::size_t offset() const noexcept { return slot_.offset(); }
  std::uint32_t generation() const noexcept { return generation_; }

 private:
  Slot slot_;
  std::uint32_t generation_ = 0;
};

class Shard {
 public:
  Shard(const Index& index, Word* words, std::size_t end, Segments& segments, const Spaces& spaces,
        Ghosts ghosts, Log log) noexcept;

  /// False if the state is not that any more, or the lock is not to be had at once.
  bool fill(const Key& key, BucketState seen, const Entry& entry, Instant now) noexcept
      CAIRN_EXCLUDES(mutex_);

  Place begin_change(const Key& key) noexcept CAIRN_EXCLUDES(mutex_);
  void end_change(const Key& key) noexcept CAIRN_EXCLUDES(mutex_);
  /// Ends it as well.  `only_known`: what was neither in `old` nor among the ghosts is not kept.
  void end_change(const Key& key, Place old, const Entry& entry, bool only_known,
                  Instant now) noexcept CAIRN_EXCLUDES(mutex_);

  struct Counts {
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;
    std::uint64_t evictions = 0;
    std::uint64_t expired = 0;
  };
  Counts counts() const noexcept CAIRN_EXCLUDES(mutex_);

 private:
  void remove(Bucket& bucket, std::size_t number, const RecordHead& head) noexcept
      CAIRN_REQUIRES(mutex_);
  void insert(Bucket& bucket, const Key& key, const Entry& entry, Queue queue, bool asked_for,
              Instant now) noexcept CAIRN_REQUIRES(mutex_);
  bool insert_in_place(Bucket& bucket, const Key& key, Place old, const Entry& entry) noexcept
      CAIRN_REQUIRES(mutex_);
  void write(Bucket& bucket, const Key& key, const Entry& entry, std::size_t offset,
             bool asked_for) noexcept CAIRN_REQUIRES(mutex_);
  std::size_t empty_slot(Bucket& bucket) noexcept CAIRN_REQUIRES(mutex_);

  // Giving up segments, so that there is always room for what comes.
  void make_room(std::size_t words, Instant now) noexcept CAIRN_REQUIRES(mutex_);
  std::size_t give_up_some(Log::Victim& victim, std::size_t words, bool keep, Instant now) noexcept
      CAIRN_REQUIRES(mutex_);
  void give_up(std::size_t offset, const RecordHead& head, Queue queue, bool keep, Instant now,
               Spaces::Look& spaces) noexcept CAIRN_REQUIRES(mutex_);
  void move_to_main(Bucket& bucket, std::size_t number, Slot slot, const RecordHead& head) noexcept
      CAIRN_REQUIRES(mutex_);

  mutable process::Mutex mutex_;
  const Index& index_;
  Word* const words_;
  const std::size_t end_;
  Segments& segments_;
  const Spaces& spaces_;
  Ghosts ghosts_ CAIRN_GUARDED_BY(mutex_);
  Log log_ CAIRN_GUARDED_BY(mutex_);
  Counts counts_ CAIRN_GUARDED_BY(mutex_);
  std::size_t turn_ CAIRN_GUARDED_BY(mutex_) = 0;  // which slot a full bucket looks at first
};

}  // namespace cairn::tier
