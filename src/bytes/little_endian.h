// Little-endian numbers in stored bytes, at any alignment.
#pragma once

#include <cstdint>

namespace cairn {

template <int Bytes>
std::uint64_t load_little_endian(const char* from) noexcept {
  std::uint64_t value = 0;
  for (int i = 0; i < Bytes; ++i) {
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(from[i])) << (8 * i);
  }
  return value;
}

template <int Bytes>
void store_little_endian(char* to, std::uint64_t value) noexcept {
  for (int i = 0; i < Bytes; ++i) to[i] = static_cast<char>(value >> (8 * i) & 0xff);
}

}  // namespace cairn
