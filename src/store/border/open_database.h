// RocksDB's function that opens a database, whose form depends on its version.
#pragma once

#include <rocksdb/db.h>

#include <memory>
#include <string>
#include <vector>

namespace cairn::store {

/// What an opening may do with the files.
enum class Access { read_write, read_only };

using Descriptors = std::vector<rocksdb::ColumnFamilyDescriptor>;
using RawHandles = std::vector<rocksdb::ColumnFamilyHandle*>;

/// Opens the column families of the database in `path`.  `handles` are in the order of `families`,
/// and are given back by DB::DestroyColumnFamilyHandle().
rocksdb::Status open_database(const rocksdb::DBOptions& options, const std::string& path,
                              Access access, const Descriptors& families, RawHandles* handles,
                              std::unique_ptr<rocksdb::DB>* db);

}  // namespace cairn::store
