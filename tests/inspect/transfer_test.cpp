// A StoreWriter puts records into a store as they are, and refuses what is none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <cairn/caches.h>
#include <cairn/error.h>
#include <cairn/inspect.h>
#include <cairn/transfer.h>
#include "support/fake_clock.h"
#include "support/temp_directory.h"

namespace cairn {
namespace {

using test::FakeClock;
using test::TempDirectory;
using testing::ElementsAre;
using testing::HasSubstr;
using Time = RawRecord::Time;

constexpr std::int64_t long_ago = 1'000'000'000'000;

Time at(std::int64_t ms) { return Time(std::chrono::milliseconds(ms)); }

RawRecord record(std::string key, ValueKind kind, std::string payload) {
  RawRecord made;
  made.key = std::move(key);
  made.kind = kind;
  made.payload = std::move(payload);
  made.written_at = at(long_ago);
  return made;
}

RawRecord text(std::string key, std::string value) {
  return record(std::move(key), ValueKind::bytes, std::move(value));
}

// Everything that lies in a family, as RawRecords.
std::vector<RawRecord> contents(const std::filesystem::path& directory,
                                std::string_view family = "default") {
  std::vector<RawRecord> found;
  StoreView(directory).for_each(family, {}, [&](const RecordInfo& info) {
    found.emplace_back(info);
    return true;
  });
  return found;
}

std::vector<std::string> keys(const std::filesystem::path& directory) {
  std::vector<std::string> found;
  for (const RawRecord& each : contents(directory)) found.push_back(each.key);
  return found;
}

void expect_same(const RawRecord& a, const RawRecord& b) {
  EXPECT_EQ(a.family, b.family);
  EXPECT_EQ(a.key, b.key);
  EXPECT_EQ(a.kind, b.kind) << a.key;
  EXPECT_EQ(a.written_at, b.written_at) << a.key;
  EXPECT_EQ(a.expires_at, b.expires_at) << a.key;
  EXPECT_EQ(a.payload, b.payload) << a.key;
}

void expect_refused(const RawRecord& refused, ErrorCode code, const std::string& says) {
  try {
    check_record(refused);
    ADD_FAILURE() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_THAT(error.what(), HasSubstr(says));
  }
}

TEST(Transfer, RecordsLieAsTheyWereWritten) {
  const TempDirectory directory;
  std::vector<RawRecord> written{
      text("a", "value"),
      record("b", ValueKind::integer, std::string("\x2a\0\0\0\0\0\0\0", 8)),
      record("c", ValueKind::real, std::string(8, '\xff')),
      record("d", ValueKind::boolean, "\1"),
      record("e", ValueKind::null, ""),
      record("f", ValueKind::archive, "no archive at all"),
      record("g", ValueKind::custom, std::string("\0\xff", 2)),
      text(std::string("h\0\xff\n", 4), ""),
  };
  written[0].expires_at = at(std::numeric_limits<std::int64_t>::max());
  written[1].written_at = at((std::int64_t{1} << 48) - 1);
  StoreWriter writer(directory.path());
  writer.write(written);
  writer.close();

  const std::vector<RawRecord> found = contents(directory.path());
  ASSERT_EQ(found.size(), written.size());
  for (std::size_t i = 0; i < found.size(); ++i) expect_same(found[i], written[i]);
}

TEST(Transfer, ACacheReadsWhatWasWritten) {
  const TempDirectory directory;
  {
    StoreWriter writer(directory.path());
    writer.write(text(":1:greeting", "hello"));
    writer.write(record(":1:count", ValueKind::integer, std::string("\x05\0\0\0\0\0\0\0", 8)));
  }
  Cache cache = Cache::open(directory.path());
  EXPECT_EQ(cache.get("greeting"), "hello");
  EXPECT_EQ(cache.incr("count"), 6);
}

TEST(Transfer, WhatHasExpiredIsWrittenTooAndNotRead) {
  const TempDirectory directory;
  RawRecord expired = text(":1:old", "gone");
  expired.expires_at = at(long_ago + 1);
  StoreWriter writer(directory.path());
  writer.write(expired);
  writer.close();
  EXPECT_THAT(keys(directory.path()), ElementsAre(":1:old"));
  EXPECT_EQ(Cache::open(directory.path()).get("old"), std::nullopt);
}

TEST(Transfer, TheLaterOfTwoRecordsWithOneKeyStays) {
  const TempDirectory directory;
  StoreWriter writer(directory.path());
  writer.write(text("k", "first"));
  writer.write(std::vector{text("k", "second"), text("k", "third")});
  writer.close();
  ASSERT_EQ(contents(directory.path()).size(), 1u);
  EXPECT_EQ(contents(directory.path())[0].payload, "third");
}

TEST(Transfer, WritesOverACounterWithOperands) {
  const TempDirectory directory;
  {
    Cache cache = Cache::open(directory.path(), {.timeout = never});
    cache.set("count", 1);
    cache.incr("count", 10);
  }
  {
    StoreWriter writer(directory.path());
    writer.write(record(":1:count", ValueKind::integer, std::string("\x02\0\0\0\0\0\0\0", 8)));
  }
  EXPECT_EQ(Cache::open(directory.path()).get<int>("count"), 2);
}

TEST(Transfer, KeepsFamiliesApart) {
  const TempDirectory directory;
  RawRecord other = text("k", "other");
  other.family = "other";
  StoreWriter writer(directory.path());
  writer.write(std::vector{text("k", "default"), other});
  writer.close();
  EXPECT_THAT(StoreView(directory.path()).families(), ElementsAre("default", "other"));
  EXPECT_EQ(contents(directory.path(), "other").at(0).payload, "other");
}

TEST(Transfer, NothingIsWrittenIfOneRecordIsRefused) {
  const TempDirectory directory;
  StoreWriter writer(directory.path());
  EXPECT_THROW(writer.write(std::vector{text("a", "1"), record("b", ValueKind::integer, "short")}),
               InvalidOption);
  writer.close();
  EXPECT_THAT(keys(directory.path()), ElementsAre());
}

TEST(Transfer, RefusesWhatNoStoreHolds) {
  RawRecord family = text("k", "v");
  family.family = "a/b";
  expect_refused(family, ErrorCode::invalid_option, "'a/b'");
  expect_refused(text(std::string(max_key_size + 1, 'k'), ""), ErrorCode::invalid_key, "");
  expect_refused(record("k", ValueKind::boolean, "12"), ErrorCode::invalid_option, "boolean");
  expect_refused(record("k", static_cast<ValueKind>(9), ""), ErrorCode::invalid_option, "kind");
  RawRecord early = text("k", "v");
  early.written_at = at(-1);
  expect_refused(early, ErrorCode::invalid_option, "written_at");
  early.written_at = at(std::int64_t{1} << 48);
  expect_refused(early, ErrorCode::invalid_option, "written_at");
  RawRecord expired = text("k", "v");
  expired.expires_at = at(-1);
  expect_refused(expired, ErrorCode::invalid_option, "expires_at");
}

TEST(Transfer, IsLockedOutByACacheAndLocksOutOthers) {
  const TempDirectory directory;
  {
    const Cache cache = Cache::open(directory.path());
    try {
      const StoreWriter writer(directory.path());
      ADD_FAILURE() << "opened";
    } catch (const IoError& error) {
      EXPECT_EQ(error.code(), ErrorCode::locked) << error.what();
    }
  }
  const StoreWriter writer(directory.path());
  EXPECT_THROW(Cache::open(directory.path()), IoError);
}

TEST(Transfer, TheTimeThatTheStoreHadReachedStays) {
  const TempDirectory directory;
  // A wall clock that is ahead: what the cache remembers must not be forgotten by a writer.
  const auto ahead = std::chrono::hours(5);
  const auto ahead_clock = [=] {
    ClockReading reading = system_clock_reading();
    reading.wall += ahead;
    return reading;
  };
  Cache::open(directory.path(), {}, {.clock = ahead_clock}).set("k", "v");
  const auto before = StoreView(directory.path()).judged_at();
  StoreWriter writer(directory.path());
  writer.write(text("l", "v"));
  writer.close();
  EXPECT_GE(StoreView(directory.path()).judged_at(), before);
}

TEST(Transfer, OfAStoreWhoseClockWasAheadLetsNothingLiveLonger) {
  const TempDirectory directory;
  FakeClock ahead;
  ahead.jump_wall(system_clock_reading().wall - ahead.wall() + std::chrono::days(30));
  {
    Cache cache = Cache::open(directory / "from", {}, {.clock = ahead.source()});
    cache.set("short", 1, {.timeout = std::chrono::seconds(30)});
    cache.set("dead", 1, {.timeout = std::chrono::seconds(5)});
    ahead.advance(std::chrono::seconds(10));
  }
  {
    const StoreView from(directory / "from");
    StoreWriter to(directory / "to");
    from.for_each("default", "", [&](const RecordInfo& record) {
      to.write(RawRecord(record));
      return true;
    });
    to.close();
  }
  FakeClock right;
  right.jump_wall(system_clock_reading().wall - right.wall());
  Cache cache = Cache::open(directory / "to", {}, {.clock = right.source()});
  EXPECT_TRUE(cache.contains("short"));
  EXPECT_FALSE(cache.contains("dead"));
  right.advance(std::chrono::seconds(20));
  EXPECT_FALSE(cache.contains("short"));
}

}  // namespace
}  // namespace cairn
