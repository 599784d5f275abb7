// RocksDB without Cairn, to compare with.
#pragma once

#include <rocksdb/db.h>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace bench {

/// What Cairn and raw RocksDB both get.
constexpr std::size_t memory_budget = 256u << 20;

/// RocksDB as src/store/engine_options.cpp sets it up, without what only Cairn needs: merge
/// operator, compaction filter, column family.
class RawStore {
 public:
  explicit RawStore(const std::filesystem::path& directory, std::size_t budget = memory_budget);

  rocksdb::DB& db() { return *db_; }
  void put(std::string_view key, std::string_view value);
  /// Empty if there is none.
  std::string get(std::string_view key);
  void compact();

  /// Throws, with the engine's words, unless the status is ok.
  static void check(const rocksdb::Status& status);

 private:
  std::unique_ptr<rocksdb::DB> db_;
};

}  // namespace bench
