// StoreView: what a program may want to know of a store that it does not have open.
#include <cairn/inspect.h>

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>

#include <cairn/caches.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include "support/fake_clock.h"
#include "support/temp_directory.h"

namespace cairn::test {
namespace {

namespace fs = std::filesystem;

using std::chrono::days;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::Pair;
using testing::SizeIs;

class View : public testing::Test {
 protected:
  Cache open(CacheOptions options = {.timeout = never, .column_family = "a"}) {
    return Cache::open(store(), std::move(options));
  }
  std::filesystem::path store() const { return directory_ / "store"; }
  std::vector<std::string> keys(const std::string& prefix, std::size_t most = 100) const {
    std::vector<std::string> keys;
    StoreView(store()).for_each("a", prefix, [&](const RecordInfo& record) {
      keys.emplace_back(record.key);
      return keys.size() < most;
    });
    return keys;
  }

 private:
  const TempDirectory directory_;
};

TEST_F(View, VisitsAPrefixInOrderUntilToldToStop) {
  Cache cache = open();
  for (const char* key : {"b", "aa", "ab", "c"}) cache.set(key, 1);
  EXPECT_THAT(keys(""), ElementsAre(":1:aa", ":1:ab", ":1:b", ":1:c"));
  EXPECT_THAT(keys(":1:a"), ElementsAre(":1:aa", ":1:ab"));
  EXPECT_THAT(keys("", 2), ElementsAre(":1:aa", ":1:ab"));
}

TEST_F(View, IsAMomentThatPasses) {
  Cache cache = open();
  cache.set("before", 1);
  const StoreView view(store());
  cache.set("after", 1);
  const auto ignore = [](const RecordInfo&) {};
  EXPECT_TRUE(view.find("a", ":1:before", ignore));
  EXPECT_FALSE(view.find("a", ":1:after", ignore));
  EXPECT_TRUE(StoreView(store()).find("a", ":1:after", ignore));
}

TEST_F(View, KnowsWhetherThereIsAnOwner) {
  {
    const Cache cache = open();
    EXPECT_EQ(StoreView(store()).has_owner(), true);
    EXPECT_EQ(StoreView(store()).owner(), ::getpid());
    EXPECT_FALSE(StoreView(store()).owner_may_be_ahead());
  }
  EXPECT_EQ(StoreView(store()).has_owner(), false);
  EXPECT_EQ(StoreView(store()).owner(), std::nullopt);
}

// The lock file says whose number it would be, and whether the lock can be asked for.
TEST_F(View, BelievesNoNumberOfAProcessThatHoldsNoLock) {
  open().set("key", 1);
  std::ofstream(store() / "CAIRN.lock") << "1\nno log\n"
                                        << fs::read_symlink("/proc/self/ns/pid").native() << '\n';
  const StoreView view(store());
  EXPECT_EQ(view.has_owner(), false);
  EXPECT_EQ(view.owner(), std::nullopt);
  EXPECT_FALSE(view.owner_may_be_ahead());
}

TEST_F(View, ShowsARecordAsItLies) {
  open().set("key", 7, {.timeout = std::chrono::seconds(60)});
  bool seen = false;
  StoreView(store()).find("a", ":1:key", [&](const RecordInfo& record) {
    seen = true;
    EXPECT_EQ(record.family, "a");
    EXPECT_EQ(record.state, RecordState::live);
    EXPECT_EQ(record.kind, ValueKind::integer);
    EXPECT_EQ(record.expires_at, record.written_at + std::chrono::seconds(60));
    EXPECT_EQ(record.payload, std::string_view("\7\0\0\0\0\0\0\0", 8));
    EXPECT_EQ(record.stored_size, 6u + 16 + 8);
  });
  EXPECT_TRUE(seen);
}

TEST_F(View, SeesTheNewestGenerationOnly) {
  Cache cache = open();
  cache.set("gone", 1);
  cache.clear();
  cache.set("new", 1);
  EXPECT_THAT(keys(""), ElementsAre(":1:new"));
  EXPECT_THAT(StoreView(store()).families(), ElementsAre("a"));
}

TEST_F(View, Summarises) {
  Cache cache = open();
  for (int i = 0; i < 10; ++i) cache.set("n" + std::to_string(i), i);
  cache.set("text", std::string(1000, 'x'), {.timeout = std::chrono::minutes(30)});
  const StoreView view(store());
  const FamilySummary summary = view.summarise("a", 2);
  EXPECT_EQ(summary.live, 11u);
  EXPECT_EQ(summary.counters, 10u);
  EXPECT_EQ(summary.never_expires, 10u);
  EXPECT_EQ(summary.expiry[2], 1u) << "within an hour";
  EXPECT_EQ(summary.expiry[7], 10u) << "never";
  ASSERT_THAT(summary.largest, SizeIs(2));
  EXPECT_EQ(summary.largest[0].key, ":1:text");
  EXPECT_EQ(summary.sizes[8], 0u);
  EXPECT_EQ(summary.sizes[9], 1u) << "1 023 bytes with key and header";
  EXPECT_EQ(view.store().format, 1);
  EXPECT_GE(view.store().log_files, 1u);
  EXPECT_EQ(view.summarise("absent").live, 0u);
}

TEST_F(View, ChecksAndCanBeStopped) {
  Cache cache = open();
  for (int i = 0; i < 5000; ++i) cache.set("n" + std::to_string(i), i);
  for (int i = 0; i < 40; ++i) cache.incr("n7");
  const CheckReport report = StoreView(store()).check();
  EXPECT_TRUE(report.sound());
  EXPECT_EQ(report.records, 5000u);
  EXPECT_EQ(report.counters, 5000u);
  EXPECT_EQ(StoreView(store()).check([](std::uint64_t) { return false; }).records, 4096u);
}

TEST_F(View, WhatTheProgressOfACheckThrowsIsNoDamage) {
  Cache cache = open();
  for (int i = 0; i < 5000; ++i) cache.set("n" + std::to_string(i), i);
  const StoreView view(store());
  EXPECT_THROW(view.check([&](std::uint64_t) { return cache.incr("missing") > 0; }), KeyNotFound);
  EXPECT_TRUE(view.check().sound());
}

// As Cache shows it, which puts the records right before (tests/world/clock_test.cpp).
TEST_F(View, OfAStoreWhoseClockWasAheadShowsWhatIsLeft) {
  FakeClock ahead;
  ahead.jump_wall(system_clock_reading().wall - ahead.wall() + days(30));
  {
    Cache cache = open();  // by the right clock
    cache.set("right", 1, {.timeout = days(1)});
    cache.set("touched", 1);
  }
  {
    Cache cache = Cache::open(store(), {.column_family = "a"}, {.clock = ahead.source()});
    cache.set("short", "30 s", {.timeout = 30s});
    cache.set("counter", 1, {.timeout = 30s});
    cache.incr("counter");
    cache.set("dead", 1, {.timeout = 5s});
    cache.set("lasting", 1, {.timeout = never});
    cache.touch("touched", {.timeout = 30s});
    ahead.advance(10s);
    cache.set("later", 1, {.timeout = 30s});
  }
  const StoreView view(store());
  const auto now = view.judged_at();
  EXPECT_LT(now - view.seen_at(), 1min);
  std::map<std::string, std::optional<std::chrono::milliseconds>> left;
  view.for_each("a", "", [&](const RecordInfo& record) {
    const std::string key(record.key.substr(3));
    EXPECT_LE(record.written_at, now) << key;
    EXPECT_EQ(record.state, key == "dead" ? RecordState::expired : RecordState::live) << key;
    if (record.expires_at) left[key] = *record.expires_at - now;
    EXPECT_TRUE(view.find("a", record.key, [&](const RecordInfo& found) {
      EXPECT_EQ(found.state, record.state) << key;
      EXPECT_EQ(found.payload, record.payload) << key;
      EXPECT_EQ(found.expires_at, record.expires_at) << key;
    }));
    return true;
  });
  EXPECT_GT(*left["right"], 23h);
  left.erase("right");
  EXPECT_THAT(left, ElementsAre(Pair("counter", 20s), Pair("dead", 0s), Pair("later", 30s),
                                Pair("short", 20s), Pair("touched", 20s)));
  const FamilySummary summary = view.summarise("a");
  EXPECT_EQ(summary.expired, 1U);
  EXPECT_EQ(summary.expiry[1], 4U);  // within a minute
  EXPECT_TRUE(view.check().sound());
}

TEST(SplitKey, TakesDjangosKeysApart) {
  const auto parts = split_key("app:-3:user:7");
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->prefix, "app");
  EXPECT_EQ(parts->version, -3);
  EXPECT_EQ(parts->key, "user:7");
  EXPECT_TRUE(split_key(":1:"));
  for (const char* other : {"", "key", "a:b", "a:b:c", "a::c", "a:1x:c"}) {
    EXPECT_FALSE(split_key(other)) << other;
  }
}

}  // namespace
}  // namespace cairn::test
