#include "process/callback_scope.h"

#include <cstddef>
#include <thread>
#include <utility>

#include "process/fork_guard.h"
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

// At the end of the process.  A forked child has none of the threads.
struct Wait {
  ~Wait() {
    if (ForkGuard::forked()) return;
    Others& others = Others::instance();
    UniqueLock lock(others.mutex);
    while (others.running > 0) others.ended.wait(lock);
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

thread_local int CallbackScope::depth_ = 0;

bool CallbackScope::run_elsewhere(std::function<void()> work) noexcept {
  static const Wait wait;
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

}  // namespace cairn::process
