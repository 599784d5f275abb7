// The guard that keeps a write-ahead log from being synced after a write to it has failed.
#pragma once

#include "process/mutex.h"

namespace cairn::store {

/// Where the library has assertions, as Debian's has, RocksDB 7.8 ends the process when a log is
/// synced after a write to it has failed.  So a thread announces its sync here.  A failing write
/// returns its error only when no sync is running; after that no sync may start.
///
/// Closing a log counts as writing to it.  No thread waits for itself: while it syncs, RocksDB only
/// puts aside the logs that it no longer needs (DBImpl::MarkLogsSynced); they are closed by whoever
/// looks for obsolete files next, which nobody does while Syncing, and without RocksDB's mutex, so
/// that those who sync get on.
///
/// A flush syncs the older logs first (DBImpl::SyncClosedLogs), which others may be waiting to sync
/// as well; no waiting helps them.  So RocksDB does not see that fail: the flush is refused the
/// table that it makes next, and whoever was syncing asks failed_in_flush().
class LogGuard {
 public:
  /// While this object exists, RocksDB sees no log write fail.
  class Syncing {
   public:
    explicit Syncing(LogGuard& guard);
    ~Syncing();
    Syncing(const Syncing&) = delete;
    Syncing& operator=(const Syncing&) = delete;
    /// False: a write has failed before; the log must not be synced.
    bool allowed() const { return allowed_; }

   private:
    LogGuard& guard_;
    bool allowed_;
  };

  /// A write to the log has failed; returns when nobody is syncing.
  void fail() noexcept;
  /// A sync of the log has failed.
  void fail_in_sync() noexcept;
  /// A sync by a flush has failed, and RocksDB is told that it has not.
  void fail_in_flush() noexcept;
  bool failed_in_flush() const noexcept;

 private:
  mutable process::Mutex mutex_;
  process::Condition left_;
  bool failed_ CAIRN_GUARDED_BY(mutex_) = false;
  bool failed_in_flush_ CAIRN_GUARDED_BY(mutex_) = false;
  int syncing_ CAIRN_GUARDED_BY(mutex_) = 0;
};

}  // namespace cairn::store
