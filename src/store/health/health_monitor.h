// Whether the engine can be written, as RocksDB's threads, ours and the callers see it.
#pragma once

#include <rocksdb/listener.h>
#include <rocksdb/status.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <cairn/error.h>
#include <cairn/health.h>

namespace cairn::store {

/// Safe for threads.  Changes are told by the Healer, never by the thread that causes them: that
/// may be inside RocksDB.
class HealthMonitor {
 public:
  bool healthy() const noexcept {
    return condition_.load(std::memory_order_relaxed) == Condition::healthy;
  }
  /// Also where a table is damaged: the others are not.
  bool writable() const noexcept {
    return condition_.load(std::memory_order_relaxed) <= Condition::damaged;
  }
  /// The engine must be opened anew before it can write.
  bool broken() const noexcept;

  /// Throws IoError unless writable: "set 'k': the store is read-only: ...".
  void check_writable(std::string_view verb, std::string_view key) const {
    if (!writable()) [[unlikely]]
      refuse(verb, key);
  }
  /// Throws IoError with what the disk said.
  [[noreturn]] void refuse(std::string_view verb, std::string_view key) const;

  /// Throws what a failed write means; the first cause, where the status is but a consequence.
  [[noreturn]] void raise_write(const rocksdb::Status& status, std::string_view verb,
                                std::string_view key) const;

  void failed(const rocksdb::Status& status) noexcept;
  void short_of_space(const std::string& cause) noexcept;
  /// `code` is that of the error which keeps it from being opened.
  void offline(const std::string& cause, ErrorCode code) noexcept;
  /// Reads are possible again after offline().
  void readable() noexcept;
  /// How many failures have been reported, those included that were no change.
  std::uint64_t reports() const noexcept { return reports_.load(); }
  /// A table of a column family, by RocksDB's name for it, cannot be read; `what` names the file.
  void damaged(const std::string& family, const std::string& what) noexcept;
  std::vector<std::string> damaged_families() const;
  /// The family is there no more.
  void forget_damage(const std::string& family) noexcept;
  /// The engine is closed: the next one finds out for itself.
  void forget_damage() noexcept;
  /// Healthy again, or damaged and nothing can be done about it; unless there have been more
  /// reports than those `seen` before the attempt.
  bool mended(std::uint64_t seen) noexcept;
  /// The engine is closed: there is nothing to mend.
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
  // With the mutex:
  bool needs_mending() const noexcept;
  void become(Condition condition, const std::string& cause) noexcept;
  void settle() noexcept;

  void enter(Condition condition, const std::string& cause, ErrorCode code) noexcept;
  ErrorCode cause_code() const;

  std::atomic<std::uint64_t> reports_{0};
  std::atomic<Condition> condition_{Condition::healthy};
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Health health_;
  ErrorCode cause_code_ = ErrorCode::io;                    // of health_.cause
  std::map<std::string, std::vector<std::string>> damage_;  // by family, one line for each table
  bool attended_ = true;  // nothing more can be done about the damage
};

/// What RocksDB tells the monitor.  A damaged table that compaction meets is no error to RocksDB
/// then: it goes on, and tries again until it is told not to compact (Engine::spare).  Its own
/// recovery from a full disk is refused: it lets a write reach a log that has already failed, which
/// ends the process where the library has assertions, as Debian's has.
std::shared_ptr<rocksdb::EventListener> report_to(HealthMonitor& monitor);

}  // namespace cairn::store
