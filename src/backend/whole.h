// The operations of a backend on a cache as a whole.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include <cairn/expire_progress.h>
#include <cairn/stats.h>
#include "backend/writes.h"

namespace cairn {

class Whole {
 public:
  virtual ~Whole() = default;

  virtual void clear() = 0;
  /// Whether to go on.  Called by whoever holds nothing, and may throw.
  using ExpireObserver = std::function<bool(const ExpireProgress&)>;
  /// Without an observer, which is empty then, a closing waits for it.
  virtual std::uint64_t expire(const ExpireObserver& observer) = 0;
  virtual void compact() {}
  virtual std::uint64_t cull(const WriteMode& mode) = 0;
  virtual Stats stats(const WriteMode& mode) = 0;
  virtual void sync() {}
  /// Waits until what has been written so far is as durable as the store promises, or as `mode`
  /// asks: for an answer that was found without writing.
  virtual void settle(const WriteMode&) {}
  /// Throws InvalidOption where there is nothing on disk.
  virtual void checkpoint(const std::filesystem::path& directory);
};

}  // namespace cairn
