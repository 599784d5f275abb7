// Every option and argument at its limits: it is used, or refused by name.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <cairn/caches.h>
#include "support/temp_directory.h"

namespace cairn::test {
namespace {

using namespace std::chrono_literals;
using Ms = std::chrono::milliseconds;

constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();

// Opens, writes, reads and closes.
void expect_usable(const std::filesystem::path& location, const CacheOptions& options,
                   const StoreOptions& store) {
  Cache cache = Cache::open(location, options, store);
  cache.set("key", 1, {.timeout = never});
  EXPECT_EQ(cache.get<int>("key"), 1);
  EXPECT_EQ(cache.incr("key"), 2);
  cache.sync();
  cache.close();
  EXPECT_EQ(cache.get<int>("key"), 2);
  cache.clear();
}

class Extremes : public testing::Test {
 protected:
  void usable(const char* what, const StoreOptions& store, const CacheOptions& options = {}) {
    SCOPED_TRACE(what);
    expect_usable(directory_ / std::to_string(++number_), options, store);
  }
  void refused(const char* option, const StoreOptions& store, const CacheOptions& options = {}) {
    try {
      Cache::open(directory_ / std::to_string(++number_), options, store);
      ADD_FAILURE() << option << " was taken";
    } catch (const InvalidOption& error) {
      EXPECT_NE(std::string(error.what()).find(option), std::string::npos) << error.what();
    }
  }

  const TempDirectory directory_;
  int number_ = 0;
};

TEST_F(Extremes, DurationsOfTheStore) {
  constexpr Ms centuries = std::chrono::years(300);
  for (const Ms interval : {Ms(1), centuries, Ms::max()}) {
    usable("sync_interval", {.sync_interval = interval});
  }
  for (const Ms interval : {Ms(0), Ms(-1), Ms::min()}) {
    refused("sync_interval", {.sync_interval = interval});
  }
  for (const Ms delay : {Ms(0), Ms(1), centuries, Ms::max()}) {
    usable("max_write_delay", {.max_write_delay = delay});
  }
  for (const Ms delay : {Ms(-1), Ms::min()}) {
    refused("max_write_delay", {.max_write_delay = delay});
  }
}

TEST_F(Extremes, NamesThatAreNone) {
  refused("durability", {.durability = static_cast<Durability>(99)});
  refused("durability", {.durability = static_cast<Durability>(-1)});
  refused("on_damage", {.on_damage = static_cast<OnDamage>(99)});
  refused("on_damage", {.on_damage = static_cast<OnDamage>(-1)});
}

TEST_F(Extremes, SizesOfTheStore) {
  constexpr auto all = std::numeric_limits<std::uint64_t>::max();
  usable("memory_budget", {.memory_budget = 8ull << 20});
  usable("record_memory", {.memory_budget = 8ull << 20, .record_memory = 0});
  usable("record_memory", {.memory_budget = 8ull << 20, .record_memory = 1u << 20});
  usable("record_memory", {.memory_budget = 8ull << 20, .record_memory = 4u << 20});
  refused("record_memory is 1 bytes; give 0 for none, or at least 1048576", {.record_memory = 1});
  refused("record_memory", {.record_memory = (1u << 20) - 1});
  refused("record_memory is 4194305 bytes of a memory_budget of 8388608",
          {.memory_budget = 8ull << 20, .record_memory = (4u << 20) + 1});
  refused("record_memory", {.record_memory = all});
  usable("memory_budget", {.memory_budget = 1ull << 50});
  usable("memory_budget", {.memory_budget = all});
  for (const std::uint64_t budget : {0ull, 1ull, (8ull << 20) - 1}) {
    refused("memory_budget", {.memory_budget = budget});
  }
  usable("free_space_reserve", {.free_space_reserve = 0});
}

TEST_F(Extremes, NumbersOfTheCache) {
  for (const std::int64_t version : {lowest, -1l, 0l, highest}) {
    usable("version", {}, {.version = version});
  }
  for (const std::int64_t frequency : {0l, 1l, highest}) {
    usable("cull_frequency", {}, {.max_entries = 2, .cull_frequency = frequency});
  }
  refused("cull_frequency", {}, {.cull_frequency = -1});
  refused("cull_frequency", {}, {.cull_frequency = lowest});
  for (const std::int64_t entries : {-1l, 0l, 1l, highest}) {
    usable("max_entries", {}, {.max_entries = entries});
  }
  refused("max_entries", {}, {.max_entries = -2});
  refused("max_entries", {}, {.max_entries = lowest});
  usable("max_value_size", {}, {.max_value_size = 8});
  refused("max_value_size", {}, {.max_value_size = (2ull << 30) + 1});
  refused("max_value_size", {}, {.max_value_size = std::numeric_limits<std::uint64_t>::max()});
  for (const Timeout timeout : {Timeout(Ms::max()), Timeout(Ms::min()), Timeout(0s), never}) {
    usable("timeout", {}, {.timeout = timeout});
  }
}

TEST_F(Extremes, TimeoutsOfCalls) {
  for (const char* location : {"store", "memory:extremes"}) {
    Cache cache = Cache::open(location == std::string("store") ? directory_ / "store"
                                                               : std::filesystem::path(location));
    for (const Timeout timeout : {Timeout(Ms::max()), never, Timeout(std::chrono::years(290))}) {
      cache.set("key", 1, {.timeout = timeout});
      EXPECT_EQ(cache.get<int>("key"), 1);
      EXPECT_TRUE(cache.touch("key", {.timeout = timeout}));
      EXPECT_EQ(cache.incr("n", 1, {.initial = 0, .timeout = timeout}), 1);
      EXPECT_TRUE(cache.erase("n"));
      EXPECT_EQ(cache.get_or_set("made", 7, {.timeout = timeout, .max_wait = Ms::max()}), 7);
      EXPECT_TRUE(cache.erase("made"));
    }
    for (const Timeout timeout : {Timeout(Ms::min()), Timeout(-1ms), Timeout(0s)}) {
      cache.set("key", 1, {.timeout = timeout});
      EXPECT_FALSE(cache.contains("key"));
      EXPECT_EQ(cache.get_or_set("made", 7, {.timeout = timeout, .max_wait = Ms::min()}), 7);
      EXPECT_EQ(cache.incr("n", 1, {.initial = 0, .timeout = timeout}), 1);
      EXPECT_FALSE(cache.contains("n"));
    }
    using Time = std::chrono::system_clock::time_point;
    cache.set("key", 1);
    EXPECT_TRUE(cache.expire_at("key", Time::max()));
    EXPECT_TRUE(cache.contains("key"));
    EXPECT_TRUE(cache.expire_at("key", Time::min()));
    EXPECT_FALSE(cache.contains("key"));
  }
}

TEST_F(Extremes, NumbersOfCalls) {
  for (const char* location : {"store", "memory:extremes"}) {
    Cache cache = Cache::open(location == std::string("store") ? directory_ / "store"
                                                               : std::filesystem::path(location));
    cache.set("n", 0);
    EXPECT_EQ(cache.incr("n", highest), highest);
    EXPECT_THROW(cache.incr("n", highest), Overflow);
    EXPECT_THROW(cache.decr("n", lowest), Overflow);
    EXPECT_EQ(cache.decr("n", highest), 0);
    EXPECT_EQ(cache.incr("n", lowest), lowest);
    EXPECT_THROW(cache.decr("n", 1), Overflow);
    cache.set("v", 1, {.version = highest});
    EXPECT_THROW(cache.incr_version("v", 1, {.version = highest}), Overflow);
    EXPECT_THROW(cache.decr_version("v", lowest, {.version = highest}), Overflow);
    EXPECT_EQ(cache.decr_version("v", highest, {.version = highest}), 0);
    EXPECT_EQ(cache.incr_version("v", lowest, {.version = 0}), lowest);
    EXPECT_EQ(cache.get<int>("v", {.version = lowest}), 1);
    for (const std::string& key :
         {std::string(), std::string(1, '\0'), std::string("\xff\xfe"), std::string(4000, 'k')}) {
      cache.set(key, "value");
      EXPECT_EQ(cache.get(key), "value");
      EXPECT_TRUE(cache.erase(key));
    }
    cache.clear();
  }
}

}  // namespace
}  // namespace cairn::test
