#include "raw_store.h"

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_buffer_manager.h>

#include <stdexcept>
#include <utility>

namespace bench {
namespace {

constexpr std::size_t mebibyte = 1u << 20;

rocksdb::Options raw_options(std::size_t budget) {
  const std::shared_ptr<rocksdb::Cache> cache = rocksdb::NewLRUCache(budget);
  rocksdb::Options options;
  options.create_if_missing = true;
  options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  options.max_background_jobs = 2;
  options.max_total_wal_size = 64 * mebibyte;
  options.bytes_per_sync = mebibyte;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.avoid_unnecessary_blocking_io = true;
  options.write_buffer_manager = std::make_shared<rocksdb::WriteBufferManager>(budget / 2, cache);
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.format_version = 5;
  table.checksum = rocksdb::kXXH3;
  table.cache_index_and_filter_blocks = true;
  table.metadata_cache_options.unpartitioned_pinning = rocksdb::PinningTier::kAll;
  table.data_block_index_type = rocksdb::BlockBasedTableOptions::kDataBlockBinaryAndHash;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.write_buffer_size = budget / 8;
  options.memtable_prefix_bloom_size_ratio = 0.02;
  options.memtable_whole_key_filtering = true;
  options.compression = rocksdb::kLZ4Compression;
  options.level_compaction_dynamic_level_bytes = true;
  options.target_file_size_base = 32 * mebibyte;
  return options;
}

std::unique_ptr<rocksdb::DB> open_raw(const std::string& directory, std::size_t budget) {
#if ROCKSDB_MAJOR >= 11
  std::unique_ptr<rocksdb::DB> db;
  RawStore::check(rocksdb::DB::Open(raw_options(budget), directory, &db));
  return db;
#else
  rocksdb::DB* db = nullptr;
  RawStore::check(rocksdb::DB::Open(raw_options(budget), directory, &db));
  return std::unique_ptr<rocksdb::DB>(db);
#endif
}

}  // namespace

RawStore::RawStore(const std::filesystem::path& directory, std::size_t budget)
    : db_(open_raw(directory.native(), budget)) {}

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

}  // namespace bench
