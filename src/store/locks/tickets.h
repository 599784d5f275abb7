// Tickets of writes that wait for an fsync without holding a key's lock.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include <rocksdb/status.h>

#include "process/mutex.h"

namespace cairn::store {

/// A write goes to the log without sync under its stripe and takes a number; after unlocking it
/// waits here.  One of the waiting threads syncs the log for all the numbers issued so far, so that
/// sixteen threads on one hot key share an fsync instead of queueing for sixteen.
class Tickets {
 public:
  using Number = std::uint64_t;

  /// Call after the write has reached the log.
  Number issue() noexcept { return issued_.fetch_add(1) + 1; }
  Number issued() const noexcept { return issued_.load(); }
  /// Whether everything issued has been synced.
  bool settled() const noexcept { return durable_.load() >= issued_.load(); }

  /// Returns once `number` is durable; calls `sync` unless another thread's sync covers it.  A sync
  /// that failed is an error to everyone who waited for it.  Throws what `sync` throws.
  rocksdb::Status wait(Number number, const std::function<rocksdb::Status()>& sync);

 private:
  std::atomic<Number> issued_{0};
  std::atomic<Number> durable_{0};

  process::Mutex mutex_;
  process::Condition changed_;
  bool syncing_ CAIRN_GUARDED_BY(mutex_) = false;
  // The numbers that a failed sync was for: beyond the one and up to the other.
  Number failed_after_ CAIRN_GUARDED_BY(mutex_) = 0;
  Number failed_ CAIRN_GUARDED_BY(mutex_) = 0;
  rocksdb::Status failure_ CAIRN_GUARDED_BY(mutex_);
};

}  // namespace cairn::store
