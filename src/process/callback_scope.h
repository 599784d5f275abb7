// The mark of a thread that runs a function which the caller has given to the store.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>

namespace cairn::process {

/// The place of a location (a store, or a cache in memory) among those that this process has
/// opened: the later, the higher.
using Rank = std::uint64_t;
/// Higher than every other so far.
Rank next_rank() noexcept;

/// Such a function may release the last handle.  The store cannot be closed there and then: closing
/// would wait for this very thread, so another thread closes it.
///
/// Some of them (the clock, the logger) are called by a thread that holds locks of a location:
/// `held_by` is its rank, and what is used inside has to have a lower one.  So whoever waits inside
/// such a function waits for a lower rank than all that his thread holds, and nobody waits in a
/// circle.
class CallbackScope {
 public:
  /// The rank of those who hold no lock.
  static constexpr Rank nobody = std::numeric_limits<Rank>::max();

  explicit CallbackScope(Rank held_by = nobody) noexcept
      : outer_(innermost_),
        lowest_(outer_ == nullptr ? held_by : std::min(held_by, outer_->lowest_)) {
    innermost_ = this;
  }
  ~CallbackScope() { innermost_ = outer_; }
  CallbackScope(const CallbackScope&) = delete;
  CallbackScope& operator=(const CallbackScope&) = delete;

  static bool inside() noexcept { return innermost_ != nullptr; }
  /// Throws Error with code would_deadlock inside a function that is called under the locks of that
  /// location, or of one of a lower rank.
  static void refuse_inside(Rank location) {
    if (innermost_ != nullptr && location >= innermost_->lowest_) [[unlikely]]
      refuse();
  }

  /// Runs `work`, which must not throw, in a thread of its own; the end of the process waits for
  /// it (ProcessEnd).  False if no thread can be started.
  static bool run_elsewhere(std::function<void()> work) noexcept;
  /// Waits until such threads have ended, or until that time.
  static void wait_for_others(std::chrono::steady_clock::time_point end) noexcept;

 private:
  [[noreturn]] static void refuse();

  static constinit thread_local const CallbackScope* innermost_;
  const CallbackScope* const outer_;
  const Rank lowest_;  // of all whose locks the thread holds
};

}  // namespace cairn::process
