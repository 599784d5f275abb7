// A many-readers lock that readers on different cores do not fight over.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <shared_mutex>

#include "process/mutex.h"
#include "process/thread_number.h"

namespace cairn::store {

/// Every operation passes the gate while it uses the engine; what replaces the engine or a column
/// family (open, close, clear) shuts it for a moment.
///
/// A pass locks one of several mutexes in shared mode, chosen by thread; shutting locks them all.
/// Nobody passes twice at a time: somebody may be shutting it in between.
///
/// The gate itself is what clang's analysis sees; its own mutexes, an array of them, it cannot
/// follow.
class CAIRN_CAPABILITY("gate") Gate {
  static constexpr std::size_t slot_count = 16;

 public:
  /// A pass that may be handed on; the analysis does not follow it (assume_inside()).
  using Entry = std::shared_lock<std::shared_mutex>;

  /// The calling thread is inside while this lives.
  class CAIRN_SCOPED_CAPABILITY Pass {
   public:
    explicit Pass(Gate& gate) CAIRN_ACQUIRE_SHARED(gate) : entry_(gate.enter()) {}
    ~Pass() CAIRN_RELEASE() {}
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;

   private:
    const Entry entry_;
  };

  /// The gate is shut while this lives.
  class CAIRN_SCOPED_CAPABILITY Shut {
   public:
    explicit Shut(Gate& gate) CAIRN_ACQUIRE(gate)
        : waiting_(gate.waiting_), turn_(gate.turnstile_, std::defer_lock) {
      waiting_.fetch_add(1);
      turn_.lock();
      for (std::size_t i = 0; i < slot_count; ++i)
        locks_[i] = std::unique_lock(gate.slots_[i].mutex);
    }
    ~Shut() CAIRN_RELEASE() { waiting_.fetch_sub(1); }
    Shut(const Shut&) = delete;
    Shut& operator=(const Shut&) = delete;

   private:
    std::atomic<int>& waiting_;
    std::unique_lock<std::mutex> turn_;
    std::array<std::unique_lock<std::shared_mutex>, slot_count> locks_;
  };

  Entry enter() {
    // A shared mutex may let readers overtake a writer for ever; here they queue behind it.
    if (waiting_.load(std::memory_order_relaxed) > 0) [[unlikely]] {
      const std::lock_guard after_it(turnstile_);
    }
    return Entry(slots_[process::thread_number() % slot_count].mutex);
  }

  /// Shuts the gate, until open_again(), if those inside leave in time.  For the end of the
  /// process: the analysis does not follow it.
  bool shut_until(std::chrono::steady_clock::time_point end) {
    waiting_.fetch_add(1);
    std::size_t held = 0;
    const bool turn = process::claim_until(turnstile_, end);
    while (turn && held < slot_count && process::claim_until(slots_[held].mutex, end)) ++held;
    if (held == slot_count) return true;
    for (; held > 0; --held) slots_[held - 1].mutex.unlock();
    if (turn) turnstile_.unlock();
    waiting_.fetch_sub(1);
    return false;
  }
  void open_again() {
    for (Slot& each : slots_) each.mutex.unlock();
    turnstile_.unlock();
    waiting_.fetch_sub(1);
  }

  /// Tells the analysis that the calling thread is inside, by an Entry.
  void assume_inside() const CAIRN_ASSUME_SHARED() {}

 private:
  struct alignas(64) Slot {
    std::shared_mutex mutex;
  };

  std::array<Slot, slot_count> slots_;
  std::mutex turnstile_;
  std::atomic<int> waiting_{0};
};

}  // namespace cairn::store
