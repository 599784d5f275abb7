#include "backend/memory_backend.h"

#include "backend/counter_rules.h"
#include "process/update_scope.h"
#include "ttl/operand.h"

namespace cairn {

using process::UpdateScope;

MemoryBackend::MemoryBackend(std::string name, ClockSource clock)
    : name_(std::move(name)),
      source_(clock ? std::move(clock) : ClockSource(system_clock_reading)),
      clock_(source_) {}

std::optional<ttl::Record> MemoryBackend::live(std::string_view key, Instant now) {
  const auto found = records_.find(key);
  if (found == records_.end()) return std::nullopt;
  return ttl::parse_live(found->second, now);
}

std::optional<ttl::Record> MemoryBackend::read(std::string_view key, std::string& payload) {
  const Lock lock(mutex_);
  const auto found = records_.find(key);
  if (found == records_.end()) return std::nullopt;
  std::optional<ttl::Record> record = judge(found->second, now());
  if (record) {
    payload.assign(record->payload);
    record->payload = payload;
    index_.used(key);
  }
  return record;
}

std::optional<ttl::Record> MemoryBackend::find(std::string_view key) {
  const Lock lock(mutex_);
  std::optional<ttl::Record> record = live(key, now());
  if (record) record->payload = {};
  return record;
}

void MemoryBackend::read_many(std::span<const std::string_view> keys,
                              const std::function<void(std::size_t, const ttl::Record&)>& found) {
  const Lock lock(mutex_);
  const Instant time = now();
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto at = records_.find(keys[i]);
    if (at == records_.end()) continue;
    if (const auto record = judge(at->second, time)) {
      index_.used(keys[i]);
      found(i, *record);
    }
  }
}

Backend::Listing MemoryBackend::list(std::string_view first, std::string_view prefix,
                                     std::size_t limit) {
  const Lock lock(mutex_);
  const Instant time = now();
  Listing listing;
  for (auto at = records_.lower_bound(first); at != records_.end(); ++at) {
    if (!at->first.starts_with(prefix)) break;
    if (listing.keys.size() == limit) {
      listing.next = at->first;
      break;
    }
    if (ttl::parse_live(at->second, time)) listing.keys.push_back(at->first);
  }
  return listing;
}

void MemoryBackend::store(std::string_view key, std::string_view record, Instant expires_at,
                          Instant now, const WriteMode& mode) {
  if (!index_.contains(key)) make_room(now, mode.bounds);
  const auto found = records_.find(key);
  if (found != records_.end()) {
    found->second.assign(record);
  } else {
    records_.emplace(key, record);
  }
  index_.stored(key, expires_at);
}

void MemoryBackend::drop(std::string_view key) {
  index_.removed(key);
  if (const auto found = records_.find(key); found != records_.end()) records_.erase(found);
}

void MemoryBackend::make_room(Instant now, const Bounds& bounds) {
  if (!bounds.full(index_.size(), 1)) return;
  for (const std::string& key : index_.take_expired(now)) {
    drop(key);
    ++expired_;
  }
  if (!bounds.full(index_.size(), 1)) return;
  for (const std::string& key : index_.oldest(bounds.share(index_.size()))) {
    drop(key);
    counters().count(Event::evicted);
  }
}

void MemoryBackend::write(std::string_view key, EncodedValue& value, Timeout timeout,
                          const WriteMode& mode) {
  UpdateScope::refuse_writes();
  const Lock lock(mutex_);
  const Instant time = now();
  store(key, stamp(value, time, timeout), ttl::deadline(time, timeout), time, mode);
}

bool MemoryBackend::write_if_absent(std::string_view key, EncodedValue& value, Timeout timeout,
                                    const WriteMode& mode) {
  UpdateScope::refuse_writes();
  const Lock lock(mutex_);
  const Instant time = now();
  if (live(key, time)) return false;
  store(key, stamp(value, time, timeout), ttl::deadline(time, timeout), time, mode);
  return true;
}

void MemoryBackend::write_many(std::span<const Write> writes, Timeout timeout,
                               const WriteMode& mode) {
  UpdateScope::refuse_writes();
  const Lock lock(mutex_);
  for (const Write& each : writes) {
    if (each.value != nullptr) {
      write(each.key, *each.value, timeout, mode);
    } else {
      drop(each.key);
    }
  }
}

bool MemoryBackend::touch(std::string_view key, Timeout timeout, const WriteMode&) {
  UpdateScope::refuse_writes();
  const Lock lock(mutex_);
  const Instant time = now();
  if (!live(key, time)) return false;
  ttl::rewrite_expiry(records_.find(key)->second, ttl::deadline(time, timeout));
  index_.expires(key, ttl::deadline(time, timeout));
  return true;
}

bool MemoryBackend::remove(std::string_view key, const WriteMode&) {
  UpdateScope::refuse_writes();
  const Lock lock(mutex_);
  const bool was_live = live(key, now()).has_value();
  drop(key);
  return was_live;
}

bool MemoryBackend::remove_same(std::string_view key, const ttl::Record& record,
                                const WriteMode& mode) {
  UpdateScope::refuse_writes();
  const Lock lock(mutex_);
  const auto current = live(key, now());
  if (!current || ttl::encode(*current) != ttl::encode(record)) return false;
  return remove(key, mode);
}

std::size_t MemoryBackend::remove_many(std::span<const std::string_view> keys,
                                       const WriteMode& mode) {
  UpdateScope::refuse_writes();
  const Lock lock(mutex_);
  std::size_t removed = 0;
  for (const std::string_view key : keys) removed += remove(key, mode) ? 1 : 0;
  return removed;
}

void MemoryBackend::update(std::string_view key, const Change& change,
                           const std::optional<Timeout>& timeout, Timeout fallback,
                           const WriteMode& mode) {
  UpdateScope::refuse_writes();
  const Lock lock(mutex_);
  const std::optional<ttl::Record> current = live(key, now());
  std::optional<EncodedValue> changed;
  {
    const UpdateScope scope(this);
    changed = change(current);
  }
  const Instant time = now();  // the function may have taken its time
  const std::optional<Instant> expires_at = updated_expiry(current, timeout, fallback, time);
  if (!changed || !expires_at) return drop(key);
  ttl::write_header(changed->bytes.data(), changed->kind, time, *expires_at);
  store(key, changed->bytes, *expires_at, time, mode);
}

bool MemoryBackend::move(std::string_view from, std::string_view to, const WriteMode& mode) {
  UpdateScope::refuse_writes();
  const Lock lock(mutex_);
  const Instant time = now();
  const auto current = live(from, time);
  if (!current) return false;
  const Instant expires_at = current->expires_at;
  const std::string record = records_.find(from)->second;
  drop(from);
  store(to, record, expires_at, time, mode);
  return true;
}

Added MemoryBackend::add(std::string_view key, const Step& step, const std::optional<Seed>& seed,
                         const WriteMode& mode) {
  UpdateScope::refuse_writes();
  const Lock lock(mutex_);
  const Instant time = now();
  const auto current = live(key, time);
  const bool integer = current && current->kind == ValueKind::integer;
  const Added added =
      step_from(current ? &*current : nullptr, integer ? ttl::integer(*current) : 0, step, seed);
  if (added.outcome != Added::Outcome::done) return added;
  if (!current && !seed->timeout.keeps()) return added;
  const Instant written_at = current ? current->written_at : time;
  const Instant expires_at = current ? current->expires_at : ttl::deadline(time, seed->timeout);
  store(key, ttl::encode_integer(added.value, written_at, expires_at), expires_at, time, mode);
  return added;
}

void MemoryBackend::add_many(std::span<const std::pair<std::string, std::int64_t>> deltas,
                             const WriteMode&) {
  UpdateScope::refuse_writes();
  const Lock lock(mutex_);
  const Instant time = now();
  for (const auto& [key, delta] : deltas) {
    const auto current = live(key, time);
    if (!current || current->kind != ValueKind::integer) continue;
    records_.find(key)->second = ttl::encode_integer(
        ttl::wrapping_add(ttl::integer(*current), delta), current->written_at, current->expires_at);
    index_.used(key);
  }
}

void MemoryBackend::clear() {
  UpdateScope::refuse_writes();
  const Lock lock(mutex_);
  records_.clear();
  index_.clear();
}

std::uint64_t MemoryBackend::expire() {
  UpdateScope::refuse_writes();
  const Lock lock(mutex_);
  const std::vector<std::string> gone = index_.take_expired(now());
  for (const std::string& key : gone) drop(key);
  expired_ += gone.size();
  return gone.size();
}

std::uint64_t MemoryBackend::cull(const WriteMode& mode) {
  UpdateScope::refuse_writes();
  const Lock lock(mutex_);
  if (!mode.bounds.max_entries) return 0;
  expire();
  const std::vector<std::string> gone = index_.oldest(mode.bounds.share(index_.size()));
  for (const std::string& key : gone) drop(key);
  counters().count(Event::evicted, gone.size());
  return gone.size();
}

Stats MemoryBackend::stats(const WriteMode&) {
  const Lock lock(mutex_);
  Stats stats;
  stats.backend = "memory";
  stats.location = name_;
  counters().add_to(stats);
  stats.dropped = expired_;
  stats.entries = index_.size();
  stats.estimated_keys = records_.size();
  for (const auto& [key, record] : records_) stats.memory_bytes += key.size() + record.size();
  return stats;
}

}  // namespace cairn
