// Keys that were given up lately, as a few bits of their hashes.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "tier/words.h"

namespace cairn::tier {

/// A newcomer that is among them was asked for before, and lasts like what was read again.
/// Each place has 16 bits of a hash and the time, counted in segments given up, at which it came; a
/// later one overwrites it.  Sometimes wrong, which costs a place in the log and nothing else.
/// Used under the shard's lock.
class Ghosts {
 public:
  Ghosts(std::uint32_t* places, std::size_t count, std::uint16_t memory) noexcept
      : places_(places), count_(count), memory_(memory) {}

  void add(std::uint64_t hash) noexcept { place(hash) = std::uint32_t{now_} << 16 | print(hash); }
  /// Whether it is there; then it is no longer.
  bool take(std::uint64_t hash) noexcept {
    std::uint32_t& found = place(hash);
    const auto age = static_cast<std::uint16_t>(now_ - (found >> 16));
    if (found == 0 || (found & 0xffff) != print(hash) || age > memory_) return false;
    found = 0;
    return true;
  }
  /// Another segment of newcomers was given up.
  void tick() noexcept { ++now_; }

 private:
  std::uint32_t& place(std::uint64_t hash) noexcept {
    return places_[static_cast<std::size_t>((hash & 0xffffffff) * count_ >> 32)];
  }
  static std::uint32_t print(std::uint64_t hash) noexcept { return hash >> 32 & 0xffff; }

  std::uint32_t* places_;
  std::size_t count_;
  std::uint16_t memory_;  ///< in segments
  std::uint16_t now_ = 0;
};

}  // namespace cairn::tier
