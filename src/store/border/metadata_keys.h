// The keys of RocksDB's default column family, where a store keeps notes of its own.
#pragma once

#include <rocksdb/slice.h>

namespace cairn::store {

/// Rules::clock_time.
inline const rocksdb::Slice clock_key = "cairn.clock";
/// The column family that was dropped last (Engine::drop).
inline const rocksdb::Slice drop_key = "cairn.dropped";

}  // namespace cairn::store
