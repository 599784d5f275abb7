// Every option and argument at its limits: it is used, or refused by name.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <cairn/caches.h>
#include <cairn/inspect.h>
#include <cairn/transfer.h>
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
  for (const Ms interval : {Ms(0), Ms(1), centuries, Ms::max()}) {
    usable("reclaim_interval", {.reclaim_interval = interval});
  }
  for (const Ms interval : {Ms(-1), Ms::min()}) {
    refused("reclaim_interval", {.reclaim_interval = interval});
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

TEST_F(Extremes, CountersThatAreTooLarge) {
  for (const bool on_disk : {true, false}) {
    const std::filesystem::path at =
        on_disk ? directory_ / "store" : std::filesystem::path("memory:too_large");
    Cache cache = Cache::open(at, {.max_value_size = 7});
    Cache wide = Cache::open(at);
    const auto expect_refused = [](const auto& call) {
      try {
        call();
        ADD_FAILURE() << "a counter was stored";
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::value_too_large);
      }
    };
    expect_refused([&] { cache.incr("n", 1, {.initial = 0}); });
    expect_refused([&] { cache.decr("n", 1, {.initial = 0}); });
    expect_refused([&] { cache.try_incr("n", 1, {.initial = 0}); });
    EXPECT_FALSE(cache.contains("n"));
    EXPECT_EQ(cache.incr("n", 1, {.initial = 0, .timeout = 0s}), 1) << "which is not stored";
    EXPECT_EQ(wide.incr("n", 1, {.initial = 0}), 1);
    EXPECT_EQ(cache.incr("n", 1, {.initial = 0}), 2) << "which is there";
  }
}

TEST_F(Extremes, PathsWithANul) {
  Cache cache = Cache::open(directory_ / "store");
  cache.set("key", 1);
  const auto refused = [&](const char* what, const auto& call) {
    try {
      call((directory_ / "store").native() + std::string("\0x", 2));
      ADD_FAILURE() << what;
    } catch (const Error& error) {
      EXPECT_TRUE(error.code() == ErrorCode::invalid_option ||
                  error.code() == ErrorCode::invalid_cache_backend)
          << what << ": " << error.what();
    }
  };
  refused("Cache::open", [](const std::string& path) { Cache::open(path); });
  refused("a scheme", [](const std::string& path) { Cache::open("rocksdb:" + path); });
  refused("memory", [](const std::string& path) { Cache::open("memory:" + path); });
  refused("the location of a cache",
          [&](const std::string& path) { Cache::open(directory_ / "other", {.location = path}); });
  refused("Caches", [](const std::string& path) { Caches(path, {{"default", {}}})["default"]; });
  refused("StoreView", [](const std::string& path) { StoreView view(path); });
  refused("StoreWriter", [](const std::string& path) { StoreWriter writer(path); });
  refused("checkpoint", [&](const std::string& path) { cache.checkpoint(path + "copy"); });
  EXPECT_EQ(cache.get<int>("key"), 1);
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

// Writing times have 48 bits in what is stored, and end in the year 10889.
TEST_F(Extremes, ReadingsOfTheClock) {
  constexpr std::int64_t bits_48 = std::int64_t{1} << 48;
  constexpr std::int64_t longest = std::int64_t{1} << 60;
  int number = 0;
  for (const std::int64_t wall : {lowest, lowest + 1, -bits_48, -1l, 0l, bits_48 - 1, bits_48,
                                  bits_48 + 5000, 2 * bits_48, highest - 1, highest}) {
    for (const std::int64_t boot :
         {lowest, -longest + 1, 0l, 1'000'000l, longest - 20'000, highest - 20'000}) {
      for (const bool on_disk : {true, false}) {
        if (on_disk && boot != 0 && (wall == -1 || wall > 0))
          continue;  // an opening takes its time
        SCOPED_TRACE(std::to_string(wall) + " " + std::to_string(boot));
        const auto passed = std::make_shared<std::atomic<std::int64_t>>(0);
        const StoreOptions options{.clock = [=] {
          return ClockReading{Ms(wall > 0 ? wall : wall + *passed), Ms(boot + *passed)};
        }};
        const std::string name = std::to_string(++number);
        const std::filesystem::path at =
            on_disk ? directory_ / name : std::filesystem::path("memory:clock" + name);
        Cache cache = Cache::open(at, {}, options);
        cache.set("short", 1, {.timeout = 10s});
        cache.set("lasting", 1, {.timeout = never});
        cache.set("touched", 1, {.timeout = 1s});
        cache.touch("touched", {.timeout = 10s});
        cache.incr("counter", 1, {.initial = 0, .timeout = 10s});
        cache.incr("counter");
        EXPECT_TRUE(cache.touch("lasting", {.timeout = never}));
        cache.expire_at("no such key", std::chrono::system_clock::time_point::min());
        EXPECT_TRUE(cache.contains("short"));
        if (boot < -longest || boot > longest) continue;  // where no time passes
        *passed = 9'999;
        EXPECT_EQ(cache.get<int>("counter"), 2);
        EXPECT_TRUE(cache.contains("touched"));
        EXPECT_EQ(cache.ttl("short"), Timeout(1ms));
        *passed = 10'000;
        for (const char* key : {"short", "touched", "counter"}) EXPECT_FALSE(cache.contains(key));
        EXPECT_TRUE(cache.contains("lasting"));
        cache.expire();
        EXPECT_EQ(cache.keys().size(), 1u);
      }
    }
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
