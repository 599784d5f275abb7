// The merge operand of a counter: 16 bytes, told from a record by its first.
#include "ttl/operand.h"

#include <limits>

#include <gtest/gtest.h>

namespace cairn::ttl {
namespace {

TEST(Operand, WhatIsEncodedIsParsed) {
  constexpr std::int64_t deltas[] = {0, 1, -1, std::numeric_limits<std::int64_t>::max(),
                                     std::numeric_limits<std::int64_t>::min()};
  for (const std::int64_t delta : deltas) {
    const std::string bytes = encode(Operand{0xfedcba987654, delta});
    ASSERT_EQ(bytes.size(), operand_size);
    const std::optional<Operand> operand = parse_operand(bytes);
    ASSERT_TRUE(operand);
    EXPECT_EQ(operand->written_at, 0xfedcba987654u);
    EXPECT_EQ(operand->delta, delta);
  }
}

TEST(Operand, NoOtherLengthIsOne) {
  const std::string bytes = encode(Operand{1, 2}) + std::string(16, '\0');
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    EXPECT_EQ(parse_operand(bytes.substr(0, size)).has_value(), size == operand_size) << size;
  }
}

TEST(Operand, NoOtherTagOrSecondByteIsOne) {
  for (int byte = 0; byte < 256; ++byte) {
    std::string tagged = encode(Operand{1, 2});
    tagged[0] = static_cast<char>(byte);
    EXPECT_EQ(parse_operand(tagged).has_value(), byte == 0x21) << byte;
    std::string flagged = encode(Operand{1, 2});
    flagged[1] = static_cast<char>(byte);
    EXPECT_EQ(parse_operand(flagged).has_value(), byte == 0) << byte;
  }
}

TEST(Operand, IsNeverARecordNorARecordAnOperand) {
  EXPECT_FALSE(parse(encode(Operand{1, 2})));
  EXPECT_FALSE(parse_operand(encode({ValueKind::bytes, 1, 2, {}})));
  EXPECT_FALSE(parse_operand(encode({ValueKind::nothing, 0, 0, {}})));
}

TEST(WrappingAdd, WrapsModuloTwoToTheSixtyFour) {
  constexpr std::int64_t max = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t min = std::numeric_limits<std::int64_t>::min();
  EXPECT_EQ(wrapping_add(max, 1), min);
  EXPECT_EQ(wrapping_add(min, -1), max);
  EXPECT_EQ(wrapping_add(min, min), 0);
  EXPECT_EQ(wrapping_add(wrapping_add(5, max), min), 4);
}

}  // namespace
}  // namespace cairn::ttl
