// The tables of a visited store, kept open: what its owner removes can still be read.
#pragma once

#include <rocksdb/file_system.h>

#include <memory>

namespace cairn::store {

/// The files of `base`, except that each table is opened once: whoever asks for it again is given
/// the same open file, whatever has become of its name.  RocksDB opens a table by its name for each
/// of several purposes, as long after the database as it likes.
///
/// With it every table stays open, so it is for a database that is opened with no limit of files.
std::shared_ptr<rocksdb::FileSystem> keep_tables(const std::shared_ptr<rocksdb::FileSystem>& base);

}  // namespace cairn::store
