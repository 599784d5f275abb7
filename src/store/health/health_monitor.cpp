#include "store/health/health_monitor.h"

#include <algorithm>

#include "store/border/status.h"

namespace cairn::store {
bool HealthMonitor::broken() const noexcept {
  const Condition now = condition_.load();
  return now == Condition::read_only || now == Condition::offline;
}

void HealthMonitor::refuse(std::string_view verb, std::string_view key) const {
  const Health now = health();
  const bool full = now.condition == Condition::no_space || cause_code() == ErrorCode::no_space;
  throw IoError(std::string(verb) + " " + quote(key) + ": the store is " +
                    (now.condition == Condition::offline ? "offline" : "read-only") + ": " +
                    now.cause + "; it goes on by itself once " +
                    (full ? "there is space on the disk" : "the disk works again"),
                full ? ErrorCode::no_space : ErrorCode::io);
}

void HealthMonitor::raise_write(const rocksdb::Status& status, std::string_view verb,
                                std::string_view key) const {
  if (broken()) refuse(verb, key);
  raise(status, verb, key);
}

ErrorCode HealthMonitor::cause_code() const {
  const process::LockGuard lock(mutex_);
  return cause_code_;
}

void HealthMonitor::change_to(Condition condition, const std::string& cause,
                              ErrorCode code) noexcept {
  {
    const process::LockGuard lock(mutex_);
    become(condition, cause);
    cause_code_ = code;
  }
  changed_.notify_all();
}

// A cause that does not fit into memory is left out; the condition is what counts.
void HealthMonitor::become(Condition condition, const std::string& cause) noexcept {
  const bool was = health_.condition == Condition::healthy;
  const bool is = condition == Condition::healthy;
  if (was && !is) ++health_.failures;
  if (!was && is) ++health_.mended;
  health_.condition = condition;
  try {
    health_.cause = cause;
  } catch (...) {
    health_.cause.clear();
  }
  condition_.store(condition);
}

// The condition without a disk failure: damaged if any table is, else healthy.
void HealthMonitor::recompute() noexcept try {
  std::string cause;
  for (const auto& [family, lines] : damage_) {
    for (const std::string& line : lines) cause += (cause.empty() ? "" : "; ") + line;
  }
  become(damage_.empty() ? Condition::healthy : Condition::damaged, cause);
} catch (...) {
  become(Condition::damaged, {});
}

void HealthMonitor::failed(const rocksdb::Status& status) noexcept {
  reports_.fetch_add(1);
  if (broken()) return;  // the first cause is kept
  const ErrorCode code = status.IsNoSpace() ? ErrorCode::no_space : ErrorCode::io;
  try {
    change_to(Condition::read_only, status.ToString(), code);
  } catch (...) {
    change_to(Condition::read_only, {}, code);
  }
}

void HealthMonitor::short_of_space(const std::string& cause) noexcept {
  if (writable()) change_to(Condition::no_space, cause, ErrorCode::no_space);
}

void HealthMonitor::offline(const std::string& cause, ErrorCode code) noexcept {
  change_to(Condition::offline, cause, code);
}

void HealthMonitor::readable() noexcept {
  const process::LockGuard lock(mutex_);
  health_.condition = Condition::read_only;
  condition_.store(Condition::read_only);
}

void HealthMonitor::damaged(const std::string& family, const std::string& what) noexcept {
  reports_.fetch_add(1);
  {
    const process::LockGuard lock(mutex_);
    attended_ = false;
    try {
      std::vector<std::string>& lines = damage_[family];
      if (std::find(lines.begin(), lines.end(), what) == lines.end()) lines.push_back(what);
    } catch (...) {
      // RocksDB meets the table again, and then there may be memory.
    }
    if (writable()) recompute();
  }
  changed_.notify_all();
}

std::vector<std::string> HealthMonitor::damaged_families() const {
  const process::LockGuard lock(mutex_);
  std::vector<std::string> families;
  for (const auto& [family, lines] : damage_) families.push_back(family);
  return families;
}

void HealthMonitor::forget_damage(const std::string& family) noexcept {
  {
    const process::LockGuard lock(mutex_);
    if (damage_.erase(family) > 0 && health_.condition == Condition::damaged) recompute();
  }
  changed_.notify_all();
}

void HealthMonitor::forget_damage() noexcept {
  const process::LockGuard lock(mutex_);
  damage_.clear();
}

bool HealthMonitor::healed(std::uint64_t seen) noexcept {
  const process::LockGuard lock(mutex_);
  if (reports_.load() != seen) return false;
  attended_ = true;
  recompute();
  return true;
}

void HealthMonitor::reset() noexcept {
  const process::LockGuard lock(mutex_);
  damage_.clear();
  health_.condition = Condition::healthy;
  health_.cause.clear();
  condition_.store(Condition::healthy);
}

Health HealthMonitor::health() const {
  const process::LockGuard lock(mutex_);
  return health_;
}

bool HealthMonitor::needs_healing() const noexcept {
  return health_.condition > Condition::damaged ||
         (health_.condition == Condition::damaged && !attended_);
}

bool HealthMonitor::troubled() const {
  const process::LockGuard lock(mutex_);
  return needs_healing();
}

void HealthMonitor::wait_for_change(Condition told, const std::atomic<bool>& stop) {
  process::UniqueLock lock(mutex_);
  while (!stop.load() && health_.condition == told && !needs_healing()) changed_.wait(lock);
}

void HealthMonitor::rest(std::chrono::milliseconds pause, const std::atomic<bool>& stop) {
  process::UniqueLock lock(mutex_);
  changed_.wait_for(lock, pause, [&] { return stop.load(); });
}

void HealthMonitor::wake() noexcept {
  { const process::LockGuard lock(mutex_); }
  changed_.notify_all();
}

}  // namespace cairn::store
