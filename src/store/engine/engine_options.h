// The options with which RocksDB is opened.
#pragma once

#include <rocksdb/listener.h>
#include <rocksdb/options.h>

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
  rocksdb::ColumnFamilyOptions family(const Rules& rules, const std::string& name) const;
  /// The size in bytes at which a write buffer is written out.
  std::uint64_t write_buffer() const { return family_.write_buffer_size; }
  /// Memory in use by blocks and write buffers, in bytes.
  std::uint64_t memory_bytes() const;

 private:
  rocksdb::DBOptions db_;
  rocksdb::ColumnFamilyOptions family_;
  std::shared_ptr<rocksdb::Cache> cache_;
};

}  // namespace cairn::store
