// The file system under a store, as a test may replace it: a process-wide list of directories.
//
// Nothing in the library puts anything on the list, and no public header knows of it.  Tests that
// break the disk, cut the power or go without fsync link the library statically and use it.
#pragma once

#include <filesystem>

namespace rocksdb {
class Env;
}

namespace cairn::store {

/// While this object exists, every store of `directory` is opened on the file system of `env`; of
/// `env` nothing else is used.  The directory need not be there yet, and any spelling of it will
/// do.  Make it before the first opening; `env` must outlive the stores that were opened on it.
/// Throws std::logic_error if the directory is on the list.  Safe to make and destroy from any
/// thread.
class HookedDirectory {
 public:
  HookedDirectory(const std::filesystem::path& directory, rocksdb::Env& env);
  ~HookedDirectory();
  HookedDirectory(const HookedDirectory&) = delete;
  HookedDirectory& operator=(const HookedDirectory&) = delete;

 private:
  const std::filesystem::path directory_;
};

/// What a store of `directory` is to be opened on: RocksDB's default, unless a HookedDirectory says
/// otherwise.
rocksdb::Env& env_of(const std::filesystem::path& directory);

}  // namespace cairn::store
