// Conversions between RocksDB's slices and our views.
#pragma once

#include <rocksdb/slice.h>

#include <string_view>

namespace cairn::store {

inline rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
inline std::string_view view(const rocksdb::Slice& bytes) { return {bytes.data(), bytes.size()}; }

}  // namespace cairn::store
