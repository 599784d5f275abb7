// A many-readers lock that readers on different cores do not fight over.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <mutex>
#include <shared_mutex>
#include <vector>

#include "store/update_scope.h"

namespace cairn::store {

/// Every operation passes the gate while it uses the engine; what replaces the engine or a column
/// family (open, close, clear) shuts it for a moment.
///
/// A pass locks one of several mutexes in shared mode, chosen by thread; shutting locks them all.
/// A thread that is already inside (it runs a function given to update()) passes freely.
class Gate {
 public:
  using Pass = std::shared_lock<std::shared_mutex>;
  using Shut = std::vector<std::unique_lock<std::shared_mutex>>;

  Pass pass() {
    if (UpdateScope::inside(this)) return Pass();
    return Pass(slots_[slot()].mutex);
  }

  Shut shut() {
    Shut locks;
    locks.reserve(slots_.size());
    for (Slot& each : slots_) locks.emplace_back(each.mutex);
    return locks;
  }

 private:
  struct alignas(64) Slot {
    std::shared_mutex mutex;
  };

  static std::size_t slot() noexcept {
    static std::atomic<std::size_t> next{0};
    thread_local const std::size_t mine = next.fetch_add(1, std::memory_order_relaxed) % slot_count;
    return mine;
  }

  static constexpr std::size_t slot_count = 16;
  std::array<Slot, slot_count> slots_;
};

}  // namespace cairn::store
