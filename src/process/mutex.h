// Mutexes whose rules clang checks at compile time (-Wthread-safety; presets dev-clang and tidy).
//
// https://clang.llvm.org/docs/ThreadSafetyAnalysis.html says what each annotation means.  To other
// compilers they are nothing.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#if defined(__clang__)
#define CAIRN_THREAD_ATTRIBUTE(attribute) __attribute__((attribute))
#else
#define CAIRN_THREAD_ATTRIBUTE(attribute)
#endif

// Of a class: its objects can be held; or they hold something from constructor to destructor.
#define CAIRN_CAPABILITY(name) CAIRN_THREAD_ATTRIBUTE(capability(name))
#define CAIRN_SCOPED_CAPABILITY CAIRN_THREAD_ATTRIBUTE(scoped_lockable)

// Of a variable: read while this is held, written while it is held exclusively.
#define CAIRN_GUARDED_BY(what) CAIRN_THREAD_ATTRIBUTE(guarded_by(what))

// Of a function: what its caller holds, does not hold, holds afterwards or no longer.
#define CAIRN_REQUIRES(...) CAIRN_THREAD_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define CAIRN_REQUIRES_SHARED(...) CAIRN_THREAD_ATTRIBUTE(requires_shared_capability(__VA_ARGS__))
#define CAIRN_EXCLUDES(...) CAIRN_THREAD_ATTRIBUTE(locks_excluded(__VA_ARGS__))
#define CAIRN_ACQUIRE(...) CAIRN_THREAD_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define CAIRN_ACQUIRE_SHARED(...) CAIRN_THREAD_ATTRIBUTE(acquire_shared_capability(__VA_ARGS__))
#define CAIRN_TRY_ACQUIRE(...) CAIRN_THREAD_ATTRIBUTE(try_acquire_capability(__VA_ARGS__))
#define CAIRN_RELEASE(...) CAIRN_THREAD_ATTRIBUTE(release_capability(__VA_ARGS__))
// Held from here on in the compiler's eyes: for what it cannot follow.
#define CAIRN_ASSUME_SHARED(...) CAIRN_THREAD_ATTRIBUTE(assert_shared_capability(__VA_ARGS__))
// Not checked inside; a comment beside it says why it is right.
#define CAIRN_NO_THREAD_SAFETY_ANALYSIS CAIRN_THREAD_ATTRIBUTE(no_thread_safety_analysis)

namespace cairn::process {

/// Locks what has no lock with a time limit; false if it was not to be had until then.
template <class AnyMutex>
bool claim_until(AnyMutex& mutex, std::chrono::steady_clock::time_point end) {
  while (!mutex.try_lock()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

/// std::mutex, annotated.
class CAIRN_CAPABILITY("mutex") Mutex {
 public:
  void lock() CAIRN_ACQUIRE() { native_.lock(); }
  void unlock() CAIRN_RELEASE() { native_.unlock(); }
  bool try_lock() CAIRN_TRY_ACQUIRE(true) { return native_.try_lock(); }
  /// For the end of the process only: asks again every millisecond.
  bool try_lock_until(std::chrono::steady_clock::time_point end) CAIRN_TRY_ACQUIRE(true) {
    return claim_until(native_, end);
  }

 private:
  friend class UniqueLock;
  std::mutex native_;
};

/// Holds a mutex until its end.
template <class AnyMutex>
class CAIRN_SCOPED_CAPABILITY LockGuard {
 public:
  explicit LockGuard(AnyMutex& mutex) CAIRN_ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
  /// Takes over a mutex that is locked already.
  LockGuard(AnyMutex& mutex, std::adopt_lock_t) CAIRN_REQUIRES(mutex) : mutex_(mutex) {}
  ~LockGuard() CAIRN_RELEASE() { mutex_.unlock(); }
  LockGuard(const LockGuard&) = delete;
  LockGuard& operator=(const LockGuard&) = delete;

 private:
  AnyMutex& mutex_;
};

/// Holds a mutex until its end, except between unlock() and lock() and while a Condition waits.
class CAIRN_SCOPED_CAPABILITY UniqueLock {
 public:
  explicit UniqueLock(Mutex& mutex) CAIRN_ACQUIRE(mutex) : native_(mutex.native_) {}
  ~UniqueLock() CAIRN_RELEASE() {}
  UniqueLock(const UniqueLock&) = delete;
  UniqueLock& operator=(const UniqueLock&) = delete;

  void lock() CAIRN_ACQUIRE() { native_.lock(); }
  void unlock() CAIRN_RELEASE() { native_.unlock(); }

 private:
  friend class Condition;
  std::unique_lock<std::mutex> native_;
};

/// std::condition_variable for a Mutex.
///
/// A predicate is a function of its own to the compiler, so one that reads guarded members is
/// written as a loop around wait(), or annotated: `[this]() CAIRN_REQUIRES(mutex_) { ... }`.
class Condition {
 public:
  void notify_one() noexcept { native_.notify_one(); }
  void notify_all() noexcept { native_.notify_all(); }

  void wait(UniqueLock& lock) { native_.wait(lock.native_); }
  /// Returns what `done` says at the end.
  template <class Done>
  bool wait_for(UniqueLock& lock, std::chrono::milliseconds longest, const Done& done) {
    return native_.wait_for(lock.native_, longest, done);
  }
  template <class Done>
  bool wait_until(UniqueLock& lock, std::chrono::steady_clock::time_point end, const Done& done) {
    return native_.wait_until(lock.native_, end, done);
  }

 private:
  std::condition_variable native_;
};

}  // namespace cairn::process
