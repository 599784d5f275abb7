#include "store/health/health_monitor.h"

#include <algorithm>

#include "store/border/status.h"

namespace cairn::store {
namespace {

std::string file_name(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));  // all of it where there is no slash
}

// "000012.sst: Corruption: block checksum mismatch: ... in /path/000012.sst ...".
//
// Only reading all that the compaction had read would tell which table it was, and this is a thread
// of RocksDB's.  So of those tables the one is named that RocksDB names, in whatever sentence, and
// all of them if it names none.
std::string describe(const rocksdb::CompactionJobInfo& job) {
  const std::string said = job.status.ToString();
  std::string named;
  std::string all;
  for (const std::string& each : job.input_files) {
    const std::string name = file_name(each);
    all += (all.empty() ? "" : " or ") + name;
    if (said.find(name) != std::string::npos) named += (named.empty() ? "" : " or ") + name;
  }
  return (named.empty() ? all : named) + ": " + said;
}

class Reporter final : public rocksdb::EventListener {
 public:
  explicit Reporter(HealthMonitor& monitor) : monitor_(monitor) {}

  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status,
                            bool* auto_recovery) override {
    *auto_recovery = false;
  }
  // Before OnBackgroundError, and also where the caller has asked for the compaction.
  void OnCompactionCompleted(rocksdb::DB*, const rocksdb::CompactionJobInfo& job) override try {
    if (job.status.IsCorruption()) monitor_.damaged(job.cf_name, describe(job));
  } catch (...) {
    monitor_.damaged(job.cf_name, {});
  }
  // RocksDB would write no more, and opening it anew would only make it meet the table again.
  void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* status) override {
    if (reason == rocksdb::BackgroundErrorReason::kCompaction && status->IsCorruption()) {
      *status = rocksdb::Status::OK();
    } else {
      monitor_.failed(*status);
    }
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
  const std::lock_guard lock(mutex_);
  return cause_code_;
}

void HealthMonitor::enter(Condition condition, const std::string& cause, ErrorCode code) noexcept {
  {
    const std::lock_guard lock(mutex_);
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

// What is left when the disk is not the matter.
void HealthMonitor::settle() noexcept try {
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
  if (broken()) return;  // the first cause is the one that tells
  const ErrorCode code = status.IsNoSpace() ? ErrorCode::no_space : ErrorCode::io;
  try {
    enter(Condition::read_only, status.ToString(), code);
  } catch (...) {
    enter(Condition::read_only, {}, code);
  }
}

void HealthMonitor::short_of_space(const std::string& cause) noexcept {
  if (writable()) enter(Condition::no_space, cause, ErrorCode::no_space);
}

void HealthMonitor::offline(const std::string& cause, ErrorCode code) noexcept {
  enter(Condition::offline, cause, code);
}

void HealthMonitor::readable() noexcept {
  const std::lock_guard lock(mutex_);
  health_.condition = Condition::read_only;
  condition_.store(Condition::read_only);
}

void HealthMonitor::damaged(const std::string& family, const std::string& what) noexcept {
  reports_.fetch_add(1);
  {
    const std::lock_guard lock(mutex_);
    attended_ = false;
    try {
      std::vector<std::string>& lines = damage_[family];
      if (std::find(lines.begin(), lines.end(), what) == lines.end()) lines.push_back(what);
    } catch (...) {
      // RocksDB meets the table again, and then there may be memory.
    }
    if (writable()) settle();
  }
  changed_.notify_all();
}

std::vector<std::string> HealthMonitor::damaged_families() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> families;
  for (const auto& [family, lines] : damage_) families.push_back(family);
  return families;
}

void HealthMonitor::forget_damage(const std::string& family) noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (damage_.erase(family) > 0 && health_.condition == Condition::damaged) settle();
  }
  changed_.notify_all();
}

void HealthMonitor::forget_damage() noexcept {
  const std::lock_guard lock(mutex_);
  damage_.clear();
}

bool HealthMonitor::mended(std::uint64_t seen) noexcept {
  const std::lock_guard lock(mutex_);
  if (reports_.load() != seen) return false;
  attended_ = true;
  settle();
  return true;
}

void HealthMonitor::reset() noexcept {
  const std::lock_guard lock(mutex_);
  damage_.clear();
  health_.condition = Condition::healthy;
  health_.cause.clear();
  condition_.store(Condition::healthy);
}

Health HealthMonitor::health() const {
  const std::lock_guard lock(mutex_);
  return health_;
}

bool HealthMonitor::needs_mending() const noexcept {
  return health_.condition > Condition::damaged ||
         (health_.condition == Condition::damaged && !attended_);
}

bool HealthMonitor::troubled() const {
  const std::lock_guard lock(mutex_);
  return needs_mending();
}

void HealthMonitor::wait_for_change(Condition told, const std::atomic<bool>& stop) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return stop.load() || health_.condition != told || needs_mending(); });
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
