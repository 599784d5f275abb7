// The reaper: gives the space of expired records back, by itself.
#pragma once

#include <rocksdb/db.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "process/mutex.h"
#include "process/process_end.h"
#include "store/engine/families.h"
#include "store/engine/reaping.h"
#include "store/engine/rewriting.h"
#include "store/engine/setting.h"
#include "store/engine/upkeep.h"

namespace cairn::store {

class Engine;

/// Looks from time to time at what the tables say of themselves, which costs no reading, and
/// rewrites those that are worth it through their family's filter; flushes write buffers that
/// nobody has written to for long, so that what expires there gets into a table.  A thread of its
/// own, since a compaction takes long.
///
/// It gives way: one compaction at a time, none while RocksDB has one (for a while), and it rests
/// half of the time.  It writes no more than half a byte for each that it frees,
/// and a little for what would cost more.
class Reaper {
 public:
  using Steady = std::chrono::steady_clock;

  Reaper(Engine& engine, const Setting& setting);
  Reaper(const Reaper&) = delete;
  Reaper& operator=(const Reaper&) = delete;

  /// Begins to look every so often, which is to be positive.  Throws std::system_error if there is
  /// no thread to be had.
  void start(std::chrono::milliseconds interval);
  /// Ends what it is doing within moments.
  void stop() noexcept;
  /// The same; false if the thread is not done by that time, or is the one that ends the process.
  bool stop_until(const process::ProcessEnd::Circumstances& end) noexcept;

  /// One look.  With Patience::none it waits for nothing, and spares nothing.
  void look(Steady::time_point now, Patience patience = Patience::usual) CAIRN_EXCLUDES(turn_);

 private:
  // What it knows of a family.
  struct Watched {
    Steady::time_point next_look = {};
    std::uint64_t unflushed = 0;  // entries of the write buffer
    Steady::time_point unflushed_since = {};
    Steady::time_point flushed = {};
    // Tables that are not to be rewritten again before that time, and how long that was for.
    struct Rest {
      Steady::time_point until;
      std::chrono::milliseconds pause;
    };
    std::map<std::string, Rest> resting = {};
    std::set<std::string> alone = {};
    std::set<std::string> damaged = {};
  };
  struct Work {
    FamilyHandle family;
    Rewriting rewriting;
  };

  bool ends() const noexcept;
  bool has_to_wait(Steady::time_point now, Patience patience) CAIRN_REQUIRES(turn_);
  void earn(Steady::time_point now) CAIRN_REQUIRES(turn_);
  void forget_dropped(const std::vector<FamilyHandle>& families) CAIRN_REQUIRES(turn_);
  void flush_if_idle(rocksdb::ColumnFamilyHandle& family, Watched& watched, Steady::time_point now,
                     Patience patience) CAIRN_REQUIRES(turn_);
  std::vector<ReapedTable> tables(rocksdb::ColumnFamilyHandle& family, Watched& watched,
                                  Steady::time_point now) const CAIRN_REQUIRES(turn_);
  std::vector<Work> find_work(const std::vector<FamilyHandle>& families, Steady::time_point now,
                              Patience patience) CAIRN_REQUIRES(turn_);
  void rewrite(const Work& work, Steady::time_point now, Patience patience) CAIRN_REQUIRES(turn_);
  void refused(const Work& work, const Rewritten& done, Steady::time_point now)
      CAIRN_REQUIRES(turn_);
  std::uint64_t property(rocksdb::ColumnFamilyHandle& family, const std::string& name) const;

  Engine& engine_;
  const Setting setting_;
  std::atomic<bool> stopping_{false};
  process::Mutex turn_;  // one look at a time
  std::map<std::string, Watched> watched_ CAIRN_GUARDED_BY(turn_);
  // Bytes that may be written for less than what pays.
  double credit_ CAIRN_GUARDED_BY(turn_);
  Steady::time_point earned_ CAIRN_GUARDED_BY(turn_) = {};
  rocksdb::SequenceNumber sequence_ CAIRN_GUARDED_BY(turn_) = 0;
  int gave_way_ CAIRN_GUARDED_BY(turn_) = 0;
  Steady::time_point rests_until_ CAIRN_GUARDED_BY(turn_) = {};
  std::chrono::milliseconds rest_ CAIRN_GUARDED_BY(turn_);
  Upkeep thread_;
};

}  // namespace cairn::store
