// Memory and threads of which the n-th that is asked for is not to be had.
#pragma once

#include <cstddef>

namespace cairn::test {

/// While it lives, what the calling thread asks for is counted, and the n-th is refused; 0: none.
/// In the program that links supply.cpp, libraries included.  One at a time in a thread.
class Supply {
 public:
  enum Of { memory, threads };

  /// Less memory than this is always there: RocksDB ends the process where it finds none half-way,
  /// and so it is asked for much beforehand.
  static constexpr std::size_t little = 8 << 20;

  /// Of memory, less than `least` is not counted.
  Supply(Of kind, long refused, std::size_t least = little);
  ~Supply();
  Supply(const Supply&) = delete;
  Supply& operator=(const Supply&) = delete;

  long taken() const;

 private:
  const Of kind_;
};

}  // namespace cairn::test
