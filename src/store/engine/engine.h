// One open RocksDB.
#pragma once

#include <rocksdb/db.h>

#include <atomic>
#include <chrono>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <cairn/error.h>
#include <cairn/options.h>
#include "process/mutex.h"
#include "store/border/open_database.h"
#include "store/directory/watermark.h"
#include "store/engine/engine_options.h"
#include "store/engine/expiring.h"
#include "store/engine/families.h"
#include "store/engine/opening.h"
#include "store/engine/reaper.h"
#include "store/engine/setting.h"
#include "store/engine/upkeep.h"
#include "store/health/guarded_files.h"
#include "store/locks/tickets.h"

namespace cairn::store {

/// From open to close: the database, its column families, the thread that syncs, remembers the time
/// and looks at the free space, and the one that reclaims the space of what has expired.
class Engine {
 public:
  /// Hold the directory's lock.  Throws the errors of opening (cairn/caches.h).
  Engine(const Setting& setting, Access access);
  /// Flushes or syncs, closes, and seals the store if all of that succeeded.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // For the end of the process.
  /// Whether the calling thread is inside RocksDB: in its logger, or in one of its jobs.
  bool in_this_thread() const noexcept;
  /// Ends what takes long, and the thread; false if somebody still uses the engine after that time:
  /// then it must not be destroyed.
  bool quiet_until(const process::ProcessEnd::Circumstances& end) noexcept;
  /// Puts what was written so far on disk, whoever is inside.
  void save() noexcept;

  Access access() const { return access_; }
  const RecoveryReport& report() const { return report_; }

  rocksdb::DB& db() const { return *database_.db; }

  /// Ends what takes long, before the engine is replaced: everyone waits for that.
  void hurry() noexcept { stopping_ = true; }
  /// Whether what takes long is to end.
  bool stopping() const noexcept { return stopping_.load(std::memory_order_relaxed); }

  /// What a call of RocksDB holds: while it reads, no lock that outlives an exception.
  enum class Holds { anything, no_lock };

  /// Calls RocksDB, where it may find no memory.  An exception that crosses RocksDB leaves nobody
  /// knows which locks taken: nobody calls it again, and the healer reopens the store.  Throws
  /// IoError then.
  template <class Call>
  auto call(std::string_view verb, const Call& call, Holds holds = Holds::anything) const
      -> decltype(call()) {
    try {
      return call();
    } catch (const Error&) {
      throw;  // our own, about what RocksDB has said
    } catch (const std::exception& error) {
      abandon(verb, error, holds);
    }
  }
  /// The same for a call that reads.
  template <class Call>
  auto read(std::string_view verb, const Call& call) const -> decltype(call()) {
    return this->call(verb, call, Holds::no_lock);
  }
  /// Whether that has happened.
  bool abandoned() const noexcept { return abandoned_->load(std::memory_order_relaxed); }
  /// Whether the healer may still ask RocksDB for what is in memory only.
  bool can_be_saved() const noexcept { return !locks_unknown_.load(); }
  /// Before an engine that was abandoned is destroyed, which leaves its database in memory.  False
  /// if RocksDB's threads, or whoever has a lease, do not come back from it: then the engine must
  /// not be destroyed.
  bool part_with_database() noexcept;

  using Handle = FamilyHandle;

  /// Keeps the engine from closing while something takes long, without keeping the gate.  What it
  /// keeps of the engine is given back first.
  class Lease {
   public:
    explicit Lease(Engine& engine);
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

   private:
    Engine& engine_;
  };

  /// The families that hold entries, as they are now.
  std::vector<Handle> caches() const;
  /// The size in bytes at which a table is ended, and another begun.
  std::uint64_t table_size() const { return options_.table_size(); }
  /// Null where the engine only reads, or nothing is to be reclaimed.
  Reaper* reaper() const { return reaper_.get(); }

  Handle find(const std::string& name) const { return families_->find(name); }
  std::vector<std::string> names() const { return families_->names(); }
  /// Makes the next generation of a family and returns it; the one before stays in use until
  /// install().
  Handle create_next(const std::string& name);
  /// Puts the new generation in use.  Nobody may be using the engine meanwhile (Gate).  Returns the
  /// old one, if any, for drop().
  Handle install(const std::string& name, Handle next) {
    return families_->install(name, std::move(next));
  }
  /// A failure is reported, and costs disk space until the next opening.
  void drop(const Handle& handle);

  /// Stores the clock's time, so that a crash leaves it if it leaves anything that is written from
  /// here on.  False if the disk does not take it.
  bool remember_first();

  /// The options of every write: the store's durability level decides about the log.
  const rocksdb::WriteOptions& write_options() const { return write_options_; }
  /// Takes the number of a write that has just been done.
  Tickets::Number written() noexcept { return tickets_.issue(); }
  /// Waits until that write is as durable as asked for.
  void settle(Tickets::Number number, std::string_view verb, std::string_view key);
  /// Whether something that can be read by now is not known to be on disk.
  bool shows_unsynced() const {
    return access_ == Access::read_write && watermark_.sequence() < db().GetLatestSequenceNumber();
  }
  /// Waits until everything that can be read by now is on disk.
  void settle_what_shows(std::string_view verb, std::string_view key);
  /// Whether settle() has anything to wait for.
  bool waits(Durability asked) const noexcept;
  /// Makes everything written so far survive a power cut.
  void sync();

  /// A step of it.
  Expiring::Step expire(Expiring& work, rocksdb::ColumnFamilyHandle& family,
                        const std::string& name) {
    return work.step(*this, setting_, family, name);
  }
  /// Rewrites all of a column family through its compaction filter, into one level.  What it folds
  /// is not filtered.  False if stopping() ended it.
  bool compact(rocksdb::ColumnFamilyHandle& family, const std::string& name);

  void checkpoint(const std::filesystem::path& asked);

  /// Turns off automatic compaction of a family with a damaged table, and with it RocksDB's write
  /// stalls.  False if there is no such family.
  bool stop_compacting(const std::string& generation_name);

  /// Bytes that the disk has left for us; more than there can be where it does not say.
  std::uint64_t free_space() const;
  /// Why writing should wait for free space; empty if there is enough.
  std::string shortage() const;
  /// How much the disk should take: what an opening begins with, or what RocksDB writes at a time,
  /// so that a disk with a last free block does not pass.
  enum class Probe : std::size_t {
    opening = std::size_t{4} << 10,
    working = std::size_t{64} << 10
  };
  /// Writes, syncs and removes a small file.
  rocksdb::Status probe(Probe size);
  /// In a store without a log, after an error: flushes the memtables.  False if that fails, and
  /// always in a store with a log.
  bool write_out();
  /// True once the memtables cannot be flushed any more; reopening would lose them (see Rescue).
  bool given_up() const { return given_up_; }
  std::uint64_t memory_bytes() const { return options_.memory_bytes(); }
  /// Memory that is not RocksDB's, of which the budget had `before` bytes, counts as `now` bytes of
  /// it until the engine is gone.
  void charge(std::uint64_t before, std::uint64_t now) noexcept { options_.charge(before, now); }
  /// Waits for a moment if flushes do not keep up with what is written, so that the write buffers
  /// stay within the budget.
  void make_way() const;

 private:
  [[noreturn]] void abandon(std::string_view verb, const std::exception& error, Holds holds) const;
  bool logs() const noexcept { return setting_.options.durability != Durability::clean_close; }

  bool resume();
  bool flushes_nothing() const;
  /// Waits until nobody has a lease any more; false if that takes longer.
  bool left_until(std::chrono::steady_clock::time_point end) noexcept CAIRN_EXCLUDES(mutex_);

  /// Keeps in memory what of an abandoned engine RocksDB's threads may still use.
  void leave_database() noexcept;

  void open();
  void begin_upkeep();
  void recover(Opening& opening);
  void adopt(Database database);
  void correct(const Correction& correction);
  rocksdb::Status write_corrected(const Correction& correction, std::uint64_t& corrected);
  rocksdb::Status sync_now();
  rocksdb::Status sync_log();
  rocksdb::Status flush_all();
  rocksdb::Status flush_each(bool wait);
  rocksdb::Status flush_metadata();
  bool remember();
  void free_logs();
  void expect(std::size_t families);
  void limit_open_files(std::uint64_t tables);
  bool change(const std::string& option, const std::string& value);
  void flush_in_time();
  void schedule();
  void look_at_space();
  void sync_in_time();
  void remember_in_time();
  void release();
  void close() noexcept;

  const Setting setting_;
  const std::filesystem::path& directory_;
  const Access access_;
  Watermark watermark_;
  Watermark manifest_watermark_;
  LogGuard log_guard_;
  const std::shared_ptr<JobEnv> files_;  // outlives the database
  EngineOptions options_;
  RecoveryReport report_;
  bool given_up_ = false;
  bool whole_ = true;  // everything is on disk, and RocksDB closed without an error
  rocksdb::WriteOptions write_options_;
  std::atomic<bool> time_missing_{false};  // remember() has failed, and has said so
  const std::shared_ptr<std::atomic<bool>> abandoned_ = std::make_shared<std::atomic<bool>>(false);
  mutable std::atomic<bool> locks_unknown_{false};
  std::atomic<int> open_files_{-1};  // RocksDB's max_open_files
  std::atomic<bool> many_families_{false};
  Database database_;
  std::optional<Families> families_;  // from open to close
  Tickets tickets_;

  process::Mutex mutex_;
  process::Condition returned_;
  std::size_t leases_ CAIRN_GUARDED_BY(mutex_) = 0;
  std::atomic<bool> stopping_{false};

  // The last time that was remembered, for remember_in_time().
  Tickets::Number remembered_ = 0;
  std::chrono::steady_clock::time_point remembered_at_;
  Upkeep upkeep_;
  std::unique_ptr<Reaper> reaper_;
};

}  // namespace cairn::store
