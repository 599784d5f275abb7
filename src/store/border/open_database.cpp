#include "store/border/open_database.h"

#include <rocksdb/version.h>

namespace cairn::store {

rocksdb::Status open_database(const rocksdb::DBOptions& options, const std::string& path,
                              Access access, const Descriptors& families, RawHandles* handles,
                              std::unique_ptr<rocksdb::DB>* db) {
// Since 9.11 there are openings that own what they give; since 11.0 there are no others.
#if ROCKSDB_MAJOR > 9 || (ROCKSDB_MAJOR == 9 && ROCKSDB_MINOR >= 11)
  if (access == Access::read_only) {
    return rocksdb::DB::OpenForReadOnly(options, path, families, handles, db);
  }
  return rocksdb::DB::Open(options, path, families, handles, db);
#else
  rocksdb::DB* raw = nullptr;
  const rocksdb::Status status =
      access == Access::read_only
          ? rocksdb::DB::OpenForReadOnly(options, path, families, handles, &raw)
          : rocksdb::DB::Open(options, path, families, handles, &raw);
  db->reset(raw);
  return status;
#endif
}

}  // namespace cairn::store
