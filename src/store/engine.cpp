#include "store/engine.h"

#include <rocksdb/convenience.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/version.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <limits>
#include <optional>
#include <system_error>

#include <cairn/error.h>
#include "store/fork_guard.h"
#include "store/status.h"

namespace cairn::store {
namespace fs = std::filesystem;
namespace {

constexpr std::chrono::seconds remember_interval(10);
const rocksdb::Slice mark_key = "cairn.clock";

struct FamilyName {
  std::string name;
  std::uint64_t generation;
};

std::optional<FamilyName> parse_family(const std::string& full) {
  const std::size_t at = full.rfind('@');
  if (at == std::string::npos) return std::nullopt;
  FamilyName parsed{full.substr(0, at), 0};
  const char* const end = full.data() + full.size();
  const auto result = std::from_chars(full.data() + at + 1, end, parsed.generation);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return parsed;
}

std::string opening(const fs::path& directory) { return "open " + quote(directory.native()); }

rocksdb::Status open_database(const rocksdb::DBOptions& options, const std::string& path,
                              const std::vector<rocksdb::ColumnFamilyDescriptor>& families,
                              std::vector<rocksdb::ColumnFamilyHandle*>* handles,
                              std::unique_ptr<rocksdb::DB>* db) {
#if ROCKSDB_MAJOR >= 11
  return rocksdb::DB::Open(options, path, families, handles, db);
#else
  rocksdb::DB* raw = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(options, path, families, handles, &raw);
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
      lock_(directory),
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
  if (ForkGuard::forked()) {
    thread_.detach();  // it does not exist here
    (void)db_.release();
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
  close();
}

void Engine::open(const fs::path& directory) {
  std::vector<std::string> names;
  if (fs::exists(directory / "CURRENT")) {
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
  if (db_->Get(rocksdb::ReadOptions(), metadata_, mark_key, &mark).ok()) rules_.resume(mark);
}

void Engine::adopt(const std::vector<rocksdb::ColumnFamilyHandle*>& handles) {
  std::vector<rocksdb::ColumnFamilyHandle*> stale;
  for (rocksdb::ColumnFamilyHandle* handle : handles) {
    const std::optional<FamilyName> parsed = parse_family(handle->GetName());
    if (!parsed) {
      if (handle->GetName() == rocksdb::kDefaultColumnFamilyName) metadata_ = handle;
      continue;
    }
    Generation& current = families_[parsed->name];
    if (current.handle != nullptr && current.number > parsed->generation) {
      stale.push_back(handle);
    } else {
      if (current.handle != nullptr) stale.push_back(current.handle);
      current = {parsed->generation, handle};
    }
  }
  for (rocksdb::ColumnFamilyHandle* handle : stale) drop(handle);
}

rocksdb::ColumnFamilyHandle* Engine::find(const std::string& name) const {
  const auto found = families_.find(name);
  return found == families_.end() ? nullptr : found->second.handle;
}

rocksdb::ColumnFamilyHandle* Engine::create_next(const std::string& name) {
  const auto found = families_.find(name);
  const std::uint64_t generation = found == families_.end() ? 1 : found->second.number + 1;
  rocksdb::ColumnFamilyHandle* handle = nullptr;
  const rocksdb::Status status = db_->CreateColumnFamily(
      options_.family(rules_, name), name + "@" + std::to_string(generation), &handle);
  check(status, "make column family", name);
  return handle;
}

rocksdb::ColumnFamilyHandle* Engine::install(const std::string& name,
                                             rocksdb::ColumnFamilyHandle* next) {
  Generation& current = families_[name];
  rocksdb::ColumnFamilyHandle* const before = current.handle;
  current = {current.number + 1, next};
  return before;
}

// The data is out of reach already, so a failure costs disk space until the next open, not
// correctness: it is reported and passed over.
void Engine::drop(rocksdb::ColumnFamilyHandle* handle) {
  const rocksdb::Status dropped = db_->DropColumnFamily(handle);
  if (!dropped.ok()) logger_->say("drop of a cleared column family: " + dropped.ToString());
  db_->DestroyColumnFamilyHandle(handle);
}

void Engine::settle(Tickets::Number number, Durability asked, std::string_view verb,
                    std::string_view key) {
  if (durability_ != Durability::power_loss && asked != Durability::power_loss) {
    // A store without a log can give nothing between "in memory" and "flushed to disk".
    if (durability_ != Durability::clean_close || asked == Durability::clean_close) return;
  }
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
  std::vector<rocksdb::ColumnFamilyHandle*> handles{metadata_};
  for (const auto& [name, generation] : families_) handles.push_back(generation.handle);
  return db_->Flush(rocksdb::FlushOptions(), handles);
}

void Engine::checkpoint(const fs::path& target) {
  const auto doing = [&] { return "checkpoint to " + quote(target.native()); };
  if (fs::exists(fs::symlink_status(target))) {
    throw InvalidOption(doing() + ": it exists already; name a new directory");
  }
  // RocksDB makes its directory readable for everyone: let it do so inside one that is not.
  std::string staging = target.native() + ".XXXXXX";
  if (::mkdtemp(staging.data()) == nullptr) {
    throw IoError(doing() + ": " + std::error_code(errno, std::generic_category()).message());
  }
  const fs::path inside = fs::path(staging) / "store";
  rocksdb::Checkpoint* raw = nullptr;
  rocksdb::Status status = rocksdb::Checkpoint::Create(db_.get(), &raw);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(raw);
  // Without a log the memtables must be flushed to be in the copy; with one, it is copied instead,
  // which stalls nobody.
  const std::uint64_t log_to_copy =
      durability_ == Durability::clean_close ? 0 : std::numeric_limits<std::uint64_t>::max();
  if (status.ok()) status = checkpoint->CreateCheckpoint(inside.native(), log_to_copy);
  std::error_code error;
  if (status.ok() && ::chmod(inside.c_str(), 0700) == 0) {
    mark_directory(inside);
    fs::rename(inside, target, error);
  }
  std::error_code ignored;
  fs::remove_all(staging, ignored);
  if (!status.ok()) raise(status, doing());
  if (error) throw IoError(doing() + ": " + error.message());
}

void Engine::remember() {
  const std::string mark = rules_.mark();
  if (mark.empty()) return;
  const rocksdb::Status status = db_->Put(write_options_, metadata_, mark_key, mark);
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
  while (!wake_.wait_for(lock, pause, [this] { return stopping_; })) {
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
    for (const auto& [name, generation] : families_) {
      db_->DestroyColumnFamilyHandle(generation.handle);
    }
    db_->DestroyColumnFamilyHandle(metadata_);
    rocksdb::CancelAllBackgroundWork(db_.get(), true);
    const rocksdb::Status closed = db_->Close();
    if (!closed.ok()) logger_->say("close: " + closed.ToString());
    db_.reset();
  } catch (...) {
    logger_->say("close failed");
  }
}

}  // namespace cairn::store
