#include "backend/rocksdb/rocksdb_backend.h"

#include <algorithm>
#include <array>

#include <cairn/error.h>
#include "backend/rocksdb/rocksdb_writer.h"
#include "backend/rocksdb/table_weight.h"
#include "store/border/status.h"

namespace cairn {

using store::Session;
using Keep = tier::RecordTier::Keep;

namespace {

constexpr std::size_t forgotten_at_once = 4096;

}  // namespace

RocksdbBackend::RocksdbBackend(std::shared_ptr<RocksdbStore> store, store::Family& family,
                               std::shared_ptr<ttl::DropCount> dropped,
                               std::atomic<tier::Space>& space)
    : store_(std::move(store)),
      family_(family),
      dropped_(std::move(dropped)),
      hot_(store_->tier(), space),
      admission_(*store_, family_) {}

// ---- writing ----

void RocksdbBackend::write(std::string_view key, EncodedValue& value, Timeout timeout,
                           const WriteMode& mode) {
  change(key, mode, Intent::write, "set", [&](Writer& writer, Instant time) {
    const Instant expires_at = ttl::deadline(time, timeout);
    writer.make_room(key);
    writer.put(key, stamp(value, time, expires_at), expires_at);
    return true;
  });
}

bool RocksdbBackend::write_if_absent(std::string_view key, EncodedValue& value, Timeout timeout,
                                     const WriteMode& mode) {
  return change(key, mode, Intent::write, "add", [&](Writer& writer, Instant time) {
    try {
      if (writer.has_live(key, time)) return false;
    } catch (const Error& error) {
      if (!mode.unreadable_is_absent || !store::unreadable(error)) throw;
    }
    const Instant expires_at = ttl::deadline(time, timeout);
    writer.make_room(key);
    writer.put(key, stamp(value, time, expires_at), expires_at);
    return true;
  });
}

bool RocksdbBackend::write_if_same(std::string_view key, const std::optional<Found>& read,
                                   const Replacement& replacement, const WriteMode& mode) {
  const bool puts = replacement.value != nullptr;
  const Intent intent = puts ? Intent::write : Intent::change;
  return change(key, mode, intent, puts ? "update" : "pop", [&](Writer& writer, Instant time) {
    const Writer::Content content = writer.content(key, time);
    const std::optional<Instant> expires_at = replacement.deadline(read, content.live, time);
    if (!expires_at) return false;
    if (!puts) {
      if (content.there)
        writer.erase(key);  // or a clock that is set back could revive what has expired
      return true;
    }
    writer.make_room(key);
    writer.put(key, stamp(*replacement.value, time, *expires_at), *expires_at, Keep::always);
    return true;
  });
}

void RocksdbBackend::write_many(std::span<const Write> writes, Timeout timeout,
                                const WriteMode& mode) {
  std::vector<std::string_view> keys;
  std::vector<std::string_view> stored;
  keys.reserve(writes.size());
  stored.reserve(writes.size());
  std::size_t bytes = 0;
  for (const Write& each : writes) {
    keys.push_back(each.key);
    bytes += each.key.size();
    if (each.value == nullptr) continue;
    stored.push_back(each.key);
    bytes += each.value->bytes.size();
  }
  // More than a bounded cache can hold: what was listed last stays, as if set one after another.
  std::size_t surplus = 0;
  if (mode.bounds.max_entries && stored.size() > mode.bounds.limit()) {
    surplus = stored.size() - mode.bounds.limit();
  }
  const Intent intent = stored.empty() ? Intent::change : Intent::write;
  change_all(keys, mode, intent, "set_many", [&](Writer& writer, Instant time) {
    writer.make_room(stored);
    const Instant expires_at = ttl::deadline(time, timeout);
    Writer::Batch batch = writer.batch(writes.size(), bytes);
    std::size_t skipped = 0;
    std::vector<std::string_view> kept;
    kept.reserve(writes.size());
    for (const Write& each : writes) {
      if (each.value == nullptr || skipped < surplus) {
        skipped += each.value != nullptr ? 1 : 0;
        batch.erase(each.key);
      } else {
        batch.put(each.key, stamp(*each.value, time, expires_at), expires_at, Keep::known);
        kept.push_back(each.key);
      }
    }
    writer.commit(batch);
    for (const std::string_view key : keys) writer.erased(key);
    for (const std::string_view key : kept) writer.stored(key, expires_at);
    return true;
  });
}

bool RocksdbBackend::touch(std::string_view key, Timeout timeout, const WriteMode& mode) {
  return change(key, mode, Intent::change, "touch", [&](Writer& writer, Instant time) {
    const std::optional<ttl::Record> record = writer.content(key, time).live;
    if (!record) return false;
    const Instant expires_at = ttl::deadline(time, timeout);
    writer.rewrite(key, ttl::encode_touched(*record, time, expires_at), expires_at);
    writer.touched(key, expires_at);
    return true;
  });
}

bool RocksdbBackend::erase(std::string_view key, const WriteMode& mode) {
  return change(key, mode, Intent::change, "erase", [&](Writer& writer, Instant time) {
    const Writer::Seen seen = writer.look(key, time);
    if (seen != Writer::Seen::nothing) writer.erase(key);
    return seen == Writer::Seen::live;
  });
}

std::size_t RocksdbBackend::erase_many(std::span<const std::string_view> keys,
                                       const WriteMode& mode) {
  return change_all(keys, mode, Intent::change, "erase_many", [&](Writer& writer, Instant time) {
    std::size_t live = 0;
    Writer::Batch batch = writer.batch(keys.size());
    std::vector<std::string_view> unknown;
    for (const std::string_view key : keys) {
      const std::optional<ttl::Header> header = writer.known_header(key);
      if (!header) {
        unknown.push_back(key);
        continue;
      }
      live += ttl::live(*header, time) ? 1 : 0;
      batch.erase(key);
    }
    writer.session().get_many(
        unknown,
        [&](std::size_t index, std::string_view bytes) {
          live += ttl::parse_live(bytes, time) ? 1 : 0;
          batch.erase(unknown[index]);
        },
        [&](std::size_t index) { batch.erase(unknown[index]); });
    writer.commit(batch);
    for (const std::string_view key : keys) writer.erased(key);
    return live;
  });
}

bool RocksdbBackend::move(std::string_view from, std::string_view to, const WriteMode& mode) {
  return change_all(std::array{from, to}, mode, Intent::change, "incr_version",
                    [&](Writer& writer, Instant time) {
                      const std::optional<ttl::Record> record = writer.content(from, time).live;
                      if (!record) return false;
                      const std::string moved = ttl::encode(*record);
                      const Instant expires_at = record->expires_at;
                      Writer::Batch batch = writer.batch(2, moved.size());
                      batch.put(to, moved, expires_at, Keep::always);
                      batch.erase(from);
                      writer.commit(batch);
                      writer.erased(from);
                      writer.stored(to, expires_at);
                      return true;
                    });
}

// ---- the whole family ----

void RocksdbBackend::clear() {
  EntryCount gone;  // takes its time to destroy, and everyone waits for what clear() calls
  const Admission::Turn turn = admission_.turn();
  store_->store().clear(family_, [&] {
    admission_.cleared(gone);
    hot_.renew();
  });
}

// Whoever observes may use the store, also from a thread that is waited for, and close it: so it is
// called between two sessions.
std::uint64_t RocksdbBackend::expire(const ExpireObserver& observer) {
  using At = store::Expiring::Step;
  std::optional<KeptOpen> open;
  if (observer) open.emplace(store_->store());
  const std::uint64_t before = dropped_->load();
  store::Expiring work;
  std::optional<Session> stay;
  for (At step = At::more; step != At::done;) {
    if (!stay) stay.emplace(store_->store(), family_, Session::Intent::read, "expire");
    step = stay->expire(work);
    if (observer || step == At::again) stay.reset();  // again: the healer replaces the engine
    if (!observer || step == At::again) continue;
    if (!observer({.done = work.done(), .total = work.total()})) break;
  }
  return dropped_->load() - before;
}

void RocksdbBackend::compact() {
  while (!session(Session::Intent::read, "compact").compact()) {
    // The healer has replaced the engine meanwhile.
  }
  expire({});  // of what was folded
}

// Others write between two steps, and a cull that they have begun goes first.
std::uint64_t RocksdbBackend::cull(const WriteMode& mode) {
  if (!mode.bounds.max_entries) return 0;
  const KeptOpen open(store_->store());  // what is counted is counted once
  std::uint64_t evicted = 0;
  for (std::optional<std::uint64_t> end;;) {
    Writer writer(*this, Intent::change, "cull", mode);
    EntryCount& count = admission_.count();
    if (!admission_.complete()) continue;
    if (count.forget_expired(now(), forgotten_at_once) == forgotten_at_once) continue;
    if (!admission_.cull.under_way() && !end) {
      writer.begin_cull(mode.bounds.share(count.size()));
      end = evicted + admission_.cull.oldest.count;
    }
    if (admission_.cull.under_way()) evicted += writer.cull(0, 0);
    if (!end || (admission_.cull.under_way() && evicted < *end)) continue;
    writer.settle(family_.name);
    return evicted;
  }
}

Stats RocksdbBackend::stats(const WriteMode& mode) {
  std::optional<std::uint64_t> entries;
  if (mode.bounds.max_entries) admission_.begin();
  if (admission_.counted()) entries = admission_.entries();
  const Session reader = session(Session::Intent::read, "stats");
  Stats stats;
  stats.backend = "rocksdb";
  stats.location = store_->store().directory().native();
  stats.column_family = family_.name;
  tally().add_to(stats);
  stats.dropped = dropped_->load();
  stats.entries = entries;
  stats.estimated_keys = reader.property("rocksdb.estimate-num-keys");
  stats.disk_bytes = reader.property("rocksdb.live-sst-files-size");
  reader.for_each_table([&, time = now()](const auto& properties, std::uint64_t size) {
    add_table(stats.tables, properties, size, time);
  });
  const Reclaimed& reclaimed = store_->reclaimed(family_.name);
  stats.reclaimed_bytes = reclaimed.freed.load(std::memory_order_relaxed);
  stats.reclaim_written_bytes = reclaimed.written.load(std::memory_order_relaxed);
  if (const std::int64_t last = reclaimed.last.load(std::memory_order_relaxed); last != 0) {
    stats.last_reclaim.emplace(std::chrono::milliseconds(last));
  }
  stats.memory_bytes = reader.memory_bytes();
  stats.memory_budget = store_->options().memory_budget;
  if (hot_) {
    const tier::RecordTier::Counts records = hot_.tier().counts();
    stats.record_memory = records.capacity;
    stats.record_bytes = records.bytes;
    stats.record_entries = records.entries;
    stats.record_hits = records.hits;
    stats.record_misses = records.misses;
    stats.record_evictions = records.evictions;
    stats.record_damaged = store_->damaged();
  }
  stats.clock_mark_ignored = store_->clock_mark_ignored();
  stats.removal_grace_left = std::chrono::milliseconds(store_->clock().removal_grace_left());
  stats.health = store_->store().monitor().health();
  stats.recovery = store_->store().recovery();
  stats.log = store_->store().logger().lines();
  return stats;
}

void RocksdbBackend::sync() { session(Session::Intent::read, "sync").sync(); }

void RocksdbBackend::settle(const WriteMode& mode) {
  session(Session::Intent::read, "sync").settle(mode.durability, family_.name);
}

void RocksdbBackend::checkpoint(const std::filesystem::path& directory) {
  session(Session::Intent::read, "checkpoint").checkpoint(directory);
}

}  // namespace cairn
