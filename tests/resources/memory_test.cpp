// Memory that lacks in the middle of a write to a bounded cache: its index is as it was.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <future>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include <cairn/cache.h>
#include "backend/entry_index.h"
#include "resources/supply.h"
#include "support/temp_directory.h"

namespace cairn::test {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAreArray;

// Whether the n-th allocation of the call was refused, and it failed.
template <class Call>
bool fails(long n, std::size_t least, const Call& call) {
  const Supply supply(Supply::memory, n, least);
  try {
    call();
    return false;
  } catch (const std::bad_alloc&) {
    return true;
  }
}

// Too long to lie in the string itself.
std::string name(const std::string& which) { return std::string(100, 'k') + which; }

class IndexWithoutMemory : public testing::Test {
 protected:
  IndexWithoutMemory() {
    index_.stored(name("old"), 10);
    index_.stored(name("young"), 20);
  }
  // In each order there is what was there before.
  void expect_unchanged() {
    EXPECT_EQ(index_.size(), 2u);
    EXPECT_FALSE(index_.contains(name("new")));
    EXPECT_THAT(index_.oldest(5), ElementsAre(name("old"), name("young")));
    EXPECT_TRUE(index_.take_expired(9).empty());
  }
  void expect_whole(const std::vector<std::string>& keys) {
    EXPECT_EQ(index_.size(), keys.size());
    EXPECT_THAT(index_.take_expired(1000), UnorderedElementsAreArray(keys));
    EXPECT_EQ(index_.size(), 0u);
    EXPECT_TRUE(index_.oldest(5).empty());
  }
  EntryIndex index_;
};

TEST_F(IndexWithoutMemory, StoresAKeyWholeOrNotAtAll) {
  const std::string key = name("new");
  long n = 1;
  for (; fails(n, 0, [&] { index_.stored(key, 30); }); ++n) expect_unchanged();
  EXPECT_GE(n, 4) << "an entry, its key, and a node in both orders";
  expect_whole({name("old"), name("young"), key});
}

TEST_F(IndexWithoutMemory, KeepsTheExpiryThatItCannotChange) {
  const std::string key = name("old");
  long n = 1;
  for (; fails(n, 0, [&] { index_.expires(key, 30); }); ++n) expect_unchanged();
  EXPECT_GE(n, 2);
  EXPECT_THAT(index_.take_expired(20), ElementsAre(name("young")));
  expect_whole({key});
}

// The piece after those that make the key is the index's.
TEST(BoundedCacheWithoutMemory, CountsWhatIsThere) {
  const TempDirectory directory;
  Cache cache = Cache::open(directory / "store", {.timeout = never, .max_entries = 10},
                            {.durability = Durability::process_crash});
  cache.set("first", 1);
  const std::string key(60'000, 'k');
  constexpr std::size_t least = 50'000;
  long key_pieces = 0;
  {
    const Cache no_other = Cache::open("dummy:");
    const Supply supply(Supply::memory, 0, least);
    (void)no_other.contains(key);
    key_pieces = supply.taken();
  }
  EXPECT_TRUE(fails(key_pieces + 1, least, [&] { cache.set(key, 1); }));
  EXPECT_EQ(cache.stats().entries, 1u);
  EXPECT_FALSE(cache.contains(key));
  cache.set(key, 2);
  EXPECT_EQ(cache.stats().entries, 2u);
  EXPECT_EQ(cache.get<int>(key), 2);
}

// What others have written, and is in memory only, is not the reader's to lose.
TEST(StoreWithoutMemory, LosesNothingByARead) {
  const TempDirectory directory;
  Cache cache = Cache::open(directory / "store", {.timeout = never},
                            {.durability = Durability::clean_close, .memory_budget = 64 << 20});
  const std::string large(16 << 20, 'v');
  cache.set("large", large);
  cache.compact();  // writes it out
  for (int i = 0; i < 1000; ++i) cache.set("key-" + std::to_string(i), i);
  // In a thread that does not end: RocksDB 7.8 takes what Get() has left there for a SuperVersion.
  std::promise<void> failed;
  std::thread([&] {
    {
      const Supply supply(Supply::memory, 1, large.size() / 2);
      EXPECT_THROW(cache.get("large"), IoError);
    }
    failed.set_value();
    for (;;) ::pause();
  }).detach();
  failed.get_future().wait();
  const auto refused = [&] {
    try {
      return cache.stats().health.condition != Condition::healthy;
    } catch (const IoError&) {
      return true;  // RocksDB is not asked any more
    }
  };
  while (refused()) std::this_thread::yield();
  EXPECT_EQ(cache.keys("key-").size(), 1000u);
  EXPECT_EQ(cache.get("large"), large);
}

// What the index has taken up is taken back.
TEST(BoundedCacheOnAFullDisk, CountsWhatIsThere) {
  const TempDirectory directory;
  Cache cache = Cache::open(directory / "store", {.timeout = never, .max_entries = 10},
                            {.free_space_reserve = 1ull << 62});
  EXPECT_EQ(cache.stats().entries, 0u);
  const auto refused = [&](const std::string& which) {
    try {
      cache.set(which, 1);
      return false;
    } catch (const Error& error) {
      return error.code() == ErrorCode::no_space;
    }
  };
  std::uint64_t stored = 0;  // before the store has looked at its disk
  while (!refused("key-" + std::to_string(stored % 5))) ++stored;
  EXPECT_TRUE(refused("new"));
  EXPECT_TRUE(refused("newer"));
  EXPECT_EQ(cache.stats().entries, std::min<std::uint64_t>(stored, 5));
}

}  // namespace
}  // namespace cairn::test
