// A session that writes, and the one way in which keys are changed.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>

#include "backend/rocksdb/rocksdb_backend.h"
#include "store/session.h"

namespace cairn {

/// In a family that is counted a writer also holds the turn, keeps the index of entries and makes
/// room for new ones.
class RocksdbBackend::Writer {
 public:
  Writer(RocksdbBackend& backend, std::string_view verb, const WriteMode& mode);

  store::Session& session() { return *session_; }
  /// The time of what is written.
  Instant begin() {
    const Instant time = backend_.now();
    backend_.store_->remember(time, *session_);
    return time;
  }
  /// Gives up the turn, and waits until what was written is as durable as it should be.  Call last,
  /// and without a stripe: change() does.
  void settle(std::string_view what) {
    if (turn_.owns_lock()) turn_.unlock();
    session_->settle(mode_.durability, what);
  }

  /// The live record at the key, as it lies in the engine until the next call.
  std::optional<ttl::Record> live(std::string_view key, Instant now) {
    const std::optional<std::string_view> bytes = session_->get(key, pinned_);
    if (!bytes) return std::nullopt;
    return ttl::parse_live(*bytes, now);
  }
  /// What an erasure finds.  What cannot be read is there, is not counted as live, and need not be
  /// read to be erased.
  enum class Seen { nothing, dead, live };
  Seen look(std::string_view key, Instant now);

  void put(std::string_view key, std::string_view record, Instant expires_at);
  void erase(std::string_view key) {
    session_->erase(key);
    erased(key);
  }
  /// All or nothing; stored() and erased() then tell the index.
  void commit(store::Batch& batch) { session_->commit(batch, backend_.family_.name); }

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
  void erased(std::string_view key) {
    if (counted_) backend_.index_.erase(key);
  }

  /// Makes room for those of the keys that are not there yet.
  void make_room(std::string_view key) { make_room(std::span(&key, 1)); }
  void make_room(std::span<const std::string_view> keys);

  /// Removes the oldest entries.  Needs no stripes: who holds the turn is the family's only writer.
  /// For that reason it may leave the gate as well.
  std::size_t evict(std::size_t count);

 private:
  RocksdbBackend& backend_;
  const WriteMode& mode_;
  bool counted_ = false;
  std::unique_lock<std::mutex> turn_;
  std::optional<store::Session> session_;
  store::Pinned pinned_;
};

template <class Work>
auto RocksdbBackend::change(std::string_view key, const WriteMode& mode, std::string_view verb,
                            const Work& work) {
  Writer writer(*this, verb, mode);
  auto outcome = [&] {
    const store::Stripes::Lock lock = writer.session().lock(key);
    return work(writer, writer.begin());
  }();
  writer.settle(key);
  return outcome;
}

template <class Keys, class Work>
auto RocksdbBackend::change_all(const Keys& keys, const WriteMode& mode, std::string_view verb,
                                const Work& work) {
  Writer writer(*this, verb, mode);
  auto outcome = [&] {
    const store::Stripes::Locks locks = writer.session().lock_all(keys);
    return work(writer, writer.begin());
  }();
  writer.settle(family_.name);
  return outcome;
}

}  // namespace cairn
