// Opening a RocksDB database, in the way of each version of RocksDB.
#pragma once

#include <rocksdb/db.h>

#include <memory>
#include <string>
#include <vector>

namespace cairn::store {

/// What an opening is allowed to do with the files.
enum class Access { read_write, read_only };

using Descriptors = std::vector<rocksdb::ColumnFamilyDescriptor>;
using RawHandles = std::vector<rocksdb::ColumnFamilyHandle*>;

/// Opens the database at `path` with those column families.  The handles are the caller's, to be
/// destroyed before the database.
rocksdb::Status open_database(const rocksdb::DBOptions& options, const std::string& path,
                              Access access, const Descriptors& families, RawHandles* handles,
                              std::unique_ptr<rocksdb::DB>* db);

}  // namespace cairn::store
