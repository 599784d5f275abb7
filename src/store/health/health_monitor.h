// The health of an open store, shared by RocksDB's threads, our own and the callers.
#pragma once

#include <rocksdb/status.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <cairn/error.h>
#include <cairn/health.h>
#include "process/mutex.h"

namespace cairn::store {

/// The effect of a write on the disk, in the end.  What only removes is let into the free-space
/// reserve: it is what brings space back.
enum class Growth { grows, shrinks };

/// Safe for threads.  Only the Healer reports changes; the thread that causes one may be inside
/// RocksDB and must not call out.
class HealthMonitor {
 public:
  /// True also where a table is damaged: the others are not.
  bool writable() const noexcept {
    return condition_.load(std::memory_order_relaxed) <= Condition::damaged;
  }
  /// The engine must be reopened before it can write.
  bool broken() const noexcept;

  /// Throws IoError unless writable: "set 'k': the store is read-only: ...".
  void check_writable(std::string_view verb, std::string_view key,
                      Growth growth = Growth::grows) const {
    if (!writable() && (growth == Growth::grows || broken())) [[unlikely]]
      refuse(verb, key);
  }
  /// Throws IoError with what the disk said.
  [[noreturn]] void refuse(std::string_view verb, std::string_view key) const;

  /// Throws the error of a failed write; if an earlier failure caused it, that failure.
  [[noreturn]] void raise_write(const rocksdb::Status& status, std::string_view verb,
                                std::string_view key) const;

  void failed(const rocksdb::Status& status) noexcept;
  void short_of_space(const std::string& cause) noexcept;
  /// `code` is that of the error which keeps the store from being opened.
  void offline(const std::string& cause, ErrorCode code) noexcept;
  /// Reads are possible again after offline().
  void readable() noexcept;
  /// Number of failures reported, including those that changed nothing.
  std::uint64_t reports() const noexcept { return reports_.load(); }
  /// A table of a column family, by RocksDB's name for it, cannot be read; `what` names the file.
  void damaged(const std::string& family, const std::string& what) noexcept;
  std::vector<std::string> damaged_families() const;
  /// The family has been dropped.
  void forget_damage(const std::string& family) noexcept;
  /// The engine is closed: the next one finds out for itself.
  void forget_damage() noexcept;
  /// Ends a repair: healthy, or damaged with nothing left to do.  Returns false, and changes
  /// nothing, if failures came in after `seen`, the number of reports() before the attempt.
  bool healed(std::uint64_t seen) noexcept;
  /// The engine is closed: there is nothing to heal.
  void reset() noexcept;

  Health health() const;

  /// Whether there is something to be done.
  bool troubled() const;
  /// Waits until the store is troubled, its condition is not the one that was `told`, or `stop` is
  /// true.
  void wait_for_change(Condition told, const std::atomic<bool>& stop);
  /// Waits for `pause`, or until `stop` is true.
  void rest(std::chrono::milliseconds pause, const std::atomic<bool>& stop);
  /// Makes both look at `stop`.
  void wake() noexcept;

 private:
  bool needs_healing() const noexcept CAIRN_REQUIRES(mutex_);
  void become(Condition condition, const std::string& cause) noexcept CAIRN_REQUIRES(mutex_);
  void recompute() noexcept CAIRN_REQUIRES(mutex_);

  void change_to(Condition condition, const std::string& cause, ErrorCode code) noexcept
      CAIRN_EXCLUDES(mutex_);
  ErrorCode cause_code() const CAIRN_EXCLUDES(mutex_);

  std::atomic<std::uint64_t> reports_{0};
  std::atomic<Condition> condition_{Condition::healthy};
  mutable process::Mutex mutex_;
  process::Condition changed_;
  Health health_ CAIRN_GUARDED_BY(mutex_);
  ErrorCode cause_code_ CAIRN_GUARDED_BY(mutex_) = ErrorCode::io;  // of health_.cause
  // By family, one line for each table.
  std::map<std::string, std::vector<std::string>> damage_ CAIRN_GUARDED_BY(mutex_);
  bool attended_ CAIRN_GUARDED_BY(mutex_) = true;  // nothing more can be done about the damage
};

}  // namespace cairn::store
