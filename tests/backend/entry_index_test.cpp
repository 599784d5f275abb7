// The keys of a bounded cache, oldest first.
#include "backend/entry_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace cairn {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST(EntryIndex, NamesTheOldestStoredFirstAndKeepsThem) {
  EntryIndex index;
  for (const char* key : {"a", "b", "c"}) index.stored(key, 100);
  EXPECT_THAT(index.oldest(2), ElementsAre("a", "b"));
  EXPECT_EQ(index.size(), 3u);
  EXPECT_TRUE(index.contains("a"));
}

TEST(EntryIndex, NamesNoMoreThanThereAre) {
  EntryIndex index;
  index.stored("a", 100);
  EXPECT_THAT(index.oldest(5), ElementsAre("a"));
  EXPECT_THAT(index.oldest(0), IsEmpty());
  index.erase("a");
  EXPECT_THAT(index.oldest(5), IsEmpty());
}

TEST(EntryIndex, WhatIsStoredAgainOrUsedIsTheYoungest) {
  EntryIndex index;
  for (const char* key : {"a", "b", "c"}) index.stored(key, 100);
  index.stored("a", 200);
  index.used("b");
  EXPECT_EQ(index.size(), 3u);
  EXPECT_THAT(index.oldest(3), ElementsAre("c", "a", "b"));
}

TEST(EntryIndex, ANewExpiryDoesNotMakeYounger) {
  EntryIndex index;
  for (const char* key : {"a", "b"}) index.stored(key, 100);
  index.expires("a", 500);
  EXPECT_THAT(index.oldest(1), ElementsAre("a"));
}

TEST(EntryIndex, TakesWhatHasExpiredFromThatMomentOn) {
  EntryIndex index;
  index.stored("a", 100);
  index.stored("b", 50);
  index.stored("c", ttl::never_expires);
  EXPECT_THAT(index.take_expired(49), IsEmpty());
  EXPECT_THAT(index.take_expired(50), ElementsAre("b"));
  EXPECT_THAT(index.take_expired(1'000'000), ElementsAre("a"));
  EXPECT_EQ(index.size(), 1u);
}

TEST(EntryIndex, GoesByTheLatestExpiry) {
  EntryIndex index;
  index.stored("a", 100);
  index.stored("b", 100);
  index.expires("a", 300);
  index.stored("b", 10);
  EXPECT_THAT(index.take_expired(200), ElementsAre("b"));
  EXPECT_THAT(index.take_expired(300), ElementsAre("a"));
}

TEST(EntryIndex, KeysItDoesNotHoldChangeNothing) {
  EntryIndex index;
  index.used("a");
  index.expires("a", 100);
  index.erase("a");
  EXPECT_EQ(index.size(), 0u);
  EXPECT_THAT(index.take_expired(200), IsEmpty());
}

TEST(EntryIndex, WhatIsRemovedOrClearedIsGoneFromEveryOrder) {
  EntryIndex index;
  for (const char* key : {"a", "b", "c"}) index.stored(key, 100);
  index.erase("b");
  EXPECT_THAT(index.take_expired(100), UnorderedElementsAre("a", "c"));
  index.stored("d", 100);
  index.clear();
  EXPECT_EQ(index.size(), 0u);
  EXPECT_THAT(index.take_expired(100), IsEmpty());
  EXPECT_THAT(index.oldest(1), IsEmpty());
}

TEST(EntryIndex, OwnsItsKeys) {
  EntryIndex index;
  std::string key = "a key that is too long to be kept inside of a string";
  index.stored(key, 100);
  key.assign(key.size(), 'x');
  EXPECT_TRUE(index.contains("a key that is too long to be kept inside of a string"));
  EXPECT_FALSE(index.contains(key));
}

TEST(EntryIndex, AgreesWithALooselyKeptListWhateverIsDone) {
  struct Entry {
    std::string key;
    ttl::Instant expires_at;
  };
  EntryIndex index;
  std::vector<Entry> expected;
  std::mt19937_64 random(3);
  const auto find = [&](const std::string& key) {
    return std::find_if(expected.begin(), expected.end(),
                        [&](const Entry& each) { return each.key == key; });
  };
  for (ttl::Instant now = 1; now < 20'000; ++now) {
    const std::string key = std::to_string(random() % 40);
    const ttl::Instant expires_at = now + random() % 50;
    const auto found = find(key);
    switch (random() % 8) {
      case 0:
        index.erase(key);
        if (found != expected.end()) expected.erase(found);
        break;
      case 1:
        index.expires(key, expires_at);
        if (found != expected.end()) found->expires_at = expires_at;
        break;
      case 2: {
        index.used(key);
        if (found != expected.end()) std::rotate(found, found + 1, expected.end());
        break;
      }
      case 3: {
        const std::vector<std::string> taken = index.take_expired(now);
        const std::size_t gone =
            std::erase_if(expected, [&](const Entry& each) { return each.expires_at <= now; });
        ASSERT_EQ(taken.size(), gone);
        break;
      }
      case 4: {
        for (const std::string& each : index.oldest(2)) {
          ASSERT_EQ(each, expected.front().key);
          index.erase(each);
          expected.erase(expected.begin());
        }
        break;
      }
      default:
        index.stored(key, expires_at);
        if (found != expected.end()) expected.erase(found);
        expected.push_back({key, expires_at});
    }
    ASSERT_EQ(index.size(), expected.size());
  }
}

}  // namespace
}  // namespace cairn
