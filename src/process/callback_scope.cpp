#include "process/callback_scope.h"

#include <cstddef>
#include <thread>
#include <utility>

#include <cairn/error.h>
#include "process/mutex.h"

namespace cairn::process {
namespace {

struct Others {
  Mutex mutex;
  Condition ended;
  std::size_t running CAIRN_GUARDED_BY(mutex) = 0;

  static Others& instance() {
    static Others* const others = new Others;  // outlives whatever else is static
    return *others;
  }
};

void run(std::function<void()> work) {
  work();
  work = nullptr;  // what it holds may have to be ended as well
  Others& others = Others::instance();
  const LockGuard lock(others.mutex);
  --others.running;
  others.ended.notify_all();
}

}  // namespace

constinit thread_local const CallbackScope* CallbackScope::innermost_ = nullptr;

void CallbackScope::refuse(const void* holder) {
  for (const CallbackScope* each = innermost_; each != nullptr; each = each->outer_) {
    if (each->held_by_ == holder && holder != nullptr) refuse();
  }
}

void CallbackScope::refuse() {
  throw Error(
      ErrorCode::would_deadlock,
      "a clock or logger used a cache of the location that was calling it, or on a thread of "
      "RocksDB's one on disk; it may use caches of other locations");
}

bool CallbackScope::run_elsewhere(std::function<void()> work) noexcept {
  Others& others = Others::instance();
  const LockGuard lock(others.mutex);
  try {
    std::thread(run, std::move(work)).detach();
    ++others.running;
    return true;
  } catch (...) {
    return false;
  }
}

void CallbackScope::wait_for_others(std::chrono::steady_clock::time_point end) noexcept {
  Others& others = Others::instance();
  UniqueLock lock(others.mutex);
  others.ended.wait_until(lock, end,
                          [&]() CAIRN_REQUIRES(others.mutex) { return others.running == 0; });
}

}  // namespace cairn::process
