// The options for reading a range of keys.
#pragma once

#include <rocksdb/options.h>

namespace cairn::store {

/// There are no range deletions in a store; saying so makes RocksDB 7.8 report a file that it could
/// not open in the middle of a scan, instead of ending the scan there.
inline rocksdb::ReadOptions scan_options() {
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  options.ignore_range_deletions = true;
  return options;
}

}  // namespace cairn::store
