// Memory of ours that counts against the engine's budget.
#pragma once

#include <rocksdb/db.h>

#include <cstdint>
#include <memory>

#include "process/mutex.h"

namespace rocksdb {
class WriteBufferManager;
}

namespace cairn::store {

/// Takes room from the cache that the engine's blocks and write buffers share, as RocksDB does for
/// its own memory: in pieces of 256 KiB.  Safe for threads.
class MemoryCharge {
 public:
  MemoryCharge();
  ~MemoryCharge();
  MemoryCharge(const MemoryCharge&) = delete;
  MemoryCharge& operator=(const MemoryCharge&) = delete;

  /// What was charged as `before` bytes is `now` bytes.  Without memory for that nothing is
  /// charged.
  void change(rocksdb::DB& db, std::uint64_t before, std::uint64_t now) noexcept;
  /// Gives everything back, before the database closes.
  void end() noexcept;
  /// Leaves it in memory with a database that cannot be closed.
  void leave() noexcept CAIRN_NO_THREAD_SAFETY_ANALYSIS;  // whoever has the mutex is gone

 private:
  process::Mutex mutex_;
  // It charges the cache; write buffers know nothing of it.
  std::unique_ptr<rocksdb::WriteBufferManager> charged_ CAIRN_GUARDED_BY(mutex_);
};

}  // namespace cairn::store
