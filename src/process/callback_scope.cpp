#include "process/callback_scope.h"

#include <atomic>
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

Rank next_rank() noexcept {
  static std::atomic<Rank> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

void CallbackScope::refuse() {
  throw Error(
      ErrorCode::would_deadlock,
      "a clock or logger used a cache of the location that was calling it, or of one that this "
      "process has opened later; it may use caches of locations that were opened before (where "
      "RocksDB calls it: before the first directory)");
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
