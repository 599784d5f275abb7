#include "store/engine.h"

#include <rocksdb/convenience.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/version.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <limits>
#include <optional>
#include <system_error>

#include <cairn/error.h>
#include "store/bytes_view.h"
#include "store/family_name.h"
#include "store/fork_guard.h"
#include "store/status.h"

namespace cairn::store {
namespace fs = std::filesystem;
namespace {

constexpr std::chrono::seconds remember_interval(10);

std::string opening(const fs::path& directory) { return "open " + quote(directory.native()); }

rocksdb::Status open_database(const rocksdb::DBOptions& options, const std::string& path,
                              const std::vector<rocksdb::ColumnFamilyDescriptor>& families,
                              std::vector<rocksdb::ColumnFamilyHandle*>* handles,
                              std::unique_ptr<rocksdb::DB>* db) {
#if ROCKSDB_MAJOR >= 11
  return rocksdb::DB::Open(options, path, families, handles, db);
#else
  rocksdb::DB* raw = nullptr;
  rocksdb::Status status = rocksdb::DB::Open(options, path, families, handles, &raw);
  db->reset(raw);
  return status;
#endif
}

}  // namespace

Engine::Engine(const fs::path& directory, const StoreOptions& options, const Rules& rules,
               std::shared_ptr<Logger> logger)
    : durability_(options.durability),
      sync_interval_(options.sync_interval),
      rules_(rules),
      logger_(std::move(logger)),
      directory_(directory),
      lock_(directory, durability_ == Durability::clean_close ? no_log_note : "log"),
      options_(directory, options, logger_) {
  claim_directory(directory);
  write_options_.disableWAL = durability_ == Durability::clean_close;
  open(directory);
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error& error) {
    close();
    throw IoError(opening(directory) + ": no thread: " + error.what());
  }
}

Engine::~Engine() {
  {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
    returned_.wait(lock, [this] { return leases_ == 0; });
  }
  thread_.join();
  close();
}

Engine::Lease::Lease(Engine& engine) : engine_(engine) {
  const std::lock_guard lock(engine_.mutex_);
  ++engine_.leases_;
}

Engine::Lease::~Lease() {
  // Told under the lock: the engine may be gone as soon as it is released.
  const std::lock_guard lock(engine_.mutex_);
  --engine_.leases_;
  engine_.returned_.notify_all();
}

Engine::Handle Engine::own(rocksdb::ColumnFamilyHandle* handle) {
  return {handle, [db = db_.get()](rocksdb::ColumnFamilyHandle* each) {
            if (each != nullptr) db->DestroyColumnFamilyHandle(each);
          }};
}

void Engine::open(const fs::path& directory) {
  std::vector<std::string> names;
  std::error_code unreadable;
  if (fs::exists(directory / "CURRENT", unreadable)) {
    const rocksdb::Status listed =
        rocksdb::DB::ListColumnFamilies(options_.db(), directory.native(), &names);
    if (!listed.ok()) raise(listed, opening(directory));
  } else {
    names.push_back(rocksdb::kDefaultColumnFamilyName);
  }
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (const std::string& full : names) {
    const std::optional<FamilyName> parsed = parse_family(full);
    descriptors.emplace_back(full, options_.family(rules_, parsed ? parsed->name : full));
  }
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  const rocksdb::Status status =
      open_database(options_.db(), directory.native(), descriptors, &handles, &db_);
  if (!status.ok()) raise(status, opening(directory));
  adopt(handles);
  std::string mark;
  if (db_->Get(rocksdb::ReadOptions(), metadata_.get(), mark_key, &mark).ok()) {
    rules_.resume(mark);
  }
}

void Engine::adopt(const std::vector<rocksdb::ColumnFamilyHandle*>& handles) {
  std::vector<Handle> stale;
  for (rocksdb::ColumnFamilyHandle* raw : handles) {
    Handle handle = own(raw);
    const std::optional<FamilyName> parsed = parse_family(handle->GetName());
    if (!parsed) {
      const bool ours = handle->GetName() == rocksdb::kDefaultColumnFamilyName;
      (ours ? metadata_ : others_.emplace_back()) = std::move(handle);
      continue;
    }
    Generation& current = families_[parsed->name];
    if (current.handle && current.number > parsed->generation) {
      stale.push_back(std::move(handle));
    } else {
      if (current.handle) stale.push_back(current.handle);
      current = {parsed->generation, std::move(handle)};
    }
  }
  for (const Handle& handle : stale) drop(handle);
}

Engine::Handle Engine::find(const std::string& name) const {
  const auto found = families_.find(name);
  return found == families_.end() ? nullptr : found->second.handle;
}

Engine::Handle Engine::create_next(const std::string& name) {
  const auto found = families_.find(name);
  const std::uint64_t generation = found == families_.end() ? 1 : found->second.number + 1;
  rocksdb::ColumnFamilyHandle* handle = nullptr;
  const rocksdb::Status status = db_->CreateColumnFamily(
      options_.family(rules_, name), name + "@" + std::to_string(generation), &handle);
  check(status, "make column family", name);
  return own(handle);
}

Engine::Handle Engine::install(const std::string& name, Handle next) {
  const std::lock_guard lock(families_mutex_);
  Generation& current = families_[name];
  Handle before = std::move(current.handle);
  current = {current.number + 1, std::move(next)};
  return before;
}

// The data is out of reach already, so a failure costs disk space until the next open, not
// correctness: it is reported and passed over.
void Engine::drop(const Handle& handle) {
  const rocksdb::Status dropped = db_->DropColumnFamily(handle.get());
  if (!dropped.ok()) logger_->say("drop of a cleared column family: " + dropped.ToString());
}

bool Engine::waits(Durability asked) const noexcept {
  if (durability_ == Durability::power_loss || asked == Durability::power_loss) return true;
  // A store without a log can give nothing between "in memory" and "flushed to disk".
  return durability_ == Durability::clean_close && asked != Durability::clean_close;
}

void Engine::settle(Tickets::Number number, std::string_view verb, std::string_view key) {
  check(tickets_.wait(number, [this] { return sync_now(); }), verb, key);
}

void Engine::sync() {
  const rocksdb::Status status = tickets_.wait(tickets_.issued(), [this] { return sync_now(); });
  if (!status.ok()) raise(status, "sync " + quote(directory_.native()));
}

rocksdb::Status Engine::sync_now() {
  return durability_ == Durability::clean_close ? flush_all() : db_->SyncWAL();
}

rocksdb::Status Engine::flush_all() {
  // Copied under the lock: clear() may replace one of them meanwhile.
  std::vector<Handle> shared{metadata_};
  {
    const std::lock_guard lock(families_mutex_);
    for (const auto& [name, generation] : families_) shared.push_back(generation.handle);
  }
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  handles.reserve(shared.size());
  for (const Handle& handle : shared) handles.push_back(handle.get());
  const rocksdb::Status status = db_->Flush(rocksdb::FlushOptions(), handles);
  return status.IsColumnFamilyDropped() ? rocksdb::Status::OK() : status;
}

bool Engine::holds_operands(rocksdb::ColumnFamilyHandle& family) {
  rocksdb::TablePropertiesCollection tables;
  if (!db_->GetPropertiesOfAllTables(&family, &tables).ok()) return true;
  return std::any_of(tables.begin(), tables.end(),
                     [](const auto& each) { return each.second->num_merge_operands > 0; });
}

void Engine::compact(rocksdb::ColumnFamilyHandle& family, const std::string& name) {
  rocksdb::Status status = db_->Flush(rocksdb::FlushOptions(), &family);
  rocksdb::CompactRangeOptions options;
  options.exclusive_manual_compaction = false;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  options.canceled = &stopping_;
  // What a compaction folds it does not filter: a counter with operands above it needs another.
  const int passes = holds_operands(family) ? 2 : 1;
  for (int pass = 0; pass < passes && status.ok(); ++pass) {
    status = db_->CompactRange(options, &family, nullptr, nullptr);
  }
  // Cleared meanwhile: there is nothing left to rewrite.
  if (!status.IsColumnFamilyDropped()) check(status, "compact", name);
}

void Engine::checkpoint(const fs::path& asked) {
  const fs::path target = asked.has_filename() ? asked : asked.parent_path();  // "copy/" is "copy"
  const std::string doing = "checkpoint to " + quote(asked.native());
  std::error_code error;
  if (target.filename().empty()) throw InvalidOption(doing + ": name a new directory");
  if (fs::exists(fs::symlink_status(target, error))) {
    throw InvalidOption(doing + ": it exists already; name a new directory");
  }
  const auto fail = [&](int number) {
    throw IoError(doing + ": " + std::error_code(number, std::generic_category()).message(),
                  number == ENOSPC ? ErrorCode::no_space : ErrorCode::io);
  };
  // RocksDB makes its directory readable for everyone: let it do so inside one that is not.
  std::string staging = target.native() + ".XXXXXX";
  if (::mkdtemp(staging.data()) == nullptr) fail(errno);
  const std::unique_ptr<const std::string, void (*)(const std::string*)> cleanup(
      &staging, [](const std::string* path) {
        std::error_code ignored;
        fs::remove_all(*path, ignored);
      });
  const fs::path inside = fs::path(staging) / "store";
  remember();  // the copy must not start at an earlier time than it shows
  rocksdb::Checkpoint* raw = nullptr;
  rocksdb::Status status = rocksdb::Checkpoint::Create(db_.get(), &raw);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(raw);
  // Without a log the memtables must be flushed to be in the copy; with one, it is copied instead,
  // which stalls nobody.
  const std::uint64_t log_to_copy =
      durability_ == Durability::clean_close ? 0 : std::numeric_limits<std::uint64_t>::max();
  if (status.ok()) status = checkpoint->CreateCheckpoint(inside.native(), log_to_copy);
  if (!status.ok()) raise(status, doing);
  if (::chmod(inside.c_str(), 0700) != 0) fail(errno);
  mark_directory(inside);
  if (::rename(inside.c_str(), target.c_str()) != 0) fail(errno);
  sync_directory(target.has_parent_path() ? target.parent_path() : fs::path("."));
}

void Engine::remember() {
  const std::string mark = rules_.mark();
  if (mark.empty()) return;
  const rocksdb::Status status = db_->Put(write_options_, metadata_.get(), mark_key, mark);
  if (!status.ok()) logger_->say("the time could not be remembered: " + status.ToString());
}

void Engine::run() {
  using Steady = std::chrono::steady_clock;
  const auto pause = durability_ == Durability::interval
                         ? std::min<std::chrono::milliseconds>(sync_interval_, remember_interval)
                         : std::chrono::milliseconds(remember_interval);
  Tickets::Number remembered = 0;
  Steady::time_point remembered_at = Steady::now();
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, pause, [this] { return stopping_.load(); })) {
    lock.unlock();
    try {
      if (durability_ == Durability::interval && !tickets_.settled()) sync();
      if (tickets_.issued() != remembered && Steady::now() - remembered_at >= remember_interval) {
        remembered = tickets_.issued();
        remembered_at = Steady::now();
        remember();
      }
    } catch (const std::exception& error) {
      logger_->say(error.what());  // the next writer that asks for a sync gets it as its own error
    }
    lock.lock();
  }
}

void Engine::close() noexcept {
  try {
    remember();
    const rocksdb::Status synced = sync_now();
    if (!synced.ok()) logger_->say("last sync before close failed: " + synced.ToString());
    families_.clear();
    others_.clear();
    metadata_.reset();
    rocksdb::CancelAllBackgroundWork(db_.get(), true);
    const rocksdb::Status closed = db_->Close();
    if (!closed.ok()) logger_->say("close: " + closed.ToString());
    db_.reset();
  } catch (...) {
    logger_->say("close failed");
  }
}

}  // namespace cairn::store
