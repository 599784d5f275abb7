#include "store/engine/engine.h"

#include <rocksdb/convenience.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <system_error>
#include <utility>

#include <cairn/error.h>
#include "store/border/bytes_view.h"
#include "store/border/family_name.h"
#include "store/border/status.h"
#include "store/directory/seal.h"
#include "store/recovery/damaged_file.h"

namespace cairn::store {
namespace fs = std::filesystem;
namespace {

constexpr const char* drop_key = "cairn.dropped";
// So that RocksDB does not open every table for a look at the logs.
constexpr int few_files = 64;

std::string opening(const fs::path& directory) { return "open " + quote(directory.native()); }

// A file that is gone is damage, and not a disk that fails.
[[noreturn]] void refuse_opening(const rocksdb::Status& status, const fs::path& directory) {
  if (status.IsCorruption() || status.IsPathNotFound()) {
    const std::string file = damaged_file(status, directory);
    raise_damage(directory, (file.empty() ? "" : file + ": ") + status.ToString());
  }
  raise(status, opening(directory));
}

}  // namespace

Engine::Engine(const Setting& setting, Access access)
    : setting_(setting),
      directory_(setting.directory),
      access_(access),
      mark_(setting.directory),
      manifest_mark_(setting.directory, manifest_mark_name),
      files_(guarded_files(EngineOptions::env(setting.options), setting.directory, log_guard_,
                           setting.monitor, manifest_mark_)),
      recovery_(setting.directory, setting.options.on_damage, mark_, manifest_mark_),
      options_(setting.directory, setting.options, setting.logger) {
  options_.watch(*files_, report_to(setting.monitor));
  write_options_.disableWAL = !logs();
  write_options_.no_slowdown = setting.options.max_write_delay.count() > 0;
  open();
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error& error) {
    close();
    throw IoError(opening(directory_) + ": no thread: " + error.what());
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

void Engine::open() {
  if (access_ == Access::read_write) recovery_.begin();
  std::vector<std::string> names;
  rocksdb::Status status = list_families(names);
  if (!status.ok()) refuse_opening(status, directory_);
  Descriptors descriptors;
  for (const std::string& full : names) {
    const std::optional<FamilyName> parsed = parse_family(full);
    descriptors.emplace_back(full, options_.family(setting_.rules, parsed ? parsed->name : full));
  }
  if (access_ == Access::read_write && recovery_.looks_first()) look_first(descriptors);
  rocksdb::DBOptions options = options_.db();
  options.wal_filter = recovery_.filter();
  RawHandles handles;
  status = open_database(options, directory_.native(), access_, descriptors, &handles, &db_);
  if (!status.ok()) refuse_opening(status, directory_);
  adopt(handles);
  if (access_ == Access::read_write) {
    try {
      recovery_.finish(db_->GetLatestSequenceNumber());
    } catch (...) {
      release();
      throw;
    }
    drop_stale();
  }
  std::string mark;
  if (db_->Get(rocksdb::ReadOptions(), metadata_.get(), mark_key, &mark).ok()) {
    setting_.rules.resume(mark);
  }
}

rocksdb::Status Engine::list_families(std::vector<std::string>& names) const {
  std::error_code unreadable;
  if (fs::exists(directory_ / "CURRENT", unreadable)) {
    return rocksdb::DB::ListColumnFamilies(options_.db(), directory_.native(), &names);
  }
  names = {rocksdb::kDefaultColumnFamilyName};
  return rocksdb::Status::OK();
}

// What an opening would find, without one.
struct Engine::Sight {
  std::unique_ptr<LogFilter> filter;
  rocksdb::Status status = {};
  std::uint64_t sequence = 0;  // of the last write
};

// Reading a log takes a fraction of the time of replaying it, and is enough where nothing is lost.
void Engine::look_first(const Descriptors& descriptors) {
  using Records = LogFilter::Records;
  if (const Sight glance = look(descriptors, Records::skipped); !recovery_.lost(glance.sequence)) {
    return;
  }
  const Sight sight = look(descriptors, Records::replayed);
  if (!sight.status.ok() && !recovery_.cut()) refuse_opening(sight.status, directory_);
  recovery_.judge(sight.sequence, *sight.filter);
}

Engine::Sight Engine::look(const Descriptors& descriptors, LogFilter::Records records) const {
  Sight sight{.filter = std::make_unique<LogFilter>(directory_, records)};
  rocksdb::DBOptions options = options_.db();
  options.wal_filter = sight.filter.get();
  options.info_log = std::make_shared<Logger>(nullptr);  // an opening that follows says it again
  options.max_open_files = few_files;
  RawHandles handles;
  std::unique_ptr<rocksdb::DB> db;
  sight.status =
      open_database(options, directory_.native(), Access::read_only, descriptors, &handles, &db);
  for (rocksdb::ColumnFamilyHandle* each : handles) db->DestroyColumnFamilyHandle(each);
  if (sight.status.ok()) {
    sight.sequence = std::max(db->GetLatestSequenceNumber(), sight.filter->last());
  }
  return sight;
}

void Engine::adopt(const std::vector<rocksdb::ColumnFamilyHandle*>& handles) {
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
      stale_.push_back(std::move(handle));
    } else {
      if (current.handle) stale_.push_back(current.handle);
      current = {parsed->generation, std::move(handle)};
    }
  }
}

void Engine::drop_stale() {
  const std::vector<Handle> all = std::exchange(stale_, {});
  for (const Handle& handle : all) drop(handle);
}

Engine::Handle Engine::find(const std::string& name) const {
  const auto found = families_.find(name);
  return found == families_.end() ? nullptr : found->second.handle;
}

std::vector<std::string> Engine::names() const {
  std::vector<std::string> names;
  for (const auto& [name, generation] : families_) names.push_back(name);
  return names;
}

Engine::Handle Engine::create_next(const std::string& name) {
  const auto found = families_.find(name);
  const std::uint64_t generation = found == families_.end() ? 1 : found->second.number + 1;
  rocksdb::ColumnFamilyHandle* handle = nullptr;
  const rocksdb::Status status = db_->CreateColumnFamily(
      options_.family(setting_.rules, name), name + "@" + std::to_string(generation), &handle);
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
  // RocksDB forgets the sequence numbers of a family with the family.  One that is kept stands
  // behind them first, durably, or the watermark would be ahead of what is left.
  rocksdb::Status status =
      db_->Put(write_options_, metadata_.get(), drop_key, rocksdb::Slice(handle->GetName()));
  if (status.ok()) status = sync_now();
  if (status.ok()) status = db_->DropColumnFamily(handle.get());
  if (status.ok()) return;
  setting_.logger->say("drop of a cleared column family: " + status.ToString());
  const std::lock_guard lock(families_mutex_);
  stale_.push_back(handle);
}

bool Engine::waits(Durability asked) const noexcept {
  if (setting_.options.durability == Durability::power_loss || asked == Durability::power_loss) {
    return true;
  }
  // A store without a log can give nothing between "in memory" and "flushed to disk".
  return !logs() && asked != Durability::clean_close;
}

void Engine::settle(Tickets::Number number, std::string_view verb, std::string_view key) {
  const rocksdb::Status status = tickets_.wait(number, [this] { return sync_now(); });
  if (!status.ok()) setting_.monitor.raise_write(status, verb, key);
}

void Engine::sync() {
  // What it has may come from a log that could not be synced.
  if (access_ == Access::read_only) setting_.monitor.refuse("sync", directory_.native());
  const rocksdb::Status status = tickets_.wait(tickets_.issued(), [this] { return sync_now(); });
  if (!status.ok()) setting_.monitor.raise_write(status, "sync", directory_.native());
}

rocksdb::Status Engine::sync_now() {
  const std::uint64_t sequence = db_->GetLatestSequenceNumber();
  const rocksdb::Status status = logs() ? sync_log() : flush_all();
  if (status.ok()) {
    mark_.raise(sequence);
  } else if (status.IsIOError() || status.IsCorruption()) {
    setting_.monitor.failed(status);
  }
  return status;
}

rocksdb::Status Engine::sync_log() {
  const LogGuard::Syncing syncing(log_guard_);
  return syncing.allowed() ? db_->SyncWAL() : rocksdb::Status::IOError("the log has failed");
}

std::vector<Engine::Handle> Engine::handles_in_use() const {
  std::vector<Handle> handles{metadata_};
  const std::lock_guard lock(families_mutex_);
  for (const auto& [name, generation] : families_) handles.push_back(generation.handle);
  return handles;
}

rocksdb::Status Engine::flush_all() {
  for (const Handle& handle : handles_in_use()) {
    const rocksdb::Status status = db_->Flush(rocksdb::FlushOptions(), handle.get());
    if (!status.ok() && !status.IsColumnFamilyDropped()) return status;
  }
  return rocksdb::Status::OK();
}

void Engine::release() {
  stale_.clear();
  families_.clear();
  others_.clear();
  metadata_.reset();
  rocksdb::CancelAllBackgroundWork(db_.get(), true);
  const rocksdb::Status closed = db_->Close();
  if (!closed.ok()) setting_.logger->say("close: " + closed.ToString());
  whole_ = whole_ && closed.ok();
  db_.reset();
}

void Engine::close() noexcept {
  try {
    const bool broken = setting_.monitor.broken();
    whole_ = access_ == Access::read_write && (!broken || write_out());
    if (whole_ && !broken) {
      remember();
      const rocksdb::Status synced = sync_now();
      if (!synced.ok()) setting_.logger->say("last sync before close failed: " + synced.ToString());
      whole_ = synced.ok();
    }
    release();
    if (whole_) write_seal(directory_);
  } catch (const std::exception& error) {
    setting_.logger->say(std::string("close: ") + error.what());
  } catch (...) {
    setting_.logger->say("close failed");
  }
}

}  // namespace cairn::store
