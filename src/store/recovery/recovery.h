// Checks one opening of a store: compares what should be on disk with what was found.
#pragma once

#include <rocksdb/status.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <cairn/options.h>
#include <cairn/recovery.h>
#include "store/directory/manifest.h"
#include "store/recovery/log_filter.h"

namespace cairn::store {

/// The findings of RocksDB in a store.
struct Sight {
  rocksdb::Status status = {};
  std::uint64_t sequence = 0;  ///< of the last write that is left; 0 where the store is unreadable
  std::optional<LogFilter::Gap> gap = {};
  std::vector<LogFilter::Unread> unread = {};
};

/// The synced state of a store, as its watermarks say.
struct Synced {
  std::uint64_t sequence;   ///< of the last write
  bool unreadable;          ///< that number is lost
  SyncedManifest manifest;  ///< and how much of the MANIFEST
};

/// For one opening.
class Recovery {
 public:
  /// Looks at the store without opening it for writing.
  using Look = std::function<Sight(LogFilter::Records)>;
  /// Opens the store.  What is left of the logs is written out then, and removed; and so are the
  /// tables that a cut MANIFEST does not name.
  using Open = std::function<Sight()>;

  Recovery(std::filesystem::path directory, OnDamage on_damage, Synced synced);

  /// Recovers the store and opens it.  Throws Corruption where on_damage says so, the store being
  /// as it was unless `open` has been called; and IoError.
  RecoveryReport run(const Look& look, const Open& open);

 private:
  /// Looks at the files, breaks the seal, and cuts off an end of the MANIFEST that a power cut has
  /// damaged.
  void begin();
  /// Whether there is a store.
  bool inspect_files() const;
  void inspect_manifest();
  void cut_manifest();
  bool cut() const { return tail_ && tail_->damaged(); }

  /// Whether the loss of synced writes is to be noticed before the store is opened.
  bool looks_first() const;
  /// Throws Corruption if synced writes are gone, a cut MANIFEST being put back.
  void look_first(const Look& look);
  /// Whether synced writes are gone where the last that is left is `sequence`.
  bool lost(std::uint64_t sequence) const { return sequence < synced_.sequence; }

  void finish(const Sight& found);

  void damaged(const std::string& what);
  std::string loss(std::uint64_t sequence) const;
  void note_log(const Sight& found);

  const std::filesystem::path directory_;
  const OnDamage on_damage_;
  const Synced synced_;
  std::optional<ManifestTail> tail_;
  RecoveryReport report_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace cairn::store
