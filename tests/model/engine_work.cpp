#include "model/engine_work.h"

#include <rocksdb/table_properties.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <stdexcept>

#include "support/engine_access.h"

namespace cairn::test {
namespace {

void require(const rocksdb::Status& status, const char* what) {
  if (!status.ok()) throw std::runtime_error(std::string(what) + ": " + status.ToString());
}

std::vector<rocksdb::LiveFileMetaData> files(rocksdb::DB& db,
                                             const rocksdb::ColumnFamilyHandle& handle) {
  std::vector<rocksdb::LiveFileMetaData> all;
  db.GetLiveFilesMetaData(&all);
  std::erase_if(all, [&](const auto& file) { return file.column_family_name != handle.GetName(); });
  return all;
}

std::uint64_t operands(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* handle) {
  rocksdb::TablePropertiesCollection tables;
  require(db.GetPropertiesOfAllTables(handle, &tables), "table properties");
  std::uint64_t count = 0;
  for (const auto& [name, properties] : tables) count += properties->num_merge_operands;
  return count;
}

}  // namespace

template <class Work>
void EngineWork::with_engine(Work work) {
  const store::Session session(store_, family_, store::Session::Intent::read, "test");
  if (family_.handle) work(store::EngineAccess::of(session).db(), family_.handle.get());
}

void EngineWork::flush() {
  with_engine([&](rocksdb::DB& db, rocksdb::ColumnFamilyHandle* handle) {
    require(db.Flush(rocksdb::FlushOptions(), handle), "flush");
    ++exercise_.flushes;
  });
}

void EngineWork::compact(std::string_view first, std::string_view last) {
  with_engine([&](rocksdb::DB& db, rocksdb::ColumnFamilyHandle* handle) {
    const std::uint64_t before = operands(db, handle);
    const rocksdb::Slice begin(first.data(), first.size());
    const rocksdb::Slice end(last.data(), last.size());
    rocksdb::CompactRangeOptions options;
    options.exclusive_manual_compaction = false;
    require(db.CompactRange(options, handle, &begin, &end), "compact a range");
    const std::uint64_t after = operands(db, handle);
    exercise_.operands_merged += before > after ? before - after : 0;
    ++exercise_.compactions;
  });
}

void EngineWork::compact_level(std::uint64_t dice) {
  with_engine([&](rocksdb::DB& db, rocksdb::ColumnFamilyHandle* handle) {
    std::set<int> occupied;
    for (const auto& file : files(db, *handle)) occupied.insert(file.level);
    if (occupied.empty()) return;
    const int from = *std::next(occupied.begin(), static_cast<int>(dice % occupied.size()));
    const int to = from == 0 ? 3 + static_cast<int>(dice / 8 % 3) : from;
    std::vector<std::string> inputs;
    for (const auto& file : files(db, *handle)) {
      if (file.level == from) inputs.push_back(file.name);
    }
    rocksdb::CompactionOptions options;
    options.compression = rocksdb::kNoCompression;
    const rocksdb::Status status = db.CompactFiles(options, handle, inputs, to);
    // Background work has the files already, or they are gone.
    if (status.IsAborted() || status.IsInvalidArgument()) return;
    require(status, "compact files");
    ++exercise_.compactions;
    const auto now = files(db, *handle);
    exercise_.middle_levels += std::any_of(
        now.begin(), now.end(), [](const auto& file) { return file.level > 0 && file.level < 6; });
  });
}

void EngineWork::compact_only_when_asked() {
  with_engine([](rocksdb::DB& db, rocksdb::ColumnFamilyHandle* handle) {
    require(db.SetOptions(handle, {{"disable_auto_compactions", "true"}}), "set options");
  });
}

void EngineWork::compact_all() {
  store::Session session(store_, family_, store::Session::Intent::read, "test");
  session.compact();
  ++exercise_.compactions;
}

void EngineWork::reap() {
  const store::Session session(store_, family_, store::Session::Intent::read, "test");
  store::Reaper* const reaper = store::EngineAccess::of(session).reaper();
  if (reaper == nullptr) return;
  reaper->look(store::Reaper::Steady::now(), store::Patience::none);
  ++exercise_.reapings;
}

std::uint64_t EngineWork::operands_in_files() {
  std::uint64_t count = 0;
  with_engine(
      [&](rocksdb::DB& db, rocksdb::ColumnFamilyHandle* handle) { count = operands(db, handle); });
  return count;
}

std::vector<int> EngineWork::levels() {
  std::vector<int> found;
  with_engine([&](rocksdb::DB& db, rocksdb::ColumnFamilyHandle* handle) {
    for (const auto& file : files(db, *handle)) found.push_back(file.level);
  });
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace cairn::test
