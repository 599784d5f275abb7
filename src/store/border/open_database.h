// RocksDB's function that opens a database, whose form depends on its version.
#pragma once

#include <rocksdb/db.h>

#include <exception>
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
///
/// Throws IoError where an exception crosses RocksDB, for lack of memory or threads: then the
/// database is given up (JobEnv::give_up()), and may be opened again.
rocksdb::Status open_database(const rocksdb::DBOptions& options, const std::string& path,
                              Access access, const Descriptors& families, RawHandles* handles,
                              std::unique_ptr<rocksdb::DB>* db);

/// Ends the work of a database that is about to be closed, and says what DB::Close() says.  Every
/// database is closed by this: its destructor alone may end the process (mend_timer()).
rocksdb::Status close_database(rocksdb::DB& db);

/// What an exception says that there is not enough of.
std::string lacking(const std::exception& error);

}  // namespace cairn::store
