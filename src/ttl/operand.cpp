#include "ttl/operand.h"

#include <algorithm>

#include "bytes/little_endian.h"

namespace cairn::ttl {
namespace {

constexpr char add_tag = 0x21;

}  // namespace

std::optional<Operand> parse_operand(std::string_view bytes) noexcept {
  if (bytes.size() != operand_size || bytes[0] != add_tag || bytes[1] != 0) return std::nullopt;
  return Operand{load_little_endian<6>(&bytes[2]),
                 static_cast<std::int64_t>(load_little_endian<8>(&bytes[8]))};
}

void encode(const Operand& operand, std::span<char, operand_size> to) noexcept {
  to[0] = add_tag;
  to[1] = 0;
  store_little_endian<6>(&to[2], std::min(operand.written_at, latest_writing));
  store_little_endian<8>(&to[8], static_cast<std::uint64_t>(operand.delta));
}

std::string encode(const Operand& operand) {
  char bytes[operand_size];
  encode(operand, bytes);
  return std::string(bytes, sizeof bytes);
}

}  // namespace cairn::ttl
