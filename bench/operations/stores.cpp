#include "operations/stores.h"

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_buffer_manager.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

namespace bench {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t mebibyte = 1u << 20;
constexpr std::size_t memory_budget = 256 * mebibyte;

// The log is handed to the kernel and not synced, as raw RocksDB does by default.
constexpr auto durability = cairn::Durability::process_crash;

rocksdb::Options raw_options() {
  const std::shared_ptr<rocksdb::Cache> cache = rocksdb::NewLRUCache(memory_budget);
  rocksdb::Options options;
  options.create_if_missing = true;
  options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  options.max_background_jobs = 2;
  options.max_total_wal_size = 64 * mebibyte;
  options.bytes_per_sync = mebibyte;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.avoid_unnecessary_blocking_io = true;
  options.write_buffer_manager =
      std::make_shared<rocksdb::WriteBufferManager>(memory_budget / 2, cache);
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.format_version = 5;
  table.checksum = rocksdb::kXXH3;
  table.cache_index_and_filter_blocks = true;
  table.metadata_cache_options.unpartitioned_pinning = rocksdb::PinningTier::kAll;
  table.data_block_index_type = rocksdb::BlockBasedTableOptions::kDataBlockBinaryAndHash;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.write_buffer_size = memory_budget / 8;
  options.memtable_prefix_bloom_size_ratio = 0.02;
  options.memtable_whole_key_filtering = true;
  options.compression = rocksdb::kLZ4Compression;
  options.level_compaction_dynamic_level_bytes = true;
  options.target_file_size_base = 32 * mebibyte;
  return options;
}

std::unique_ptr<rocksdb::DB> open_raw(const std::string& directory) {
#if ROCKSDB_MAJOR >= 11
  std::unique_ptr<rocksdb::DB> db;
  RawStore::check(rocksdb::DB::Open(raw_options(), directory, &db));
  return db;
#else
  rocksdb::DB* db = nullptr;
  RawStore::check(rocksdb::DB::Open(raw_options(), directory, &db));
  return std::unique_ptr<rocksdb::DB>(db);
#endif
}

void fill(Stores& stores, const cairn::SetOptions& options) {
  for (std::size_t i = 0; i < key_count; ++i) {
    const std::string key = numbered("user", i);
    stores.cache.set(key, value(i), options);
    stores.raw.put(key, value(i));
  }
}

void fill_counters(Stores& stores) {
  for (std::size_t i = 0; i < counter_count; ++i) {
    const std::string key = numbered("hits", i);
    stores.cache.set(key, 0, {.timeout = cairn::never});
    stores.raw.put(key, std::string(24, '\0'));
  }
}

void prepare(Stores& stores, Stage stage) {
  switch (stage) {
    case Stage::memtable:
      fill(stores, {.timeout = cairn::never});
      break;
    case Stage::tables:
      fill(stores, {.timeout = cairn::never});
      stores.cache.expire();
      stores.raw.compact();
      break;
    case Stage::expired:
      fill(stores, {.timeout = 1ms});
      std::this_thread::sleep_for(2ms);
      break;
    case Stage::writing:
      fill(stores, {.timeout = 1h});
      fill_counters(stores);
      break;
    case Stage::typed:
    case Stage::grown:
    case Stage::fresh:
      break;
  }
}

struct Everything {
  std::mutex mutex;
  std::filesystem::path directory;
  std::map<Stage, std::unique_ptr<Stores>> open;
};

Everything& everything() {
  static Everything all;
  return all;
}

}  // namespace

RawStore::RawStore(const std::filesystem::path& directory) : db_(open_raw(directory.native())) {}

void RawStore::put(std::string_view key, std::string_view value) {
  check(db_->Put(rocksdb::WriteOptions(), key, value));
}

std::string RawStore::get(std::string_view key) {
  std::string value;
  const rocksdb::Status status = db_->Get(rocksdb::ReadOptions(), key, &value);
  if (!status.IsNotFound()) check(status);
  return value;
}

void RawStore::compact() {
  check(db_->Flush(rocksdb::FlushOptions()));
  rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  check(db_->CompactRange(options, nullptr, nullptr));
}

void RawStore::check(const rocksdb::Status& status) {
  if (!status.ok()) throw std::runtime_error("raw RocksDB: " + status.ToString());
}

void open_stores(const std::filesystem::path& directory) { everything().directory = directory; }

void close_stores() { everything().open.clear(); }

Stores& stores(Stage stage) {
  Everything& all = everything();
  const std::lock_guard lock(all.mutex);
  std::unique_ptr<Stores>& found = all.open[stage];
  if (!found) {
    const std::string name = std::to_string(static_cast<int>(stage));
    found = std::make_unique<Stores>(
        Stores{cairn::Cache::open(all.directory / ("cairn" + name), {},
                                  {.durability = durability, .memory_budget = memory_budget}),
               RawStore(all.directory / ("raw" + name))});
    prepare(*found, stage);
  }
  return *found;
}

std::string numbered(std::string_view name, std::size_t number) {
  char digits[24];
  std::snprintf(digits, sizeof digits, ":%08zu", number);
  return std::string(name) + digits;
}

std::string value(std::size_t number) {
  std::string made(value_size, 'v');
  std::uint64_t state = number * 2 + 1;
  for (std::size_t i = 0; i < value_size / 2; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    made[i] = static_cast<char>('!' + (state >> 33) % 90);
  }
  return made;
}

Picker::Picker(std::string_view name, std::size_t count)
    : keys_([&]() -> const std::vector<std::string>& {
        static std::mutex mutex;
        static std::map<std::pair<std::string, std::size_t>, std::vector<std::string>> made;
        const std::lock_guard lock(mutex);
        std::vector<std::string>& keys = made[{std::string(name), count}];
        for (std::size_t i = keys.size(); i < count; ++i) keys.push_back(numbered(name, i));
        return keys;
      }()),
      state_([] {
        static std::atomic<std::uint64_t> made{0};
        return made.fetch_add(1) * 0x9e3779b97f4a7c15u;
      }()) {}

const std::string& Picker::next() {
  state_ = state_ * 6364136223846793005u + 1442695040888963407u;
  return keys_[(state_ >> 33) % keys_.size()];
}

}  // namespace bench
