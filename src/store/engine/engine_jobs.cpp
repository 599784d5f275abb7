// Engine, continued: the work of its periodic thread, and compaction, checkpoint and repair.
#include <rocksdb/convenience.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <limits>
#include <thread>

#include "store/border/bytes_view.h"
#include "store/border/job_threads.h"
#include "store/border/metadata_keys.h"
#include "store/border/scan_options.h"
#include "store/border/status.h"
#include "store/directory/file_name.h"
#include "store/engine/checkpoint.h"
#include "store/engine/engine.h"

namespace cairn::store {
namespace fs = std::filesystem;
namespace {

constexpr std::chrono::seconds remember_interval(10);
constexpr std::chrono::seconds check_interval(1);
constexpr const char* probe_name = "CAIRN.probe";
constexpr std::size_t correction_step = 1 << 20;
// A resumption that does nothing for half a second is given up.
constexpr std::chrono::milliseconds resume_look(10);
constexpr int idle_looks = 50;
constexpr std::size_t few_families = 16;
// How long a writer waits while the write buffers are full.
constexpr std::chrono::milliseconds pause(1);

}  // namespace

bool Engine::compact(rocksdb::ColumnFamilyHandle& family, const std::string& name) {
  rocksdb::Status status =
      call("compact", [&] { return db().Flush(rocksdb::FlushOptions(), &family); });
  rocksdb::CompactRangeOptions options;
  options.exclusive_manual_compaction = false;
  // What has come to the last level by this very call is not written again.
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
  options.canceled = &stopping_;
  if (status.ok()) {
    status = call("compact", [&] { return db().CompactRange(options, &family, nullptr, nullptr); });
  }
  // Cleared meanwhile: there is nothing left to rewrite.
  if (status.ok() || status.IsColumnFamilyDropped()) return true;
  if (status.IsIncomplete() && stopping()) return false;
  setting_.monitor.raise_write(status, "compact", name);
}

bool Engine::stop_compacting(const std::string& generation_name) {
  const std::vector<Handle> handles = families_->all();
  const auto found = std::find_if(handles.begin(), handles.end(), [&](const Handle& each) {
    return each->GetName() == generation_name;
  });
  if (found == handles.end()) return false;
  const rocksdb::Status status = call("end compactions", [&] {
    if (db().GetOptions(found->get()).disable_auto_compactions) return rocksdb::Status::OK();
    return db().SetOptions(found->get(), {{"disable_auto_compactions", "true"}});
  });
  check(status, "end compactions of", generation_name);
  return true;
}

void Engine::checkpoint(const fs::path& asked) {
  Checkpoint copy(asked);
  remember();  // the copy must not start at an earlier time than it shows
  if (!logs()) sync();
  call("checkpoint", [&] {
    copy.write(db(), logs() ? Memtables::in_log : Memtables::flushed);
    return true;
  });
}

// Reads everything once.  The time is remembered last: an opening that is cut short begins again.
void Engine::correct(const Correction& correction) {
  std::uint64_t corrected = 0;
  const rocksdb::Status status =
      call("put records right", [&] { return write_corrected(correction, corrected); });
  if (!status.ok()) {
    setting_.logger->say("records from a clock that was ahead could not be put right: " +
                         status.ToString());
    return;
  }
  setting_.logger->say(std::to_string(corrected) +
                       " records were written by a clock that was ahead, and have been put right");
  remember();
}

rocksdb::Status Engine::write_corrected(const Correction& correction, std::uint64_t& corrected) {
  rocksdb::WriteBatch batch;
  rocksdb::Status status;
  const auto write = [&] {
    if (status.ok()) status = db().Write(write_options_, &batch);
    batch.Clear();
  };
  for (const Handle& family : caches()) {
    const std::unique_ptr<rocksdb::Iterator> at(db().NewIterator(scan_options(), family.get()));
    for (at->SeekToFirst(); at->Valid(); at->Next()) {
      const std::optional<std::string> record = correction(view(at->value()));
      if (!record) continue;
      ++corrected;
      if (record->empty()) {
        batch.Delete(family.get(), at->key());
      } else {
        batch.Put(family.get(), at->key(), *record);
      }
      if (batch.GetDataSize() >= correction_step) write();
    }
    if (status.ok()) status = at->status();
  }
  write();
  if (status.ok() && !logs()) status = flush_all();
  return status;
}

bool Engine::remember() {
  const std::string time = setting_.rules.clock_time();
  if (time.empty()) return true;
  const rocksdb::Status status = call("remember the time", [&] {
    return db().Put(write_options_, families_->metadata().get(), clock_key, time);
  });
  // Writers ask again and again: said once, until it is done.
  const bool said = time_missing_.exchange(!status.ok());
  if (!status.ok() && !said) {
    setting_.logger->say("the time could not be remembered: " + status.ToString());
  }
  return status.ok();
}

// Without a log every family is written out by itself.
bool Engine::remember_first() { return remember() && (logs() || flush_metadata().ok()); }

// Our own family never fills a write buffer, and would keep every log since its last flush.
void Engine::free_logs() {
  int logs = 0;
  std::uint64_t tables = 0;
  for (const fs::directory_entry& each : fs::directory_iterator(directory_)) {
    const FileKind kind = kind_of(each.path());
    logs += kind == FileKind::log ? 1 : 0;
    tables += kind == FileKind::table ? 1 : 0;
  }
  if (logs > 1) check(flush_metadata(), "flush", clock_key.data());
  limit_open_files(tables);
}

void Engine::expect(std::size_t families) {
  options_.make_room(families);
  if (access_ == Access::read_only) return;
  limit_open_files(families);  // one table each, sooner or later
  if (families <= few_families || many_families_) return;
  JobThreads::instance().start_flushes();
  many_families_ = change("max_total_wal_size", std::to_string(options_.most_log_bytes()));
}

// There may be more tables by now, or fewer descriptors, than there were at the opening.
void Engine::limit_open_files(std::uint64_t tables) {
  const int before = open_files_;
  const int limit = EngineOptions::open_files(tables);
  if (limit == -1 || (before != -1 && before <= limit)) return;
  if (change("max_open_files", std::to_string(limit))) open_files_ = limit;
}

bool Engine::change(const std::string& option, const std::string& value) {
  const rocksdb::Status status = call("change " + option, [&] {
    return db().SetDBOptions({{option, value}});
  });
  if (!status.ok()) {
    setting_.logger->say(option + " could not be changed to " + value + ": " + status.ToString());
  }
  return status.ok();
}

// RocksDB flushes all families, in the middle of somebody's write, when its log or its write
// buffers are full, and until that is done every write takes the mutex of the database.  So, where
// that takes long, it is begun earlier; but not while flushes are under way.
void Engine::flush_in_time() {
  if (!many_families_ || setting_.monitor.broken() || !options_.flushes_due()) return;
  std::uint64_t waiting = 0;
  db().GetAggregatedIntProperty(rocksdb::DB::Properties::kNumImmutableMemTable, &waiting);
  if (waiting == 0) check(call("flush", [&] { return flush_each(false); }), "flush", "all");
}

void Engine::make_way() const {
  if (options_.write_buffers_full()) [[unlikely]]
    std::this_thread::sleep_for(pause);
}

std::uint64_t Engine::free_space() const {
  std::uint64_t free = 0;
  const bool known = options_.db().env->GetFreeSpace(directory_.native(), &free).ok();
  return known ? free : std::numeric_limits<std::uint64_t>::max();
}

std::string Engine::shortage() const {
  const StoreOptions& options = setting_.options;
  const std::uint64_t reserve = options.free_space_reserve.value_or(2 * options_.write_buffer());
  const std::uint64_t free = free_space();
  if (free >= reserve) return {};
  return "No space left on device: " + std::to_string(free) + " bytes are free, and " +
         std::to_string(reserve) + " are kept in reserve (StoreOptions::free_space_reserve)";
}

rocksdb::Status Engine::probe(Probe size) {
  rocksdb::Env* const env = options_.db().env;
  const std::string path = (directory_ / probe_name).native();
  const std::string data(static_cast<std::size_t>(size), '\0');
  const rocksdb::Status written = rocksdb::WriteStringToFile(env, data, path, true);
  const rocksdb::Status removed = env->DeleteFile(path);
  return written.ok() ? removed : written;
}

// Where there is a log it has everything; and where it has failed, RocksDB asserts that nobody
// writes to it again.
//
// Resume() waits for what it flushes.  Flush() does not wait any more once Resume() has cleared an
// error: 7.8 does not take back ErrorHandler::is_db_stopped_.  So another Resume() comes last.
bool Engine::write_out() {
  return !logs() && !given_up_ && resume() && flush_all().ok() && resume();
}

// RocksDB 7.8 loses a flush that it had scheduled when another job failed: the request stays in its
// queue, nobody is told to look there, and Resume() waits for it for ever, until the shutdown.
bool Engine::resume() try {
  std::future<rocksdb::Status> resumed =
      std::async(std::launch::async, [this] { return db().Resume(); });
  int idle = 0;
  while (resumed.wait_for(resume_look) != std::future_status::ready) {
    idle = flushes_nothing() ? idle + 1 : 0;
    if (idle == idle_looks) {
      given_up_ = true;
      setting_.logger->say("DB::Resume() waits for a flush that does not run, and is given up");
      rocksdb::CancelAllBackgroundWork(&db(), false);
    }
  }
  return resumed.get().ok() && !given_up_;
} catch (const std::exception& error) {
  setting_.logger->say("DB::Resume(): " + lacking(error));
  return false;
}

bool Engine::flushes_nothing() const {
  std::uint64_t running = 0;
  return db().GetIntProperty(rocksdb::DB::Properties::kNumRunningFlushes, &running) && running == 0;
}

void Engine::schedule() {
  remembered_at_ = std::chrono::steady_clock::now();
  upkeep_.every(check_interval, [this] { look_at_space(); });
  upkeep_.every(check_interval, [this] { flush_in_time(); });
  if (setting_.options.durability == Durability::interval) {
    upkeep_.every(setting_.options.sync_interval, [this] { sync_in_time(); });
  }
  upkeep_.every(check_interval, [this] { remember_in_time(); });
}

void Engine::look_at_space() {
  const std::string cause = shortage();
  if (!cause.empty()) setting_.monitor.short_of_space(cause);
}

void Engine::sync_in_time() {
  if (!tickets_.settled() && !setting_.monitor.broken()) sync();
}

void Engine::remember_in_time() {
  const auto now = std::chrono::steady_clock::now();
  if (tickets_.issued() == remembered_ || now - remembered_at_ < remember_interval) return;
  remembered_ = tickets_.issued();
  remembered_at_ = now;
  if (setting_.monitor.broken()) return;
  remember();
  free_logs();
}

}  // namespace cairn::store
