#include "tier/key.h"

#include "bytes/little_endian.h"

namespace cairn::tier {

namespace {

__extension__ using Wide = unsigned __int128;

// A multiplication whose halves are folded mixes 64 bits by 64 in three cycles; the constants are
// primes with as many ones as zeros.  (As in wyhash, whose statistics are known to be good.)
constexpr std::uint64_t first_prime = 0xa0761d6478bd642f;
constexpr std::uint64_t second_prime = 0xe7037ed1a0b428db;
constexpr std::uint64_t third_prime = 0x8ebc6af09c88c6e3;

std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept {
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

}  // namespace

std::uint64_t hash(Space space, std::string_view bytes) noexcept {
  const char* from = bytes.data();
  std::size_t left = bytes.size();
  std::uint64_t state = mix(space ^ first_prime, bytes.size() ^ second_prime);
  for (; left > 16; from += 16, left -= 16) {
    state =
        mix(load_little_endian<8>(from) ^ second_prime, load_little_endian<8>(from + 8) ^ state);
  }
  // What is left, read twice where its pieces overlap.
  std::uint64_t a = 0;
  std::uint64_t b = 0;
  if (left >= 8) {
    a = load_little_endian<8>(from);
    b = load_little_endian<8>(from + left - 8);
  } else if (left >= 4) {
    a = load_little_endian<4>(from);
    b = load_little_endian<4>(from + left - 4);
  } else if (left > 0) {
    a = load_little_endian<1>(from);
    b = load_little_endian<1>(from + left / 2) << 8 | load_little_endian<1>(from + left - 1);
  }
  return mix(mix(a ^ second_prime, b ^ state), third_prime);
}

}  // namespace cairn::tier
