// The property of a table: its bytes as docs/format.md has them, and what the collector counts.
#include "ttl/table_contents.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "support/fake_clock.h"
#include "ttl/contents_collector.h"
#include "ttl/operand.h"

namespace cairn::ttl {
namespace {

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char each : bytes) {
    constexpr char digits[] = "0123456789abcdef";
    text += digits[static_cast<unsigned char>(each) >> 4];
    text += digits[static_cast<unsigned char>(each) & 15];
  }
  return text;
}

TableContents some() {
  return {.expiring = {{1'700'000'030'000, 1'700'000'030'127, 0x1234},
                       {1'700'000'090'111, 1'700'000'090'111, 7}},
          .lasting = 5,
          .empty = 4,
          .unreadable = 3,
          .operands = 2,
          .erasures = 1,
          .oldest = 6};
}

TEST(TableContents, TheBytesStayAsTheyAre) {
  EXPECT_EQ(hex(encode(some())),
            "02"
            "0500000000000000"
            "0400000000000000"
            "0300000000000000"
            "0200000000000000"
            "0100000000000000"
            "0600000000000000"
            "02"
            "30dde5cf8b010000"
            "afdde5cf8b010000"
            "3412000000000000"
            "ffc7e6cf8b010000"
            "ffc7e6cf8b010000"
            "0700000000000000");
  EXPECT_EQ(encode(TableContents{}).size(), 50u);
}

TEST(TableContents, AreReadAsTheyWereWritten) {
  EXPECT_EQ(parse_contents(encode(some())), some());
  EXPECT_EQ(parse_contents(encode(TableContents{})), TableContents{});
  EXPECT_EQ(some().total(), 0x1234u + 7 + 15);
}

TEST(TableContents, OtherBytesAreNone) {
  const std::string good = encode(some());
  for (std::size_t i = 0; i < good.size(); ++i) {
    EXPECT_EQ(parse_contents(good.substr(0, i)), std::nullopt) << i;
  }
  EXPECT_EQ(parse_contents(good + '\0'), std::nullopt);
  const auto changed = [&](std::size_t at, char to) {
    std::string bytes = good;
    bytes[at] = to;
    return parse_contents(bytes);
  };
  EXPECT_EQ(changed(0, 3), std::nullopt) << "a later format";
  EXPECT_EQ(changed(49, 1), std::nullopt);
  EXPECT_EQ(changed(49, 65), std::nullopt);
  EXPECT_EQ(changed(50 + 7, 1), std::nullopt) << "the first bucket after the second";
  std::string many(50 + 24 * 65, '\0');
  many[0] = 2;
  many[49] = 65;
  EXPECT_EQ(parse_contents(many), std::nullopt);
  std::string endless = good;
  for (const std::size_t at : {1u, 9u}) endless.replace(at, 8, 8, '\xff');
  EXPECT_EQ(parse_contents(endless), std::nullopt) << "more than can be counted";
}

TEST(TableContents, TheCollectorTellsEachKindOfEntry) {
  const test::FakeClock clock;
  const auto time = std::make_shared<const Clock>(clock.source());
  ContentsCollectorFactory factory(time);
  const std::unique_ptr<rocksdb::TablePropertiesCollector> collector(
      factory.CreateTablePropertiesCollector({}));
  const auto add = [&](const std::string& value, rocksdb::EntryType type) {
    EXPECT_TRUE(collector->AddUserKey("key", value, type, 1, 0).ok());
  };
  const Instant expiry = time->now() + 30'000;
  add(encode({ValueKind::bytes, 8, expiry, "value"}), rocksdb::kEntryPut);
  add(encode({ValueKind::bytes, 7, expiry, "value"}), rocksdb::kEntryPut);
  add(encode({ValueKind::bytes, 9, never_expires, "lasting"}), rocksdb::kEntryPut);
  add(encode({ValueKind::nothing, 0, 0, {}}), rocksdb::kEntryPut);
  add("no record", rocksdb::kEntryPut);
  add("of a later RocksDB", rocksdb::kEntryOther);
  add(encode(Operand{1, 1}), rocksdb::kEntryMerge);
  add("", rocksdb::kEntryDelete);
  rocksdb::UserCollectedProperties properties;
  EXPECT_TRUE(collector->Finish(&properties).ok());
  const std::optional<TableContents> contents = contents_of(properties);
  ASSERT_TRUE(contents);
  ASSERT_EQ(contents->expiring.size(), 1u);
  EXPECT_LE(contents->expiring[0].first, expiry);
  EXPECT_GT(contents->expiring[0].first, expiry - ExpiryHistogram::grain);
  EXPECT_EQ(contents->expiring[0].bytes, 2u * (3 + 16 + 5));
  EXPECT_GE(contents->expiring[0].last, expiry);
  EXPECT_LT(contents->expiring[0].last, expiry + ExpiryHistogram::grain);
  EXPECT_EQ(contents->lasting, 3u + 16 + 7);
  EXPECT_EQ(contents->empty, 3u + 16);
  EXPECT_EQ(contents->unreadable, 3u + 9 + 3 + 18);
  EXPECT_EQ(contents->operands, 3u + 16);
  EXPECT_EQ(contents->erasures, 3u);
  EXPECT_EQ(contents->oldest, 7u);
}

TEST(TableContents, ATableWithoutThePropertyHasNone) {
  EXPECT_EQ(contents_of({}), std::nullopt);
  EXPECT_EQ(contents_of({{contents_property, "hostile"}}), std::nullopt);
}

}  // namespace
}  // namespace cairn::ttl
