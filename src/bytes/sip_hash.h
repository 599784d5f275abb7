// SipHash-1-3: 64 bits of any bytes that nobody can predict who does not know the seed.
#pragma once

#include <bit>
#include <cstdint>
#include <string_view>

#include "bytes/little_endian.h"

namespace cairn {

/// A secret of the process: keys that are chosen to collide under one seed do not under another.
struct SipSeed {
  std::uint64_t first;
  std::uint64_t second;
};

/// https://www.aumasson.jp/siphash/siphash.pdf, with one round for each word and three at the end.
inline std::uint64_t sip_hash(const SipSeed& seed, std::string_view bytes) noexcept {
  std::uint64_t v0 = seed.first ^ 0x736f6d6570736575;
  std::uint64_t v1 = seed.second ^ 0x646f72616e646f6d;
  std::uint64_t v2 = seed.first ^ 0x6c7967656e657261;
  std::uint64_t v3 = seed.second ^ 0x7465646279746573;
  const auto round = [&] {
    v0 += v1;
    v2 += v3;
    v1 = std::rotl(v1, 13) ^ v0;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 = std::rotl(v0, 32);
    v2 += v1;
    v0 += v3;
    v1 = std::rotl(v1, 17) ^ v2;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 = std::rotl(v2, 32);
  };
  const auto take = [&](std::uint64_t word) {
    v3 ^= word;
    round();
    v0 ^= word;
  };
  std::string_view left = bytes;
  for (; left.size() >= 8; left.remove_prefix(8)) take(load_little_endian<8>(left.data()));
  std::uint64_t last = static_cast<std::uint64_t>(bytes.size()) << 56;
  for (std::size_t i = 0; i < left.size(); ++i) {
    last |= static_cast<std::uint64_t>(static_cast<unsigned char>(left[i])) << (8 * i);
  }
  take(last);
  v2 ^= 0xff;
  for (int i = 0; i < 3; ++i) round();
  return v0 ^ v1 ^ v2 ^ v3;
}

}  // namespace cairn
