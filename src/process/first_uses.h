// The first uses of an object that a static object may hold.
#pragma once

#include <atomic>

namespace cairn::process {

/// Makes the end of the process come before a static object that holds this is destroyed, so that
/// threads which go on using it are refused instead of using what is gone.
///
/// exit() destroys a function-local static before it runs what was registered earlier, and its
/// destructor is registered when its constructor has returned.  So ProcessEnd is renewed at the
/// first use after that; and at the first use by a second thread, for an object that was used in
/// the constructor of the static object around it.
///
/// Safe for threads.  A use costs a load and a comparison.
class FirstUses {
 public:
  void used() noexcept {
    const void* const by = by_.load(std::memory_order_relaxed);
    if (by == &all_seen || by == this_thread()) [[likely]]
      return;
    notice(by);
  }
  /// Begins again: the object has been made, or moved to where another holds it.
  void forget() noexcept { by_.store(nullptr, std::memory_order_relaxed); }
  /// Nobody holds it but what has first uses of its own.
  void never() noexcept { by_.store(&all_seen, std::memory_order_relaxed); }

 private:
  void notice(const void* before) noexcept;
  static const void* this_thread() noexcept { return &of_thread; }

  static const char all_seen;
  static constinit thread_local const char of_thread;
  std::atomic<const void*> by_{nullptr};  // the thread that has used it
};

}  // namespace cairn::process
