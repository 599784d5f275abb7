// Watches over one opening of a store: what has to be there, and what was.
#pragma once

#include <rocksdb/wal_filter.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <cairn/recovery.h>
#include "store/directory/manifest.h"
#include "store/directory/watermark.h"
#include "store/recovery/log_filter.h"

namespace cairn::store {

/// begin(); a look at what there is, and judge(), if looks_first(); then RocksDB
/// opens with filter(); then finish().
class Recovery {
 public:
  /// `mark` is of the writes, `manifest_mark` of the MANIFEST (SyncedManifest).
  Recovery(const std::filesystem::path& directory, OnDamage on_damage, Watermark& mark,
           const Watermark& manifest_mark);

  /// Looks at the files, breaks the seal, and cuts off an end of the MANIFEST that a power cut has
  /// damaged.  Throws Corruption where on_damage says so, and IoError.
  void begin();
  bool cut() const { return tail_ && tail_->damaged(); }
  /// Whether the loss of synced writes is to be noticed before RocksDB opens the store: that writes
  /// out what is left of the logs and removes them, and removes what a cut MANIFEST does not name.
  bool looks_first() const;
  /// Whether synced writes are gone where the last that is left is `sequence`.
  bool lost(std::uint64_t sequence) const { return sequence < mark_.sequence(); }
  /// `sequence` is the last write that was found without opening the store for writing, 0 if it
  /// could not even be read.  If synced writes are gone, puts a cut MANIFEST back and throws
  /// Corruption.
  void judge(std::uint64_t sequence, const LogFilter& filter);
  rocksdb::WalFilter* filter() { return &filter_; }
  /// `sequence` is the last write that RocksDB has.  Throws Corruption where on_damage says so.
  void finish(std::uint64_t sequence);

  const RecoveryReport& report() const { return report_; }

 private:
  /// Whether there is a store.
  bool inspect_files() const;
  void inspect_manifest();
  void cut_manifest();
  void damaged(const std::string& what);
  std::string loss(std::uint64_t sequence) const;
  void note_log(const LogFilter& filter);

  const std::filesystem::path directory_;
  const OnDamage on_damage_;
  Watermark& mark_;
  const Watermark& manifest_mark_;
  LogFilter filter_;
  std::optional<ManifestTail> tail_;
  RecoveryReport report_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

/// Throws Corruption, with the remedy.  `what` names the file.
[[noreturn]] void raise_damage(const std::filesystem::path& directory, const std::string& what);

/// Moves a damaged store out of the way, to a name that is new, and makes an empty directory in its
/// place; those that were moved before are removed.  Hold the directory's lock, which goes with it.
/// Returns where it is now.  Throws IoError.
std::filesystem::path set_aside(const std::filesystem::path& directory);

}  // namespace cairn::store
