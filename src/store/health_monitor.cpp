#include "store/health_monitor.h"

#include <cairn/error.h>
#include "store/status.h"

namespace cairn::store {
namespace {

class Reporter final : public rocksdb::EventListener {
 public:
  explicit Reporter(HealthMonitor& monitor) : monitor_(monitor) {}

  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status,
                            bool* auto_recovery) override {
    *auto_recovery = false;
  }
  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* status) override {
    monitor_.failed(*status);
  }

 private:
  HealthMonitor& monitor_;
};

}  // namespace

std::shared_ptr<rocksdb::EventListener> report_to(HealthMonitor& monitor) {
  return std::make_shared<Reporter>(monitor);
}

bool HealthMonitor::broken() const noexcept {
  const Condition now = condition_.load();
  return now == Condition::read_only || now == Condition::offline;
}

void HealthMonitor::refuse(std::string_view verb, std::string_view key) const {
  const Health now = health();
  const bool full = now.condition == Condition::no_space ||
                    now.cause.find("No space left on device") != std::string::npos;
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

// A cause that does not fit into memory is left out; the condition is what counts.
void HealthMonitor::enter(Condition condition, const std::string& cause) noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (health_.condition == Condition::healthy && condition != Condition::healthy) {
      ++health_.failures;
    }
    health_.condition = condition;
    try {
      health_.cause = cause;
    } catch (...) {
      health_.cause.clear();
    }
    condition_.store(condition);
  }
  changed_.notify_all();
}

void HealthMonitor::failed(const rocksdb::Status& status) noexcept {
  reports_.fetch_add(1);
  if (broken()) return;  // the first cause is the one that tells
  try {
    enter(Condition::read_only, status.ToString());
  } catch (...) {
    enter(Condition::read_only, {});
  }
}

void HealthMonitor::short_of_space(const std::string& cause) noexcept {
  if (healthy()) enter(Condition::no_space, cause);
}

void HealthMonitor::offline(const std::string& cause) noexcept { enter(Condition::offline, cause); }

void HealthMonitor::readable() noexcept {
  const std::lock_guard lock(mutex_);
  health_.condition = Condition::read_only;
  condition_.store(Condition::read_only);
}

bool HealthMonitor::mended(std::uint64_t seen) noexcept {
  const std::lock_guard lock(mutex_);
  if (reports_.load() != seen) return false;
  if (health_.condition != Condition::healthy) ++health_.mended;
  become_healthy();
  return true;
}

void HealthMonitor::reset() noexcept {
  const std::lock_guard lock(mutex_);
  become_healthy();
}

void HealthMonitor::become_healthy() noexcept {
  health_.condition = Condition::healthy;
  health_.cause.clear();
  condition_.store(Condition::healthy);
}

Health HealthMonitor::health() const {
  const std::lock_guard lock(mutex_);
  return health_;
}

void HealthMonitor::wait_for_trouble(const std::atomic<bool>& stop) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return stop.load() || health_.condition != Condition::healthy; });
}

void HealthMonitor::rest(std::chrono::milliseconds pause, const std::atomic<bool>& stop) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, pause, [&] { return stop.load(); });
}

void HealthMonitor::wake() noexcept {
  { const std::lock_guard lock(mutex_); }
  changed_.notify_all();
}

}  // namespace cairn::store
