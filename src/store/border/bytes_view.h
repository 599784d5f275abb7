// Between RocksDB's slices and our views, and how a range of keys is read.
#pragma once

#include <rocksdb/options.h>
#include <rocksdb/slice.h>

#include <string_view>

namespace cairn::store {

inline rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
inline std::string_view view(const rocksdb::Slice& bytes) { return {bytes.data(), bytes.size()}; }

/// There are no range deletions in a store; saying so makes RocksDB 7.8 report a file that it could
/// not open in the middle of a scan, instead of ending the scan there.  Later versions report it in
/// any case, and since 10.2 the option is one that may go.
template <class Options = rocksdb::ReadOptions>
Options scan_options() {
  Options options;
  options.fill_cache = false;
  if constexpr (requires { options.ignore_range_deletions; }) options.ignore_range_deletions = true;
  return options;
}

/// Where the store keeps Rules::mark, in RocksDB's default column family.
inline const rocksdb::Slice mark_key = "cairn.clock";

}  // namespace cairn::store
