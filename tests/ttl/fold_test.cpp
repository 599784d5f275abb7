// Folding counter operands into a base record.
#include "ttl/fold.h"

#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace cairn::ttl {
namespace {

constexpr std::int64_t max = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t min = std::numeric_limits<std::int64_t>::min();
const std::string void_record = encode({ValueKind::nothing, 0, 0, {}});

std::string fold(std::optional<std::string> base, const std::vector<Operand>& operands) {
  Fold all(base ? std::optional<std::string_view>(*base) : std::nullopt);
  for (const Operand& each : operands) all.apply(encode(each));
  return all.bytes();
}

TEST(Fold, AddsOntoAnIntegerAndKeepsItsTimes) {
  EXPECT_EQ(fold(encode_integer(40, 5, 100), {{10, 3}, {20, -1}}), encode_integer(42, 5, 100));
}

TEST(Fold, OfNoOperandsIsTheBase) {
  EXPECT_EQ(fold(encode_integer(40, 5, 100), {}), encode_integer(40, 5, 100));
}

TEST(Fold, OntoNothingIsVoid) {
  EXPECT_EQ(fold(std::nullopt, {{10, 3}}), void_record);
  EXPECT_EQ(fold(std::nullopt, {}), void_record);
}

TEST(Fold, OntoAVoidIsVoid) { EXPECT_EQ(fold(void_record, {{10, 3}}), void_record); }

TEST(Fold, IsDeadFromTheOperandThatWasWrittenAtTheExpiry) {
  const std::string base = encode_integer(1, 0, 100);
  EXPECT_EQ(fold(base, {{99, 1}}), encode_integer(2, 0, 100));
  EXPECT_EQ(fold(base, {{100, 1}}), void_record);
  EXPECT_EQ(fold(base, {{101, 1}}), void_record);
}

TEST(Fold, StaysDeadWhateverComesAfter) {
  EXPECT_EQ(fold(encode_integer(1, 0, 100), {{100, 1}, {50, 1}}), void_record);
}

TEST(Fold, AValueThatIsNoIntegerStaysAsItIsButCanDie) {
  for (const ValueKind kind : {ValueKind::bytes, ValueKind::archive, ValueKind::custom}) {
    const std::string base = encode({kind, 7, 100, "some payload"});
    EXPECT_EQ(fold(base, {{10, 3}, {20, 4}}), base);
    EXPECT_EQ(fold(base, {{10, 3}, {100, 4}}), void_record);
  }
}

TEST(Fold, WhatDoesNotParseIsLeftExactlyAsItIs) {
  for (const std::string& base : {std::string(), std::string("x"), std::string("\x22later format"),
                                  std::string(16, '\x2f'), encode(Operand{1, 2})}) {
    EXPECT_EQ(fold(base, {{10, 3}, {20, 4}}), base);
  }
}

TEST(Fold, AnOperandThatIsNotAnAddIsPassedOver) {
  const std::string base = encode_integer(1, 0, 100);
  Fold all(base);
  all.apply("");
  all.apply("something of a later format");
  all.apply(encode(Operand{10, 1}));
  all.apply(base);
  EXPECT_EQ(all.bytes(), encode_integer(2, 0, 100));
}

TEST(Fold, WrapsAround) {
  EXPECT_EQ(fold(encode_integer(max, 0, 100), {{10, 1}}), encode_integer(min, 0, 100));
  EXPECT_EQ(fold(encode_integer(max, 0, 100), {{10, 1}, {11, -1}}), encode_integer(max, 0, 100));
}

TEST(Fold, TellsWhetherItIsAliveAndWhatTheRecordIs) {
  const std::string base = encode_integer(1, 0, 100);
  Fold all(base);
  EXPECT_TRUE(all.alive());
  ASSERT_NE(all.record(), nullptr);
  EXPECT_EQ(all.record()->expires_at, 100u);
  EXPECT_EQ(all.value(), 1);
  all.apply(encode(Operand{10, 4}));
  EXPECT_EQ(all.value(), 5);
  all.apply(encode(Operand{100, 4}));
  EXPECT_FALSE(all.alive());
  EXPECT_EQ(all.record(), nullptr);
}

TEST(Fold, OfWhatDoesNotParseIsAliveWithoutARecord) {
  const Fold opaque("?");
  EXPECT_TRUE(opaque.alive());
  EXPECT_EQ(opaque.record(), nullptr);
}

TEST(Combine, TakesTheLaterTimeAndTheSum) {
  const Operand both = combine({20, 5}, {10, -7});
  EXPECT_EQ(both.written_at, 20u);
  EXPECT_EQ(both.delta, -2);
}

// What compaction is allowed to do: join neighbouring operands, in any groups and any order of
// joining, and fold a part of the chain into the base first.
class Grouping : public testing::Test {
 protected:
  std::optional<std::string> any_base() {
    const Instant expires_at = below(4) == 0 ? never_expires : below(120);
    switch (below(6)) {
      case 0:
        return std::nullopt;
      case 1:
        return void_record;
      case 2:
        return encode({ValueKind::bytes, 3, expires_at, "bytes"});
      case 3:
        return std::string("\x7f not a record");
      default:
        return encode_integer(any_number(), 3, expires_at);
    }
  }
  std::vector<Operand> any_operands() {
    std::vector<Operand> operands(1 + below(8));
    for (Operand& each : operands) each = {below(120), any_number()};
    return operands;
  }
  std::int64_t any_number() {
    switch (below(5)) {
      case 0:
        return max;
      case 1:
        return min;
      default:
        return static_cast<std::int64_t>(random_());
    }
  }
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

  std::mt19937_64 random_{20'240'229};
};

TEST_F(Grouping, OfNeighboursChangesNoResult) {
  for (int round = 0; round < 20'000; ++round) {
    const std::optional<std::string> base = any_base();
    std::vector<Operand> operands = any_operands();
    const std::string expected = fold(base, operands);
    while (operands.size() > 1) {
      const auto at = operands.begin() + static_cast<std::ptrdiff_t>(below(operands.size() - 1));
      *at = combine(*at, *(at + 1));
      operands.erase(at + 1);
      ASSERT_EQ(fold(base, operands), expected) << "round " << round;
    }
  }
}

TEST_F(Grouping, OfTheOldestOperandsWithTheBaseChangesNoResult) {
  for (int round = 0; round < 20'000; ++round) {
    const std::optional<std::string> base = any_base();
    const std::vector<Operand> operands = any_operands();
    const auto cut = operands.begin() + static_cast<std::ptrdiff_t>(below(operands.size() + 1));
    const std::string lower = fold(base, {operands.begin(), cut});
    ASSERT_EQ(fold(lower, {cut, operands.end()}), fold(base, operands)) << "round " << round;
  }
}

TEST_F(Grouping, OfTheSameOperandsInAnotherOrderOfJoiningIsTheSameOperand) {
  for (int round = 0; round < 20'000; ++round) {
    const Operand a{below(100), any_number()};
    const Operand b{below(100), any_number()};
    const Operand c{below(100), any_number()};
    const std::string left = encode(combine(combine(a, b), c));
    ASSERT_EQ(left, encode(combine(a, combine(b, c))));
  }
}

}  // namespace
}  // namespace cairn::ttl
