// The two stores of a contest: a cache, and RocksDB set up in the same way.
#pragma once

#include <rocksdb/db.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <cairn/cache.h>

namespace bench {

constexpr std::size_t key_count = 100'000;
constexpr std::size_t counter_count = 10'000;
constexpr std::size_t value_size = 100;
constexpr std::size_t batch_size = 100;

/// RocksDB as src/store/engine_options.cpp sets it up, without what only Cairn needs: merge
/// operator, compaction filter, column family.
class RawStore {
 public:
  explicit RawStore(const std::filesystem::path& directory);

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

/// What the stores are for: reads and writes do not share any.
enum class Stage {
  memtable,  ///< key_count values that were never flushed
  tables,    ///< the same, compacted into one level
  expired,   ///< key_count values that have expired, never flushed
  typed,     ///< never flushed
  writing,   ///< key_count values and counter_count counters, to be written over
  grown,     ///< counters with a million increments
  fresh,     ///< counters that begin anew all the time
};

struct Stores {
  cairn::Cache cache;
  RawStore raw;
};

/// Made and filled when first asked for, below the directory given to open_stores.
Stores& stores(Stage stage);

/// Requires that they are closed before main() ends.
void open_stores(const std::filesystem::path& directory);
void close_stores();

/// "user:00012345".
std::string numbered(std::string_view name, std::size_t number);
/// Half compressible, as values are.
std::string value(std::size_t number);

/// Keys NAME:0 to NAME:COUNT-1 in random order; every picker has an order of its own, so that no
/// side finds warm in the processor's caches what the other has just read.
class Picker {
 public:
  explicit Picker(std::string_view name = "user", std::size_t count = key_count);
  const std::string& next();

 private:
  const std::vector<std::string>& keys_;
  std::uint64_t state_;
};

}  // namespace bench
