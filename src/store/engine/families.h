// The column families of an open database, by name and generation.
#pragma once

#include <rocksdb/db.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "process/mutex.h"
#include "store/border/open_database.h"

namespace cairn::store {

/// A column family's handle, given back to RocksDB when its last user releases it, which has to be
/// before the database is closed.
using FamilyHandle = std::shared_ptr<rocksdb::ColumnFamilyHandle>;

/// Column families are named `name@generation`.  The highest generation of a name is the one in
/// use; lower ones are left from a clear() that a crash cut short, and should be dropped.  Safe for
/// threads.
class Families {
 public:
  /// Takes over the handles that opening `db` has given, one for each of `generation_names`.  Once
  /// `abandoned` is true none is given back to the database any more.
  Families(rocksdb::DB& db, const std::vector<std::string>& generation_names,
           const RawHandles& handles, std::shared_ptr<const std::atomic<bool>> abandoned);
  Families(const Families&) = delete;
  Families& operator=(const Families&) = delete;

  /// RocksDB's default column family, where the store keeps notes of its own.
  const FamilyHandle& metadata() const { return metadata_; }
  /// The column family in use for a name; null if there is none.
  FamilyHandle find(const std::string& name) const;
  /// How many are in use.
  std::size_t count() const;
  /// The names that have one.
  std::vector<std::string> names() const;
  /// The metadata and the families in use, copied: clear() may replace one at any time.
  std::vector<FamilyHandle> in_use() const;
  /// Every column family of the database.
  std::vector<FamilyHandle> all() const;

  /// Makes the next generation of a family; the one before stays in use until install().  A failure
  /// may leave a generation that nobody has: until the database is reopened, and the empty newest
  /// one is in use, nothing must be written to the one before.
  rocksdb::Status create_next(const std::string& name, const rocksdb::ColumnFamilyOptions& options,
                              FamilyHandle& made);
  /// Puts the new generation in use.  Returns the old one, if any, for drop().
  FamilyHandle install(const std::string& name, FamilyHandle next);

  /// Drops a generation that is not in use, once `first` has succeeded.  Where either fails the
  /// generation stays, out of reach, until the next opening drops it.
  rocksdb::Status drop(const FamilyHandle& handle, const std::function<rocksdb::Status()>& first);
  /// The generations that should be dropped; they are the caller's now.
  std::vector<FamilyHandle> take_stale();

 private:
  FamilyHandle own(rocksdb::ColumnFamilyHandle* handle);
  std::vector<FamilyHandle> own_all(const RawHandles& handles);

  rocksdb::DB& db_;
  const std::shared_ptr<const std::atomic<bool>> abandoned_;
  FamilyHandle metadata_;
  std::vector<FamilyHandle> others_;  // whose names say nothing to us; kept as they are
  mutable process::Mutex mutex_;
  std::map<std::string, FamilyHandle> newest_ CAIRN_GUARDED_BY(mutex_);
  std::map<std::string, std::uint64_t> last_number_ CAIRN_GUARDED_BY(mutex_);
  std::vector<FamilyHandle> stale_ CAIRN_GUARDED_BY(mutex_);
};

}  // namespace cairn::store
