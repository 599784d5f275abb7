#include "store/reader.h"

#include <cairn/error.h>
#include <rocksdb/metadata.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <thread>
#include <utility>

#include "process/fork_guard.h"
#include "store/border/bytes_view.h"
#include "store/border/family_name.h"
#include "store/border/job_threads.h"
#include "store/border/metadata_keys.h"
#include "store/border/open_database.h"
#include "store/border/scan_options.h"
#include "store/border/status.h"
#include "store/border/walk.h"
#include "store/directory/directory.h"
#include "store/directory/file_name.h"
#include "store/kept_tables.h"
#include "store/recovery/damaged_file.h"

namespace cairn::store {
namespace {

// The owner may take a file away between the moment that we read of it and the moment that we open
// it.  Then we look again, until the directory was the same before and after, twice in a row.
constexpr int attempts = 20;
constexpr std::chrono::milliseconds between_attempts(5);

// The files in the directory; those of one kind, if it is given.
std::set<std::string> names_in(const std::filesystem::path& directory,
                               std::optional<FileKind> kind = std::nullopt) try {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (!kind || kind_of(entry.path()) == *kind) names.insert(entry.path().filename().native());
  }
  return names;
} catch (const std::filesystem::filesystem_error& error) {
  throw IoError("read " + quote(directory.native()) + ": " + error.code().message());
}

[[noreturn]] void raise_open(const rocksdb::Status& status, const std::filesystem::path& directory,
                             const std::string& file) {
  const std::string doing = "read " + quote(directory.native()) + (file.empty() ? "" : ": " + file);
  if (status.IsPathNotFound()) {  // the file CAIRN is there, so a store was
    throw Corruption(doing + ": a file is missing: " + status.ToString() +
                     "; see docs/durability.md for what to do with a damaged store");
  }
  raise(status, doing);
}

// What a file that has gone meanwhile looks like, too.
bool damage_like(const rocksdb::Status& status) {
  return status.IsCorruption() || status.IsPathNotFound() || status.IsNotFound();
}

}  // namespace

Reader::Reader(const std::filesystem::path& directory,
               const std::shared_ptr<rocksdb::MergeOperator>& merge)
    : directory_(directory), format_(require_store(directory)) {
  process::ForkGuard::check();
  process::ProcessEnd::check();
  process::ForkGuard::install();
  try {
    open(merge);
  } catch (const Error&) {
    close();
    if (env_->given_up()) process::ProcessEnd::keep(env_);
    throw;
  } catch (const std::exception& error) {
    close();
    if (env_->given_up()) process::ProcessEnd::keep(env_);
    throw IoError("read " + quote(directory.native()) + ": " + lacking(error));
  }
  process::ProcessEnd::enrol(*this, process::ProcessEnd::Turn::first);
}

void Reader::open(const std::shared_ptr<rocksdb::MergeOperator>& merge) {
  JobThreads::instance().start();
  StoreOptions visit;
  visit.memory_budget = 32ull << 20;
  const EngineOptions options(directory_, visit, std::make_shared<Logger>(visit.logger));
  Rules rules;
  rules.merge = merge;
  rules.filter = [](const std::string&) { return nullptr; };
  rocksdb::Status status;
  int undisturbed = 0;
  for (int attempt = 0; attempt < attempts && undisturbed < 2; ++attempt) {
    if (attempt > 0) std::this_thread::sleep_for(between_attempts);
    const std::set<std::string> before = names_in(directory_);
    status = open(options, rules);
    if (status.ok()) return;
    undisturbed = names_in(directory_) == before ? undisturbed + 1 : 0;
  }
  // A table leaves the list before it is removed, and no name is used twice: what one list names is
  // damaged only if a list that is read afterwards names it still.
  std::string file = damaged_file(status, directory_);
  if (undisturbed == 0 && damage_like(status)) {
    if (file.empty() || damaged_file(status, directory_) != file) {
      status = rocksdb::Status::Busy("its owner changes it faster than it can be read");
      file.clear();
    }
  }
  raise_open(status, directory_, file);
}

// After the end of the process RocksDB is not there any more; in a forked child its threads are
// not.
Reader::~Reader() {
  if (!process::ForkGuard::forked()) process::ProcessEnd::leave(*this);
  if (process::ForkGuard::forked() || process::ProcessEnd::begun()) {
    (void)db_.release();
  } else {
    close();
  }
}

// Whoever is reading in another thread, or in this one, keeps the database open.
void Reader::at_end(const process::ProcessEnd::Circumstances& end) noexcept {
  while (users_ > 0) {
    if (std::chrono::steady_clock::now() >= end.patience) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  close();
}

Reader::Use::Use(const Reader& reader) : users_(reader.users_) {
  process::ForkGuard::check();
  ++users_;
  if (!process::ProcessEnd::begun()) return;
  --users_;
  process::ProcessEnd::check();
}

void Reader::close() {
  for (rocksdb::ColumnFamilyHandle* each : handles_) db_->DestroyColumnFamilyHandle(each);
  handles_.clear();
  families_.clear();
  metadata_ = nullptr;
  if (db_) (void)close_database(*db_);
  db_.reset();
}

// RocksDB reads first the list of files, then the logs.  If the owner flushes in between, a log
// that the list counts on is gone, and RocksDB takes its absence for an empty one: its records
// would be neither in the logs nor in the files that we know of.  Then we look again.
rocksdb::Status Reader::open(const EngineOptions& options, const Rules& rules) {
  const std::set<std::string> before = names_in(directory_, FileKind::log);
  rocksdb::Status status = open_files(options, rules);
  if (!status.ok()) return status;
  const std::set<std::string> after = names_in(directory_, FileKind::log);
  if (std::includes(after.begin(), after.end(), before.begin(), before.end())) return status;
  close();
  return rocksdb::Status::Busy("its owner flushes faster than it can be read");
}

rocksdb::Status Reader::open_files(const EngineOptions& options, const Rules& rules) {
  rocksdb::DBOptions visiting = options.db();
  visiting.create_if_missing = false;
  // One for each attempt: what the one before has opened is not kept.
  keeps_tables_ = visiting.max_open_files < 0;
  if (keeps_tables_) {
    env_ = std::make_shared<JobEnv>(
        rocksdb::NewCompositeEnv(keep_tables(rocksdb::Env::Default()->GetFileSystem())));
  }
  visiting.env = env_.get();
  // With it a read-only database tells a thread to purge files, which 7.8 asserts it never does.
  visiting.avoid_unnecessary_blocking_io = false;
  std::vector<std::string> names;
  rocksdb::Status status = rocksdb::DB::ListColumnFamilies(visiting, directory_.native(), &names);
  if (!status.ok()) return status;
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  descriptors.reserve(names.size());
  for (const std::string& name : names) {
    descriptors.emplace_back(name, options.family(rules, name, names.size()));
  }
  status =
      open_database(visiting, directory_.native(), Access::read_only, descriptors, &handles_, &db_);
  if (!status.ok()) return status;

  const Generations generations = newest_generations(names);
  for (const auto& [name, newest] : generations.newest) families_[name] = handles_[newest.at];
  for (const std::size_t at : generations.others) {
    if (names[at] == rocksdb::kDefaultColumnFamilyName) metadata_ = handles_[at];
  }
  return status;
}

rocksdb::ColumnFamilyHandle* Reader::handle(std::string_view family) const {
  const auto found = families_.find(family);
  return found == families_.end() ? nullptr : found->second;
}

std::vector<std::string> Reader::families() const {
  const Use in_use(*this);
  std::vector<std::string> names;
  for (const auto& [name, each] : families_) names.push_back(name);
  return names;
}

std::string Reader::clock_time() const {
  const Use in_use(*this);
  std::string time;
  db_->Get(rocksdb::ReadOptions(), metadata_, clock_key, &time);
  return time;
}

std::optional<std::string> Reader::get(std::string_view family, std::string_view key) const {
  const Use in_use(*this);
  rocksdb::ColumnFamilyHandle* const from = handle(family);
  if (from == nullptr) return std::nullopt;
  std::string value;
  const rocksdb::Status status = db_->Get(rocksdb::ReadOptions(), from, slice(key), &value);
  if (status.IsNotFound()) return std::nullopt;
  check_read(status, "read", key);
  return value;
}

void Reader::scan(std::string_view family, std::string_view prefix,
                  const std::function<bool(std::string_view, std::string_view)>& visit) const {
  const Use in_use(*this);
  rocksdb::ColumnFamilyHandle* const from = handle(family);
  if (from == nullptr) return;
  rocksdb::ReadOptions options = scan_options();
  options.readahead_size = 1 << 20;
  Walk walk(*db_, *from, prefix, prefix, options);
  for (Walk::At at = walk.step(); at != Walk::At::end; at = walk.step()) {
    if (at == Walk::At::entry && !visit(walk.key(), walk.value())) return;
  }
  check_read(walk.status(), "read", family);
}

std::uint64_t Reader::count_backwards(std::string_view family) const {
  const Use in_use(*this);
  rocksdb::ColumnFamilyHandle* const from = handle(family);
  if (from == nullptr) return 0;
  std::uint64_t count = 0;
  const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(scan_options(), from));
  for (at->SeekToLast(); at->Valid(); at->Prev()) ++count;
  check_read(at->status(), "read", family);
  return count;
}

namespace {

// The counts that tables, or a write buffer, keep of their entries.
struct Entries {
  std::uint64_t all = 0;
  std::uint64_t deletions = 0;
  std::uint64_t operands = 0;
  bool ranges = false;  // one of the deletions takes any number of keys

  void add(const rocksdb::TableProperties& table) {
    all += table.num_entries;
    deletions += table.num_deletions;
    operands += table.num_merge_operands;
    ranges = ranges || table.num_range_deletions > 0;
  }
  // Nobody takes snapshots, so that no sorted run has two values of one key; but operands may lie
  // above one another.
  std::uint64_t keys() const { return all - std::min(all, deletions + operands); }
};

// The tables of a family by sorted run: those of level 0 each, those of every other level together.
std::vector<Entries> sorted_runs(const rocksdb::ColumnFamilyMetaData& family,
                                 const rocksdb::TablePropertiesCollection& tables) {
  std::map<std::string, const rocksdb::TableProperties*> by_name;
  for (const auto& [path, properties] : tables) {
    by_name[std::filesystem::path(path).filename()] = properties.get();
  }
  std::vector<Entries> runs;
  for (const rocksdb::LevelMetaData& level : family.levels) {
    for (const rocksdb::SstFileMetaData& file : level.files) {
      const auto found = by_name.find(std::filesystem::path(file.name).filename());
      if (found == by_name.end()) continue;
      if (level.level == 0 || &file == &level.files.front()) runs.emplace_back();
      runs.back().add(*found->second);
    }
  }
  return runs;
}

}  // namespace

rocksdb::TablePropertiesCollection Reader::table_properties(
    rocksdb::ColumnFamilyHandle* family) const {
  rocksdb::TablePropertiesCollection tables;
  check_read(db_->GetPropertiesOfAllTables(family, &tables), "read", family->GetName());
  return tables;
}

void Reader::for_each_table(std::string_view family,
                            const std::function<void(const rocksdb::UserCollectedProperties&,
                                                     std::uint64_t)>& visit) const {
  const Use in_use(*this);
  rocksdb::ColumnFamilyHandle* const from = handle(family);
  if (from == nullptr) return;
  for (const auto& [path, table] : table_properties(from)) {
    visit(table->user_collected_properties, table->data_size);
  }
}

// At least the values of the richest run are there, unless something deletes them: a deletion takes
// one.  At most everything that is no deletion is another key.
Reader::Bounds Reader::expected_keys(std::string_view family) const {
  const Use in_use(*this);
  rocksdb::ColumnFamilyHandle* const from = handle(family);
  if (from == nullptr) return {0, 0};
  rocksdb::ColumnFamilyMetaData metadata;
  db_->GetColumnFamilyMetaData(from, &metadata);
  const std::vector<Entries> runs = sorted_runs(metadata, table_properties(from));
  const std::uint64_t buffered = property(family, "rocksdb.num-entries-active-mem-table") +
                                 property(family, "rocksdb.num-entries-imm-mem-tables");
  const std::uint64_t deleted = property(family, "rocksdb.num-deletes-active-mem-table") +
                                property(family, "rocksdb.num-deletes-imm-mem-tables");
  Bounds bounds{0, buffered - std::min(buffered, deleted)};
  std::uint64_t deletions = deleted;
  for (const Entries& each : runs) deletions += each.deletions;
  for (const Entries& each : runs) {
    bounds.most += each.all - std::min(each.all, each.deletions);
    // Its own deletions are not among its keys, so that they take none of them.
    const std::uint64_t taken = deletions - each.deletions;
    bounds.least = std::max(bounds.least, each.keys() - std::min(each.keys(), taken));
  }
  if (std::any_of(runs.begin(), runs.end(), [](const Entries& each) { return each.ranges; })) {
    bounds.least = 0;
  }
  return bounds;
}

Reader::Files Reader::files() const try {
  Files files;
  files.format = format_;
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
    std::error_code gone;  // the owner removes files as it pleases
    const std::uint64_t bytes = entry.file_size(gone);
    if (gone) continue;
    const FileKind kind = kind_of(entry.path());
    for (Files::Sum* sum : {&files.all, kind == FileKind::table ? &files.tables
                                        : kind == FileKind::log ? &files.logs
                                                                : nullptr}) {
      if (sum == nullptr) continue;
      ++sum->count;
      sum->bytes += bytes;
    }
  }
  return files;
} catch (const std::filesystem::filesystem_error& error) {
  throw IoError("read " + quote(directory_.native()) + ": " + error.code().message());
}

std::string Reader::engine_version() { return rocksdb::GetRocksVersionAsString(); }

void Reader::verify() const {
  const Use in_use(*this);
  check_read(db_->VerifyChecksum(), "check", directory_.native());
}

void Reader::check_read(const rocksdb::Status& status, std::string_view verb,
                        std::string_view of) const {
  if (status.ok()) return;
  if (damage_like(status) && outdated()) {
    throw Error(ErrorCode::busy, "read " + quote(directory_.native()) +
                                     ": its owner has removed a table since it was opened; look "
                                     "again, or let this process open more files (ulimit -n)");
  }
  raise(status, verb, of);
}

// A list that is read after the table was missed: what that names is damage.
bool Reader::outdated() const {
  if (keeps_tables_) return false;
  std::vector<rocksdb::LiveFileMetaData> tables;
  db_->GetLiveFilesMetaData(&tables);
  std::set<std::string> missing;
  for (const rocksdb::LiveFileMetaData& each : tables) {
    const std::string name = std::filesystem::path(each.name).filename();  // begins with a slash
    std::error_code unknown;
    const auto type = std::filesystem::status(directory_ / name, unknown).type();
    if (type == std::filesystem::file_type::not_found) missing.insert(name);
  }
  if (missing.empty()) return false;
  const std::optional<std::set<std::string>> listed = table_names(directory_);
  return !listed || std::none_of(missing.begin(), missing.end(),
                                 [&](const std::string& each) { return listed->contains(each); });
}

std::uint64_t Reader::property(std::string_view family, const char* name) const {
  const Use in_use(*this);
  std::uint64_t value = 0;
  if (rocksdb::ColumnFamilyHandle* const from = handle(family)) {
    db_->GetIntProperty(from, name, &value);
  }
  return value;
}

std::vector<Reader::Level> Reader::levels(std::string_view family) const {
  const Use in_use(*this);
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
