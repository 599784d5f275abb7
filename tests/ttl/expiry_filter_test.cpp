// The compaction filter drops what nobody can read any more, and nothing else.
#include "ttl/expiry_filter.h"

#include <gtest/gtest.h>

#include "support/fake_clock.h"
#include "ttl/operand.h"

namespace cairn::ttl {
namespace {

using namespace std::chrono_literals;
using Filter = rocksdb::CompactionFilter;

class ExpiryFilterTest : public testing::Test {
 protected:
  Filter::Decision decide(const std::string& value, Instant now,
                          Filter::ValueType type = Filter::ValueType::kValue) {
    const ExpiryFilter filter(now, dropped_);
    std::string new_value;
    std::string skip_until;
    const Filter::Decision decision =
        filter.FilterV2(0, "key", type, value, &new_value, &skip_until);
    EXPECT_EQ(new_value, "");
    EXPECT_EQ(skip_until, "");
    return decision;
  }
  std::shared_ptr<DropCount> dropped_ = std::make_shared<DropCount>(0);
};

TEST_F(ExpiryFilterTest, DropsAValueFromTheMomentItExpires) {
  const std::string value = encode({ValueKind::bytes, 1, 1000, "value"});
  EXPECT_EQ(decide(value, 999), Filter::Decision::kKeep);
  EXPECT_EQ(decide(value, 1000), Filter::Decision::kRemove);
  EXPECT_EQ(decide(value, 1001), Filter::Decision::kRemove);
}

TEST_F(ExpiryFilterTest, KeepsWhatNeverExpires) {
  EXPECT_EQ(decide(encode_integer(1, 1, never_expires), never_expires - 1),
            Filter::Decision::kKeep);
}

TEST_F(ExpiryFilterTest, DropsAVoidAtAnyTime) {
  EXPECT_EQ(decide(encode({ValueKind::nothing, 0, 0, {}}), 0), Filter::Decision::kRemove);
  EXPECT_EQ(decide(encode({ValueKind::nothing, 0, never_expires, {}}), 0),
            Filter::Decision::kRemove);
}

TEST_F(ExpiryFilterTest, KeepsWhatIsNotARecordOfOurs) {
  std::string flagged = encode({ValueKind::bytes, 1, 2, "expired, but flagged"});
  flagged[1] = 2;
  std::string later = encode({ValueKind::bytes, 1, 2, "expired, but of a later format"});
  later[0] = 0x21;
  for (const std::string& value : {std::string(), std::string("short"), flagged, later}) {
    EXPECT_EQ(decide(value, never_expires), Filter::Decision::kKeep);
  }
}

TEST_F(ExpiryFilterTest, KeepsOperandsWhateverTheyLookLike) {
  const auto operand = Filter::ValueType::kMergeOperand;
  EXPECT_EQ(decide(encode(Operand{1, 1}), never_expires, operand), Filter::Decision::kKeep);
  EXPECT_EQ(decide(encode_integer(1, 1, 1), never_expires, operand), Filter::Decision::kKeep);
}

TEST_F(ExpiryFilterTest, KeepsTypesItDoesNotKnow) {
  EXPECT_EQ(decide(encode_integer(1, 1, 1), never_expires, Filter::ValueType::kBlobIndex),
            Filter::Decision::kKeep);
}

TEST_F(ExpiryFilterTest, CountsWhatItDrops) {
  decide(encode_integer(1, 1, 1000), 999);
  EXPECT_EQ(dropped_->load(), 0u);
  decide(encode_integer(1, 1, 1000), 1000);
  decide(encode_integer(1, 1, 1000), 2000);
  EXPECT_EQ(dropped_->load(), 2u);
}

class ExpiryFilterFactoryTest : public testing::Test {
 protected:
  std::unique_ptr<Filter> make() { return factory_.CreateCompactionFilter({}); }
  bool drops(const Filter& filter, Instant expires_at) {
    std::string unused;
    return filter.FilterV2(0, "key", Filter::ValueType::kValue,
                           encode({ValueKind::bytes, 1, expires_at, "value"}), &unused,
                           &unused) == Filter::Decision::kRemove;
  }
  Instant now() const { return clock_->now(); }

  test::FakeClock fake_;
  std::shared_ptr<Clock> clock_ = std::make_shared<Clock>(fake_.source());
  ExpiryFilterFactory factory_{clock_, std::make_shared<DropCount>(0)};
};

TEST_F(ExpiryFilterFactoryTest, ItsFiltersJudgeByTheTimeAtWhichTheyWereMade) {
  const Instant expires_at = now() + 1000;
  const std::unique_ptr<Filter> before = make();
  fake_.advance(1s);
  EXPECT_FALSE(drops(*before, expires_at));
  EXPECT_TRUE(drops(*make(), expires_at));
}

TEST_F(ExpiryFilterFactoryTest, RecordsThatExpiredByAJumpAreKeptForTheGrace) {
  const Instant before_jump = now();
  fake_.jump_wall(10h);
  ASSERT_EQ(now(), before_jump + 36'000'000);
  EXPECT_FALSE(drops(*make(), before_jump + 1000));
  EXPECT_TRUE(drops(*make(), before_jump));
  fake_.advance(1h);
  EXPECT_TRUE(drops(*make(), before_jump + 1000));
}

TEST_F(ExpiryFilterFactoryTest, FiltersFlushesAndCompactionsButNotRecovery) {
  using Reason = rocksdb::TableFileCreationReason;
  EXPECT_TRUE(factory_.ShouldFilterTableFileCreation(Reason::kCompaction));
  EXPECT_TRUE(factory_.ShouldFilterTableFileCreation(Reason::kFlush));
  EXPECT_FALSE(factory_.ShouldFilterTableFileCreation(Reason::kRecovery));
}

TEST_F(ExpiryFilterFactoryTest, SnapshotsAreIgnoredAsRocksdbDemands) {
  EXPECT_TRUE(make()->IgnoreSnapshots());
}

}  // namespace
}  // namespace cairn::ttl
