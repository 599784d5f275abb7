#include "store/engine/opening.h"

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>

#include "store/border/family_name.h"
#include "store/directory/file_name.h"
#include "store/recovery/damage.h"

namespace cairn::store {
namespace fs = std::filesystem;
namespace {

// So that RocksDB does not open every table for a look at the logs.
constexpr int few_files = 64;

rocksdb::Status list_families(const rocksdb::DBOptions& options, const fs::path& directory,
                              std::vector<std::string>& names) {
  std::error_code unreadable;
  if (fs::exists(directory / current_name, unreadable)) {
    return rocksdb::DB::ListColumnFamilies(options, directory.native(), &names);
  }
  names = {rocksdb::kDefaultColumnFamilyName};
  return rocksdb::Status::OK();
}

}  // namespace

Opening::Opening(const Setting& setting, const EngineOptions& options)
    : setting_(setting), options_(options) {}

const Descriptors& Opening::descriptors() {
  if (!descriptors_.empty()) return descriptors_;
  std::vector<std::string> names;
  const rocksdb::Status status = list_families(options_.db(), setting_.directory, names);
  if (!status.ok()) refuse_opening(status, setting_.directory);
  for (const std::string& each : names) {
    const std::optional<FamilyName> parsed = parse_family(each);
    descriptors_.emplace_back(
        each, options_.family(setting_.rules, parsed ? parsed->name : each, names.size()));
  }
  return descriptors_;
}

Sight Opening::look(LogFilter::Records records) {
  LogFilter filter(setting_.directory, records);
  rocksdb::DBOptions options = options_.db();
  options.wal_filter = &filter;
  options.info_log = std::make_shared<Logger>(nullptr);  // an opening that follows says it again
  options.max_open_files = few_files;
  RawHandles handles;
  std::unique_ptr<rocksdb::DB> db;
  Sight sight;
  sight.status = open_database(options, setting_.directory.native(), Access::read_only,
                               descriptors(), &handles, &db);
  for (rocksdb::ColumnFamilyHandle* each : handles) db->DestroyColumnFamilyHandle(each);
  if (sight.status.ok()) sight.sequence = std::max(db->GetLatestSequenceNumber(), filter.last());
  sight.gap = filter.gap();
  sight.unread = filter.unread();
  if (db) (void)close_database(*db);
  return sight;
}

Database Opening::open(Access access) {
  Database database;
  database.filter = std::make_unique<LogFilter>(setting_.directory);
  for (const rocksdb::ColumnFamilyDescriptor& each : descriptors()) {
    database.names.push_back(each.name);
  }
  rocksdb::DBOptions options = options_.db();
  options.wal_filter = database.filter.get();
  const rocksdb::Status status = open_database(options, setting_.directory.native(), access,
                                               descriptors(), &database.handles, &database.db);
  if (!status.ok()) refuse_opening(status, setting_.directory);
  return database;
}

Sight Opening::sight(const Database& database) const {
  return {.sequence = database.db->GetLatestSequenceNumber(),
          .gap = database.filter->gap(),
          .unread = database.filter->unread()};
}

}  // namespace cairn::store
