// How RocksDB is set up, and what it is given from outside.
#pragma once

#include <rocksdb/compaction_filter.h>
#include <rocksdb/listener.h>
#include <rocksdb/merge_operator.h>
#include <rocksdb/options.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <cairn/options.h>
#include "store/health/logger.h"

namespace cairn::store {

/// The rules that the store applies to records without knowing what is in them.
struct Rules {
  std::shared_ptr<rocksdb::MergeOperator> merge;
  /// The compaction filter of one family, by its name.
  std::function<std::shared_ptr<rocksdb::CompactionFilterFactory>(const std::string& family)>
      filter;
  /// Something small to remember: asked for every few seconds of activity and at close, and given
  /// back when the store is opened.  Empty: nothing yet.
  std::function<std::string()> mark;
  std::function<void(std::string_view mark)> resume;
  /// Keeps whatever the store is a part of from ending.  Empty: its owner does not let go of it in
  /// a callback.
  std::function<std::shared_ptr<void>()> keep = {};
};

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
