#include "store/recovery/damaged_file.h"

#include <rocksdb/env.h>
#include <rocksdb/metadata.h>
#include <rocksdb/options.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/wal_filter.h>

#include <array>
#include <cstdarg>
#include <cstdint>
#include <fstream>
#include <memory>
#include <string_view>
#include <system_error>
#include <vector>

#include "store/border/open_database.h"
#include "store/directory/file_name.h"
#include "store/directory/manifest.h"

namespace cairn::store {
namespace fs = std::filesystem;
namespace {

constexpr int files_at_a_time = 64;

// Ends the replay of the logs at its first record: the tables alone are asked for.
class NoRecord final : public rocksdb::WalFilter {
 public:
  const char* Name() const override { return "cairn.no_record"; }
  WalProcessingOption LogRecord(const rocksdb::WriteBatch&, rocksdb::WriteBatch*,
                                bool*) const override {
    return WalProcessingOption::kStopReplay;
  }
};

class Silence final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

using Tables = std::vector<rocksdb::LiveFileMetaData>;

// The tables that the MANIFEST lists; empty if it cannot be read.  RocksDB reads it, and without
// its paranoid checks goes on where one of them cannot be opened.
std::optional<Tables> listed_tables(const fs::path& directory) {
  NoRecord no_record;
  rocksdb::DBOptions options;
  options.paranoid_checks = false;
  options.wal_filter = &no_record;
  options.info_log = std::make_shared<Silence>();
  options.max_open_files = files_at_a_time;
  options.skip_stats_update_on_db_open = true;
  std::vector<std::string> names;
  if (!rocksdb::DB::ListColumnFamilies(options, directory.native(), &names).ok()) {
    return std::nullopt;
  }
  Descriptors families;
  for (const std::string& name : names) families.emplace_back(name, rocksdb::ColumnFamilyOptions());
  RawHandles handles;
  std::unique_ptr<rocksdb::DB> db;
  const rocksdb::Status status =
      open_database(options, directory.native(), Access::read_only, families, &handles, &db);
  if (!status.ok()) return std::nullopt;
  Tables tables;
  db->GetLiveFilesMetaData(&tables);
  for (rocksdb::ColumnFamilyHandle* each : handles) db->DestroyColumnFamilyHandle(each);
  (void)close_database(*db);
  return tables;
}

// RocksDB's begins with a slash.
fs::path name_of(const rocksdb::LiveFileMetaData& table) { return fs::path(table.name).filename(); }

// What is wrong with a table; empty if it is whole, or if that cannot be known.
std::string damage_of(const fs::path& table, std::uint64_t listed_size) {
  std::error_code unknown;
  if (fs::status(table, unknown).type() == fs::file_type::not_found) return "is missing";
  const std::uint64_t size = fs::file_size(table, unknown);
  if (unknown) return {};
  if (size != listed_size) {
    return "has " + std::to_string(size) + " bytes of " + std::to_string(listed_size);
  }
  rocksdb::SstFileReader reader{rocksdb::Options()};
  return reader.Open(table.native()).IsCorruption() ? "cannot be read" : "";
}

std::string damaged_table(const fs::path& directory) {
  for (const rocksdb::LiveFileMetaData& each : listed_tables(directory).value_or(Tables())) {
    const fs::path name = name_of(each);
    const std::string damage = damage_of(directory / name, each.size);
    if (!damage.empty()) return name.native() + " " + damage;
  }
  return {};
}

// Whether it is one line with the name of a MANIFEST that is there.  Also true where that cannot be
// read, which is no damage.
bool current_is_sound(const fs::path& directory) {
  std::array<char, 64> text{};
  std::ifstream file(directory / current_name, std::ios::binary);
  file.read(text.data(), text.size());
  if (!file.is_open() || file.bad()) return true;
  const std::string_view line(text.data(), static_cast<std::size_t>(file.gcount()));
  if (!line.ends_with('\n')) return false;
  const std::string_view name = line.substr(0, line.size() - 1);
  std::error_code unknown;
  return SyncedManifest::number_of(name) > 0 &&
         fs::status(directory / name, unknown).type() != fs::file_type::not_found;
}

}  // namespace

std::optional<std::set<std::string>> table_names(const fs::path& directory) {
  const std::optional<Tables> tables = listed_tables(directory);
  if (!tables) return std::nullopt;
  std::set<std::string> names;
  for (const rocksdb::LiveFileMetaData& each : *tables) names.insert(name_of(each));
  return names;
}

std::string damaged_current(const fs::path& directory) {
  std::error_code unknown;
  if (fs::status(directory / current_name, unknown).type() == fs::file_type::not_found) {
    return "CURRENT is missing";
  }
  return current_is_sound(directory) ? std::string() : "CURRENT names no MANIFEST that is there";
}

std::string damaged_file(const rocksdb::Status& status, const fs::path& directory) {
  if (!status.IsCorruption() && !status.IsPathNotFound()) return {};
  const std::string current = damaged_current(directory);
  return current.empty() ? damaged_table(directory) : current;
}

}  // namespace cairn::store
