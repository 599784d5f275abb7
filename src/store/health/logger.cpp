#include "store/health/logger.h"

#include <cstdarg>
#include <cstdio>

#include "store/border/job_threads.h"

namespace cairn::store {

thread_local const Logger* Logger::speaking_ = nullptr;

Logger::Logger(std::function<void(std::string_view)> sink, process::Rank rank)
    : rocksdb::Logger(rocksdb::InfoLogLevel::WARN_LEVEL), sink_(std::move(sink)), rank_(rank) {}

void Logger::Logv(const char* format, va_list arguments) noexcept {
  char line[1024];
  const int length = std::vsnprintf(line, sizeof line, format, arguments);
  if (length <= 0) return;
  std::string_view text(line);
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  if (text.find(no_options_file) != text.npos) return;
  speaking_ = this;
  // RocksDB's mutex may be held, which a job of this database may wait for, and every other job
  // behind it.
  const process::CallbackScope scope(JobThreads::rank());
  say(text);
  speaking_ = nullptr;
}

// Called in the middle of RocksDB, which no exception may cross.
void Logger::say(std::string_view line) noexcept {
  try {
    {
      const process::LockGuard lock(mutex_);
      if (lines_.size() == kept) lines_.pop_front();
      lines_.emplace_back(line);
    }
    const process::CallbackScope scope(JobThreads::holder(rank_));
    if (sink_) sink_(line);
  } catch (...) {
    // A line is lost; nothing better can be done about it here.
  }
}

std::vector<std::string> Logger::lines() const {
  const process::LockGuard lock(mutex_);
  return {lines_.begin(), lines_.end()};
}

}  // namespace cairn::store
