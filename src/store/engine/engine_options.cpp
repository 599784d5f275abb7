#include "store/engine/engine_options.h"

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/table_properties_collectors.h>
#include <rocksdb/write_buffer_manager.h>
#if __has_include(<rocksdb/advanced_cache.h>)
#include <rocksdb/advanced_cache.h>  // since 8.0 what a cache can do stands here
#endif
#include <sys/resource.h>

#include <algorithm>
#include <exception>
#include <limits>

#include "bytes/units.h"
#include "store/border/job_threads.h"
#include "store/directory/file_name.h"

namespace cairn::store {
namespace {

constexpr std::uint64_t file_size = 32 * mebibyte;

// A table is rewritten by itself if so many of so many entries in a row are erasures.  More than
// half, since one who erases an entry for each that is stored is served by ordinary compactions.
constexpr std::size_t erasures = 6144;
constexpr std::size_t erasures_among = 8192;

std::uint64_t count_tables(const std::filesystem::path& directory) {
  std::uint64_t tables = 0;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(directory, ignored)) {
    tables += kind_of(entry.path()) == FileKind::table ? 1 : 0;
  }
  return tables;
}

// What RocksDB keeps for a column family that holds nothing (bench/many_caches).
constexpr std::uint64_t empty_family = 48 * kibibyte;

// A share of the budget for one of so many.  Families are made one after the other, and those that
// are there keep their shares: together they get one part times the logarithm of their number.
std::uint64_t share(std::uint64_t budget, std::uint64_t parts, std::size_t families) {
  return budget / parts / std::max<std::size_t>(families, 1);
}

// A write buffer takes the memory of its filter when it is made, whether or not anything is written
// to it.
double filter_ratio(std::uint64_t budget, std::uint64_t write_buffer, std::size_t families) {
  constexpr double usual = 0.02;
  constexpr std::uint64_t least = 16 * kibibyte;
  const std::uint64_t bytes = share(budget, 128, families);
  const double ratio = static_cast<double>(bytes) / static_cast<double>(write_buffer);
  if (ratio >= usual) return usual;
  return bytes >= least ? ratio : 0;
}

}  // namespace

// With a limit RocksDB may have to open a file in the middle of a scan, and 7.8 takes a failure to
// do so for the end of the data.  So: no limit, as long as the files fit well below the process's.
int EngineOptions::open_files(std::uint64_t tables) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return -1;
  const std::uint64_t half = limit.rlim_cur / 2;
  return 2 * tables + 64 < half ? -1 : static_cast<int>(std::max<std::uint64_t>(half, 64));
}

namespace {

rocksdb::CompressionType compression() {
  const auto supported = rocksdb::GetSupportedCompressions();
  const bool lz4 =
      std::find(supported.begin(), supported.end(), rocksdb::kLZ4Compression) != supported.end();
  return lz4 ? rocksdb::kLZ4Compression : rocksdb::kNoCompression;
}

}  // namespace

EngineOptions::EngineOptions(const std::filesystem::path& directory, const StoreOptions& options,
                             std::shared_ptr<Logger> logger)
    : budget_(options.memory_budget),
      cache_(rocksdb::NewLRUCache(options.memory_budget)),
      charged_(std::make_unique<rocksdb::WriteBufferManager>(
          std::numeric_limits<std::size_t>::max(), cache_)) {
  db_.create_if_missing = true;
  db_.fail_if_options_file_error = false;  // there is none (guarded_files())
  db_.info_log = std::move(logger);
  db_.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  db_.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  // The store resumes by itself, and says when.
  db_.max_bgerror_resume_count = 0;
  const std::uint64_t tables = count_tables(directory);
  db_.max_open_files = open_files(tables);
  // With more, one that cannot be started ends the process: RocksDB leaves the others unjoined.
  db_.max_file_opening_threads = 1;
  db_.max_background_flushes = JobThreads::most_flushes;
  db_.max_background_compactions = 1;
  db_.bytes_per_sync = mebibyte;
  db_.max_manifest_file_size = 32 * mebibyte;
  db_.db_host_id = "";  // files do not say where they were written
  db_.stats_dump_period_sec = 0;
  db_.stats_persist_period_sec = 0;
  db_.avoid_unnecessary_blocking_io = true;
  db_.skip_stats_update_on_db_open = true;
  db_.write_buffer_manager =
      std::make_shared<rocksdb::WriteBufferManager>(options.memory_budget / 2, cache_);

  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache_;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.format_version = 5;
  table.checksum = rocksdb::kXXH3;
  table.cache_index_and_filter_blocks = true;
  table.metadata_cache_options.unpartitioned_pinning = rocksdb::PinningTier::kAll;
  table.data_block_index_type = rocksdb::BlockBasedTableOptions::kDataBlockBinaryAndHash;
  family_.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  family_.write_buffer_size =
      std::clamp<std::uint64_t>(options.memory_budget / 8, mebibyte, 64 * mebibyte);
  // A family that is seldom written keeps every log since its last write.
  db_.max_total_wal_size = std::min<std::uint64_t>(4 * family_.write_buffer_size, 64 * mebibyte);
  family_.memtable_whole_key_filtering = true;
  family_.compression = compression();
  family_.level_compaction_dynamic_level_bytes = true;
  family_.target_file_size_base = file_size;
  family_.table_properties_collector_factories.push_back(
      rocksdb::NewCompactOnDeletionCollectorFactory(erasures_among, erasures));
  // max_successive_merges stays 0: with it every merge searches the write buffer once more to count
  // operands.  Whoever merges keeps its chains short itself.
}

void EngineOptions::watch(rocksdb::Env& files, std::shared_ptr<rocksdb::EventListener> listener) {
  db_.env = &files;
  db_.listeners.push_back(std::move(listener));
}

rocksdb::ColumnFamilyOptions EngineOptions::family(const Rules& rules, const std::string& name,
                                                   std::size_t families) const {
  rocksdb::ColumnFamilyOptions options = family_;
  options.memtable_prefix_bloom_size_ratio =
      filter_ratio(budget_, options.write_buffer_size, families);
  // A write buffer with one record takes a block.
  options.arena_block_size =
      std::clamp<std::uint64_t>(share(budget_, 256, families), 4 * kibibyte, mebibyte);
  options.merge_operator = rules.merge;
  options.compaction_filter_factory = rules.filter(name);
  if (rules.collector) options.table_properties_collector_factories.push_back(rules.collector);
  return options;
}

void EngineOptions::make_room(std::size_t families) {
  family_bytes_ = families * empty_family;
  const std::uint64_t rest = budget_ - std::min<std::uint64_t>(family_bytes_, budget_ / 2);
  cache_->SetCapacity(rest);
  // Half of it at most waits to be written; it is charged to the one cache.
  db_.write_buffer_manager->SetBufferSize(rest / 2);
}

std::uint64_t EngineOptions::memory_bytes() const { return cache_->GetUsage() + family_bytes_; }

void EngineOptions::charge(std::uint64_t before, std::uint64_t now) noexcept try {
  if (now > before) charged_->ReserveMem(now - before);
  if (now < before) charged_->FreeMem(before - now);
} catch (const std::exception&) {
  // It was the last memory.
}

bool EngineOptions::flushes_due() const noexcept {
  const rocksdb::WriteBufferManager& buffers = *db_.write_buffer_manager;
  return buffers.mutable_memtable_memory_usage() > buffers.buffer_size() / 8 * 5;
}

bool EngineOptions::write_buffers_full() const noexcept {
  const rocksdb::WriteBufferManager& buffers = *db_.write_buffer_manager;
  return buffers.memory_usage() > buffers.buffer_size() / 2 * 3;
}

}  // namespace cairn::store
