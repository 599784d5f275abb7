// The merge operand of a counter: 16 bytes.
//
//   0      0x21: ADD
//   1      0
//   2..7   when it was written, ms, 48 bits
//   8..15  delta, int64
//
// Its first byte tells it from a record, whose high nibble is 1.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ttl/record.h"

namespace cairn::ttl {

struct Operand {
  Instant written_at;
  std::int64_t delta;
};

inline constexpr std::size_t operand_size = 16;

/// Empty if the bytes are not an ADD.
std::optional<Operand> parse_operand(std::string_view bytes) noexcept;
std::string encode(const Operand& operand);
/// The same bytes, at `to`.
void encode(const Operand& operand, std::span<char, operand_size> to) noexcept;

/// Adding wraps modulo 2^64: only then does the result not depend on how compaction groups the
/// operands.  The API checks for overflow before it writes one.
inline std::int64_t wrapping_add(std::int64_t a, std::int64_t b) noexcept {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

}  // namespace cairn::ttl
