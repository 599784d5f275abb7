#include "backend/rocksdb/rocksdb_backend.h"

#include <algorithm>
#include <array>

#include "backend/rocksdb/rocksdb_writer.h"

namespace cairn {

using store::Pinned;
using store::Session;

namespace {

// How many records a listing passes over before it lets others in.
constexpr std::size_t listing_step = 4096;

}  // namespace

RocksdbBackend::RocksdbBackend(std::shared_ptr<RocksdbStore> store, store::Family& family,
                               std::shared_ptr<ttl::DropCount> dropped)
    : store_(std::move(store)), family_(family), dropped_(std::move(dropped)) {}

std::optional<ttl::Record> RocksdbBackend::live(const Session& session, std::string_view key,
                                                Instant now, Pinned& pinned) {
  const std::optional<std::string_view> bytes = session.get(key, pinned);
  if (!bytes) return std::nullopt;
  return ttl::parse_live(*bytes, now);
}

// ---- reading ----

// The clock is read after the record: a value is not returned at or after its expiry.

std::optional<ttl::Record> RocksdbBackend::read(std::string_view key, std::string& payload) {
  const Session session(store_->store(), family_, Session::Intent::read, "get");
  Pinned pinned;
  const std::optional<std::string_view> bytes = session.get(key, pinned);
  if (!bytes) return std::nullopt;
  std::optional<ttl::Record> record = judge(*bytes, now());
  if (record) {
    payload.assign(record->payload);
    record->payload = payload;
  }
  return record;
}

std::optional<ttl::Record> RocksdbBackend::find(std::string_view key) {
  const Session session(store_->store(), family_, Session::Intent::read, "look up");
  Pinned pinned;
  const std::optional<std::string_view> bytes = session.get(key, pinned);
  if (!bytes) return std::nullopt;
  std::optional<ttl::Record> record = ttl::parse_live(*bytes, now());
  if (record) record->payload = {};
  return record;
}

void RocksdbBackend::read_many(std::span<const std::string_view> keys,
                               const std::function<void(std::size_t, const ttl::Record&)>& found) {
  const Session session(store_->store(), family_, Session::Intent::read, "get_many");
  std::optional<Instant> time;
  session.get_many(keys, [&](std::size_t index, std::string_view bytes) {
    if (!time) time = now();
    if (const auto record = judge(bytes, *time)) found(index, *record);
  });
}

Backend::Listing RocksdbBackend::list(std::string_view first, std::string_view prefix,
                                      std::size_t limit) {
  const Session session(store_->store(), family_, Session::Intent::read, "list keys");
  Listing listing;
  const Instant time = now();
  std::size_t passed = 0;
  session.scan(first, prefix, [&](std::string_view key, std::string_view value) {
    if (listing.keys.size() == limit || ++passed > listing_step) {
      listing.next = key;
      return false;
    }
    if (ttl::parse_live(value, time)) listing.keys.emplace_back(key);
    return true;
  });
  return listing;
}

// ---- writing ----

void RocksdbBackend::write(std::string_view key, EncodedValue& value, Timeout timeout,
                           const WriteMode& mode) {
  Writer writer(*this, "set", mode);
  {
    const auto lock = writer.lock(key);
    writer.make_room(key);
    const Instant time = now();
    writer.put(key, stamp(value, time, timeout), ttl::deadline(time, timeout));
  }
  writer.settle(key);
}

bool RocksdbBackend::write_if_absent(std::string_view key, EncodedValue& value, Timeout timeout,
                                     const WriteMode& mode) {
  Writer writer(*this, "add", mode);
  Pinned pinned;
  {
    const auto lock = writer.lock(key);
    const Instant time = now();
    if (live(writer.session(), key, time, pinned)) return false;
    writer.make_room(key);
    writer.put(key, stamp(value, time, timeout), ttl::deadline(time, timeout));
  }
  writer.settle(key);
  return true;
}

void RocksdbBackend::write_many(std::span<const Write> writes, Timeout timeout,
                                const WriteMode& mode) {
  Writer writer(*this, "set_many", mode);
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
  writer.make_room(stored);
  // More than a bounded cache can hold: what was listed last stays, as if set one after another.
  std::size_t surplus = 0;
  if (mode.bounds.max_entries && stored.size() > mode.bounds.limit()) {
    surplus = stored.size() - mode.bounds.limit();
  }
  {
    const auto locks = writer.lock_all(keys);
    const Instant time = now();
    store::Batch batch = writer.session().batch(writes.size(), bytes);
    std::size_t skipped = 0;
    std::vector<const Write*> kept;
    kept.reserve(writes.size());
    for (const Write& each : writes) {
      if (each.value == nullptr || skipped < surplus) {
        skipped += each.value != nullptr ? 1 : 0;
        batch.erase(each.key);
      } else {
        batch.put(each.key, stamp(*each.value, time, timeout));
        kept.push_back(&each);
      }
    }
    writer.session().commit(batch, family_.name);
    for (const Write& each : writes) writer.removed(each.key);
    for (const Write* each : kept) writer.stored(each->key, ttl::deadline(time, timeout));
  }
  writer.settle(family_.name);
}

bool RocksdbBackend::touch(std::string_view key, Timeout timeout, const WriteMode& mode) {
  Writer writer(*this, "touch", mode);
  Pinned pinned;
  {
    const auto lock = writer.lock(key);
    const Instant time = now();
    const std::optional<ttl::Record> record = live(writer.session(), key, time, pinned);
    if (!record) return false;
    std::string rewritten = ttl::encode(*record);
    ttl::rewrite_expiry(rewritten, ttl::deadline(time, timeout));
    writer.session().put(key, rewritten);
    writer.touched(key, ttl::deadline(time, timeout));
  }
  writer.settle(key);
  return true;
}

bool RocksdbBackend::remove(std::string_view key, const WriteMode& mode) {
  Writer writer(*this, "erase", mode);
  Pinned pinned;
  bool was_live = false;
  {
    const auto lock = writer.lock(key);
    const std::optional<std::string_view> bytes = writer.session().get(key, pinned);
    if (!bytes) return false;
    was_live = ttl::parse_live(*bytes, now()).has_value();
    writer.erase(key);
  }
  writer.settle(key);
  return was_live;
}

bool RocksdbBackend::remove_same(std::string_view key, const ttl::Record& record,
                                 const WriteMode& mode) {
  Writer writer(*this, "pop", mode);
  Pinned pinned;
  {
    const auto lock = writer.lock(key);
    const std::optional<ttl::Record> current = live(writer.session(), key, now(), pinned);
    const bool same =
        current && current->kind == record.kind && current->written_at == record.written_at &&
        current->expires_at == record.expires_at && current->payload == record.payload;
    if (!same) return false;
    writer.erase(key);
  }
  writer.settle(key);
  return true;
}

std::size_t RocksdbBackend::remove_many(std::span<const std::string_view> keys,
                                        const WriteMode& mode) {
  if (keys.empty()) return 0;
  Writer writer(*this, "erase_many", mode);
  std::size_t removed = 0;
  {
    const auto locks = writer.lock_all(keys);
    const Instant time = now();
    store::Batch batch = writer.session().batch();
    writer.session().get_many(keys, [&](std::size_t index, std::string_view bytes) {
      removed += ttl::parse_live(bytes, time) ? 1 : 0;
      batch.erase(keys[index]);
    });
    writer.session().commit(batch, family_.name);
    for (const std::string_view key : keys) writer.removed(key);
  }
  writer.settle(family_.name);
  return removed;
}

void RocksdbBackend::update(std::string_view key, const Change& change,
                            const std::optional<Timeout>& timeout, Timeout fallback,
                            const WriteMode& mode) {
  Writer writer(*this, "update", mode);
  Pinned pinned;
  {
    const auto lock = writer.lock(key);
    const std::optional<std::string_view> bytes = writer.session().get(key, pinned);
    const std::optional<ttl::Record> current =
        bytes ? ttl::parse_live(*bytes, now()) : std::nullopt;
    std::optional<EncodedValue> changed;
    {
      const process::UpdateScope scope = store_->store().update_scope();
      changed = change(current);
    }
    const Instant time = now();  // the function may have taken its time
    const std::optional<Instant> expires_at = updated_expiry(current, timeout, fallback, time);
    if (changed && expires_at) {
      ttl::write_header(changed->bytes.data(), changed->kind, time, *expires_at);
      writer.make_room(key);
      writer.put(key, changed->bytes, *expires_at);
    } else if (bytes) {
      writer.erase(key);
    }
  }
  writer.settle(key);
}

bool RocksdbBackend::move(std::string_view from, std::string_view to, const WriteMode& mode) {
  Writer writer(*this, "incr_version", mode);
  Pinned pinned;
  {
    const auto locks = writer.lock_all(std::array{from, to});
    const std::optional<ttl::Record> record = live(writer.session(), from, now(), pinned);
    if (!record) return false;
    store::Batch batch = writer.session().batch();
    batch.put(to, ttl::encode(*record));
    batch.erase(from);
    writer.session().commit(batch, from);
    writer.removed(from);
    writer.stored(to, record->expires_at);
  }
  writer.settle(from);
  return true;
}

// ---- the whole family ----

void RocksdbBackend::clear() {
  process::UpdateScope::refuse_writes();
  const std::lock_guard turn(admission_);
  store_->store().clear(family_, [this] { index_.clear(); });
}

std::uint64_t RocksdbBackend::expire() {
  process::UpdateScope::refuse_writes();
  Session session(store_->store(), family_, Session::Intent::read, "expire");
  const std::uint64_t before = dropped_->load();
  session.compact();
  return dropped_->load() - before;
}

std::uint64_t RocksdbBackend::cull(const WriteMode& mode) {
  if (!mode.bounds.max_entries) return 0;
  Writer writer(*this, "cull", mode);
  index_.take_expired(now());
  const std::size_t evicted = writer.evict(mode.bounds.share(index_.size()));
  writer.settle(family_.name);
  return evicted;
}

// Requires admission_.  Reads every key: the oldest first is the order in which they were written.
void RocksdbBackend::build_index() {
  struct Found {
    Instant written_at;
    Instant expires_at;
    std::string key;
  };
  store_->store().exclusively([this] {
    std::vector<Found> found;
    const Session session(store_->store(), family_, Session::Intent::read, "count");
    const Instant time = now();
    session.scan({}, {}, [&](std::string_view key, std::string_view value) {
      if (const auto record = ttl::parse_live(value, time)) {
        found.push_back({record->written_at, record->expires_at, std::string(key)});
      }
      return true;
    });
    std::stable_sort(found.begin(), found.end(),
                     [](const Found& a, const Found& b) { return a.written_at < b.written_at; });
    index_.clear();
    for (const Found& each : found) index_.stored(each.key, each.expires_at);
    indexed_opening_ = store_->store().openings();
  });
}

Stats RocksdbBackend::stats(const WriteMode& mode) {
  std::optional<std::uint64_t> entries;
  if (mode.bounds.max_entries) counted_.store(true);
  // Inside update() this thread may hold the turn; the number is left out then.
  if (counted_.load() && !process::UpdateScope::inside_any()) {
    const std::lock_guard turn(admission_);
    if (indexed_opening_ != store_->store().openings()) build_index();
    entries = index_.size();
  }
  const Session session(store_->store(), family_, Session::Intent::read, "stats");
  Stats stats;
  stats.backend = "rocksdb";
  stats.location = store_->store().directory().native();
  stats.column_family = family_.name;
  counters().add_to(stats);
  stats.dropped = dropped_->load();
  stats.entries = entries;
  stats.estimated_keys = session.property("rocksdb.estimate-num-keys");
  stats.disk_bytes = session.property("rocksdb.live-sst-files-size");
  stats.memory_bytes = session.memory_bytes();
  stats.memory_budget = store_->store().options().memory_budget;
  stats.clock_mark_ignored = store_->clock_mark_ignored();
  stats.removal_grace_left = std::chrono::milliseconds(store_->clock().removal_grace_left());
  stats.health = store_->store().monitor().health();
  stats.recovery = store_->store().recovery();
  stats.log = store_->store().logger().lines();
  return stats;
}

void RocksdbBackend::sync() {
  Session(store_->store(), family_, Session::Intent::read, "sync").sync();
}

void RocksdbBackend::checkpoint(const std::filesystem::path& directory) {
  Session(store_->store(), family_, Session::Intent::read, "checkpoint").checkpoint(directory);
}

}  // namespace cairn
