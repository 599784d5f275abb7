#include "tier/record_tier.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tier/index.h"
#include "tier/plan.h"

namespace cairn::tier {
namespace {

constexpr Instant now = 1'700'000'000'000;

class RecordTierTest : public testing::Test {
 protected:
  bool fill(const Key& key, std::string_view record, Instant expires_at = never_expires,
            std::uint8_t note = 0) {
    return tier.fill(key, tier.ticket(key), record, expires_at, note, now);
  }
  std::optional<std::string> find(const Key& key) {
    std::string record;
    return tier.find(key, record) ? std::optional(record) : std::nullopt;
  }
  void set(const Key& key, std::string_view record, Instant expires_at = never_expires) {
    RecordTier::Change(tier, key).store(record, expires_at, 0, now);
  }
  // So many newcomers that nothing stays that nobody asks for.
  void flood(std::string_view name, unsigned count = 2000) {
    for (unsigned i = 0; i < count; ++i) {
      const std::string bytes = std::string(name) + std::to_string(i);
      fill(key(space, bytes), std::string(100, 'f'));
    }
  }

  // The same in other buckets than this key's (which the highest bits of the hash choose), so that
  // nothing happens in its own but what happens to itself.
  void flood_elsewhere(const Key& spared) {
    for (unsigned i = 0; i < 4000; ++i) {
      const std::string bytes = "elsewhere" + std::to_string(i);
      const Key other = key(space, bytes);
      const auto distance = static_cast<std::int16_t>((other.hash >> 48) - (spared.hash >> 48));
      if (std::abs(distance) > 0x10000 / 64) fill(other, std::string(100, 'f'));
    }
  }

  RecordTier tier{RecordTier::least_bytes};
  Space space = tier.new_space();
};

TEST_F(RecordTierTest, WhatWasFilledIsFoundWithItsExpiryAndItsNote) {
  const Key a = key(space, "a");
  EXPECT_EQ(find(a), std::nullopt);
  EXPECT_TRUE(fill(a, "record of a", now + 5, 7));
  std::string record;
  const auto hit = tier.find(a, record);
  ASSERT_TRUE(hit);
  EXPECT_EQ(record, "record of a");
  EXPECT_EQ(hit->expires_at, now + 5);
  EXPECT_EQ(hit->note, 7);
  EXPECT_EQ(find(key(space, "b")), std::nullopt);
}

TEST_F(RecordTierTest, EveryLengthOfKeyAndRecordComesBackAsItWas) {
  for (std::size_t key_size = 0; key_size < 40; ++key_size) {
    for (const std::size_t size : {0, 1, 7, 8, 9, 31, 32, 33, 100, 255}) {
      std::string bytes(key_size, 'k');
      bytes.append(std::to_string(size));
      std::string value;
      for (std::size_t i = 0; i < size; ++i) value.push_back(static_cast<char>(i * 7 + key_size));
      ASSERT_TRUE(fill(key(space, bytes), value));
      ASSERT_EQ(find(key(space, bytes)), value);
    }
  }
}

TEST_F(RecordTierTest, PartsOfARecordAreCopiedFromAnyByteOn) {
  std::string value;
  for (int i = 0; i < 200; ++i) value.push_back(static_cast<char>(i));
  const Key a = key(space, "a");
  ASSERT_TRUE(fill(a, value, now + 1, 3));
  for (std::size_t from = 0; from <= value.size() + 1; ++from) {
    for (const std::size_t count : {0u, 1u, 5u, 8u, 64u, 300u}) {
      const Look look = tier.look(a);
      ASSERT_TRUE(look);
      std::string part(count, '?');
      part.resize(look.copy(from, part));
      ASSERT_TRUE(look.valid());
      ASSERT_EQ(part, from > value.size() ? "" : value.substr(from, count));
    }
  }
  std::array<char, 4> first{};
  const auto peek = tier.peek(a, first);
  ASSERT_TRUE(peek);
  EXPECT_EQ(peek->size, value.size());
  EXPECT_EQ(peek->note, 3);
  EXPECT_EQ(peek->expires_at, now + 1);
  EXPECT_EQ(std::string_view(first.data(), 4), value.substr(0, 4));
}

TEST_F(RecordTierTest, AnAnswerIsNotValidOnceItsKeyIsChanged) {
  const Key a = key(space, "a");
  ASSERT_TRUE(fill(a, "old"));
  const Look look = tier.look(a);
  EXPECT_TRUE(look.valid());
  RecordTier::Change change(tier, a);
  EXPECT_FALSE(look.valid());
}

TEST_F(RecordTierTest, AnAnswerIsNotValidOnceItsRecordHasMoved) {
  const Key a = key(space, "a");
  ASSERT_TRUE(fill(a, "old"));
  const Look look = tier.look(a);
  flood_elsewhere(a);
  EXPECT_FALSE(look.valid());
  EXPECT_EQ(find(a), "old");
}

TEST_F(RecordTierTest, AnAnswerIsNotValidOnceItsRecordIsGivenUp) {
  ASSERT_TRUE(fill(key(space, "a"), "old"));
  const auto ticket = tier.ticket(key(space, "a"));
  flood_elsewhere(key(space, "a"));
  EXPECT_EQ(find(key(space, "a")), std::nullopt);
  EXPECT_FALSE(tier.fill(key(space, "a"), ticket, "stale", never_expires, 0, now))
      << "its version has grown";
}

TEST_F(RecordTierTest, SpacesDoNotSeeEachOther) {
  const Space other = tier.new_space();
  ASSERT_NE(space, other);
  ASSERT_TRUE(fill(key(space, "k"), "one"));
  EXPECT_EQ(find(key(other, "k")), std::nullopt);
  ASSERT_TRUE(fill(key(other, "k"), "two"));
  EXPECT_EQ(find(key(space, "k")), "one");
  EXPECT_EQ(find(key(other, "k")), "two");
}

TEST_F(RecordTierTest, NothingIsKeptInNoSpace) {
  EXPECT_FALSE(fill(key(no_space, "k"), "record"));
  set(key(no_space, "k"), "record");
  EXPECT_EQ(find(key(no_space, "k")), std::nullopt);
}

// ---- coherence

TEST_F(RecordTierTest, AChangeRemovesTheEntryAtOnce) {
  const Key a = key(space, "a");
  fill(a, "old");
  const RecordTier::Change change(tier, a);
  EXPECT_EQ(find(a), std::nullopt);
}

TEST_F(RecordTierTest, AChangeThatStoresNothingLeavesNothing) {
  const Key a = key(space, "a");
  fill(a, "old");
  { const RecordTier::Change change(tier, a); }
  EXPECT_EQ(find(a), std::nullopt);
  fill(a, "old");
  tier.forget(a);
  EXPECT_EQ(find(a), std::nullopt);
}

TEST_F(RecordTierTest, AFillIsRefusedWhileTheKeyIsChanged) {
  const Key a = key(space, "a");
  const auto before = tier.ticket(a);
  RecordTier::Change change(tier, a);
  const auto meanwhile = tier.ticket(a);
  EXPECT_FALSE(tier.fill(a, before, "stale", never_expires, 0, now));
  EXPECT_FALSE(tier.fill(a, meanwhile, "stale", never_expires, 0, now));
  EXPECT_FALSE(tier.fill(a, tier.ticket(a), "stale", never_expires, 0, now));
  change.store("new", never_expires, 0, now);
  EXPECT_EQ(find(a), "new");
  EXPECT_FALSE(tier.fill(a, before, "stale", never_expires, 0, now));
  EXPECT_FALSE(tier.fill(a, meanwhile, "stale", never_expires, 0, now));
  EXPECT_EQ(find(a), "new");
}

TEST_F(RecordTierTest, AFillIsRefusedIfAChangeFailedSinceTheTicket) {
  const Key a = key(space, "a");
  const auto before = tier.ticket(a);
  std::optional<RecordTier::Ticket> meanwhile;
  {
    const RecordTier::Change change(tier, a);
    meanwhile = tier.ticket(a);
  }
  EXPECT_FALSE(tier.fill(a, before, "stale", never_expires, 0, now));
  EXPECT_FALSE(tier.fill(a, *meanwhile, "stale", never_expires, 0, now));
  EXPECT_TRUE(fill(a, "read afterwards"));
}

TEST_F(RecordTierTest, AFillIsRefusedUntilTheLastOfSeveralChangesEnds) {
  const Key a = key(space, "a");
  std::vector<RecordTier::Change> batch;
  batch.reserve(2);
  batch.emplace_back(tier, a);
  batch.emplace_back(tier, a);
  batch[0].store("first", never_expires, 0, now);
  tier.forget(key(space, "another"));
  EXPECT_FALSE(fill(a, "stale"));
  batch[1].store("second", never_expires, 0, now);
  EXPECT_EQ(find(a), "second");
  batch.clear();
  EXPECT_EQ(find(a), "second");
  tier.forget(a);
  EXPECT_TRUE(fill(a, "read afterwards"));
}

TEST_F(RecordTierTest, AChangeThatWasMovedEndsOnce) {
  const Key a = key(space, "a");
  {
    RecordTier::Change first(tier, a);
    const RecordTier::Change second(std::move(first));
    EXPECT_FALSE(fill(a, "stale"));
  }
  EXPECT_TRUE(fill(a, "read afterwards"));
}

TEST_F(RecordTierTest, AFillDoesNotReplaceWhatIsThere) {
  const Key a = key(space, "a");
  const auto ticket = tier.ticket(a);
  ASSERT_TRUE(fill(a, "one reader"));
  EXPECT_TRUE(tier.fill(a, ticket, "another reader", never_expires, 0, now));
  EXPECT_EQ(find(a), "one reader");
}

TEST_F(RecordTierTest, OnlyWhatIsKnownIsKeptIfThatIsAskedFor) {
  const Key a = key(space, "a");
  RecordTier::Change(tier, a).store("1", never_expires, 0, now, RecordTier::Keep::known);
  EXPECT_EQ(find(a), std::nullopt);
  fill(a, "2");
  RecordTier::Change(tier, a).store("3", never_expires, 0, now, RecordTier::Keep::known);
  EXPECT_EQ(find(a), "3");
  RecordTier::Change(tier, a).store("of another length", never_expires, 0, now,
                                    RecordTier::Keep::known);
  EXPECT_EQ(find(a), "of another length");
}

TEST_F(RecordTierTest, ARecordWrittenAgainAndAgainDoesNotDisplaceOthers) {
  const Key other = key(space, "other");
  const Key counter = key(space, "counter");
  ASSERT_TRUE(fill(other, "stays"));
  set(counter, "00000000");
  for (int i = 10'000'000; i < 10'010'000; ++i) set(counter, std::to_string(i));
  EXPECT_EQ(find(counter), "10009999");
  EXPECT_EQ(find(other), "stays");
  EXPECT_EQ(tier.counts().evictions, 0u);
}

// A change that ends when the segment of its old record is as it was, is being given up, has been
// given up, or is somebody else's: whose bytes, all zero, would pass for an empty record there.
TEST(RecordTierPlace, AChangeMayEndAtAnyMomentOfItsOldPlace) {
  const std::string old(100, 'o');
  const std::string zeros(200, 0);
  for (const std::string& written : {std::string(), std::string(100, 'n')}) {
    for (unsigned between = 0; between < 500; between += 3) {
      RecordTier tier(RecordTier::least_bytes);
      const Space space = tier.new_space();
      unsigned count = 0;
      const auto fill = [&](const Key& k, std::string_view record) {
        tier.fill(k, tier.ticket(k), record, never_expires, 0, now);  // refused in a's bucket
      };
      const auto flood = [&](unsigned more) {
        for (const unsigned end = count + more; count < end; ++count) {
          const std::string bytes = std::to_string(count);
          fill(key(space, bytes), zeros);
        }
      };
      const auto found = [&] {
        std::size_t entries = 0;
        std::string record;
        for (unsigned i = 0; i < count; ++i) {
          const std::string bytes = std::to_string(i);
          if (!tier.find(key(space, bytes), record)) continue;
          EXPECT_EQ(record, zeros);
          ++entries;
        }
        return entries;
      };
      const Key a = key(space, "a");
      fill(key(space, "before"), old);
      fill(a, old);
      RecordTier::Change change(tier, a);
      flood(between);
      change.store(written, never_expires, 0, now);
      std::string record;
      ASSERT_TRUE(tier.find(a, record));
      ASSERT_EQ(record, written);
      found();
      flood(300);
      std::size_t entries = found();
      if (tier.find(a, record)) ++entries;
      if (tier.find(key(space, "before"), record)) ++entries;
      ASSERT_EQ(entries, tier.counts().entries) << between;
    }
  }
}

// ---- what gives way

TEST_F(RecordTierTest, WhatWasAskedForAgainOutlivesNewcomers) {
  const Key a = key(space, "a");
  fill(a, "hot");
  for (int round = 0; round < 20; ++round) {
    EXPECT_EQ(find(a), "hot") << round;
    flood("round" + std::to_string(round) + "/", 300);
  }
  EXPECT_GT(tier.counts().evictions, 0u);
}

TEST_F(RecordTierTest, ExpiredRecordsGoFirstAndAreCountedApart) {
  for (unsigned i = 0; i < 100; ++i) {
    const std::string bytes = "short" + std::to_string(i);
    const Key k = key(space, bytes);
    tier.fill(k, tier.ticket(k), std::string(100, 's'), now + 10, 0, now);
    find(k);  // would be kept otherwise
  }
  for (unsigned i = 0; i < 3000; ++i) {
    const std::string bytes = "late" + std::to_string(i);
    const Key k = key(space, bytes);
    tier.fill(k, tier.ticket(k), std::string(100, 'l'), never_expires, 0, now + 10);
  }
  EXPECT_EQ(tier.counts().expired, 100u);
  EXPECT_EQ(find(key(space, "short5")), std::nullopt);
}

TEST_F(RecordTierTest, RecordsOfARetiredSpaceGoAsSoonAsTheirSegmentDoes) {
  const Space cleared = tier.new_space();
  for (unsigned i = 0; i < 100; ++i) {
    const std::string bytes = "cleared" + std::to_string(i);
    const Key k = key(cleared, bytes);
    fill(k, std::string(100, 'c'));
    for (int uses = 0; uses < 5; ++uses) find(k);
  }
  tier.retire(cleared);
  const auto before = tier.counts();
  flood("later", 3000);
  unsigned left = 0;
  for (unsigned i = 0; i < 100; ++i) {
    const std::string bytes = "cleared" + std::to_string(i);
    if (find(key(cleared, bytes))) ++left;
  }
  EXPECT_EQ(left, 0u);
  EXPECT_GE(before.entries, 100u);
}

TEST_F(RecordTierTest, WhatHasExpiredOrNeverSuitsIsNotTakenIn) {
  EXPECT_FALSE(fill(key(space, "expired"), "r", now));
  EXPECT_FALSE(fill(key(space, "far"), "r", never_expires - 1));
  EXPECT_TRUE(fill(key(space, "year 10000"), "r", 253'402'300'800'000));
  EXPECT_TRUE(fill(key(space, "long"), std::string(tier.longest() - 4, 'l')));
  EXPECT_EQ(find(key(space, "long"))->size(), tier.longest() - 4);
  EXPECT_FALSE(fill(key(space, "longer"), std::string(tier.longest(), 'l')));
  const Key kept = key(space, "kept");
  ASSERT_TRUE(fill(kept, "short"));
  set(kept, std::string(tier.longest(), 'l'));
  EXPECT_EQ(find(kept), std::nullopt);
  EXPECT_TRUE(fill(kept, "the change is at its end"));
}

TEST_F(RecordTierTest, CountsAreOfWhatIsThere) {
  EXPECT_EQ(tier.counts().entries, 0u);
  fill(key(space, "abc"), "12345");
  find(key(space, "abc"));
  find(key(space, "none"));
  auto counts = tier.counts();
  EXPECT_EQ(counts.entries, 1u);
  EXPECT_EQ(counts.bytes, 8u);
  EXPECT_EQ(counts.hits, 1u);
  EXPECT_EQ(counts.misses, 1u);
  EXPECT_EQ(counts.capacity, RecordTier::least_bytes);
  tier.forget(key(space, "abc"));
  counts = tier.counts();
  EXPECT_EQ(counts.entries, 0u);
  EXPECT_EQ(counts.bytes, 0u);
}

TEST(RecordTierBudget, LessThanTheLeastIsRefused) {
  EXPECT_THROW(RecordTier(RecordTier::least_bytes - 1), std::invalid_argument);
}

TEST(RecordTierBudget, MemoryThatIsNotThereIsBadAlloc) {
  EXPECT_THROW(RecordTier(RecordTier::most_bytes + 1), std::bad_alloc);
  EXPECT_THROW(RecordTier(std::size_t{1} << 60), std::bad_alloc);
}

TEST(RecordTierBudget, PrefetchingChangesNothing) {
  RecordTier tier(1 << 20);
  const Space space = tier.new_space();
  const std::vector<Key> keys{key(space, "a"), key(space, "b"), key(space, "")};
  tier.fill(keys[0], tier.ticket(keys[0]), "r", never_expires, 0, now);
  tier.prefetch(keys);
  tier.prefetch({});
  std::string record;
  EXPECT_TRUE(tier.find(keys[0], record));
  EXPECT_FALSE(tier.find(keys[1], record));
}

TEST_F(RecordTierTest, AForkedChildHasNoPartInIt) {
  const Key a = key(space, "a");
  set(a, "record of a");
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    std::string record;
    _exit(tier.find(a, record) ? 1 : 0);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(find(a), "record of a");
}

// Two shards with one bucket would write to it under two locks.
TEST(Plan, ABucketIsOfOneShardHoweverManyThereAre) {
  for (const std::size_t budget : {RecordTier::least_bytes, std::size_t{1} << 30,
                                   RecordTier::most_bytes / 3, RecordTier::most_bytes}) {
    const Plan plan(budget);
    const Index index(nullptr, plan.shards, plan.buckets);
    std::uint64_t hash = 0;
    for (int i = 0; i < 1000; ++i) {
      hash = hash * 6364136223846793005 + 1442695040888963407;
      const auto bucket = reinterpret_cast<std::uintptr_t>(&index.bucket(hash)) / sizeof(Bucket);
      ASSERT_EQ(bucket / plan.buckets, index.shard(hash)) << budget;
    }
  }
}

}  // namespace
}  // namespace cairn::tier
