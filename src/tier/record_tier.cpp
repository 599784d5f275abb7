#include "tier/record_tier.h"

#include <deque>
#include <new>
#include <stdexcept>
#include <utility>

#include "tier/lookup.h"
#include "tier/memory.h"
#include "tier/plan.h"
#include "tier/thread_tally.h"

namespace cairn::tier {

namespace {

// The memory, in this order: the index, the ghosts, the log.
std::size_t log_start(const Plan& plan) { return plan.index_bytes + plan.ghost_bytes; }

// Below this, large pages would be a great part of the whole.
constexpr std::size_t least_for_large_pages = std::size_t{32} << 20;

}  // namespace

struct RecordTier::Impl {
  explicit Impl(std::size_t budget)
      : capacity(budget),
        plan(budget),
        memory(log_start(plan) + plan.log_bytes),
        words(memory.words()),
        end(memory.bytes() / word_bytes),
        index(words, plan.shards, plan.buckets),
        segments(log_start(plan) / word_bytes, plan.segment_bytes / word_bytes,
                 plan.shards * plan.segments) {
    if (budget >= least_for_large_pages) {
      memory.prefer_large_pages(0, plan.index_bytes);
      memory.prefer_large_pages(log_start(plan), memory.bytes());
    }
    auto* const ghosts = reinterpret_cast<std::uint32_t*>(words + plan.index_bytes / word_bytes);
    const auto remembered = static_cast<std::uint16_t>(plan.segments - plan.small_segments);
    for (std::size_t i = 0; i < plan.shards; ++i) {
      shards.emplace_back(index, words, end, segments, spaces,
                          Ghosts(ghosts + i * plan.ghosts, plan.ghosts, remembered),
                          Log(segments, plan.segments, plan.small_segments));
    }
  }

  /// As RecordTier::look().
  [[gnu::always_inline]] Look look(const Key& key) noexcept {
    Bucket& bucket = index.bucket(key.hash);
    const BucketState before = bucket.state();
    const auto found = look_up(bucket, key, words, end);
    if (!found) {
      tally.miss();
      return Look();
    }
    bucket.mark(found->number, found->slot);
    tally.hit();
    return Look(bucket, before, words + found->slot.offset() + found->head.record_offset(),
                found->head);
  }

  Shard& shard(const Key& key) noexcept { return shards[index.shard(key.hash)]; }

  bool suits(const Key& key, const Entry& entry) const noexcept {
    return key.space != no_space && key.bytes.size() + entry.record.size() <= plan.longest &&
           RecordHead::fits(key.bytes.size(), entry.record.size(), entry.expires_at);
  }

  const std::size_t capacity;
  const Plan plan;
  const Memory memory;
  Word* const words;
  const std::size_t end;
  const Index index;
  Segments segments;
  Spaces spaces;
  std::deque<Shard> shards;
  ThreadTally tally;
};

RecordTier::RecordTier(std::size_t bytes) {
  if (bytes < least_bytes) throw std::invalid_argument("a record tier of less than least_bytes");
  if (bytes > most_bytes) throw std::bad_alloc();
  impl_ = std::make_unique<Impl>(bytes);
}

RecordTier::~RecordTier() = default;

std::size_t RecordTier::longest() const noexcept { return impl_->plan.longest; }

Space RecordTier::new_space() { return impl_->spaces.add(); }

void RecordTier::retire(Space space) noexcept { impl_->spaces.retire(space); }

Look RecordTier::look(const Key& key) noexcept { return impl_->look(key); }

std::optional<RecordTier::Hit> RecordTier::find(const Key& key, std::string& record) noexcept try {
  std::optional<Hit> hit;
  const bool right = read(key, [&](const Look& found) {
    record.resize(found.size());
    found.copy(0, record);
    hit = Hit{found.expires_at(), found.note()};
  });
  return right ? hit : std::nullopt;
} catch (const std::bad_alloc&) {
  return std::nullopt;
}

std::optional<RecordTier::Peek> RecordTier::peek(const Key& key,
                                                 std::span<char> first) const noexcept {
  for (int tries = 0; tries < most_tries; ++tries) {
    const Bucket& bucket = impl_->index.bucket(key.hash);
    const BucketState before = bucket.state();
    const auto found = look_up(bucket, key, impl_->words, impl_->end);
    if (!found) return std::nullopt;
    const Look look(bucket, before,
                    impl_->words + found->slot.offset() + found->head.record_offset(), found->head);
    look.copy(0, first);
    if (look.valid()) return Peek{look.expires_at(), look.note(), look.size()};
  }
  return std::nullopt;
}

void RecordTier::prefetch(std::span<const Key> keys) const noexcept {
  for (const Key& key : keys) __builtin_prefetch(&impl_->index.bucket(key.hash));
  for (const Key& key : keys) {
    const Bucket& bucket = impl_->index.bucket(key.hash);
    for (std::size_t number = 0; number < Bucket::slot_count; ++number) {
      const Slot slot = bucket.slot(number);
      if (slot.empty() || !slot.may_be(key.hash)) continue;
      const Word* const at = impl_->words + slot.offset();
      __builtin_prefetch(at);
      __builtin_prefetch(at + cache_line / word_bytes);
    }
  }
}

RecordTier::Ticket RecordTier::ticket(const Key& key) const noexcept {
  Ticket ticket;
  ticket.state_ = impl_->index.bucket(key.hash).state().word();
  return ticket;
}

bool RecordTier::fill(const Key& key, Ticket ticket, std::string_view record, Instant expires_at,
                      std::uint8_t note, Instant now) noexcept {
  const Entry entry{record, expires_at, note};
  if (!impl_->suits(key, entry) || expires_at <= now) return false;
  return impl_->shard(key).fill(key, BucketState(ticket.state_), entry, now);
}

RecordTier::Change::Change(RecordTier& tier, const Key& key) noexcept
    : tier_(&tier), key_(key), old_(tier.impl_->shard(key).begin_change(key)) {}

RecordTier::Change::Change(Change&& other) noexcept
    : tier_(std::exchange(other.tier_, nullptr)), key_(other.key_), old_(other.old_) {}

RecordTier::Change::~Change() {
  if (tier_ != nullptr) tier_->impl_->shard(key_).end_change(key_);
}

void RecordTier::Change::store(std::string_view record, Instant expires_at, std::uint8_t note,
                               Instant now, Keep keep) noexcept {
  const Entry entry{record, expires_at, note};
  Impl& impl = *tier_->impl_;
  if (!impl.suits(key_, entry) || expires_at <= now) return;  // the end is the destructor's
  impl.shard(key_).end_change(key_, old_, entry, keep == Keep::known, now);
  tier_ = nullptr;
}

RecordTier::Counts RecordTier::counts() const noexcept {
  Counts counts{};
  counts.capacity = impl_->capacity;
  for (const Shard& shard : impl_->shards) {
    const Shard::Counts part = shard.counts();
    counts.entries += part.entries;
    counts.bytes += part.bytes;
    counts.evictions += part.evictions;
    counts.expired += part.expired;
  }
  const ThreadTally::Sums sums = impl_->tally.sums();
  counts.hits = sums.hits;
  counts.misses = sums.misses;
  return counts;
}

}  // namespace cairn::tier
