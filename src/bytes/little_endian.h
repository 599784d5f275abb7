// Little-endian numbers in stored bytes, at any alignment.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace cairn {

namespace internal {

/// The number that the processor moves at once, of the most bytes that are not more than `Bytes`.
template <int Bytes>
using Moved = std::conditional_t<
    (Bytes >= 8), std::uint64_t,
    std::conditional_t<(Bytes >= 4), std::uint32_t,
                       std::conditional_t<(Bytes >= 2), std::uint16_t, std::uint8_t>>>;

}  // namespace internal

// Where the processor has the same order a number is one or two moves; g++ makes of a loop over its
// bytes what it says.

template <int Bytes>
std::uint64_t load_little_endian(const char* from) noexcept {
  static_assert(0 < Bytes && Bytes <= 8);
  if constexpr (std::endian::native == std::endian::little) {
    internal::Moved<Bytes> first;
    std::memcpy(&first, from, sizeof first);
    constexpr int rest = Bytes - static_cast<int>(sizeof first);
    if constexpr (rest == 0) {
      return first;
    } else {
      return first | load_little_endian<rest>(from + sizeof first) << (8 * sizeof first);
    }
  } else {
    std::uint64_t value = 0;
    for (int i = 0; i < Bytes; ++i) {
      value |= static_cast<std::uint64_t>(static_cast<unsigned char>(from[i])) << (8 * i);
    }
    return value;
  }
}

template <int Bytes>
void store_little_endian(char* to, std::uint64_t value) noexcept {
  static_assert(0 < Bytes && Bytes <= 8);
  if constexpr (std::endian::native == std::endian::little) {
    const auto first = static_cast<internal::Moved<Bytes>>(value);
    std::memcpy(to, &first, sizeof first);
    constexpr int rest = Bytes - static_cast<int>(sizeof first);
    if constexpr (rest > 0) {
      store_little_endian<rest>(to + sizeof first, value >> (8 * sizeof first));
    }
  } else {
    for (int i = 0; i < Bytes; ++i) to[i] = static_cast<char>(value >> (8 * i) & 0xff);
  }
}

}  // namespace cairn
