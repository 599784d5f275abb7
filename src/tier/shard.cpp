#include "tier/shard.h"

#include <mutex>
#include <utility>

namespace cairn::tier {

namespace {

// Segments that are free when a record is inserted: one for the record and one for those that are
// moved meanwhile.
constexpr std::size_t least_spare = 2;
// With so many there is no hurry: a segment is given up piece by piece, and no insertion pays for
// a whole one.
constexpr std::size_t comfortable_spare = 3;
constexpr std::size_t haste = 4;
// So many segments in which everything was asked for again; then nothing more is kept.
constexpr int most_full_victims = 4;

void copy_words(const Word* from, Word* to, std::size_t count) noexcept {
  for (std::size_t i = 0; i < count; ++i) store(to[i], load(from[i]));
}

}  // namespace

Shard::Shard(const Index& index, Word* words, std::size_t end, Segments& segments,
             const Spaces& spaces, Ghosts ghosts, Log log) noexcept
    : index_(index),
      words_(words),
      end_(end),
      segments_(segments),
      spaces_(spaces),
      ghosts_(ghosts),
      log_(std::move(log)) {}

bool Shard::fill(const Key& key, BucketState seen, const Entry& entry, Instant now) noexcept {
  // Who holds the lock may be giving up a segment; a reader does not wait for that.
  if (!mutex_.try_lock()) return false;
  const process::LockGuard lock(mutex_, std::adopt_lock);
  Bucket& bucket = index_.bucket(key.hash);
  if (seen.changing() || bucket.state().word() != seen.word()) return false;
  if (look_up(bucket, key, words_, end_)) return true;  // somebody else was faster
  insert(bucket, key, entry, ghosts_.take(key.hash) ? Queue::main : Queue::small, false, now);
  return true;
}

Place Shard::begin_change(const Key& key) noexcept {
  const process::LockGuard lock(mutex_);
  Bucket& bucket = index_.bucket(key.hash);
  Place old;
  if (const auto found = look_up(bucket, key, words_, end_)) {
    old = Place(found->slot, log_.generation_of(found->slot.offset()));
    remove(bucket, found->number, found->head);
  }
  bucket.set(bucket.state().change_begun());
  return old;
}

void Shard::end_change(const Key& key) noexcept {
  const process::LockGuard lock(mutex_);
  Bucket& bucket = index_.bucket(key.hash);
  bucket.set(bucket.state().change_ended());
}

void Shard::end_change(const Key& key, Place old, const Entry& entry, bool only_known,
                       Instant now) noexcept {
  const process::LockGuard lock(mutex_);
  Bucket& bucket = index_.bucket(key.hash);
  // Of two changes of one key in a batch, the later.
  if (const auto found = look_up(bucket, key, words_, end_)) {
    remove(bucket, found->number, found->head);
    old = Place();
    only_known = false;
  }
  if (!insert_in_place(bucket, key, old, entry)) {
    if (old.any()) {
      const bool small = log_.lasting(old.offset(), old.generation()) &&
                         log_.queue_of(old.offset()) == Queue::small;
      insert(bucket, key, entry, small ? Queue::small : Queue::main, true, now);
    } else if (ghosts_.take(key.hash)) {
      insert(bucket, key, entry, Queue::main, false, now);
    } else if (!only_known) {
      insert(bucket, key, entry, Queue::small, false, now);
    }
  }
  bucket.set(bucket.state().change_ended());
}

Shard::Counts Shard::counts() const noexcept {
  const process::LockGuard lock(mutex_);
  return counts_;
}

void Shard::remove(Bucket& bucket, std::size_t number, const RecordHead& head) noexcept {
  bucket.set(number, Slot());
  bucket.set(bucket.state().next_version());
  --counts_.entries;
  counts_.bytes -= head.key_size + head.size;
}

void Shard::insert(Bucket& bucket, const Key& key, const Entry& entry, Queue queue, bool asked_for,
                   Instant now) noexcept {
  const std::size_t words =
      RecordHead::words + words_for(key.bytes.size()) + words_for(entry.record.size());
  make_room(words, now);
  write(bucket, key, entry, log_.append(queue, words), asked_for);
}

// What is written again and again in one size, a counter above all, does not wear out the log.
bool Shard::insert_in_place(Bucket& bucket, const Key& key, Place old,
                            const Entry& entry) noexcept {
  if (!old.any() || !log_.lasting(old.offset(), old.generation())) return false;
  const RecordHead before = RecordHead::load_from(words_ + old.offset());
  if (words_for(before.size) != words_for(entry.record.size())) return false;
  write(bucket, key, entry, old.offset(), true);
  return true;
}

void Shard::write(Bucket& bucket, const Key& key, const Entry& entry, std::size_t offset,
                  bool asked_for) noexcept {
  const std::size_t number = empty_slot(bucket);
  const RecordHead head{entry.expires_at, key.space, key.bytes.size(), entry.record.size(),
                        entry.note};
  Word* const at = words_ + offset;
  head.store_to(at);
  store_bytes(at + RecordHead::words, key.bytes);
  store_bytes(at + head.record_offset(), entry.record);
  bucket.set(number, Slot(key.hash, offset, asked_for));
  ++counts_.entries;
  counts_.bytes += head.key_size + head.size;
}

// In a full bucket one goes that was not asked for.  If all were, each has to be asked for again.
std::size_t Shard::empty_slot(Bucket& bucket) noexcept {
  ++turn_;
  std::optional<std::size_t> idle;
  for (std::size_t i = 0; i < Bucket::slot_count; ++i) {
    const std::size_t number = (turn_ + i) % Bucket::slot_count;
    const Slot slot = bucket.slot(number);
    if (slot.empty()) return number;
    if (!idle && !slot.asked_for()) idle = number;
  }
  for (std::size_t number = 0; !idle && number < Bucket::slot_count; ++number) {
    bucket.set(number, bucket.slot(number).unmarked());
  }
  const std::size_t chosen = idle.value_or(turn_ % Bucket::slot_count);
  remove(bucket, chosen, RecordHead::load_from(words_ + bucket.slot(chosen).offset()));
  ++counts_.evictions;
  return chosen;
}

void Shard::make_room(std::size_t words, Instant now) noexcept {
  int full = 0;
  while (log_.giving_up() || log_.spare() < comfortable_spare) {
    const bool hurry = log_.spare() < least_spare;
    Log::Victim* const victim = log_.victim();
    if (victim == nullptr) return;
    const std::size_t limit = hurry ? segments_.segment_words() : haste * words;
    give_up_some(*victim, limit, full < most_full_victims, now);
    if (victim->next == victim->end) {
      if (victim->queue == Queue::small) ghosts_.tick();
      log_.reuse_victim();
      ++full;
    }
    if (!hurry) return;
  }
}

std::size_t Shard::give_up_some(Log::Victim& victim, std::size_t words, bool keep,
                                Instant now) noexcept {
  Spaces::Look spaces(spaces_);
  std::size_t done = 0;
  while (victim.next < victim.end && done < words) {
    const RecordHead head = RecordHead::load_from(words_ + victim.next);
    give_up(victim.next, head, victim.queue, keep, now, spaces);
    victim.next += head.total_words();
    done += head.total_words();
  }
  return done;
}

void Shard::give_up(std::size_t offset, const RecordHead& head, Queue queue, bool keep, Instant now,
                    Spaces::Look& spaces) noexcept {
  const std::uint64_t hash = tier::hash(head.space, key_bytes(words_ + offset, head));
  Bucket& bucket = index_.bucket(hash);
  for (std::size_t number = 0; number < Bucket::slot_count; ++number) {
    const Slot slot = bucket.slot(number);
    if (slot.empty() || slot.offset() != offset) continue;
    if (!spaces.live(head.space)) {
      remove(bucket, number, head);
    } else if (head.expires_at <= now) {
      remove(bucket, number, head);
      ++counts_.expired;
    } else if (keep && slot.asked_for()) {
      move_to_main(bucket, number, slot, head);
    } else {
      remove(bucket, number, head);
      ++counts_.evictions;
      if (queue == Queue::small) ghosts_.add(hash);
    }
    return;
  }
}

void Shard::move_to_main(Bucket& bucket, std::size_t number, Slot slot,
                         const RecordHead& head) noexcept {
  const std::size_t words = head.total_words();
  const std::size_t offset = log_.append(Queue::main, words);
  copy_words(words_ + slot.offset(), words_ + offset, words);
  bucket.set(number, slot.with_offset(offset).unmarked());
  bucket.set(bucket.state().next_version());
}

}  // namespace cairn::tier
