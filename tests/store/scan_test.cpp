// Listing keys by prefix, with bytes at the end of the alphabet.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/open_store.h"

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
    session.scan(first, prefix, [&](std::string_view key, std::string_view value) {
      EXPECT_EQ(value, "value of " + std::string(key));
      keys.emplace_back(key);
      return keys.size() < most;
    });
    return keys;
  }
  OpenStore open_;
  Family& family_ = open_->family("keys");
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

}  // namespace
}  // namespace cairn::store
