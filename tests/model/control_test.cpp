// The control of the model test: a rule is broken on purpose, and the model must notice.  If one of
// these fails, the model test has gone blind, and its zero mismatches say nothing.
#include <algorithm>
#include <iostream>
#include <limits>

#include <gtest/gtest.h>

#include "model/random_run.h"
#include "model/thin_subject.h"
#include "support/temp_directory.h"
#include "ttl/counter_merge.h"
#include "ttl/fold.h"

namespace cairn::test {
namespace {

constexpr std::uint64_t control_seeds = 2;
constexpr std::uint64_t control_steps = 3000;

std::string_view view(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

// All seeds with the same rules.
Findings run(const ThinRules& rules, std::uint64_t seeds = control_seeds) {
  Findings all;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const TempDirectory directory;
    const FakeClock clock;
    ThinSubject subject(directory / "store", clock, rules);
    Findings found = RandomRun(seed, clock, subject, nullptr).run(control_steps);
    const Exercise exercise = subject.exercise();
    EXPECT_GT(exercise.flushes, 0u);
    EXPECT_GT(exercise.compactions, 0u);
    EXPECT_GT(exercise.reopens, 0u);
    found.checked_reads += all.checked_reads;
    if (all.mismatches > 0) {
      all.checked_reads = found.checked_reads;
      all.mismatches += found.mismatches;
    } else {
      all = std::move(found);
    }
  }
  std::cout << all.mismatches << " mismatches in " << all.checked_reads << " checked reads\n";
  return all;
}

// An operator of which one thing is wrong.
class BrokenMerge : public rocksdb::MergeOperator {
 public:
  bool FullMergeV2(const MergeOperationInput& in, MergeOperationOutput* out) const override {
    return real_.FullMergeV2(in, out);
  }
  bool PartialMergeMulti(const rocksdb::Slice& key, const std::deque<rocksdb::Slice>& operands,
                         std::string* out, rocksdb::Logger* logger) const override {
    return real_.PartialMergeMulti(key, operands, out, logger);
  }
  const char* Name() const override { return "cairn.counter"; }

 private:
  const ttl::CounterMerge real_{};
};

class CreatesOutOfNothing final : public BrokenMerge {
 public:
  bool FullMergeV2(const MergeOperationInput& in, MergeOperationOutput* out) const override {
    if (in.existing_value != nullptr) return BrokenMerge::FullMergeV2(in, out);
    const auto first = ttl::parse_operand(view(in.operand_list.front()));
    const std::string base = ttl::encode_integer(0, first->written_at, ttl::never_expires);
    ttl::Fold fold(base);
    for (const rocksdb::Slice& operand : in.operand_list) fold.apply(view(operand));
    out->new_value = fold.bytes();
    return true;
  }
};

class ForgetsWhenItGroups final : public BrokenMerge {
 public:
  bool PartialMergeMulti(const rocksdb::Slice&, const std::deque<rocksdb::Slice>& operands,
                         std::string* out, rocksdb::Logger*) const override {
    *out = operands.back().ToString();
    return true;
  }
};

// Saturating looks kinder than wrapping, and makes the sum depend on how compaction groups it.
class Saturates final : public BrokenMerge {
 public:
  bool PartialMergeMulti(const rocksdb::Slice&, const std::deque<rocksdb::Slice>& operands,
                         std::string* out, rocksdb::Logger*) const override {
    ttl::Operand all{0, 0};
    for (const rocksdb::Slice& each : operands) {
      const ttl::Operand operand = *ttl::parse_operand(view(each));
      all.written_at = std::max(all.written_at, operand.written_at);
      if (__builtin_add_overflow(all.delta, operand.delta, &all.delta)) {
        all.delta = std::numeric_limits<std::int64_t>::max();
      }
    }
    *out = ttl::encode(all);
    return true;
  }
};

// Everything right but that an operand may carry a new expiry: then the filter, which sees the base
// without the operand above it, takes away what was acknowledged.
class MovesTheExpiry final : public BrokenMerge {
 public:
  bool FullMergeV2(const MergeOperationInput& in, MergeOperationOutput* out) const override {
    std::string record;
    std::optional<std::string_view> base;
    if (in.existing_value != nullptr) base = view(*in.existing_value);
    record = ttl::Fold(base).bytes();
    for (const rocksdb::Slice& slice : in.operand_list) {
      std::string operand = slice.ToString();
      const bool touches = operand[0] == touch_tag;
      operand[0] = 0x21;
      const auto parsed = ttl::parse_operand(operand);
      const auto before = ttl::parse(record);
      if (touches && before && ttl::live(*before, parsed->written_at)) {
        record = ttl::encode_touched(*before, parsed->written_at,
                                     static_cast<ttl::Instant>(parsed->delta));
      } else if (!touches) {
        ttl::Fold fold(record);
        fold.apply(operand);
        record = fold.bytes();
      }
    }
    out->new_value = record;
    return true;
  }
};

class RemovesOperands final : public rocksdb::CompactionFilter {
 public:
  Decision FilterV2(int, const rocksdb::Slice&, ValueType type, const rocksdb::Slice&, std::string*,
                    std::string*) const override {
    return type == ValueType::kMergeOperand ? Decision::kRemove : Decision::kKeep;
  }
  const char* Name() const override { return "cairn.expiry"; }
};

class FiltersOneMinuteEarly final : public rocksdb::CompactionFilter {
 public:
  explicit FiltersOneMinuteEarly(ttl::Instant now) : now_(now) {}
  Decision FilterV2(int, const rocksdb::Slice&, ValueType type, const rocksdb::Slice& value,
                    std::string*, std::string*) const override {
    return type == ValueType::kValue && ttl::droppable(view(value), now_ + 60'000)
               ? Decision::kRemove
               : Decision::kKeep;
  }
  const char* Name() const override { return "cairn.expiry"; }

 private:
  ttl::Instant now_;
};

using MakeFilter =
    std::function<std::unique_ptr<rocksdb::CompactionFilter>(const ttl::Clock& clock)>;

class BrokenFilterFactory final : public rocksdb::CompactionFilterFactory {
 public:
  BrokenFilterFactory(std::shared_ptr<const ttl::Clock> clock, MakeFilter make)
      : clock_(std::move(clock)), make_(std::move(make)) {}
  std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(
      const rocksdb::CompactionFilter::Context&) override {
    return make_(*clock_);
  }
  bool ShouldFilterTableFileCreation(rocksdb::TableFileCreationReason reason) const override {
    return reason != rocksdb::TableFileCreationReason::kRecovery;
  }
  const char* Name() const override { return "cairn.expiry"; }

 private:
  std::shared_ptr<const ttl::Clock> clock_;
  MakeFilter make_;
};

ThinRules with_filter(MakeFilter make) {
  ThinRules rules = ThinRules::real();
  rules.filter = [make](auto clock, auto) {
    return std::make_shared<BrokenFilterFactory>(clock, make);
  };
  return rules;
}

TEST(ModelControl, TheRealRulesPass) {
  const Findings found = run(ThinRules::real());
  EXPECT_EQ(found.mismatches, 0u) << found.report();
}

TEST(ModelControl, AnOperatorThatCreatesOutOfNothingIsNoticed) {
  ThinRules rules = ThinRules::real();
  rules.merge = std::make_shared<CreatesOutOfNothing>();
  EXPECT_GT(run(rules).mismatches, 0u);
}

TEST(ModelControl, AnOperatorThatForgetsWhenItGroupsIsNoticed) {
  ThinRules rules = ThinRules::real();
  rules.merge = std::make_shared<ForgetsWhenItGroups>();
  EXPECT_GT(run(rules).mismatches, 0u);
}

TEST(ModelControl, AnOperatorThatSaturatesIsNoticed) {
  ThinRules rules = ThinRules::real();
  rules.merge = std::make_shared<Saturates>();
  EXPECT_GT(run(rules).mismatches, 0u);
}

TEST(ModelControl, ATouchThatIsAnOperandIsNoticed) {
  ThinRules rules = ThinRules::real();
  rules.merge = std::make_shared<MovesTheExpiry>();
  rules.touch_by_merge = true;
  // The reaper folds many of them in time.
  EXPECT_GT(run(rules, 3 * control_seeds).mismatches, 0u);
}

TEST(ModelControl, AFilterThatRemovesOperandsIsNoticed) {
  EXPECT_GT(run(with_filter([](const ttl::Clock&) {
              return std::make_unique<RemovesOperands>();
            })).mismatches,
            0u);
}

TEST(ModelControl, AFilterThatIsEarlyIsNoticed) {
  EXPECT_GT(run(with_filter([](const ttl::Clock& clock) {
              return std::make_unique<FiltersOneMinuteEarly>(clock.now());
            })).mismatches,
            0u);
}

}  // namespace
}  // namespace cairn::test
