// A copy of an open store.
#pragma once

#include <rocksdb/db.h>

#include <filesystem>
#include <string>

namespace cairn::store {

/// How the memtables get into a copy, besides the tables.
enum class Memtables {
  in_log,   ///< their content is in the log, which is copied: nobody is stalled
  flushed,  ///< there is no log: they are flushed first
};

/// A directory that will hold a copy of a store, or not be there.
class Checkpoint {
 public:
  /// Throws InvalidOption if the directory exists, and IoError if none can be made beside it.
  explicit Checkpoint(const std::filesystem::path& asked);
  /// Removes what was not finished.
  ~Checkpoint();
  Checkpoint(const Checkpoint&) = delete;
  Checkpoint& operator=(const Checkpoint&) = delete;

  /// Copies the store as of now; it must be on the same file system.  Throws IoError.
  void write(rocksdb::DB& db, Memtables memtables);

 private:
  [[noreturn]] void fail(int error) const;

  const std::filesystem::path target_;
  // RocksDB makes its directory readable for everyone: it does so inside this one, which is not.
  std::string staging_;
};

}  // namespace cairn::store
