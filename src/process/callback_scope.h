// The mark of a thread that runs a function which the caller has given to the store.
#pragma once

#include <chrono>
#include <functional>

namespace cairn::process {

/// Such a function may release the last handle.  The store cannot be closed there and then: closing
/// would wait for this very thread, so another thread closes it.
///
/// Some of them (the clock, the logger) are called by a thread that holds locks of a store or
/// cache: `held_by` is who that is, and what would take those locks is refused.
class CallbackScope {
 public:
  explicit CallbackScope(const void* held_by = nullptr) noexcept
      : outer_(innermost_), held_by_(held_by) {
    innermost_ = this;
  }
  ~CallbackScope() { innermost_ = outer_; }
  CallbackScope(const CallbackScope&) = delete;
  CallbackScope& operator=(const CallbackScope&) = delete;

  static bool inside() noexcept { return innermost_ != nullptr; }
  /// Throws Error with code would_deadlock.
  [[noreturn]] static void refuse();
  /// Throws Error with code would_deadlock inside a function that is called under the locks of that
  /// store or cache.
  static void refuse_inside(const void* holder) {
    if (innermost_ != nullptr) [[unlikely]]
      refuse(holder);
  }

  /// Runs `work`, which must not throw, in a thread of its own; the end of the process waits for
  /// it (ProcessEnd).  False if no thread can be started.
  static bool run_elsewhere(std::function<void()> work) noexcept;
  /// Waits until such threads have ended, or until that time.
  static void wait_for_others(std::chrono::steady_clock::time_point end) noexcept;

 private:
  static void refuse(const void* holder);

  static constinit thread_local const CallbackScope* innermost_;
  const CallbackScope* const outer_;
  const void* const held_by_;
};

}  // namespace cairn::process
