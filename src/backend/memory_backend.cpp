#include "backend/memory_backend.h"

#include <chrono>
#include <utility>

#include "backend/counter_rules.h"
#include "process/callback_scope.h"
#include "ttl/operand.h"

namespace cairn {
namespace {

// Every operation removes what has expired, so that memory follows what is live without a thread of
// its own: a piece, which is all there is as a rule, and more pieces for so long, so that no caller
// pays for many.  Reads leave the last minute alone: a miss that finds an expired record is counted
// as one.
constexpr std::size_t swept_at_once = 16;
constexpr std::chrono::microseconds longest_sweep(50);
constexpr ttl::Instant left_by_reads = 60'000;

ttl::Instant swept_by_reads(ttl::Instant now) {
  return now > left_by_reads ? now - left_by_reads : 0;
}

// What goes in one piece, before others are let in.
constexpr std::size_t dropped_at_once = 1024;
constexpr std::size_t passed_at_once = 4096;

// One of the user's is a callback, and under the cache's lock.
ClockSource source_of(const ClockSource& asked, process::Rank rank) {
  if (!asked) return system_clock_reading;
  return [asked, rank] {
    const process::CallbackScope scope(rank);
    return asked();
  };
}

}  // namespace

MemoryBackend::MemoryBackend(std::string name, ClockSource clock)
    : name_(std::move(name)),
      given_(std::move(clock)),
      rank_(process::next_rank()),
      source_(source_of(given_, rank_)),
      clock_(source_) {}

std::optional<ttl::Record> MemoryBackend::live(std::string_view key, Instant now) const {
  const auto found = records_.find(key);
  if (found == records_.end()) return std::nullopt;
  return ttl::parse_live(found->second, now);
}

void MemoryBackend::put(std::string_view key, std::string_view record, Instant expires_at,
                        Instant now, const WriteMode& mode) {
  make_room(key, now, mode.bounds);
  std::string bytes(record);
  const auto [at, fresh] = records_.try_emplace(std::string(key));
  try {
    index_.stored(key, expires_at);
  } catch (...) {
    if (fresh) records_.erase(at);
    throw;
  }
  if (fresh) bytes_ += key.size();
  replace(at->second, std::move(bytes));
}

void MemoryBackend::replace(std::string& stored, std::string&& record) noexcept {
  bytes_ = bytes_ - stored.size() + record.size();
  stored.swap(record);
}

bool MemoryBackend::drop(std::string_view key) {
  index_.erase(key);
  return drop_record(key);
}

bool MemoryBackend::drop_record(std::string_view key) {
  const auto found = records_.find(key);
  if (found == records_.end()) return false;
  bytes_ -= found->first.size() + found->second.size();
  records_.erase(found);
  return true;
}

bool MemoryBackend::erase_live(std::string_view key, Instant now) {
  const bool was_live = live(key, now).has_value();
  drop(key);
  return was_live;
}

std::size_t MemoryBackend::drop_all(const std::vector<std::string>& keys) {
  std::size_t dropped = 0;
  for (const std::string& key : keys) dropped += drop(key) ? 1 : 0;
  return dropped;
}

std::size_t MemoryBackend::drop_expired(Instant now, std::size_t most) {
  std::size_t dropped = 0;
  for (const std::string& key : index_.take_expired(now, most)) dropped += drop_record(key) ? 1 : 0;
  expired_ += dropped;
  return dropped;
}

void MemoryBackend::sweep(Instant now) {
  if (drop_expired(now, swept_at_once) < swept_at_once) return;
  // The clock of the cache may stand still, or be turned.
  const auto end = std::chrono::steady_clock::now() + longest_sweep;
  while (drop_expired(now, swept_at_once) == swept_at_once &&
         std::chrono::steady_clock::now() < end) {
  }
}

// A bound may be given later, or be smaller than what is there: one share is not always enough.
void MemoryBackend::make_room(std::string_view key, Instant now, const Bounds& bounds) {
  sweep(now);
  const std::size_t fresh = index_.contains(key) ? 0 : 1;
  if (!bounds.full(index_.size(), fresh)) return;
  while (bounds.full(index_.size(), fresh) && drop_expired(now, dropped_at_once) > 0) {
  }
  if (fresh == 0) index_.used(key);  // not culled for its own sake
  while (index_.size() > 0 && bounds.full(index_.size(), fresh)) {
    tally().count(Event::evicted, drop_all(index_.oldest(bounds.share(index_.size()))));
  }
}

// ---- reading ----

std::optional<Found> MemoryBackend::read(std::string_view key) {
  const Lock lock(mutex_);
  const Instant time = now();
  std::optional<Found> result;
  if (const auto found = records_.find(key); found != records_.end()) {
    if (const auto record = judge(found->second, time)) {
      result.emplace(*record);
      index_.used(key);
    }
  }
  sweep(swept_by_reads(time));
  return result;
}

std::optional<Reads::Header> MemoryBackend::peek(std::string_view key) {
  const Lock lock(mutex_);
  const Instant time = now();
  std::optional<Header> header;
  if (const auto record = live(key, time)) header = Header{record->kind, record->expires_at};
  sweep(swept_by_reads(time));
  return header;
}

void MemoryBackend::read_many(std::span<const std::string_view> keys,
                              const std::function<void(std::size_t, Found)>& found,
                              const std::function<void(std::size_t)>&) {
  const Lock lock(mutex_);
  const Instant time = now();
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto at = records_.find(keys[i]);
    if (at == records_.end()) continue;
    if (const auto record = judge(at->second, time)) {
      index_.used(keys[i]);
      found(i, Found(*record));
    }
  }
  sweep(swept_by_reads(time));
}

Reads::Listing MemoryBackend::list(std::string_view first, std::string_view prefix,
                                   std::size_t limit) {
  const Lock lock(mutex_);
  const Instant time = now();
  Listing listing;
  std::size_t passed = 0;
  for (auto at = records_.lower_bound(first); at != records_.end(); ++at) {
    if (!at->first.starts_with(prefix)) break;
    if (listing.keys.size() == limit || ++passed > passed_at_once) {
      listing.next = at->first;
      break;
    }
    if (ttl::parse_live(at->second, time)) listing.keys.push_back(at->first);
  }
  sweep(swept_by_reads(time));
  return listing;
}

// ---- writing ----

void MemoryBackend::write(std::string_view key, EncodedValue& value, Timeout timeout,
                          const WriteMode& mode) {
  const Lock lock(mutex_);
  const Instant time = now();
  const Instant expires_at = ttl::deadline(time, timeout);
  put(key, stamp(value, time, expires_at), expires_at, time, mode);
}

bool MemoryBackend::write_if_absent(std::string_view key, EncodedValue& value, Timeout timeout,
                                    const WriteMode& mode) {
  const Lock lock(mutex_);
  const Instant time = now();
  if (live(key, time)) {
    sweep(time);
    return false;
  }
  const Instant expires_at = ttl::deadline(time, timeout);
  put(key, stamp(value, time, expires_at), expires_at, time, mode);
  return true;
}

bool MemoryBackend::write_if_same(std::string_view key, const std::optional<Found>& read,
                                  const Replacement& replacement, const WriteMode& mode) {
  const Lock lock(mutex_);
  const Instant time = now();
  const std::optional<Instant> expires_at = replacement.deadline(read, live(key, time), time);
  if (!expires_at || replacement.value == nullptr) {
    if (expires_at) drop(key);
    sweep(time);
    return expires_at.has_value();
  }
  put(key, stamp(*replacement.value, time, *expires_at), *expires_at, time, mode);
  return true;
}

void MemoryBackend::write_many(std::span<const Write> writes, Timeout timeout,
                               const WriteMode& mode) {
  const Lock lock(mutex_);
  const Instant time = now();
  const Instant expires_at = ttl::deadline(time, timeout);
  for (const Write& each : writes) {
    if (each.value != nullptr) {
      put(each.key, stamp(*each.value, time, expires_at), expires_at, time, mode);
    } else {
      drop(each.key);
    }
  }
  sweep(time);
}

bool MemoryBackend::touch(std::string_view key, Timeout timeout, const WriteMode&) {
  const Lock lock(mutex_);
  const Instant time = now();
  sweep(time);
  const std::optional<ttl::Record> current = live(key, time);
  if (!current) return false;
  const Instant expires_at = ttl::deadline(time, timeout);
  std::string touched = ttl::encode_touched(*current, time, expires_at);
  index_.expires(key, expires_at);
  replace(records_.find(key)->second, std::move(touched));
  return true;
}

bool MemoryBackend::erase(std::string_view key, const WriteMode&) {
  const Lock lock(mutex_);
  const Instant time = now();
  const bool erased = erase_live(key, time);
  sweep(time);
  return erased;
}

std::size_t MemoryBackend::erase_many(std::span<const std::string_view> keys, const WriteMode&) {
  const Lock lock(mutex_);
  const Instant time = now();
  std::size_t erased = 0;
  for (const std::string_view key : keys) erased += erase_live(key, time) ? 1 : 0;
  sweep(time);
  return erased;
}

bool MemoryBackend::move(std::string_view from, std::string_view to, const WriteMode& mode) {
  const Lock lock(mutex_);
  const Instant time = now();
  const std::optional<ttl::Record> current = live(from, time);
  if (!current) {
    sweep(time);
    return false;
  }
  const Instant expires_at = current->expires_at;
  const std::string record = records_.find(from)->second;
  drop(from);
  put(to, record, expires_at, time, mode);
  return true;
}

Incremented MemoryBackend::increment(std::string_view key, const Step& step,
                                     const std::optional<Seed>& seed, const WriteMode& mode) {
  const Lock lock(mutex_);
  const Instant time = now();
  const std::optional<ttl::Record> current = live(key, time);
  const bool integer = current && current->kind == ValueKind::integer;
  const Incremented result =
      step_from(current ? &*current : nullptr, integer ? ttl::integer(*current) : 0, step, seed);
  const bool done = result.outcome == Incremented::Outcome::done;
  if (!done || (!current && !seed->timeout.keeps())) {
    sweep(time);
    return result;
  }
  const ttl::Record changed =
      current ? *current
              : ttl::Record{ValueKind::integer, time, ttl::deadline(time, seed->timeout), {}};
  put(key, ttl::encode_integer(result.value, changed), changed.expires_at, time, mode);
  return result;
}

void MemoryBackend::increment_many(std::span<const std::pair<std::string, std::int64_t>> deltas,
                                   const WriteMode&) {
  const Lock lock(mutex_);
  const Instant time = now();
  for (const auto& [key, delta] : deltas) {
    const std::optional<ttl::Record> current = live(key, time);
    if (!current || current->kind != ValueKind::integer) continue;
    replace(records_.find(key)->second,
            ttl::encode_integer(ttl::wrapping_add(ttl::integer(*current), delta), *current));
    index_.used(key);
  }
  sweep(time);
}

// ---- the whole cache ----

void MemoryBackend::clear() {
  // Destroyed when nobody waits for that any more.
  Records records;
  EntryIndex index;
  const Lock lock(mutex_);
  std::swap(records, records_);
  std::swap(index, index_);
  bytes_ = 0;
}

// In pieces, so that others are let in.
std::uint64_t MemoryBackend::expire(const ExpireObserver& observer) {
  const Instant time = now();
  ExpireProgress progress;
  {
    const Lock lock(mutex_);
    progress.total = bytes_;
  }
  std::uint64_t dropped = 0;
  if (observer && !observer(progress)) return dropped;
  for (bool more = true; more;) {
    {
      const Lock lock(mutex_);
      const std::uint64_t before = bytes_;
      const std::size_t piece = drop_expired(time, dropped_at_once);
      dropped += piece;
      more = piece == dropped_at_once;
      progress.done = std::min(progress.done + before - bytes_, progress.total);
    }
    if (!more) progress.done = progress.total;
    if (observer && !observer(progress)) break;
  }
  return dropped;
}

std::uint64_t MemoryBackend::cull(const WriteMode& mode) {
  if (!mode.bounds.max_entries) return 0;
  expire({});
  const Lock lock(mutex_);
  const std::size_t evicted = drop_all(index_.oldest(mode.bounds.share(index_.size())));
  tally().count(Event::evicted, evicted);
  return evicted;
}

Stats MemoryBackend::stats(const WriteMode&) {
  const Lock lock(mutex_);
  Stats stats;
  stats.backend = "memory";
  stats.location = name_;
  tally().add_to(stats);
  stats.dropped = expired_;
  stats.entries = index_.size();
  stats.estimated_keys = records_.size();
  stats.memory_bytes = bytes_;
  return stats;
}

}  // namespace cairn
