#include "process/callback_scope.h"

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <thread>
#include <utility>

#include "process/fork_guard.h"

namespace cairn::process {
namespace {

struct Others {
  std::mutex mutex;
  std::condition_variable ended;
  std::size_t running = 0;

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
    std::unique_lock lock(others.mutex);
    others.ended.wait(lock, [&] { return others.running == 0; });
  }
};

void run(std::function<void()> work) {
  work();
  work = nullptr;  // what it holds may have to be ended as well
  Others& others = Others::instance();
  const std::lock_guard lock(others.mutex);
  --others.running;
  others.ended.notify_all();
}

}  // namespace

thread_local int CallbackScope::depth_ = 0;

bool CallbackScope::run_elsewhere(std::function<void()> work) noexcept {
  static const Wait wait;
  Others& others = Others::instance();
  const std::lock_guard lock(others.mutex);
  try {
    std::thread(run, std::move(work)).detach();
    ++others.running;
    return true;
  } catch (...) {
    return false;
  }
}

}  // namespace cairn::process
