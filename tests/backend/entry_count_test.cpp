// The number of entries of a bounded cache, without their keys.
#include "backend/entry_count.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "bytes/sip_hash.h"

namespace cairn {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr ttl::Instant never = ttl::never_expires;

std::vector<std::string> oldest_keys(const EntryCount& count, std::size_t number) {
  return count.oldest_keys(count.oldest(number));
}

// As CPython 3.11 hashes bytes without a seed.
TEST(SipHash, IsWhatOthersMakeOfTheSameBytes) {
  constexpr SipSeed none{0, 0};
  EXPECT_EQ(sip_hash(none, "a"), 0x407448d2b89b1813);
  EXPECT_EQ(sip_hash(none, "hello12"), 0xb142391d44cac1ec);
  EXPECT_EQ(sip_hash(none, "abcdefgh"), 0x3f7b849c0b8e35ea);
  EXPECT_EQ(sip_hash(none, "the quick brown fox"), 0x5a17575ad3449cba);
  EXPECT_NE(sip_hash({1, 0}, "a"), sip_hash(none, "a"));
}

TEST(EntryCount, CountsAKeyOnce) {
  EntryCount count;
  EXPECT_FALSE(count.contains("a"));
  count.stored("a", never);
  count.stored("a", 100);
  count.found("a", 1, never);
  EXPECT_EQ(count.size(), 1u);
  EXPECT_TRUE(count.contains("a"));
  EXPECT_FALSE(count.contains("b"));
  count.erase("a");
  count.erase("a");
  EXPECT_EQ(count.size(), 0u);
}

// What a writer has said of a key is later than what the engine had of it.
TEST(EntryCount, WhatIsFoundIsOlderThanWhatIsStored) {
  EntryCount count;
  count.stored("new", never);
  count.found("b", 2000, never);
  count.found("a", 1000, never);
  count.found("far", ttl::never_expires, never);
  count.found("new", 1, never);
  EXPECT_THAT(oldest_keys(count, 9), ElementsAre("a", "b", "far", "new"));
  count.used("a");
  EXPECT_THAT(oldest_keys(count, 9), ElementsAre("b", "far", "new", "a"));
  count.expires("b", 5);
  EXPECT_THAT(oldest_keys(count, 1), ElementsAre("b"));
}

TEST(EntryCount, OfEntriesOfOneAgeSoManyGoAsAreAskedFor) {
  EntryCount count;
  for (const char* key : {"d", "c", "b", "a"}) count.found(key, 7, never);
  count.found("e", 6, never);
  const EntryCount::Oldest three = count.oldest(3);
  EXPECT_EQ(three.age, 7u);
  EXPECT_EQ(three.of_that_age, 2u);
  EXPECT_EQ(three.count, 3u);
  EXPECT_THAT(count.oldest_keys(three), ElementsAre("e", "a", "b"));
  EXPECT_EQ(count.oldest(99).count, 5u);
  EXPECT_THAT(count.oldest_keys(count.oldest(0)), IsEmpty());
}

TEST(EntryCount, ForgetsWhatHasExpiredFromThatMomentOn) {
  EntryCount count;
  count.stored("a", 100);
  count.stored("b", 50);
  count.stored("c", never);
  count.stored("d", 60);
  count.expires("d", never);
  count.expires("c", 70);
  EXPECT_EQ(count.forget_expired(49), 0u);
  EXPECT_EQ(count.forget_expired(50), 1u);
  EXPECT_FALSE(count.contains("b"));
  EXPECT_EQ(count.forget_expired(1'000'000, 1), 1u);
  EXPECT_FALSE(count.contains("c"));
  EXPECT_EQ(count.forget_expired(1'000'000), 1u);
  EXPECT_EQ(count.size(), 1u);
}

TEST(EntryCount, IsEmptyWhenCleared) {
  EntryCount count;
  for (int i = 0; i < 1000; ++i) count.stored(std::to_string(i), 100);
  count.clear();
  EXPECT_EQ(count.size(), 0u);
  EXPECT_FALSE(count.contains("7"));
  EXPECT_EQ(count.forget_expired(1000), 0u);
  count.stored("7", 100);
  EXPECT_EQ(count.size(), 1u);
}

TEST(EntryCount, AgreesWithALooselyKeptListWhateverIsDone) {
  struct Entry {
    EntryCount::Age age;
    ttl::Instant expires_at;
  };
  EntryCount count;
  std::map<std::string, Entry> expected;
  std::mt19937_64 random(3);
  EntryCount::Age age = count.next_age();
  for (ttl::Instant now = 1; now < 60'000; ++now) {
    // Waxing and waning, so that buckets are made and joined.
    const std::string key = std::to_string(random() % (now % 20'000 < 10'000 ? 4000 : 40));
    const ttl::Instant expires_at = random() % 4 == 0 ? never : now + random() % 9000;
    const auto found = expected.find(key);
    switch (random() % 9) {
      case 0:
        count.erase(key);
        expected.erase(key);
        break;
      case 1:
        count.expires(key, expires_at);
        if (found != expected.end()) found->second.expires_at = expires_at;
        break;
      case 2:
        count.used(key);
        if (found != expected.end()) found->second.age = age++;
        break;
      case 3:
        ASSERT_EQ(count.forget_expired(now), std::erase_if(expected, [&](const auto& each) {
                    return each.second.expires_at <= now;
                  }));
        break;
      case 4: {
        count.found(key, now, expires_at);
        if (found == expected.end()) expected[key] = {now, expires_at};
        break;
      }
      default:
        count.stored(key, expires_at);
        expected[key] = {age++, expires_at};
    }
    ASSERT_EQ(count.next_age(), age);
    ASSERT_EQ(count.size(), expected.size());
    ASSERT_EQ(count.contains(key), expected.contains(key));
    if (now % 500 != 0) continue;
    for (const auto& [each, entry] : expected) ASSERT_EQ(count.age(each), entry.age) << each;
    const std::size_t some = expected.size() / 3;
    const EntryCount::Oldest oldest = count.oldest(some);
    const auto older = std::count_if(expected.begin(), expected.end(), [&](const auto& each) {
      return each.second.age < oldest.age;
    });
    ASSERT_EQ(oldest.count, some);
    if (some > 0) {
      ASSERT_EQ(static_cast<std::size_t>(older) + oldest.of_that_age, some);
    }
    if (now % 5000 != 0) continue;
    const std::size_t gone = count.forget(oldest);
    ASSERT_GE(gone, some);
    std::erase_if(expected, [&](const auto& each) { return oldest.includes(each.second.age); });
    ASSERT_EQ(count.size(), expected.size());
  }
}

// The keys of few entries are kept: then nothing has to be read to name the oldest.
TEST(EntryCount, KeepsKeysWhileEverythingIsSmall) {
  EntryCount count;
  int stored = 0;
  for (; count.keeps_keys(); ++stored) {
    ASSERT_LE(count.memory_bytes(), EntryCount::memory_with_keys);
    count.stored("a key of a usual length, number " + std::to_string(stored), never);
  }
  EXPECT_GT(stored, 1000);
  EXPECT_THAT(oldest_keys(count, 5), IsEmpty());
  EXPECT_LE(count.memory_bytes(), 64u * static_cast<unsigned>(stored));
  EntryCount few;
  for (int i = 0; i < 9 && few.keeps_keys(); ++i) {
    few.stored(std::string(60'000, static_cast<char>('a' + i)), never);
  }
  EXPECT_FALSE(few.keeps_keys());
  EXPECT_LE(few.memory_bytes(), 64u << 10);
  while (stored > 0) count.erase("a key of a usual length, number " + std::to_string(--stored));
  EXPECT_TRUE(count.keeps_keys()) << "from empty on";
}

// Capacity, not what the allocator has to say: every byte is counted where it is taken.
TEST(EntryCount, TakesAtMost64BytesAnEntry) {
  constexpr int million = 1'000'000;
  EntryCount count;
  const auto key = [](int i) { return std::to_string(i) + std::string(200, 'k'); };
  const auto most = [&] { return 64 * count.size(); };
  for (int i = 0; i < million; ++i) {
    count.stored(key(i), static_cast<ttl::Instant>(i));
    if (i % 1000 != 999 || i < 5000) continue;
    ASSERT_LE(count.memory_bytes(), most()) << i;
  }
  RecordProperty("bytes_an_entry", std::to_string(count.memory_bytes() / million));
  EXPECT_EQ(count.size(), static_cast<std::size_t>(million));
  const EntryCount::Oldest third = count.oldest(million / 3);
  EXPECT_NEAR(static_cast<double>(third.age - (ttl::latest_writing + 1)), million / 3.0,
              million / 50.0);
  EXPECT_EQ(count.forget_expired(9 * million / 10 - 1), 9u * million / 10);
  EXPECT_LE(count.memory_bytes(), most()) << "of those that are left";
}

}  // namespace
}  // namespace cairn
