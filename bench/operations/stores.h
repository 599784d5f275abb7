// The two stores of a contest: a cache, and RocksDB set up in the same way.
#pragma once

#include <cstddef>
#include <filesystem>

#include <cairn/cache.h>
#include "keys.h"
#include "raw_store.h"

namespace bench {

constexpr std::size_t key_count = 100'000;
constexpr std::size_t counter_count = 10'000;
constexpr std::size_t batch_size = 100;

/// What the stores are for: reads and writes do not share any.
enum class Stage {
  memtable,  ///< key_count values that were never flushed
  tables,    ///< the same, compacted into one level
  expired,   ///< key_count values that have expired, never flushed
  typed,     ///< never flushed
  writing,   ///< key_count values and counter_count counters, to be written over
  grown,     ///< counters with a million increments
  fresh,     ///< counters that begin again all the time
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

}  // namespace bench
