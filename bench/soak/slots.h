// What the cache should hold: the model that the soak compares with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace soak {

/// Milliseconds since 1970, from cairn::system_clock_reading.
std::int64_t now();

/// When something expires, as far as can be known from outside: the call that set it read the clock
/// at some time between its begin and its end.
struct Expiry {
  static constexpr std::int64_t no_end = INT64_MAX;

  std::int64_t earliest = no_end;
  std::int64_t latest = no_end;
};

enum class Kind { missing, text, counter };
enum class Presence { must_be, may_be, must_not_be };

/// One place in the key space.  Of fixed size, so that a growing process is the library's doing:
/// the values are made again from their versions whenever they are compared.  A slot takes a new
/// key when the old one is gone, so the store sees keys that never come back.
struct Slot {
  std::uint64_t generation = 0;
  std::uint64_t version = 0;
  std::int64_t count = 0;
  Kind kind = Kind::missing;
  Expiry expiry = {};

  /// Whether a read that began and ended at those times must find it.
  Presence presence(std::int64_t begin, std::int64_t end) const;
};

/// "w2:000017:5": of one thread, which alone writes it.
std::string key_of(std::size_t thread, std::size_t slot, std::uint64_t generation);
/// 20 to 1,000 bytes that follow from the version.
std::string text_of(std::uint64_t version);
std::size_t text_bytes(std::uint64_t version);

}  // namespace soak
