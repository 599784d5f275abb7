// RocksDB's CRC-32C.
#pragma once

#include <rocksdb/file_checksum.h>

#include <memory>

namespace cairn::store {

/// Like RocksDB's function of that purpose, but it works at the end of the process as well:
/// RocksDB's factory is a static object, which may have been destroyed before a store is sealed.
inline std::unique_ptr<rocksdb::FileChecksumGenerator> new_crc32c() {
  static const auto* const factory = new std::shared_ptr<rocksdb::FileChecksumGenFactory>(
      rocksdb::GetFileChecksumGenCrc32cFactory());
  return (*factory)->CreateFileChecksumGenerator({});
}

}  // namespace cairn::store
