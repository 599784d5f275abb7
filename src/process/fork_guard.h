// The guard against use after fork(): a child must not use a store that its parent has open, since
// each write by a child would silently destroy acknowledged writes of the parent.
#pragma once

#include <atomic>

namespace cairn::process {

/// Notices forks without a system call: a pthread_atfork handler sets a flag in the child.
class ForkGuard {
 public:
  /// Installs the handler, once per process.  Call before a store is opened.
  static void install();

  /// True in a process that was forked from one which had installed the guard.  RocksDB's threads
  /// do not exist there, so no store can be opened either.
  static bool forked() noexcept { return forked_.load(std::memory_order_relaxed); }

  /// Throws Error with code forked_process if forked().
  static void check() {
    if (forked()) [[unlikely]]
      refuse();
  }

  /// Closes this descriptor in the child, so that a lock held through it ends with the parent.
  static void close_in_child(int descriptor) noexcept;
  static void forget(int descriptor) noexcept;

 private:
  [[noreturn]] static void refuse();
  static std::atomic<bool> forked_;
  friend void after_fork_in_child();
};

}  // namespace cairn::process
