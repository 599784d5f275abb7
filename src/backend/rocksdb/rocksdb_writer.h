// A session that writes.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>

#include "backend/rocksdb/rocksdb_backend.h"
#include "store/session.h"

namespace cairn {

/// A session that writes.  In a family that is counted it also holds the turn, keeps the index of
/// entries and makes room for new ones.
class RocksdbBackend::Writer {
 public:
  Writer(RocksdbBackend& backend, std::string_view verb, const WriteMode& mode);

  store::Session& session() { return *session_; }
  store::Stripes::Lock lock(std::string_view key) { return session_->lock(key); }
  template <class Keys>
  auto lock_all(const Keys& keys) {
    return session_->lock_all(keys);
  }
  /// Gives up the turn, and waits until what was written is as durable as it should be.  Call last,
  /// and without a stripe.
  void settle(std::string_view what) {
    if (turn_.owns_lock()) turn_.unlock();
    session_->settle(mode_.durability, what);
  }

  void put(std::string_view key, std::string_view record, Instant expires_at) {
    session_->put(key, record);
    stored(key, expires_at);
  }
  void erase(std::string_view key) {
    session_->erase(key);
    removed(key);
  }

  /// What was written otherwise, for the index.
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

  /// Makes room for those of the keys that are not there yet.
  void make_room(std::string_view key) { make_room(std::span(&key, 1)); }
  void make_room(std::span<const std::string_view> keys);

  /// Removes the oldest entries.  Needs no stripes: who holds the turn is the family's only writer.
  std::size_t evict(std::size_t count);

 private:
  RocksdbBackend& backend_;
  const WriteMode& mode_;
  bool counted_ = false;
  std::unique_lock<std::mutex> turn_;
  std::optional<store::Session> session_;
};

}  // namespace cairn
