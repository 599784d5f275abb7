// The border where RocksDB's statuses become our errors.
#pragma once

#include <rocksdb/status.h>

#include <string>
#include <string_view>

#include <cairn/error.h>

namespace cairn::store {

/// Throws what the status means: IoError (codes io, no_space), Corruption, or Error with code busy.
/// `doing` begins the message: "open '/var/cache/app': IO error: ...".
[[noreturn]] void raise(const rocksdb::Status& status, const std::string& doing);
/// The same for an operation on a key: "get 'app:1:user:7': IO error: ...".
[[noreturn]] void raise(const rocksdb::Status& status, std::string_view verb, std::string_view key);

/// Throws unless the status is OK.
inline void check(const rocksdb::Status& status, std::string_view verb, std::string_view key) {
  if (!status.ok()) raise(status, verb, key);
}

/// Whether it is what the disk or a checksum refuses to let be read.
inline bool unreadable(const Error& error) {
  return error.code() == ErrorCode::corruption || error.code() == ErrorCode::io;
}

}  // namespace cairn::store
