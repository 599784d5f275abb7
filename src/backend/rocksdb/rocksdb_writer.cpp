#include "backend/rocksdb/rocksdb_writer.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <cairn/error.h>

namespace cairn {

using store::Session;

namespace {

// Entries are removed in pieces of about a millisecond.
constexpr std::size_t at_once = 1024;

}  // namespace

RocksdbBackend::Writer::Writer(RocksdbBackend& backend, std::string_view verb,
                               const WriteMode& mode)
    : backend_(backend), mode_(mode) {
  if (mode.bounds.max_entries) backend.counted_.store(true);
  for (;;) {
    counted_ = backend.counted_.load();
    if (counted_) {
      turn_ = std::unique_lock(backend.admission_);
      if (backend.indexed_opening_ != backend.store_->store().openings()) backend.build_index();
    }
    session_.emplace(backend.store_->store(), backend.family_, Session::Intent::write, verb);
    // Somebody may have begun to count, or the store may have been reopened, in between.
    const bool current = counted_ ? backend.indexed_opening_ == backend.store_->store().openings()
                                  : !backend.counted_.load();
    if (current) break;
    session_.reset();
    if (turn_.owns_lock()) turn_.unlock();
  }
}

RocksdbBackend::Writer::Seen RocksdbBackend::Writer::look(std::string_view key, Instant now) try {
  const std::optional<std::string_view> bytes = session_->get(key, pinned_);
  if (!bytes) return Seen::nothing;
  return ttl::parse_live(*bytes, now) ? Seen::live : Seen::dead;
} catch (const Error& error) {
  if (error.code() != ErrorCode::corruption && error.code() != ErrorCode::io) throw;
  return Seen::dead;
}

// The index first, since it may find no memory: then nothing has changed.
void RocksdbBackend::Writer::put(std::string_view key, std::string_view record,
                                 Instant expires_at) {
  const bool fresh = counted_ && !backend_.index_.contains(key);
  stored(key, expires_at);
  try {
    session_->put(key, record);
  } catch (...) {
    if (fresh) erased(key);
    throw;
  }
}

void RocksdbBackend::Writer::make_room(std::span<const std::string_view> keys) {
  if (!mode_.bounds.max_entries) return;
  EntryIndex& index = backend_.index_;
  for (const std::string_view key : keys) index.used(key);  // not culled for its own sake
  for (;;) {
    const auto fresh = static_cast<std::size_t>(
        std::count_if(keys.begin(), keys.end(), [&](auto key) { return !index.contains(key); }));
    const std::size_t count = index.size();
    if (count == 0 || !mode_.bounds.full(count, fresh)) return;
    // Expired records are out of sight already, and compaction takes them away.  So many as are
    // needed are forgotten; there may be a million more.
    const std::size_t piece = std::max(keys.size(), at_once);
    if (index.take_expired(backend_.now(), piece).empty()) evict(mode_.bounds.share(count));
  }
}

std::size_t RocksdbBackend::Writer::evict(std::size_t count) {
  // Whoever clears this family needs the turn, and whoever clears another need not wait.
  if (count > at_once) session_->step_aside();
  std::size_t evicted = 0;
  while (evicted < count) {
    const std::vector<std::string> gone =
        backend_.index_.oldest(std::min(count - evicted, at_once));
    if (gone.empty()) break;
    store::Batch batch = session_->batch();
    for (const std::string& key : gone) batch.erase(key);
    commit(batch);
    for (const std::string& key : gone) backend_.index_.erase(key);
    backend_.tally().count(Event::evicted, gone.size());
    evicted += gone.size();
  }
  return evicted;
}

}  // namespace cairn
