// What lies in the engine under one key: the full value first, then the operands, oldest first,
// wherever compaction has put them.  incr folds exactly this, so the order is the value.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/engine_work.h"
#include "store/open_store.h"
#include "ttl/operand.h"

namespace cairn::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ChainTest : public testing::Test {
 protected:
  std::string base(std::int64_t number) {
    return ttl::encode_integer(number, 1, ttl::never_expires);
  }
  std::string add(std::int64_t delta) { return ttl::encode(ttl::Operand{open_.now(), delta}); }
  void put(const std::string& value) { write().put("key", value); }
  void merge(const std::string& operand) { write().merge("key", operand); }
  void erase() { write().erase("key"); }
  void flush() { work_.flush(); }
  void compact() { work_.compact_all(); }
  Session write() { return {*open_, family_, Session::Intent::write, "test"}; }

  std::vector<std::string> chain(std::string_view key = "key") {
    const Session session(*open_, family_, Session::Intent::read, "test");
    const Chain found = session.chain(key);
    EXPECT_FALSE(found.too_long);
    return {found.links.begin(), found.links.end()};
  }

  OpenStore open_;
  Family& family_ = open_->family("counters");
  test::EngineWork work_{*open_, family_};
};

TEST_F(ChainTest, OfAMissingKeyIsEmpty) {
  EXPECT_THAT(chain(), IsEmpty()) << "no family yet";
  put(base(1));
  EXPECT_THAT(chain("another key"), IsEmpty());
}

TEST_F(ChainTest, InTheMemtableIsBaseThenOperandsOldestFirst) {
  put(base(1));
  merge(add(10));
  merge(add(20));
  EXPECT_THAT(chain(), ElementsAre(base(1), add(10), add(20)));
}

TEST_F(ChainTest, OfABaseAloneIsTheBase) {
  put(base(1));
  EXPECT_THAT(chain(), ElementsAre(base(1)));
  flush();
  EXPECT_THAT(chain(), ElementsAre(base(1)));
}

TEST_F(ChainTest, OfOperandsAloneHasNoBase) {
  merge(add(10));
  merge(add(20));
  EXPECT_THAT(chain(), ElementsAre(add(10), add(20)));
}

TEST_F(ChainTest, AcrossFilesIsInTheSameOrder) {
  put(base(1));
  flush();
  merge(add(10));
  flush();
  merge(add(20));
  flush();
  merge(add(30));
  EXPECT_THAT(chain(), ElementsAre(base(1), add(10), add(20), add(30)));
}

TEST_F(ChainTest, AcrossLevelsIsInTheSameOrder) {
  put(base(1));
  work_.compact_only_when_asked();  // newer RocksDBs empty a level in the middle by themselves
  compact();                        // to the last level
  merge(add(10));
  flush();
  work_.compact_level(0);  // from the first to one in the middle, if it is the lowest occupied
  merge(add(20));
  flush();
  merge(add(30));
  EXPECT_THAT(chain(), ElementsAre(base(1), add(10), add(20), add(30)));
  EXPECT_THAT(work_.levels(), ElementsAre(0, 3, 6));
}

TEST_F(ChainTest, IsFoldedByAFullCompaction) {
  put(base(1));
  flush();
  merge(add(10));
  merge(add(20));
  compact();
  EXPECT_THAT(chain(), ElementsAre(base(31)));
}

TEST_F(ChainTest, IsJoinedByAFlushWithoutItsBase) {
  put(base(1));
  compact();
  merge(add(10));
  merge(add(20));
  flush();
  EXPECT_THAT(chain(), ElementsAre(base(1), add(30)));
}

TEST_F(ChainTest, AfterADeleteHasOnlyWhatIsYounger) {
  put(base(1));
  merge(add(10));
  erase();
  EXPECT_THAT(chain(), IsEmpty());
  merge(add(20));
  EXPECT_THAT(chain(), ElementsAre(add(20)));
  merge(add(30));
  EXPECT_THAT(chain(), ElementsAre(add(20), add(30)));
}

TEST_F(ChainTest, AfterADeleteInAFileHasOnlyWhatIsYounger) {
  put(base(1));
  compact();
  erase();
  flush();
  EXPECT_THAT(chain(), IsEmpty());
  merge(add(20));
  EXPECT_THAT(chain(), ElementsAre(add(20)));
  flush();
  merge(add(30));
  EXPECT_THAT(chain(), ElementsAre(add(20), add(30)));
}

TEST_F(ChainTest, AFullValueHidesWhatIsOlder) {
  put(base(1));
  merge(add(10));
  put(base(100));
  merge(add(5));
  EXPECT_THAT(chain(), ElementsAre(base(100), add(5)));
  flush();
  put(base(200));
  EXPECT_THAT(chain(), ElementsAre(base(200)));
}

// Opening replays the log into files, and so folds what was in it.
TEST_F(ChainTest, SurvivesAReopening) {
  put(base(1));
  compact();
  merge(add(10));
  open_.reopen();
  merge(add(20));
  EXPECT_THAT(chain(), ElementsAre(base(1), add(10), add(20)));
  open_.reopen();
  EXPECT_THAT(chain(), ElementsAre(base(1), add(10), add(20)));
}

TEST_F(ChainTest, OfMoreThanTheLongestSaysSo) {
  put(base(0));
  for (int i = 1; i < Chain::longest; ++i) merge(add(1));
  EXPECT_EQ(chain().size(), static_cast<std::size_t>(Chain::longest));
  merge(add(1));
  const Session session(*open_, family_, Session::Intent::read, "test");
  const Chain found = session.chain("key");
  EXPECT_TRUE(found.too_long);
  EXPECT_THAT(found.links, IsEmpty());
  Pinned pinned;
  EXPECT_EQ(session.get("key", pinned), base(Chain::longest));
}

TEST_F(ChainTest, TheNextChainReplacesTheOneBefore) {
  put(base(1));
  write().put("other", base(2));
  const Session session(*open_, family_, Session::Intent::read, "test");
  EXPECT_THAT(session.chain("key").links, ElementsAre(base(1)));
  EXPECT_THAT(session.chain("other").links, ElementsAre(base(2)));
  EXPECT_THAT(session.chain("neither").links, IsEmpty());
  EXPECT_THAT(session.chain("key").links, ElementsAre(base(1)));
}

}  // namespace
}  // namespace cairn::store
