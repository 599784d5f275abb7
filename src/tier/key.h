// A key of the record tier: the space, the bytes and their hash, made once an operation.
#pragma once

#include <cstdint>
#include <string_view>

namespace cairn::tier {

/// Records of one space are never found in another.  A space is a number that is used once.
using Space = std::uint32_t;

/// What is not a space: nothing is found or kept in it.
inline constexpr Space no_space = ~Space{0};

/// The bytes are the caller's, and stay for as long as the key and whatever was given it.
struct Key {
  Space space;
  std::uint64_t hash;  ///< hash(space, bytes)
  std::string_view bytes;
};

/// Of a process only: nothing stores it.
std::uint64_t hash(Space space, std::string_view bytes) noexcept;

inline Key key(Space space, std::string_view bytes) noexcept {
  return {space, hash(space, bytes), bytes};
}

}  // namespace cairn::tier
