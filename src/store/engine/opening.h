// The opening of RocksDB for a store: for use, or for a look at what is there.
#pragma once

#include <rocksdb/db.h>

#include <memory>
#include <string>
#include <vector>

#include "store/border/open_database.h"
#include "store/engine/engine_options.h"
#include "store/engine/setting.h"
#include "store/recovery/log_filter.h"
#include "store/recovery/recovery.h"

namespace cairn::store {

/// A database with its column families.
struct Database {
  std::unique_ptr<LogFilter> filter;  // RocksDB keeps it as long as it is open
  std::unique_ptr<rocksdb::DB> db;
  std::vector<std::string> names;  ///< of the column families
  RawHandles handles;              ///< in the same order
};

/// One opening.  Its arguments must outlive it.
class Opening {
 public:
  Opening(const Setting& setting, const EngineOptions& options);

  /// The findings that opening for writing would have, obtained by opening read-only.
  Sight look(LogFilter::Records records);
  /// Opens the database for use.  Throws Corruption, IoError.
  Database open(Access access);
  /// The findings of open().
  Sight sight(const Database& database) const;

 private:
  /// Of the column families that are there now, and from now on.
  const Descriptors& descriptors();

  const Setting setting_;
  const EngineOptions& options_;
  Descriptors descriptors_;
};

}  // namespace cairn::store
