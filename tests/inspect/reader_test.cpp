// What the tables count of themselves, against what a scan finds: a scan that ends early, without
// an error, is noticed.
#include <rocksdb/db.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include <cairn/caches.h>
#include <cairn/inspect.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include "store/reader.h"
#include "support/temp_directory.h"
#include "ttl/counter_merge.h"

namespace cairn::test {
namespace {

namespace fs = std::filesystem;

class ReaderCounts : public testing::Test {
 protected:
  fs::path store() const { return directory_ / "store"; }
  Cache open(StoreOptions options = {}) const {
    return Cache::open(store(), {.timeout = never, .column_family = "a"}, std::move(options));
  }
  std::unique_ptr<store::Reader> reader() const {
    return std::make_unique<store::Reader>(store(), std::make_shared<ttl::CounterMerge>());
  }
  static std::uint64_t scanned(const store::Reader& reader) {
    std::uint64_t count = 0;
    reader.scan("a", {}, [&](std::string_view, std::string_view) { return ++count > 0; });
    return count;
  }

 private:
  const TempDirectory directory_;
};

TEST_F(ReaderCounts, AreExactOfWhatIsInOneRun) {
  Cache cache = open();
  for (int i = 0; i < 1000; ++i) cache.set("k" + std::to_string(i), i);
  for (int i = 0; i < 100; ++i) cache.erase("k" + std::to_string(i));
  cache.compact();
  const auto bounds = reader()->expected_keys("a");
  EXPECT_EQ(bounds.least, 900u);
  EXPECT_EQ(bounds.most, 900u);
  EXPECT_EQ(reader()->expected_keys("absent").most, 0u);
}

TEST_F(ReaderCounts, HoldWhateverWasDone) {
  constexpr unsigned seed = 20'261'122;
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 12; ++round) {
    StoreOptions options;
    if (round % 2 == 0) options.durability = Durability::clean_close;  // closing flushes
    {
      Cache cache = open(options);
      for (int i = 0; i < 400; ++i) {
        const std::string key = "k" + std::to_string(random() % 500);
        switch (random() % 4) {
          case 0:
            cache.erase(key);
            break;
          case 1:
            cache.incr_many({{key, 1}});
            break;
          default:
            cache.set(key, i);
        }
      }
      if (round % 5 == 4) cache.compact();
    }
    const auto reader = this->reader();
    const auto bounds = reader->expected_keys("a");
    const std::uint64_t count = scanned(*reader);
    EXPECT_LE(bounds.least, count) << "round " << round;
    EXPECT_GE(bounds.most, count) << "round " << round;
    EXPECT_TRUE(StoreView(store()).check().sound()) << "round " << round;
  }
}

// RocksDB, opened with options of our own on what Cairn has made.
struct Raw {
  Raw(const fs::path& directory, const rocksdb::Options& options, bool read_only) {
    std::vector<std::string> names;
    EXPECT_TRUE(rocksdb::DB::ListColumnFamilies(options, directory, &names).ok());
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const std::string& name : names) families.emplace_back(name, options);
    rocksdb::DB* raw = nullptr;
    const rocksdb::Status status =
        read_only ? rocksdb::DB::OpenForReadOnly(options, directory, families, &handles, &raw)
                  : rocksdb::DB::Open(options, directory, families, &handles, &raw);
    EXPECT_TRUE(status.ok()) << status.ToString();
    db.reset(raw);
  }
  ~Raw() {
    for (rocksdb::ColumnFamilyHandle* each : handles) db->DestroyColumnFamilyHandle(each);
  }
  Raw(const Raw&) = delete;
  Raw& operator=(const Raw&) = delete;

  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
};

// Control: with a limit of open files and a table gone, RocksDB's own scan ends early.  7.8 says
// that all is well; later versions tell it themselves, and of them too the counts are true.
TEST_F(ReaderCounts, TellThatAScanEndedEarly) {
  constexpr std::uint64_t records = 20'000;
  {
    Cache cache = open();
    for (std::uint64_t i = 0; i < records; ++i) {
      cache.set("k" + std::to_string(i), std::string(100, static_cast<char>('a' + i % 26)));
    }
  }
  rocksdb::Options options;
  options.compression = rocksdb::kNoCompression;
  options.target_file_size_base = 64 << 10;
  options.max_open_files = 15;  // RocksDB takes ten for itself
  {
    const Raw raw(store(), options, false);
    for (rocksdb::ColumnFamilyHandle* each : raw.handles) {
      rocksdb::CompactRangeOptions all;
      all.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
      ASSERT_TRUE(raw.db->CompactRange(all, each, nullptr, nullptr).ok());
    }
  }
  const auto reader = this->reader();  // has all files open
  EXPECT_EQ(scanned(*reader), records);

  const Raw raw(store(), options, true);
  std::vector<std::string> tables;
  rocksdb::ColumnFamilyMetaData metadata;
  raw.db->GetColumnFamilyMetaData(raw.handles.back(), &metadata);
  for (const auto& level : metadata.levels) {
    for (const auto& file : level.files) tables.push_back(file.name);
  }
  ASSERT_GT(tables.size(), 5u);
  fs::remove(store() / tables[tables.size() / 2].substr(1));
  std::uint64_t count = 0;
  const std::unique_ptr<rocksdb::Iterator> at(raw.db->NewIterator({}, raw.handles.back()));
  for (at->SeekToFirst(); at->Valid(); at->Next()) ++count;

  const auto bounds = reader->expected_keys("a");
  EXPECT_EQ(bounds.least, records);
  EXPECT_EQ(bounds.most, records);
  EXPECT_LT(count, bounds.least);
#if ROCKSDB_MAJOR < 8
  EXPECT_TRUE(at->status().ok()) << "RocksDB says it itself: " << at->status().ToString();
#endif
}

}  // namespace
}  // namespace cairn::test
