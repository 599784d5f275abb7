#include "rocksdb_backend.h"

#include <algorithm>
#include <array>

#include "counter_rules.h"
#include "ttl/fold.h"
#include "ttl/operand.h"
#include <cairn/error.h>

namespace cairn {

using store::Chain;
using store::Pinned;
using store::Session;

namespace {

// With this many operands above a counter's last full record incr writes a full one, so that neither
// reading nor adding costs more after a million increments than after ten.
constexpr std::size_t longest_chain = 16;

// How many records a listing passes over before it lets others in.
constexpr std::size_t listing_step = 4096;

}  // namespace

// A session that writes.  In a family that is counted it also holds the turn, keeps the index and
// makes room.
class RocksdbBackend::Writer {
 public:
  Writer(RocksdbBackend& backend, std::string_view verb, const WriteMode& mode)
      : backend_(backend), mode_(mode) {
    store::UpdateScope::refuse_writes();
    if (mode.bounds.max_entries) backend.counted_.store(true);
    for (;;) {
      counted_ = backend.counted_.load();
      if (counted_) {
        turn_ = std::unique_lock(backend.admission_);
        if (backend.indexed_opening_ != backend.store_->store().openings()) backend.build_index();
      }
      session_.emplace(backend.store_->store(), backend.family_, Session::Intent::write, verb);
      // Somebody may have begun to count, or the store may have been opened anew, in between.
      const bool current =
          counted_ ? backend.indexed_opening_ == backend.store_->store().openings()
                   : !backend.counted_.load();
      if (current) break;
      session_.reset();
      if (turn_.owns_lock()) turn_.unlock();
    }
  }

  Session& session() { return *session_; }
  auto lock(std::string_view key) { return session_->lock(key); }
  template <class Keys>
  auto lock_all(const Keys& keys) {
    return session_->lock_all(keys);
  }
  void settle(std::string_view what) { session_->settle(mode_.durability, what); }

  void put(std::string_view key, std::string_view record, Instant expires_at) {
    session_->put(key, record);
    stored(key, expires_at);
  }
  void erase(std::string_view key) {
    session_->erase(key);
    removed(key);
  }
  void stored(std::string_view key, Instant expires_at) {
    if (counted_) backend_.index_.stored(key, expires_at);
  }
  void touched(std::string_view key, Instant expires_at) {
    if (counted_) backend_.index_.expires(key, expires_at);
  }
  void used(std::string_view key) {
    if (counted_) backend_.index_.used(key);
  }
  void removed(std::string_view key) {
    if (counted_) backend_.index_.removed(key);
  }

  // Makes room for those of the keys that are not there yet.
  void make_room(std::string_view key) { make_room(std::span(&key, 1)); }
  void make_room(std::span<const std::string_view> keys) {
    if (!mode_.bounds.max_entries) return;
    EntryIndex& index = backend_.index_;
    for (const std::string_view key : keys) index.used(key);  // not culled for its own sake
    for (bool expired_gone = false;; expired_gone = true) {
      const auto fresh = static_cast<std::size_t>(std::count_if(
          keys.begin(), keys.end(), [&](auto key) { return !index.contains(key); }));
      const std::size_t count = index.size();
      if (count == 0 || fresh == 0 || !mode_.bounds.full(count, fresh)) return;
      if (expired_gone) {
        evict(mode_.bounds.share(count));
      } else {
        // Expired records are out of sight already, and compaction takes them away.
        index.take_expired(backend_.now());
      }
    }
  }

  // Needs no stripes: who holds the turn is the family's only writer.
  std::size_t evict(std::size_t count) {
    const std::vector<std::string> gone = backend_.index_.take_oldest(count);
    store::Batch batch = session_->batch();
    for (const std::string& key : gone) batch.erase(key);
    session_->write(batch, backend_.family_.name);
    backend_.counters().count(Event::evicted, gone.size());
    return gone.size();
  }

 private:
  RocksdbBackend& backend_;
  const WriteMode& mode_;
  bool counted_ = false;
  std::unique_lock<std::mutex> turn_;
  std::optional<Session> session_;
};

RocksdbBackend::RocksdbBackend(std::shared_ptr<RocksdbStore> store, store::Family& family,
                               std::shared_ptr<ttl::DropCount> dropped)
    : store_(std::move(store)), family_(family), dropped_(std::move(dropped)) {}

std::optional<ttl::Record> RocksdbBackend::live(const Session& session, std::string_view key,
                                                Instant now, Pinned& pinned) {
  const std::optional<std::string_view> bytes = session.get(key, pinned);
  if (!bytes) return std::nullopt;
  std::optional<ttl::Record> record = ttl::parse(*bytes);
  if (record && !ttl::live(*record, now)) record.reset();
  return record;
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
  std::optional<ttl::Record> record = ttl::parse(*bytes);
  if (!record || !ttl::live(*record, now())) return std::nullopt;
  record->payload = {};
  return record;
}

void RocksdbBackend::read_many(
    std::span<const std::string_view> keys,
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
    const std::optional<ttl::Record> record = ttl::parse(value);
    if (record && ttl::live(*record, time)) listing.keys.emplace_back(key);
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
  for (const Write& each : writes) {
    keys.push_back(each.key);
    if (each.value != nullptr) stored.push_back(each.key);
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
    store::Batch batch = writer.session().batch();
    std::size_t skipped = 0;
    std::vector<const Write*> kept;
    for (const Write& each : writes) {
      if (each.value == nullptr || skipped < surplus) {
        skipped += each.value != nullptr ? 1 : 0;
        batch.erase(each.key);
      } else {
        batch.put(each.key, stamp(*each.value, time, timeout));
        kept.push_back(&each);
      }
    }
    writer.session().write(batch, family_.name);
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
    const std::optional<ttl::Record> record = ttl::parse(*bytes);
    was_live = record && ttl::live(*record, now());
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
    const bool same = current && current->kind == record.kind &&
                      current->written_at == record.written_at &&
                      current->expires_at == record.expires_at &&
                      current->payload == record.payload;
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
      const std::optional<ttl::Record> record = ttl::parse(bytes);
      removed += record && ttl::live(*record, time) ? 1 : 0;
      batch.erase(keys[index]);
    });
    writer.session().write(batch, family_.name);
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
    const Instant time = now();
    const std::optional<ttl::Record> current = live(writer.session(), key, time, pinned);
    std::optional<EncodedValue> changed;
    {
      const store::UpdateScope scope = store_->store().update_scope();
      changed = change(current);
    }
    const Timeout wanted = timeout.value_or(fallback);
    const bool keep_expiry = current && !timeout;
    if (!changed || (!keep_expiry && !wanted.keeps())) {
      if (current) writer.erase(key);
    } else {
      const Instant expires_at = keep_expiry ? current->expires_at : ttl::deadline(time, wanted);
      ttl::write_header(changed->bytes.data(), changed->kind, time, expires_at);
      writer.make_room(key);
      writer.put(key, changed->bytes, expires_at);
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
    writer.session().write(batch, from);
    writer.removed(from);
    writer.stored(to, record->expires_at);
  }
  writer.settle(from);
  return true;
}

// ---- counters ----

Added RocksdbBackend::add(std::string_view key, const Step& step, const std::optional<Seed>& seed,
                          const WriteMode& mode) {
  Writer writer(*this, "incr", mode);
  Added added;
  {
    const auto lock = writer.lock(key);
    added = add_to_chain(writer, key, step, seed);
  }
  if (added.outcome == Added::Outcome::done) writer.settle(key);
  return added;
}

// Requires the key's stripe.
Added RocksdbBackend::add_to_chain(Writer& writer, std::string_view key, const Step& step,
                                   const std::optional<Seed>& seed) {
  Session& session = writer.session();
  Pinned pinned;
  Chain chain = session.chain(key);
  std::optional<std::string_view> base;
  if (chain.too_long) {
    base = session.get(key, pinned);  // folded by the merge operator, by the same rule
  } else if (!chain.links.empty() && !ttl::parse_operand(chain.links.front())) {
    base = chain.links.front();
    chain.links = chain.links.subspan(1);
  }
  ttl::Fold fold(base);
  for (const std::string_view operand : chain.links) fold.add(operand);

  const Instant time = now();
  const ttl::Record* record = fold.record();
  if (record != nullptr && !ttl::live(*record, time)) record = nullptr;
  const Added added = step_from(record, fold.value(), step, seed);
  if (added.outcome != Added::Outcome::done) return added;

  if (record == nullptr) {
    if (!seed->timeout.keeps()) return added;
    const Instant expires_at = ttl::deadline(time, seed->timeout);
    writer.make_room(key);
    writer.put(key, ttl::encode_integer(added.value, time, expires_at), expires_at);
  } else if (chain.too_long || chain.links.size() >= longest_chain) {
    writer.put(key, ttl::encode_integer(added.value, record->written_at, record->expires_at),
               record->expires_at);
  } else if (step.amount != 0) {
    session.merge(key, ttl::encode(ttl::Operand{time, step.delta()}));
    writer.used(key);
  }
  return added;
}

void RocksdbBackend::add_many(std::span<const std::pair<std::string, std::int64_t>> deltas,
                              const WriteMode& mode) {
  if (deltas.empty()) return;
  Writer writer(*this, "incr_many", mode);
  std::vector<std::string_view> keys;
  for (const auto& [key, delta] : deltas) keys.push_back(key);
  {
    const auto locks = writer.lock_all(keys);
    const Instant time = now();
    store::Batch batch = writer.session().batch();
    for (const auto& [key, delta] : deltas) batch.merge(key, ttl::encode(ttl::Operand{time, delta}));
    writer.session().write(batch, family_.name);
    for (const std::string_view key : keys) writer.used(key);
  }
  writer.settle(family_.name);
}

// ---- the whole family ----

void RocksdbBackend::clear() {
  store::UpdateScope::refuse_writes();
  const std::lock_guard turn(admission_);
  store_->store().clear(family_, [this] { index_.clear(); });
}

std::uint64_t RocksdbBackend::expire() {
  store::UpdateScope::refuse_writes();
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
      const std::optional<ttl::Record> record = ttl::parse(value);
      if (record && ttl::live(*record, time)) {
        found.push_back({record->written_at, record->expires_at, std::string(key)});
      }
      return true;
    });
    std::stable_sort(found.begin(), found.end(), [](const Found& a, const Found& b) {
      return a.written_at < b.written_at;
    });
    index_.clear();
    for (const Found& each : found) index_.stored(each.key, each.expires_at);
    indexed_opening_ = store_->store().openings();
  });
}

Stats RocksdbBackend::stats() {
  std::optional<std::uint64_t> entries;
  if (counted_.load()) {
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
  stats.memory_bytes = session.engine().memory_bytes();
  stats.memory_budget = store_->store().options().memory_budget;
  stats.clock_mark_ignored = store_->clock_mark_ignored();
  stats.removal_grace_left = std::chrono::milliseconds(store_->clock().removal_grace_left());
  stats.log = store_->store().logger().lines();
  return stats;
}

void RocksdbBackend::sync() {
  const Session session(store_->store(), family_, Session::Intent::read, "sync");
  session.engine().sync();
}

void RocksdbBackend::checkpoint(const std::filesystem::path& directory) {
  const Session session(store_->store(), family_, Session::Intent::read, "checkpoint");
  session.engine().checkpoint(directory);
}

}  // namespace cairn
