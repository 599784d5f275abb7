// What keeps tables while nobody knows whether the MANIFEST names them.
#pragma once

#include <rocksdb/file_system.h>

#include <atomic>
#include <cstdint>
#include <memory>

#include "store/directory/watermark.h"

namespace cairn::store {

/// Once a write or sync of the MANIFEST has failed, or of what points to it, the next opening may
/// find RocksDB's last edit of it or not: the tables of both are needed.  RocksDB keeps them after
/// a flush or compaction of its own (its pull request 5379).  After a CompactFiles() it does not,
/// and removes what the edit names.
class ManifestGuard {
 public:
  explicit ManifestGuard(Watermark& watermark) : watermark_(watermark) {}

  /// The file of MANIFEST `number`, empty yet.  Raises the watermark with each sync.  The guard
  /// must outlive it.
  std::unique_ptr<rocksdb::FSWritableFile> guarded(std::unique_ptr<rocksdb::FSWritableFile> file,
                                                   std::uint64_t number);
  /// What came of writing the MANIFEST, or what points to it.
  void written(const rocksdb::IOStatus& status) noexcept {
    if (!status.ok()) in_doubt_ = true;
  }
  /// No table may be removed.  The next opening removes those that nobody names.
  bool in_doubt() const noexcept { return in_doubt_; }

 private:
  Watermark& watermark_;
  std::atomic<bool> in_doubt_{false};
};

}  // namespace cairn::store
