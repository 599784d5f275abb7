#include "store/engine/rewriting.h"

#include <filesystem>
#include <map>
#include <utility>

#include "store/engine/engine.h"

namespace cairn::store {
namespace {

std::string file_name(const std::string& path) {
  return std::filesystem::path(path).filename().native();
}

}  // namespace

TableList list_tables(const Engine& engine, rocksdb::ColumnFamilyHandle& family,
                      const Weigh& weigh) {
  rocksdb::ColumnFamilyMetaData metadata;
  engine.db().GetColumnFamilyMetaData(&family, &metadata);
  rocksdb::TablePropertiesCollection properties;
  TableList list{.tables = {}, .status = engine.call("look at the tables", [&] {
                   return engine.db().GetPropertiesOfAllTables(&family, &properties);
                 })};
  std::map<std::string, const rocksdb::TableProperties*> by_name;
  for (const auto& [path, each] : properties) by_name[file_name(path)] = each.get();
  for (const rocksdb::LevelMetaData& level : metadata.levels) {
    for (const rocksdb::SstFileMetaData& file : level.files) {
      ReapedTable table{.name = file_name(file.name), .level = level.level, .bytes = file.size};
      table.first = file.smallestkey;
      table.last = file.largestkey;
      const auto known = by_name.find(table.name);
      if (known != by_name.end()) {
        table.weight = weigh(known->second->user_collected_properties);
      }
      // Properties and list are of two moments; the next look has both.
      table.busy = file.being_compacted || (known == by_name.end() && list.status.ok());
      list.tables.push_back(std::move(table));
    }
  }
  return list;
}

bool Rewritten::given_up() const {
  return !by_disk && (status.IsAborted() || status.IsInvalidArgument() || status.IsIncomplete() ||
                      status.IsShutdownInProgress() || status.IsColumnFamilyDropped());
}

Rewritten rewrite_tables(const Engine& engine, rocksdb::ColumnFamilyHandle& family,
                         const Rewriting& rewriting, const ReadWatch::GoOn& go_on) {
  rocksdb::CompactionOptions options;
  options.compression = rocksdb::kDisableCompressionOption;  // the family's own
  // The first level wants tables that are not of one age.
  if (rewriting.to_level > 0) options.output_file_size_limit = engine.table_size();
  std::vector<std::string> made;
  rocksdb::CompactionJobInfo job{};
  ReadWatch watch(go_on);
  Rewritten done{.status = engine.call("reclaim", [&] {
    return engine.db().CompactFiles(options, &family, rewriting.tables, rewriting.to_level, -1,
                                    &made, &job);
  })};
  if (!done.status.ok()) {
    done.by_disk = !watch.refusal().ok();
    if (done.by_disk) done.status = watch.refusal();
    return done;
  }
  done.read = job.stats.total_input_bytes;
  done.written = job.stats.total_output_bytes;
  for (const std::string& each : made) done.made.push_back(file_name(each));
  return done;
}

}  // namespace cairn::store
