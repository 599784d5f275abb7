// The guard against use after fork(): a child must not use a store that its parent has open, since
// each write by a child would silently destroy acknowledged writes of the parent.
#pragma once

#include <atomic>
#include <mutex>

namespace cairn::process {

/// Notices forks without a system call.  A pthread_atfork handler says so to the child; where none
/// ran, as after _Fork() or clone(), the kernel has wiped the word that is looked at (Linux 4.14).
class ForkGuard {
 public:
  /// Installs the handlers, once per process, and has children refused every store.  Call before a
  /// store is opened.
  static void install();
  /// Installs the handlers, so that children are counted by forks().
  static void notice();
  /// How many forks lie between this process and the first that installed the handlers.
  static int forks() noexcept { return forks_.load(std::memory_order_relaxed); }

  /// True in a process that was forked from one which had installed the guard, or astray().
  /// RocksDB's threads do not exist there, so no store can be opened either.
  static bool forked() noexcept { return state() != State::home; }

  /// True in a process that was made without fork handlers from one that notices, and in its
  /// children.  Any lock may be held there for ever, so nothing can be used.
  static bool astray() noexcept { return state() == State::wiped; }

  /// Throws Error with code forked_process if forked().
  static void check() {
    if (forked()) [[unlikely]]
      refuse();
  }

  /// Closes this descriptor in the child, so that a lock held through it ends with the parent.
  static void close_in_child(int descriptor) noexcept;
  static void forget(int descriptor) noexcept;

  [[noreturn]] static void refuse();

 private:
  /// What a process is; zero is what the kernel leaves of it in a child.
  enum class State : int { wiped = 0, home, child };
  using Word = std::atomic<State>;

  static State state() noexcept {
    return state_.load(std::memory_order_acquire)->load(std::memory_order_relaxed);
  }
  static void watch() noexcept;

  static std::atomic<bool> refuses_;
  static Word kept_;                 // where the kernel wipes nothing
  static std::atomic<Word*> state_;  // kept_, until watch() has a page that is wiped
  static std::atomic<int> forks_;
  friend void after_fork_in_child();
};

/// The process in which something was used first.  A child inherits it as it was at that moment,
/// with the locks of threads that the child has not.
class HomeProcess {
 public:
  /// It is this one, if there is none yet.  Call after notice().
  void settle() noexcept {
    int none = unsettled;
    forks_.compare_exchange_strong(none, ForkGuard::forks());
  }
  /// Whether this is a child of that one, or nothing can be used in it.
  bool left() const noexcept {
    const int forks = forks_.load(std::memory_order_relaxed);
    return ForkGuard::astray() || (forks != unsettled && forks != ForkGuard::forks());
  }
  /// Throws Error with code forked_process if left().
  void check() const {
    if (left()) [[unlikely]]
      ForkGuard::refuse();
  }

 private:
  static constexpr int unsettled = -1;
  std::atomic<int> forks_{unsettled};
};

/// A mutex of what is static: fork() waits until nobody has it, so that a child finds it free. Held
/// for a moment only, and taken last.
class StaticMutex {
 public:
  StaticMutex();
  /// Throws Error with code forked_process where it may be held for ever (ForkGuard::astray).
  void lock() {
    if (ForkGuard::astray()) [[unlikely]]
      ForkGuard::refuse();
    native_.lock();
  }
  void unlock() { native_.unlock(); }

 private:
  std::mutex native_;
};

}  // namespace cairn::process
