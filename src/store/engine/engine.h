// One open RocksDB.
#pragma once

#include <rocksdb/db.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <cairn/options.h>
#include "store/border/open_database.h"
#include "store/directory/watermark.h"
#include "store/engine/engine_options.h"
#include "store/health/guarded_files.h"
#include "store/health/health_monitor.h"
#include "store/health/logger.h"
#include "store/locks/tickets.h"
#include "store/recovery/log_filter.h"
#include "store/recovery/recovery.h"

namespace cairn::store {

/// What an engine works with; outlives it.
struct Setting {
  const std::filesystem::path& directory;
  const StoreOptions& options;
  const Rules& rules;
  const std::shared_ptr<Logger>& logger;
  HealthMonitor& monitor;
};

/// From open to close: the database, its column families, and the thread that syncs, remembers the
/// time and looks at the free space.
///
/// engine_upkeep.cpp has what it does from time to time.
///
/// Column families are named `name@generation`.  The highest generation of a name is the one in
/// use; lower ones are left from a clear() that a crash cut short, and are dropped.
class Engine {
 public:
  /// Hold the directory's lock.  Throws what cairn/caches.h says of opening.
  Engine(const Setting& setting, Access access);
  /// Writes what is not written, closes, and seals the store if all of that succeeded.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  Access access() const { return access_; }
  const RecoveryReport& report() const { return recovery_.report(); }

  rocksdb::DB& db() const { return *db_; }

  /// A column family's handle, given back to RocksDB when its last user lets go of it.
  using Handle = std::shared_ptr<rocksdb::ColumnFamilyHandle>;

  /// Keeps the engine from closing while something takes long, without keeping the gate.
  class Lease {
   public:
    explicit Lease(Engine& engine);
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

   private:
    Engine& engine_;
  };

  /// The column family in use for a name; null if there is none.
  Handle find(const std::string& name) const;
  /// The names that have one.  Not while anybody installs.
  std::vector<std::string> names() const;
  /// Makes the next generation of a family and returns it; the one before stays in use until
  /// install().
  Handle create_next(const std::string& name);
  /// Puts the new generation in use.  Nobody may be using the engine meanwhile (Gate).  Returns the
  /// old one, if any, for drop().
  Handle install(const std::string& name, Handle next);
  void drop(const Handle& handle);

  /// The options of every write: the store's durability level decides about the log.
  const rocksdb::WriteOptions& write_options() const { return write_options_; }
  /// Takes the number of a write that has just been done.
  Tickets::Number written() noexcept { return tickets_.issue(); }
  /// Waits until that write is as durable as asked for.
  void settle(Tickets::Number number, std::string_view verb, std::string_view key);
  /// Whether settle() has anything to wait for.
  bool waits(Durability asked) const noexcept;
  /// Makes everything written so far survive a power cut.
  void sync();

  /// Rewrites a column family through its compaction filter; ends early, with Error code busy, when
  /// the engine is closed meanwhile.
  void compact(rocksdb::ColumnFamilyHandle& family, const std::string& name);

  void checkpoint(const std::filesystem::path& asked);

  /// RocksDB compacts that family no more by itself, since a table of it is damaged; nor does it
  /// then slow writes down for want of compaction.  False if there is no such family.
  bool spare(const std::string& full_name);

  /// Why writing should wait for free space; empty if there is enough.
  std::string shortage() const;
  /// Writes, syncs and removes a small file.
  rocksdb::Status probe();
  /// After an error: writes out what is only in memory, because there is no log; false if that
  /// fails, or there is one.
  bool write_out();
  /// What is only in memory cannot be written out any more: opening anew would lose it (Rescue).
  bool given_up() const { return given_up_; }
  std::uint64_t memory_bytes() const { return options_.memory_bytes(); }

 private:
  struct Generation {
    std::uint64_t number = 0;
    Handle handle;
  };

  bool logs() const noexcept { return setting_.options.durability != Durability::clean_close; }

  bool resume();
  bool flushes_nothing() const;

  void open();
  rocksdb::Status list_families(std::vector<std::string>& names) const;
  void look_first(const Descriptors& descriptors);
  struct Sight;
  Sight look(const Descriptors& descriptors, LogFilter::Records records) const;
  void adopt(const std::vector<rocksdb::ColumnFamilyHandle*>& handles);
  void drop_stale();
  Handle own(rocksdb::ColumnFamilyHandle* handle);
  rocksdb::Status sync_now();
  rocksdb::Status sync_log();
  rocksdb::Status flush_all();
  /// Those of the metadata and of all families, copied: clear() may replace one of them meanwhile.
  std::vector<Handle> handles_in_use() const;
  bool holds_operands(rocksdb::ColumnFamilyHandle& family);
  void remember();
  void free_logs();
  void run();
  void release();
  void close() noexcept;

  const Setting setting_;
  const std::filesystem::path& directory_;
  const Access access_;
  Watermark mark_;
  Watermark manifest_mark_;
  LogGuard log_guard_;
  const std::unique_ptr<rocksdb::Env> files_;
  Recovery recovery_;  // RocksDB keeps its filter as long as it is open
  EngineOptions options_;
  bool given_up_ = false;
  bool whole_ = true;  // everything is on disk, and RocksDB closed without an error
  rocksdb::WriteOptions write_options_;
  std::unique_ptr<rocksdb::DB> db_;
  Handle metadata_;
  std::vector<Handle> stale_;   // that should be dropped
  std::vector<Handle> others_;  // whose names say nothing to us; kept as they are
  std::map<std::string, Generation> families_;
  // Changed with the gate shut; read by operations, which have passed it, and under this by those
  // that have not.
  mutable std::mutex families_mutex_;
  Tickets tickets_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable returned_;
  std::size_t leases_ = 0;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace cairn::store
