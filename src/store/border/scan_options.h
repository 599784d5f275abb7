// The options for reading a range of keys.
#pragma once

#include <rocksdb/options.h>

namespace cairn::store {

/// There are no range deletions in a store; saying so makes RocksDB 7.8 report a file that it could
/// not open in the middle of a scan, instead of ending the scan there.  Later versions report it in
/// any case, and since 10.2 the option may go.
template <class Options = rocksdb::ReadOptions>
Options scan_options() {
  Options options;
  options.fill_cache = false;
  if constexpr (requires { options.ignore_range_deletions; }) options.ignore_range_deletions = true;
  return options;
}

}  // namespace cairn::store
