#include "store/border/job_threads.h"

#include <pthread.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <system_error>
#include <tuple>

#include <cairn/error.h>

namespace cairn::store {
namespace {

constexpr std::size_t spares = 64;

}  // namespace

thread_local const void* JobThreads::working_for_ = nullptr;

JobThreads& JobThreads::instance() {
  static JobThreads* const threads = new JobThreads;  // outlives whatever else is static
  return *threads;
}

process::Rank JobThreads::rank() noexcept {
  static const process::Rank rank = process::next_rank();
  return rank;
}

process::Rank JobThreads::next_store_rank() noexcept {
  rank();
  return process::next_rank();
}

JobThreads::JobThreads() : spare_(spares) {
  process::ProcessEnd::enrol(*this, process::ProcessEnd::Turn::last);
}

void JobThreads::start() try {
  const process::LockGuard lock(mutex_);
  for (Lane& each : lanes_) begin(each, each.workers.front());
} catch (const std::system_error& error) {
  throw IoError(std::string("open: no thread for RocksDB's work: ") + error.code().message() +
                "; raise the limit of threads (ulimit -u, pids.max)");
}

void JobThreads::start_flushes() noexcept try {
  const process::LockGuard lock(mutex_);
  if (stopping_) return;
  Lane& lane = lanes_[flushes];
  for (Worker& each : lane.workers) begin(lane, each);
} catch (const std::exception&) {
  // Fewer do as well.
}

void JobThreads::begin(Lane& lane, Worker& worker) {
  if (worker.thread.joinable()) return;
  worker.thread = std::thread([this, &lane, &worker] { run(lane, worker); });
  ::pthread_setname_np(worker.thread.native_handle(), lane.name);
}

void JobThreads::run(Lane& lane, Worker& worker) {
  process::UniqueLock lock(mutex_);
  for (;;) {
    while (lane.queue.empty() && !stopping_) changed_.wait(lock);
    if (lane.queue.empty()) break;
    const Job job = lane.queue.front();
    spare_.splice(spare_.end(), lane.queue, lane.queue.begin());
    if (spare_.size() > spares) spare_.pop_back();
    worker.busy_for = working_for_ = job.owner;
    lock.unlock();
    job.work(job.argument);
    lock.lock();
    worker.busy_for = working_for_ = nullptr;
    changed_.notify_all();
  }
  worker.ended = true;
  changed_.notify_all();
}

void JobThreads::schedule(const Job& job, Priority priority) {
  const process::LockGuard lock(mutex_);
  Lane& lane = lanes_[lane_of(priority)];
  if (spare_.empty()) spare_.emplace_back();
  spare_.front() = job;
  lane.queue.splice(lane.queue.end(), spare_, spare_.begin());
  changed_.notify_all();
}

template <class Which>
int JobThreads::take_back(Lane& lane, const Which& which) {
  std::list<Job> taken;
  {
    const process::LockGuard lock(mutex_);
    for (auto at = lane.queue.begin(); at != lane.queue.end();) {
      const auto next = std::next(at);
      if (which(*at)) taken.splice(taken.end(), lane.queue, at);
      at = next;
    }
  }
  for (const Job& each : taken) {
    if (each.taken_back != nullptr) each.taken_back(each.argument);
  }
  const auto count = static_cast<int>(taken.size());
  const process::LockGuard lock(mutex_);
  spare_.splice(spare_.end(), taken);
  return count;
}

int JobThreads::unschedule(void* tag, Priority priority) CAIRN_NO_THREAD_SAFETY_ANALYSIS {
  return take_back(lanes_[lane_of(priority)], [&](const Job& job) { return job.tag == tag; });
}

bool JobThreads::drain(const void* owner,
                       process::ProcessEnd::Time until) CAIRN_NO_THREAD_SAFETY_ANALYSIS {
  for (Lane& each : lanes_) take_back(each, [&](const Job& job) { return job.owner == owner; });
  process::UniqueLock lock(mutex_);
  const auto busy = [owner](const Worker& each) { return each.busy_for == owner; };
  return changed_.wait_until(lock, until, [&]() CAIRN_REQUIRES(mutex_) {
    return std::none_of(lanes_.begin(), lanes_.end(), [&](const Lane& lane) {
      return std::any_of(lane.workers.begin(), lane.workers.end(), busy);
    });
  });
}

unsigned JobThreads::waiting(Priority priority) const {
  const process::LockGuard lock(mutex_);
  return static_cast<unsigned>(lanes_[lane_of(priority)].queue.size());
}

// A thread that does not end in time works for a store that could not be closed, or it is the one
// that ends the process.
void JobThreads::at_end(const process::ProcessEnd::Circumstances& end) noexcept {
  std::array<std::thread, std::tuple_size_v<decltype(lanes_)> * most_flushes> ended;
  {
    process::UniqueLock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
    auto next = ended.begin();
    for (Lane& lane : lanes_) {
      for (Worker& each : lane.workers) {
        if (!each.thread.joinable()) continue;
        const bool own = each.thread.get_id() == end.thread;
        if (!own && changed_.wait_until(lock, end.patience, [&] { return each.ended; })) {
          *next++ = std::move(each.thread);
        } else {
          each.thread.detach();
        }
      }
    }
  }
  for (std::thread& each : ended) {
    if (each.joinable()) each.join();
  }
}

// ---- the environment ----

JobEnv& JobEnv::of_process() {
  static JobEnv* const env = new JobEnv(rocksdb::Env::Default());
  return *env;
}

bool JobEnv::give_up(process::ProcessEnd::Time until) noexcept {
  given_up_ = true;
  const rocksdb::Env* const owner = this;
  return JobThreads::instance().drain(owner, until);
}

void JobEnv::Schedule(void (*work)(void*), void* argument, Priority priority, void* tag,
                      void (*taken_back)(void*)) {
  if (given_up_) return;
  const rocksdb::Env* const owner = this;
  JobThreads::instance().schedule({work, argument, tag, taken_back, owner}, priority);
}

int JobEnv::UnSchedule(void* tag, Priority priority) {
  return JobThreads::instance().unschedule(tag, priority);
}

unsigned int JobEnv::GetThreadPoolQueueLen(Priority priority) const {
  return JobThreads::instance().waiting(priority);
}

void JobEnv::SetBackgroundThreads(int, Priority) { JobThreads::instance().start(); }

void JobEnv::IncBackgroundThreadsIfNeeded(int, Priority) { JobThreads::instance().start(); }

int JobEnv::GetBackgroundThreads(Priority priority) { return priority == Priority::BOTTOM ? 0 : 1; }

}  // namespace cairn::store
