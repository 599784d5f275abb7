// The options with which RocksDB is opened.
#pragma once

#include <rocksdb/listener.h>
#include <rocksdb/options.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include <cairn/options.h>
#include "store/engine/rules.h"
#include "store/health/logger.h"

namespace cairn::store {

/// RocksDB's options for one store.  docs/architecture.md says why each is as it is.
class EngineOptions {
 public:
  EngineOptions(const std::filesystem::path& directory, const StoreOptions& options,
                std::shared_ptr<Logger> logger);

  /// For an engine that writes: its files, which must outlive the database, and who is told of
  /// errors.
  void watch(rocksdb::Env& files, std::shared_ptr<rocksdb::EventListener> listener);

  const rocksdb::DBOptions& db() const { return db_; }
  /// The options of one column family of so many, which share the memory of write buffers.
  rocksdb::ColumnFamilyOptions family(const Rules& rules, const std::string& name,
                                      std::size_t families) const;
  /// DBOptions::max_open_files for so many tables and the process's limit as it is now.
  static int open_files(std::uint64_t tables);
  /// Leaves room in the budget for what RocksDB keeps for each of so many families.
  void make_room(std::size_t families);
  /// The size in bytes at which a write buffer is written out.
  std::uint64_t write_buffer() const { return family_.write_buffer_size; }
  /// The size in bytes at which a table is ended, and another begun.
  std::uint64_t table_size() const { return family_.target_file_size_base; }
  /// DBOptions::max_total_wal_size where there are many families, whose flushes do not wait for
  /// RocksDB to begin them.
  std::uint64_t most_log_bytes() const { return 4 * db_.max_total_wal_size; }
  /// Whether the write buffers are so full that RocksDB would begin to flush them before long.
  bool flushes_due() const noexcept;
  /// Takes room from the cache that blocks and write buffers share, as RocksDB does for its own
  /// memory, in pieces of 256 KiB: what was charged as `before` bytes is `now` bytes.  Without
  /// memory for that nothing is charged.  Safe for threads.
  void charge(std::uint64_t before, std::uint64_t now) noexcept;
  /// Memory in use by blocks, write buffers and column families, and what was charged, in bytes.
  std::uint64_t memory_bytes() const;
  /// Whether so much waits to be written out that writers should be slowed.
  bool write_buffers_full() const noexcept;

 private:
  rocksdb::DBOptions db_;
  rocksdb::ColumnFamilyOptions family_;
  const std::uint64_t budget_;
  std::shared_ptr<rocksdb::Cache> cache_;
  // It charges the cache; write buffers know nothing of it.
  const std::unique_ptr<rocksdb::WriteBufferManager> charged_;
  std::atomic<std::uint64_t> family_bytes_{0};
};

}  // namespace cairn::store
