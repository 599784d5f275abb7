// A file with the number of the last write that is known to be safe on disk.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>

#include "process/mutex.h"
#include "store/directory/files.h"

namespace cairn::store {

inline constexpr const char* watermark_name = "CAIRN.watermark";

/// A file of 16 bytes beside the database with a number that grows: in CAIRN.watermark the sequence
/// number up to which everything has been synced.  RocksDB silently opens a log whose end is
/// missing; a store that reopens with fewer writes than its watermark has lost synced data.
///
/// The file itself is never synced: after a power cut it may be older than the truth, never ahead
/// of it.  Its 8-byte word stands there twice, each with a check of its own.  Safe for threads.
class Watermark {
 public:
  /// Opens or makes the file.  Throws IoError.
  explicit Watermark(const std::filesystem::path& directory, const char* name = watermark_name);
  Watermark(const Watermark&) = delete;
  Watermark& operator=(const Watermark&) = delete;

  /// The number that was raised or reset last, or read at the opening; 0 if there was none.
  std::uint64_t sequence() const noexcept { return sequence_.load(); }
  /// The file was there, and neither of its words passed its check.
  bool unreadable() const { return unreadable_; }

  /// Everything up to `sequence` is safe.  Lower numbers than the present one are ignored.
  void raise(std::uint64_t sequence) noexcept;
  /// Starts again at `sequence`, even if that is lower.
  void reset(std::uint64_t sequence) noexcept;

 private:
  void write() noexcept CAIRN_REQUIRES(mutex_);

  const Descriptor file_;
  bool unreadable_ = false;
  process::Mutex mutex_;  // of the file, and of who changes the number
  std::atomic<std::uint64_t> sequence_{0};
};

}  // namespace cairn::store
