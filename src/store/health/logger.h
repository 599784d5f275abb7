// RocksDB's info log, kept away from the disk: its own LOG file meets a full disk with an assertion
// that ends the process.
#pragma once

#include <rocksdb/env.h>

#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "process/callback_scope.h"
#include "process/mutex.h"

namespace cairn::store {

/// The error of a file that is not wanted (guarded_files()).
inline constexpr std::string_view no_options_file = "Cairn has no OPTIONS file";

/// Keeps the last lines of warnings and errors in memory and passes them on; without those about
/// the file that is not wanted.
class Logger final : public rocksdb::Logger {
 public:
  /// `rank` is that of the store whose locks may be held when it says something.
  explicit Logger(std::function<void(std::string_view)> sink,
                  process::Rank rank = process::CallbackScope::nobody);

  using rocksdb::Logger::Logv;
  void Logv(const char* format, va_list arguments) noexcept override;

  /// Whether the calling thread is in Logv(), and so inside RocksDB, which may hold any lock.
  bool in_engine() const noexcept { return speaking_ == this; }

  /// One line of our own.
  void say(std::string_view line) noexcept;

  std::vector<std::string> lines() const;

 private:
  static constexpr std::size_t kept = 64;

  static thread_local const Logger* speaking_;

  const std::function<void(std::string_view)> sink_;
  const process::Rank rank_;
  mutable process::Mutex mutex_;
  std::deque<std::string> lines_ CAIRN_GUARDED_BY(mutex_);
};

}  // namespace cairn::store
