// The merge operator is total: it says yes to any bytes, gives a value of its own, and throws
// nothing.  One that says no makes the store refuse to open.
#include "ttl/counter_merge.h"

#include <deque>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "ttl/fold.h"

namespace cairn::ttl {
namespace {

using rocksdb::MergeOperator;
using rocksdb::Slice;

const std::string void_record = encode({ValueKind::nothing, 0, 0, {}});

struct Result {
  bool accepted;
  std::string value;
};

Result full_merge(const std::optional<std::string>& base,
                  const std::vector<std::string>& operands) {
  const CounterMerge merge;
  const Slice key("key");
  const std::string value = base.value_or("");
  const Slice existing(value);
  const std::vector<Slice> slices(operands.begin(), operands.end());
  const MergeOperator::MergeOperationInput in(key, base ? &existing : nullptr, slices, nullptr);
  Slice untouched;
  Result result{false, "never filled in"};
  MergeOperator::MergeOperationOutput out(result.value, untouched);
  result.accepted = merge.FullMergeV2(in, &out);
  EXPECT_EQ(untouched.data(), Slice().data()) << "existing_operand may be freed by iterators";
  return result;
}

Result partial_merge(const std::vector<std::string>& operands) {
  const CounterMerge merge;
  const std::deque<Slice> slices(operands.begin(), operands.end());
  Result result{false, ""};
  result.accepted = merge.PartialMergeMulti("key", slices, &result.value, nullptr);
  return result;
}

TEST(CounterMerge, FoldsOperandsOldestFirst) {
  const std::string base = encode_integer(40, 1, 100);
  const Result result = full_merge(base, {encode(Operand{5, 1}), encode(Operand{6, 1})});
  EXPECT_TRUE(result.accepted);
  EXPECT_EQ(result.value, encode_integer(42, 1, 100));
}

TEST(CounterMerge, OntoNothingLeavesAVoid) {
  const Result result = full_merge(std::nullopt, {encode(Operand{5, 1})});
  EXPECT_TRUE(result.accepted);
  EXPECT_EQ(result.value, void_record);
}

TEST(CounterMerge, CopiesABaseThatDoesNotParse) {
  const Result result = full_merge("\x22 of a later format", {encode(Operand{5, 1})});
  EXPECT_TRUE(result.accepted);
  EXPECT_EQ(result.value, "\x22 of a later format");
}

TEST(CounterMerge, JoinsOperands) {
  const Result result =
      partial_merge({encode(Operand{5, 10}), encode(Operand{9, -3}), encode(Operand{7, 100})});
  EXPECT_TRUE(result.accepted);
  EXPECT_EQ(result.value, encode(Operand{9, 107}));
}

TEST(CounterMerge, JoinsASingleOperandToItself) {
  EXPECT_EQ(partial_merge({encode(Operand{5, 10})}).value, encode(Operand{5, 10}));
}

// "No" to a partial merge is no error: RocksDB keeps the operands apart.
TEST(CounterMerge, JoinsNothingWithAnOperandOfALaterFormat) {
  EXPECT_FALSE(partial_merge({encode(Operand{5, 10}), "\x23 of a later format"}).accepted);
  EXPECT_FALSE(partial_merge({"", encode(Operand{5, 10})}).accepted);
}

TEST(CounterMerge, LeavesSingleOperandsAloneAndHasItsName) {
  const CounterMerge merge;
  EXPECT_FALSE(merge.AllowSingleOperand());
  EXPECT_STREQ(merge.Name(), "cairn.counter");
}

class AnyBytes : public testing::Test {
 protected:
  // Sometimes noise, sometimes nearly right.
  std::string any_bytes() {
    std::string bytes;
    switch (below(4)) {
      case 0:
        bytes.resize(below(40));
        break;
      case 1:
        bytes = encode(Operand{below(200), static_cast<std::int64_t>(random_())});
        break;
      case 2:
        bytes = encode_integer(static_cast<std::int64_t>(random_()), 1, below(200));
        break;
      case 3:
        bytes = encode({ValueKind(below(16)), 1, below(200), std::string(below(20), 'x')});
    }
    if (below(2) == 0) {
      for (char& each : bytes) {
        if (below(8) == 0) each = static_cast<char>(random_());
      }
    }
    return bytes;
  }
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
  std::mt19937_64 random_{7};
};

TEST_F(AnyBytes, AreMergedWithoutFail) {
  for (int round = 0; round < 50'000; ++round) {
    std::optional<std::string> base;
    if (below(4) != 0) base = any_bytes();
    std::vector<std::string> operands(1 + below(5));
    for (std::string& each : operands) each = any_bytes();
    const Result result = full_merge(base, operands);
    ASSERT_TRUE(result.accepted);
    const bool opaque = base && !parse(*base);
    if (opaque) {
      ASSERT_EQ(result.value, *base);
    } else {
      ASSERT_TRUE(parse(result.value));
    }
  }
}

TEST_F(AnyBytes, MeanTheSameWhetherJoinedOrNot) {
  int joined = 0;
  for (int round = 0; round < 50'000; ++round) {
    std::optional<std::string> base;
    if (below(4) != 0) base = any_bytes();
    std::vector<std::string> operands(2 + below(4));
    for (std::string& each : operands) each = any_bytes();
    const Result one = partial_merge(operands);
    if (!one.accepted) continue;
    ++joined;
    ASSERT_EQ(full_merge(base, {one.value}).value, full_merge(base, operands).value);
  }
  EXPECT_GT(joined, 100);
}

}  // namespace
}  // namespace cairn::ttl
