// A small number for each thread, to spread threads over copies of what they would fight for.
#pragma once

#include <atomic>
#include <cstddef>

namespace cairn::process {

/// The calling thread's: 0, 1, 2, ... in the order in which threads ask first, and never another's.
/// Nothing is destroyed at a thread's end.
inline std::size_t thread_number() noexcept {
  static constinit std::atomic<std::size_t> threads{0};
  // From 1 on; 0 is a thread that has not asked yet.
  static constinit thread_local std::size_t mine = 0;
  if (mine == 0) [[unlikely]]
    mine = threads.fetch_add(1, std::memory_order_relaxed) + 1;
  return mine - 1;
}

}  // namespace cairn::process
