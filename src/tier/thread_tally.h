// Two numbers that many threads count up without disturbing each other.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "process/thread_number.h"

namespace cairn::tier {

/// The first threads of a process have a line each, of which they are the only writers; those that
/// come later share the last lines.  Exact either way.
class ThreadTally {
 public:
  struct Sums {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
  };

  void hit() noexcept { count(&Line::hits); }
  void miss() noexcept { count(&Line::misses); }

  Sums sums() const noexcept {
    Sums sums;
    for (const Line& line : lines_) {
      sums.hits += line.hits.load(std::memory_order_relaxed);
      sums.misses += line.misses.load(std::memory_order_relaxed);
    }
    return sums;
  }

 private:
  static constexpr std::size_t own_lines = 48;
  static constexpr std::size_t shared_lines = 16;

  struct alignas(64) Line {
    std::atomic<std::uint64_t> hits{0};
    std::atomic<std::uint64_t> misses{0};
  };

  void count(std::atomic<std::uint64_t> Line::*which) noexcept {
    const std::size_t thread = process::thread_number();
    if (thread < own_lines) [[likely]] {
      std::atomic<std::uint64_t>& mine = lines_[thread].*which;
      mine.store(mine.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    } else {
      (lines_[own_lines + thread % shared_lines].*which).fetch_add(1, std::memory_order_relaxed);
    }
  }

  std::array<Line, own_lines + shared_lines> lines_;
};

}  // namespace cairn::tier
