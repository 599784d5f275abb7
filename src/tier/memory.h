// The memory of a record tier: one mapping, whose pages are there once they are touched, and
// not in a child of the process.
#pragma once

#include <cstddef>

#include "tier/words.h"

namespace cairn::tier {

class Memory {
 public:
  /// Zeros.  Throws std::bad_alloc.
  explicit Memory(std::size_t bytes);
  ~Memory();
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  Word* words() const noexcept { return words_; }
  /// At least as many as were asked for.
  std::size_t bytes() const noexcept { return bytes_; }

  /// Large pages for what will be touched from its beginning to its end; it is no matter if there
  /// are none.
  void prefer_large_pages(std::size_t from, std::size_t to) const noexcept;

 private:
  std::size_t bytes_;
  Word* words_;
};

}  // namespace cairn::tier
