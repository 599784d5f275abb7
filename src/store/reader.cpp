#include "store/reader.h"

#include <cairn/error.h>
#include <rocksdb/metadata.h>
#include <rocksdb/version.h>

#include <chrono>
#include <thread>
#include <utility>

#include "store/bytes_view.h"
#include "store/directory.h"
#include "store/family_name.h"
#include "store/status.h"

namespace cairn::store {
namespace {

// The owner may take a file away between the moment that we read of it and the moment that we open
// it.  Then we look again.
constexpr int attempts = 20;
constexpr std::chrono::milliseconds between_attempts(5);

rocksdb::Status open_read_only(const rocksdb::DBOptions& options, const std::string& path,
                               const std::vector<rocksdb::ColumnFamilyDescriptor>& families,
                               std::vector<rocksdb::ColumnFamilyHandle*>* handles,
                               std::unique_ptr<rocksdb::DB>* db) {
#if ROCKSDB_MAJOR >= 11
  return rocksdb::DB::OpenForReadOnly(options, path, families, handles, db);
#else
  rocksdb::DB* raw = nullptr;
  rocksdb::Status status = rocksdb::DB::OpenForReadOnly(options, path, families, handles, &raw);
  db->reset(raw);
  return status;
#endif
}

}  // namespace

Reader::Reader(const std::filesystem::path& directory,
               const std::shared_ptr<rocksdb::MergeOperator>& merge)
    : directory_(directory) {
  require_store(directory);
  StoreOptions visit;
  visit.memory_budget = 32ull << 20;
  const EngineOptions options(directory, visit, std::make_shared<Logger>(visit.logger));
  Rules rules;
  rules.merge = merge;
  rules.filter = [](const std::string&) { return nullptr; };
  rocksdb::Status status;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    if (attempt > 0) std::this_thread::sleep_for(between_attempts);
    status = open(options, rules);
    if (status.ok()) return;
  }
  raise(status, "read " + quote(directory.native()));
}

Reader::~Reader() {
  for (rocksdb::ColumnFamilyHandle* each : handles_) db_->DestroyColumnFamilyHandle(each);
}

rocksdb::Status Reader::open(const EngineOptions& options, const Rules& rules) {
  rocksdb::DBOptions visiting = options.db();
  visiting.create_if_missing = false;
  // With it a read-only database tells a thread to purge files, which 7.8 asserts it never does.
  visiting.avoid_unnecessary_blocking_io = false;
  std::vector<std::string> names;
  rocksdb::Status status = rocksdb::DB::ListColumnFamilies(visiting, directory_.native(), &names);
  if (!status.ok()) return status;
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  descriptors.reserve(names.size());
  for (const std::string& name : names) {
    descriptors.emplace_back(name, options.family(rules, name));
  }
  status = open_read_only(visiting, directory_.native(), descriptors, &handles_, &db_);
  if (!status.ok()) return status;

  std::map<std::string, std::uint64_t> newest;
  for (rocksdb::ColumnFamilyHandle* each : handles_) {
    const std::optional<FamilyName> parsed = parse_family(each->GetName());
    if (!parsed) {
      if (each->GetName() == rocksdb::kDefaultColumnFamilyName) metadata_ = each;
      continue;
    }
    const auto [at, first] = newest.try_emplace(parsed->name, parsed->generation);
    if (!first && at->second > parsed->generation) continue;
    at->second = parsed->generation;
    families_[parsed->name] = each;
  }
  return status;
}

rocksdb::ColumnFamilyHandle* Reader::handle(std::string_view family) const {
  const auto found = families_.find(family);
  return found == families_.end() ? nullptr : found->second;
}

std::vector<std::string> Reader::families() const {
  std::vector<std::string> names;
  for (const auto& [name, each] : families_) names.push_back(name);
  return names;
}

std::string Reader::mark() const {
  std::string mark;
  db_->Get(rocksdb::ReadOptions(), metadata_, mark_key, &mark);
  return mark;
}

std::optional<std::string> Reader::get(std::string_view family, std::string_view key) const {
  rocksdb::ColumnFamilyHandle* const from = handle(family);
  if (from == nullptr) return std::nullopt;
  std::string value;
  const rocksdb::Status status = db_->Get(rocksdb::ReadOptions(), from, slice(key), &value);
  if (status.IsNotFound()) return std::nullopt;
  check(status, "read", key);
  return value;
}

void Reader::scan(std::string_view family, std::string_view prefix,
                  const std::function<bool(std::string_view, std::string_view)>& visit) const {
  rocksdb::ColumnFamilyHandle* const from = handle(family);
  if (from == nullptr) return;
  rocksdb::ReadOptions options = scan_options();
  options.readahead_size = 1 << 20;
  const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(options, from));
  for (at->Seek(slice(prefix)); at->Valid(); at->Next()) {
    const std::string_view key = view(at->key());
    if (!key.starts_with(prefix) || !visit(key, view(at->value()))) break;
  }
  check(at->status(), "read", family);
}

void Reader::verify() const {
  const rocksdb::Status status = db_->VerifyChecksum();
  if (!status.ok()) raise(status, "check " + quote(directory_.native()));
}

std::uint64_t Reader::property(std::string_view family, const char* name) const {
  std::uint64_t value = 0;
  if (rocksdb::ColumnFamilyHandle* const from = handle(family)) {
    db_->GetIntProperty(from, name, &value);
  }
  return value;
}

std::vector<Reader::Level> Reader::levels(std::string_view family) const {
  std::vector<Level> levels;
  rocksdb::ColumnFamilyHandle* const from = handle(family);
  if (from == nullptr) return levels;
  rocksdb::ColumnFamilyMetaData metadata;
  db_->GetColumnFamilyMetaData(from, &metadata);
  for (const rocksdb::LevelMetaData& each : metadata.levels) {
    levels.push_back({each.level, each.files.size(), each.size});
  }
  return levels;
}

}  // namespace cairn::store
