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
#include "store/directory.h"
#include "store/engine_options.h"
#include "store/logger.h"
#include "store/tickets.h"

namespace cairn::store {

/// From open to close: the directory's lock, the database, its column families, and the thread that
/// syncs and remembers the time.
///
/// Column families are named `name@generation`.  The highest generation of a name is the one in
/// use; lower ones are left from a clear() that a crash cut short, and are dropped.
class Engine {
 public:
  /// Throws what cairn/caches.h says of opening.
  Engine(const std::filesystem::path& directory, const StoreOptions& options, const Rules& rules,
         std::shared_ptr<Logger> logger);
  /// Writes what is not written, and closes.  In a forked child it leaves everything alone.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  rocksdb::DB& db() { return *db_; }

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
  std::uint64_t memory_bytes() const { return options_.memory_bytes(); }

 private:
  struct Generation {
    std::uint64_t number = 0;
    Handle handle;
  };

  void open(const std::filesystem::path& directory);
  void adopt(const std::vector<rocksdb::ColumnFamilyHandle*>& handles);
  Handle own(rocksdb::ColumnFamilyHandle* handle);
  rocksdb::Status sync_now();
  rocksdb::Status flush_all();
  bool holds_operands(rocksdb::ColumnFamilyHandle& family);
  void remember();
  void run();
  void close() noexcept;

  const Durability durability_;
  const std::chrono::milliseconds sync_interval_;
  const Rules rules_;
  const std::shared_ptr<Logger> logger_;
  std::filesystem::path directory_;
  DirectoryLock lock_;
  EngineOptions options_;
  rocksdb::WriteOptions write_options_;
  std::unique_ptr<rocksdb::DB> db_;
  Handle metadata_;
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
