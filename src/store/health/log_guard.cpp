#include "store/health/log_guard.h"

namespace cairn::store {

LogGuard::Syncing::Syncing(LogGuard& guard) : guard_(guard) {
  const process::LockGuard lock(guard_.mutex_);
  allowed_ = !guard_.failed_;
  if (allowed_) ++guard_.syncing_;
}

LogGuard::Syncing::~Syncing() {
  if (!allowed_) return;
  {
    const process::LockGuard lock(guard_.mutex_);
    --guard_.syncing_;
  }
  guard_.left_.notify_all();
}

void LogGuard::fail_in_sync() noexcept {
  const process::LockGuard lock(mutex_);
  failed_ = true;
}

void LogGuard::fail_in_flush() noexcept {
  const process::LockGuard lock(mutex_);
  failed_ = failed_in_flush_ = true;
}

bool LogGuard::failed_in_flush() const noexcept {
  const process::LockGuard lock(mutex_);
  return failed_in_flush_;
}

void LogGuard::fail() noexcept {
  process::UniqueLock lock(mutex_);
  failed_ = true;
  while (syncing_ > 0) left_.wait(lock);
}

}  // namespace cairn::store
