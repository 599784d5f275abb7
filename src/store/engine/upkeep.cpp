#include "store/engine/upkeep.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace cairn::store {
namespace {

// Longer intervals, which the clock could not add, come to the same.
constexpr std::chrono::hours longest_interval(24 * 365);

}  // namespace

Upkeep::Upkeep(std::function<void(std::string_view)> failed) : failed_(std::move(failed)) {}

Upkeep::~Upkeep() { stop(); }

void Upkeep::every(std::chrono::milliseconds interval, std::function<void()> work) {
  const std::chrono::milliseconds kept =
      std::min<std::chrono::milliseconds>(interval, longest_interval);
  jobs_.push_back({kept, std::move(work), {}});
}

void Upkeep::start() {
  for (Job& each : jobs_) each.due = Steady::now() + each.interval;
  thread_ = std::thread([this] { run(); });
}

void Upkeep::stop() noexcept {
  {
    const process::LockGuard lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void Upkeep::run() {
  const auto stopped = [this]() CAIRN_REQUIRES(mutex_) { return stopping_; };
  process::UniqueLock lock(mutex_);
  for (;;) {
    const auto next = std::min_element(jobs_.begin(), jobs_.end(),
                                       [](const Job& a, const Job& b) { return a.due < b.due; });
    if (next == jobs_.end() || wake_.wait_until(lock, next->due, stopped)) break;
    lock.unlock();
    perform(*next);
    lock.lock();
  }
  ended_ = true;
  wake_.notify_all();
}

bool Upkeep::stop_until(const process::ProcessEnd::Circumstances& end) noexcept {
  process::UniqueLock lock(mutex_);
  stopping_ = true;
  wake_.notify_all();
  if (thread_.get_id() == end.thread) return false;
  if (!thread_.joinable()) return true;
  return wake_.wait_until(lock, end.patience, [this]() CAIRN_REQUIRES(mutex_) { return ended_; });
}

void Upkeep::perform(Job& job) {
  job.due = Steady::now() + job.interval;
  try {
    job.work();
  } catch (const std::exception& error) {
    failed_(error.what());
  }
}

}  // namespace cairn::store
