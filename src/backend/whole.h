// The operations of a backend on a cache as a whole.
#pragma once

#include <cstdint>
#include <filesystem>

#include <cairn/stats.h>
#include "backend/writes.h"

namespace cairn {

class Whole {
 public:
  virtual ~Whole() = default;

  virtual void clear() = 0;
  virtual std::uint64_t expire() = 0;
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
