// The mark of a thread that runs a function which the caller has given to the store.
#pragma once

#include <chrono>
#include <functional>

namespace cairn::process {

/// Such a function may release the last handle.  The store cannot be closed there and then: closing
/// would wait for this very thread, so another thread closes it.
class CallbackScope {
 public:
  CallbackScope() noexcept { ++depth_; }
  ~CallbackScope() { --depth_; }
  CallbackScope(const CallbackScope&) = delete;
  CallbackScope& operator=(const CallbackScope&) = delete;

  static bool inside() noexcept { return depth_ > 0; }

  /// Runs `work`, which must not throw, in a thread of its own; the end of the process waits for
  /// it (ProcessEnd).  False if no thread can be started.
  static bool run_elsewhere(std::function<void()> work) noexcept;
  /// Waits until such threads have ended, or until that time.
  static void wait_for_others(std::chrono::steady_clock::time_point end) noexcept;

 private:
  static thread_local int depth_;
};

}  // namespace cairn::process
