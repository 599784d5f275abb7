#include "store/engine/engine.h"

#include <rocksdb/convenience.h>

#include <new>
#include <utility>

#include <cairn/error.h>
#include "store/border/engine_hooks.h"
#include "store/border/job_threads.h"
#include "store/border/metadata_keys.h"
#include "store/border/status.h"
#include "store/directory/seal.h"
#include "store/health/reporter.h"
#include "store/recovery/recovery.h"

namespace cairn::store {
namespace {

constexpr std::chrono::seconds job_patience(10);

// More than RocksDB takes at once for opening a database or making a column family.
constexpr std::size_t enough_memory = 16 << 20;

// Where RocksDB finds no memory half-way through making a memtable, and has assertions, as Debian's
// has, it ends the process.  So it is asked for beforehand.
void require_memory() { ::operator delete(::operator new(enough_memory)); }

}  // namespace

Engine::Engine(const Setting& setting, Access access)
    : setting_(setting),
      directory_(setting.directory),
      access_(access),
      watermark_(setting.directory),
      manifest_watermark_(setting.directory, manifest_watermark_name),
      files_(guarded_files(env_of(setting.directory), setting.directory, log_guard_,
                           setting.monitor, manifest_watermark_)),
      options_(setting.directory, setting.options, setting.logger),
      // The next writer that waits for a sync is given a sync's failure as well.
      upkeep_([this](std::string_view what) { setting_.logger->say(what); }) {
  JobThreads::instance().start();
  require_memory();
  options_.watch(*files_, report_to(setting.monitor));
  write_options_.disableWAL = !logs();
  write_options_.no_slowdown = setting.options.max_write_delay.count() > 0;
  open();
  begin_upkeep();
}

void Engine::begin_upkeep() try {
  schedule();
  upkeep_.start();
  const std::chrono::milliseconds interval = setting_.options.reclaim_interval;
  if (access_ == Access::read_only || !setting_.rules.weigh) return;
  reaper_ = std::make_unique<Reaper>(*this, setting_);
  if (interval.count() > 0) reaper_->start(interval);
} catch (const std::exception& error) {
  reaper_.reset();
  upkeep_.stop();
  close();
  throw IoError("open " + quote(directory_.native()) + ": " + lacking(error));
}

// Whoever is at work with a lease finishes it, an expire() too: nobody's close makes it fail.
Engine::~Engine() {
  if (reaper_) reaper_->stop();
  upkeep_.stop();
  {
    process::UniqueLock lock(mutex_);
    while (leases_ > 0) returned_.wait(lock);
  }
  close();
}

bool Engine::in_this_thread() const noexcept {
  return setting_.logger->in_engine() || JobThreads::working_for() == files_.get();
}

bool Engine::quiet_until(const process::ProcessEnd::Circumstances& end) noexcept {
  hurry();
  const bool reaped = !reaper_ || reaper_->stop_until(end);
  const bool stopped = upkeep_.stop_until(end);
  return left_until(end.patience) && stopped && reaped;
}

bool Engine::left_until(std::chrono::steady_clock::time_point end) noexcept {
  process::UniqueLock lock(mutex_);
  return returned_.wait_until(lock, end, [this]() CAIRN_REQUIRES(mutex_) { return leases_ == 0; });
}

void Engine::save() noexcept {
  if (access_ == Access::read_only || setting_.monitor.broken()) return;
  try {
    (void)sync_now();
  } catch (...) {
    setting_.logger->say("end of the process: the last writes could not be put on disk");
  }
}

Engine::Lease::Lease(Engine& engine) : engine_(engine) {
  const process::LockGuard lock(engine_.mutex_);
  ++engine_.leases_;
}

Engine::Lease::~Lease() {
  // Told under the lock: the engine may be gone as soon as it is released.
  const process::LockGuard lock(engine_.mutex_);
  --engine_.leases_;
  engine_.returned_.notify_all();
}

void Engine::open() {
  try {
    Opening opening(setting_, options_);
    if (access_ == Access::read_write) {
      recover(opening);
    } else {
      adopt(opening.open(access_));
    }
  } catch (...) {
    if (files_->given_up()) process::ProcessEnd::keep(files_);
    throw;
  }
  std::string clock_time;
  const rocksdb::Status read =
      db().Get(rocksdb::ReadOptions(), families_->metadata().get(), clock_key, &clock_time);
  if (!read.ok()) clock_time.clear();
  const Correction correction = setting_.rules.clock_not_before(clock_time);
  if (!correction || access_ == Access::read_only) return;
  try {
    correct(correction);
  } catch (...) {
    if (abandoned()) (void)part_with_database();
    throw;
  }
}

void Engine::recover(Opening& opening) {
  Recovery recovery(directory_, setting_.options.on_damage,
                    {.sequence = watermark_.sequence(),
                     .unreadable = watermark_.unreadable(),
                     .manifest = SyncedManifest(manifest_watermark_.sequence())});
  try {
    report_ = recovery.run([&](LogFilter::Records records) { return opening.look(records); },
                           [&] {
                             adopt(opening.open(access_));
                             return opening.sight(database_);
                           });
  } catch (...) {
    if (database_.db) release();
    throw;
  }
  if (report_.lost_writes > 0) watermark_.reset(db().GetLatestSequenceNumber());
  for (const Handle& each : families_->take_stale()) drop(each);
}

void Engine::adopt(Database database) {
  database_ = std::move(database);
  families_.emplace(db(), database_.names, std::exchange(database_.handles, {}), abandoned_);
  open_files_ = options_.db().max_open_files;
  expect(families_->count());
}

std::vector<Engine::Handle> Engine::caches() const {
  std::vector<Handle> all = families_->in_use();
  std::erase(all, families_->metadata());
  return all;
}

Engine::Handle Engine::create_next(const std::string& name) try {
  require_memory();
  const std::size_t families = families_->count() + 1;
  const rocksdb::ColumnFamilyOptions options = options_.family(setting_.rules, name, families);
  Handle made;
  const rocksdb::Status status = call("make column family " + name,
                                      [&] { return families_->create_next(name, options, made); });
  // The family may be in the MANIFEST all the same: RocksDB looks for its directory after that.
  // What would be written to the generation before would be lost at the next opening.
  if (!status.ok() && find(name)) setting_.monitor.failed(status);
  check(status, "make column family", name);
  expect(families);
  return made;
} catch (const std::bad_alloc& error) {
  throw IoError("make column family " + quote(name) + ": " + lacking(error));
}

// The data is out of reach already, so a failure costs disk space until the next open, not
// correctness: it is reported and passed over.
void Engine::drop(const Handle& handle) {
  // RocksDB forgets the sequence numbers of a family with the family.  One that is kept stands
  // behind them first, durably, or the watermark would be ahead of what is left.
  const auto stand_behind = [&] {
    const rocksdb::Slice name(handle->GetName());
    rocksdb::Status put = db().Put(write_options_, families_->metadata().get(), drop_key, name);
    if (!put.ok()) return put;
    // Without a log a sync would write out all the other families.
    return logs() ? sync_now() : flush_metadata();
  };
  const rocksdb::Status status =
      call("drop a cleared column family", [&] { return families_->drop(handle, stand_behind); });
  if (!status.ok()) {
    setting_.logger->say("drop of a cleared column family: " + status.ToString());
  }
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

// Another thread's write can be read from the moment that RocksDB publishes its sequence number,
// which is before the thread takes its ticket.
void Engine::settle_what_shows(std::string_view verb, std::string_view key) {
  const rocksdb::SequenceNumber shown = db().GetLatestSequenceNumber();
  settle(tickets_.issued(), verb, key);
  if (watermark_.sequence() < shown) settle(tickets_.issue(), verb, key);
}

void Engine::sync() {
  // Its data may come from a log that could not be synced.
  if (access_ == Access::read_only) setting_.monitor.refuse("sync", directory_.native());
  settle_what_shows("sync", directory_.native());
}

rocksdb::Status Engine::sync_now() {
  const std::uint64_t sequence = db().GetLatestSequenceNumber();
  rocksdb::Status status = call("sync", [&] { return logs() ? sync_log() : flush_all(); });
  if (status.ok()) {
    watermark_.raise(sequence);
  } else if (status.IsIOError() || status.IsCorruption()) {
    setting_.monitor.failed(status);
  }
  return status;
}

rocksdb::Status Engine::sync_log() {
  const LogGuard::Syncing syncing(log_guard_);
  const auto failed = [] { return rocksdb::Status::IOError("the log has failed"); };
  if (!syncing.allowed()) return failed();
  rocksdb::Status status = db().SyncWAL();
  return status.ok() && log_guard_.failed_in_flush() ? failed() : status;
}

rocksdb::Status Engine::flush_metadata() {
  return call("flush",
              [&] { return db().Flush(rocksdb::FlushOptions(), families_->metadata().get()); });
}

rocksdb::Status Engine::flush_all() {
  // All are begun before one is waited for.
  const rocksdb::Status begun = flush_each(false);
  return begun.ok() ? flush_each(true) : begun;
}

rocksdb::Status Engine::flush_each(bool wait) {
  rocksdb::FlushOptions options;
  options.wait = wait;
  for (const Handle& handle : families_->in_use()) {
    rocksdb::Status status = db().Flush(options, handle.get());
    if (!status.ok() && !status.IsColumnFamilyDropped()) return status;
  }
  return rocksdb::Status::OK();
}

void Engine::release() {
  families_.reset();
  const rocksdb::Status closed = close_database(db());
  if (!closed.ok()) setting_.logger->say("close: " + closed.ToString());
  whole_ = whole_ && closed.ok();
  database_.db.reset();
}

void Engine::abandon(std::string_view verb, const std::exception& error, Holds holds) const {
  const std::string cause = lacking(error);
  if (holds != Holds::no_lock) locks_unknown_.store(true);
  abandoned_->store(true);
  setting_.monitor.failed(rocksdb::Status::Aborted(cause));
  throw IoError(std::string(verb) + ": " + cause + "; the store is opened again by itself");
}

bool Engine::part_with_database() noexcept {
  hurry();
  const auto patience = std::chrono::steady_clock::now() + job_patience;
  if (!left_until(patience) || !files_->give_up(patience)) return false;
  leave_database();
  return true;
}

void Engine::leave_database() noexcept {
  process::ProcessEnd::keep(files_);
  families_.reset();
  (void)database_.db.release();
}

void Engine::close() noexcept {
  if (abandoned()) return;
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
    process::ProcessEnd::renew();
  } catch (const std::exception& error) {
    setting_.logger->say(std::string("close: ") + error.what());
  } catch (...) {
    setting_.logger->say("close failed");
  }
  if (!abandoned()) return;
  // By one of these calls.  Closing it now might wait for ever.
  (void)files_->give_up(std::chrono::steady_clock::now() + job_patience);
  leave_database();
}

}  // namespace cairn::store
