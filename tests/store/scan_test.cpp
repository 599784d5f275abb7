// Listing keys by prefix, with bytes at the end of the alphabet, and past what has been erased.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/perf_context.h>
#include <rocksdb/perf_level.h>

#include <future>

#include "store/border/walk.h"
#include "store/open_store.h"
#include "support/engine_access.h"

namespace cairn::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ScanTest : public testing::Test {
 protected:
  void put(std::initializer_list<std::string> keys) {
    Session session(*open_, family_, Session::Intent::write, "test");
    for (const std::string& each : keys) session.put(each, "value of " + each);
  }
  std::vector<std::string> scan(std::string_view first, std::string_view prefix,
                                std::size_t most = 1000) {
    const Session session(*open_, family_, Session::Intent::read, "test");
    std::vector<std::string> keys;
    const auto add = [&](std::string_view key, std::string_view value) {
      EXPECT_EQ(value, "value of " + std::string(key));
      keys.emplace_back(key);
      return keys.size() < most;
    };
    std::string next(first);
    do {
      next = session.scan(next, prefix, add, pace_);
      ++calls_;
    } while (!next.empty() && keys.size() < most);
    return keys;
  }
  // The keys are in write buffers, or in tables below tables with their erasures.
  void fill_and_erase(int count, const std::function<bool(int)>& stays, bool flushed) {
    std::vector<std::string> gone;
    for (int i = 0; i < count; ++i) {
      put({number(i)});
      if (!stays(i)) gone.push_back(number(i));
    }
    if (flushed) flush();
    Session session(*open_, family_, Session::Intent::write, "test");
    for (const std::string& each : gone) session.erase(each);
    if (flushed) flush();
  }
  void flush() {
    const Session session(*open_, family_, Session::Intent::read, "test");
    const rocksdb::Status flushed =
        EngineAccess::of(session).db().Flush(rocksdb::FlushOptions(), family_.handle.get());
    ASSERT_TRUE(flushed.ok()) << flushed.ToString();
  }
  static std::string number(int i) {
    const std::string digits = std::to_string(i);
    return std::string(8 - digits.size(), '0') + digits;
  }
  OpenStore open_;
  Family& family_ = open_->family("keys");
  Session::Pace pace_{.entries = 4096, .time = std::chrono::hours(1)};
  int calls_ = 0;
};

TEST_F(ScanTest, OfAFamilyThatIsNotMadeFindsNothing) { EXPECT_THAT(scan("", ""), IsEmpty()); }

TEST_F(ScanTest, FindsThePrefixAndNothingBesides) {
  put({"a", "ab", "aba", "abb", "ac", "b"});
  EXPECT_THAT(scan("ab", "ab"), ElementsAre("ab", "aba", "abb"));
  EXPECT_THAT(scan("b", "b"), ElementsAre("b"));
  EXPECT_THAT(scan("c", "c"), IsEmpty());
  EXPECT_THAT(scan("", ""), ElementsAre("a", "ab", "aba", "abb", "ac", "b"));
}

TEST_F(ScanTest, BeginsWhereItIsTold) {
  put({"ab1", "ab2", "ab3", "ac"});
  EXPECT_THAT(scan("ab2", "ab"), ElementsAre("ab2", "ab3"));
  EXPECT_THAT(scan("ab25", "ab"), ElementsAre("ab3"));
  EXPECT_THAT(scan("ab4", "ab"), IsEmpty());
}

TEST_F(ScanTest, EndsWhenTheVisitorHasEnough) {
  put({"a1", "a2", "a3"});
  EXPECT_THAT(scan("a", "a", 2), ElementsAre("a1", "a2"));
}

TEST_F(ScanTest, APrefixThatEndsInTheLastByteIsBounded) {
  put({"a", "a\xfe", "a\xff", "a\xff\x01", "a\xff\xff", "b", "b\xff"});
  EXPECT_THAT(scan("a\xff", "a\xff"), ElementsAre("a\xff", "a\xff\x01", "a\xff\xff"));
  EXPECT_THAT(scan("a\xff\xff", "a\xff\xff"), ElementsAre("a\xff\xff"));
}

TEST_F(ScanTest, APrefixOfNothingButLastBytesHasNoBoundAndNeedsNone) {
  put({"a", "\xfe\xff", "\xff", "\xff\x01", "\xff\xff", "\xff\xff\xff"});
  EXPECT_THAT(scan("\xff", "\xff"), ElementsAre("\xff", "\xff\x01", "\xff\xff", "\xff\xff\xff"));
  EXPECT_THAT(scan("\xff\xff", "\xff\xff"), ElementsAre("\xff\xff", "\xff\xff\xff"));
}

TEST_F(ScanTest, KeysMayHoldAnyByte) {
  const std::string zero("a\0b", 3);
  put({zero, "a", "a\x01"});
  EXPECT_THAT(scan("a", "a"), ElementsAre("a", zero, "a\x01"));
  EXPECT_THAT(scan(std::string_view("a\0", 2), std::string_view("a\0", 2)), ElementsAre(zero));
}

TEST_F(ScanTest, SeesFamiliesApart) {
  put({"a1"});
  Session(*open_, open_->family("others"), Session::Intent::write, "test").put("a2", "elsewhere");
  EXPECT_THAT(scan("a", "a"), ElementsAre("a1"));
}

TEST_F(ScanTest, FindsWhatIsInFilesAndWhatIsNot) {
  put({"a1", "a3"});
  Session(*open_, family_, Session::Intent::read, "test").compact();
  put({"a2", "b"});
  Session(*open_, family_, Session::Intent::write, "test").erase("a3");
  EXPECT_THAT(scan("a", "a"), ElementsAre("a1", "a2"));
}

TEST_F(ScanTest, IsCutIntoCallsThatMissNothing) {
  std::vector<std::string> all;
  for (int i = 0; i < 300; ++i) {
    put({number(i)});
    all.push_back(number(i));
  }
  pace_.entries = 7;
  EXPECT_EQ(scan("", ""), all);
  EXPECT_EQ(calls_, 43);
  pace_ = {.entries = 40, .time = std::chrono::milliseconds(0)};
  calls_ = 0;
  EXPECT_EQ(scan("", ""), all);
  EXPECT_EQ(calls_, 30) << "each call passes over a quarter, if it has no time at all";
}

class ErasedKeys : public ScanTest, public testing::WithParamInterface<bool> {
 protected:
  // Nothing is compacted, or the erasures would be gone.
  ErasedKeys() {
    put({"0"});
    Session session(*open_, family_, Session::Intent::write, "test");
    session.erase("0");
    const rocksdb::Status set = EngineAccess::of(session).db().SetOptions(
        family_.handle.get(), {{"disable_auto_compactions", "true"}});
    EXPECT_TRUE(set.ok()) << set.ToString();
  }
  static constexpr int count = 20'000;
};
INSTANTIATE_TEST_SUITE_P(Lying, ErasedKeys, testing::Bool(), [](const auto& tested) {
  return tested.param ? "InTables" : "InWriteBuffers";
});

TEST_P(ErasedKeys, ArePassedOverInCallsOfABoundedNumber) {
  fill_and_erase(
      count, [](int i) { return i == count - 1; }, GetParam());
  rocksdb::SetPerfLevel(rocksdb::PerfLevel::kEnableCount);
  rocksdb::PerfContext& engine = *rocksdb::get_perf_context();
  const Session session(*open_, family_, Session::Intent::read, "test");
  std::vector<std::string> found;
  const auto add = [&](std::string_view key, std::string_view) {
    found.emplace_back(key);
    return true;
  };
  std::string next;
  std::uint64_t passed = 0;
  std::uint64_t most = 0;
  do {
    engine.Reset();
    next = session.scan(next, "", add, pace_);
    const std::uint64_t now =
        engine.internal_delete_skipped_count + engine.internal_key_skipped_count;
    passed += now;
    most = std::max(most, now);
  } while (!next.empty());
  rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
  EXPECT_THAT(found, ElementsAre(number(count - 1)));
  EXPECT_GE(passed, static_cast<std::uint64_t>(count - 1));
  EXPECT_LE(most, pace_.entries + 2 * Walk::longest_step);
}

TEST_P(ErasedKeys, HideNoneOfThoseInBetween) {
  fill_and_erase(
      count, [](int i) { return i % 1500 == 7; }, GetParam());
  std::vector<std::string> expected;
  for (int i = 7; i < count; i += 1500) expected.push_back(number(i));
  pace_.entries = 1;
  EXPECT_EQ(scan("", ""), expected);
  EXPECT_GT(calls_, 10);
}

TEST_P(ErasedKeys, OfAnotherPrefixAreNotLookedAt) {
  fill_and_erase(
      count, [](int i) { return i == count - 1; }, GetParam());
  put({"00"});
  EXPECT_THAT(scan("00", "00"), ElementsAre("00", number(count - 1)));
  calls_ = 0;
  put({"0", "1"});
  EXPECT_THAT(scan("1", "1"), ElementsAre("1"));
  EXPECT_EQ(calls_, 1);
}

// A table that holds little but erasures is compacted by itself.
TEST_F(ScanTest, ErasuresThatLieCloseTogetherGoByThemselves) {
  fill_and_erase(
      20'000, [](int i) { return i == 7; }, true);
  const Session session(*open_, family_, Session::Intent::read, "test");
  const auto erasures = [&] {
    rocksdb::TablePropertiesCollection tables;
    EXPECT_TRUE(EngineAccess::of(session)
                    .db()
                    .GetPropertiesOfAllTables(family_.handle.get(), &tables)
                    .ok());
    std::uint64_t count = 0;
    for (const auto& [path, table] : tables) count += table->num_deletions;
    return count;
  };
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (erasures() > 0 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  EXPECT_EQ(erasures(), 0u);
  EXPECT_THAT(scan("", ""), ElementsAre(number(7)));
}

// All of one key's entries lie at one place.
TEST_F(ScanTest, AKeyThatIsWrittenTenThousandTimesIsPassedOnceAndFoundOnce) {
  Session session(*open_, family_, Session::Intent::write, "test");
  for (int i = 0; i < 10'000; ++i) {
    session.put("a", "value of a");
    session.merge("b", ttl::encode_integer(0, 0, 0));
    session.put("c", "value of c");
  }
  session.erase("a");
  session.erase("b");
  put({"d"});
  pace_.entries = 1;
  EXPECT_THAT(scan("", ""), ElementsAre("c", "d"));
}

TEST_F(ScanTest, KeepsNobodyFromClearingAnotherFamilyOrThisOne) {
  put({"a1", "a2"});
  Family& other = open_->family("others");
  Session(*open_, other, Session::Intent::write, "test").put("k", "value");
  std::vector<std::string> keys;
  std::future<void> clearing;
  Session session(*open_, family_, Session::Intent::read, "test");
  session.step_aside();
  session.scan(
      "", "",
      [&](std::string_view key, std::string_view) {
        keys.emplace_back(key);
        if (keys.size() > 1) return true;
        clearing = std::async(std::launch::async, [&] {
          open_->clear(other, [] {});
          open_->clear(family_, [] {});
        });
        EXPECT_EQ(clearing.wait_for(std::chrono::seconds(20)), std::future_status::ready);
        return true;
      },
      pace_);
  EXPECT_THAT(keys, ElementsAre("a1", "a2")) << "as it was when the scan began";
  clearing.get();
  EXPECT_THAT(scan("", ""), IsEmpty());
}

TEST_F(ScanTest, EndsBeforeTheEngineClosesAndAfterItsFamilyIsCleared) {
  put({"a1"});
  std::optional<Session> session(std::in_place, *open_, family_, Session::Intent::read, "test");
  session->step_aside();
  open_->clear(family_, [] {});
  std::future<void> closing = std::async(std::launch::async, [&] { open_->detach(); });
  while (open_->open_in()) std::this_thread::yield();  // taken out, and waiting for us
  std::vector<std::string> keys;
  session->scan(
      "", "",
      [&](std::string_view key, std::string_view) {
        keys.emplace_back(key);
        return true;
      },
      pace_);
  EXPECT_THAT(keys, ElementsAre("a1"));
  session.reset();
  closing.get();
  open_->attach();
}

}  // namespace
}  // namespace cairn::store
