// The statistics of a cache: what it has done, and what it holds.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <cairn/health.h>
#include <cairn/recovery.h>

namespace cairn {

/// What the tables of a column family hold, by what they say of themselves: bytes of keys and
/// values before compression, without what is in write buffers only.
struct TableBytes {
  std::uint64_t live = 0;     ///< records that have not expired, and counters' increments
  std::uint64_t lasting = 0;  ///< those of them that never expire
  std::uint64_t expired = 0;  ///< records that reads miss, void ones and erasures included
  std::uint64_t empty = 0;    ///< those of them that are void, and erasures
  std::uint64_t unknown = 0;  ///< on disk: tables that do not say, from before Cairn wrote it there
  /// When the oldest record in them was written, by the store's clock, expired ones included until
  /// they are removed.  Empty: there is none.
  std::optional<std::chrono::sys_time<std::chrono::milliseconds>> oldest = {};
};

/// Counters of one column family since it was opened in this process, over all of its handles, and
/// the state of its store.  Counters are exact once the threads that counted are joined.
struct Stats {
  std::string backend;        ///< "rocksdb", "memory" or "dummy"
  std::string location;       ///< the directory, or the name of the memory cache
  std::string column_family;  ///< empty where there is none

  std::uint64_t hits = 0;         ///< reads that found a live value: get, get_many, get_or_set, pop
  std::uint64_t misses = 0;       ///< expired ones included
  std::uint64_t expired = 0;      ///< misses that found an expired record
  std::uint64_t unreadable = 0;   ///< misses that found bytes which are not a record of ours
  std::uint64_t read_errors = 0;  ///< reads that failed and were taken as misses
  std::uint64_t sets = 0;         ///< values written by set, add, get_or_set, update and set_many
  std::uint64_t incrs = 0;        ///< additions by incr, decr, try_incr, and incr_many (one a key)
  std::uint64_t touches = 0;      ///< live values that touch and expire_at found
  std::uint64_t erases = 0;       ///< live entries removed by the caller
  std::uint64_t evicted = 0;      ///< live entries removed to stay within max_entries
  std::uint64_t dropped = 0;      ///< expired records that compaction or expire() removed for good

  // What the store has done by itself about expired records of this column family
  // (StoreOptions::reclaim_interval).
  std::uint64_t reclaimed_bytes = 0;        ///< bytes by which its SST files became smaller
  std::uint64_t reclaim_written_bytes = 0;  ///< bytes written for that
  /// When it did so last, by the wall clock; empty: not since the store was opened.
  std::optional<std::chrono::sys_time<std::chrono::milliseconds>> last_reclaim;

  /// Entries, expired ones included until they are culled; only where max_entries is configured
  /// and, after an opening, all are counted; and always for `memory:`.
  std::optional<std::uint64_t> entries;
  std::uint64_t estimated_keys = 0;  ///< RocksDB's estimate: overwritten and expired records count
  std::uint64_t disk_bytes = 0;      ///< bytes of live SST files of this column family
  TableBytes tables;                 ///< and what they hold
  std::uint64_t memory_bytes = 0;    ///< bytes of blocks, write buffers and counts of the store
  std::uint64_t memory_budget = 0;   ///< StoreOptions::memory_budget, in bytes

  // The hot records of the whole store.
  std::uint64_t record_memory = 0;   ///< bytes set aside for them; 0 where there is no memory
  std::uint64_t record_bytes = 0;    ///< bytes of keys and records there
  std::uint64_t record_entries = 0;  ///< records there, expired and cleared ones included
  std::uint64_t record_hits = 0;     ///< look-ups of get and the like that found their record there
  std::uint64_t record_misses = 0;   ///< look-ups that went on to the engine
  std::uint64_t record_evictions = 0;  ///< live records that gave way to others
  std::uint64_t record_damaged = 0;    ///< records that were not what had been put there

  /// The persisted clock was more than 24 h ahead of the wall clock at open, and was ignored.
  bool clock_mark_ignored = false;
  /// How long records that expired by a jump of the wall clock are still kept on disk.
  std::chrono::milliseconds removal_grace_left{0};
  Health health;            ///< of the whole store
  RecoveryReport recovery;  ///< what the last opening of the store found
  /// The engine's last warnings and errors, oldest first.
  std::vector<std::string> log;
};

/// One counter of Stats, for programs that publish them all.
struct StatsCounter {
  std::string_view name;        ///< as the field is called
  std::string_view help;        ///< what it counts, for people
  std::uint64_t Stats::*value;  ///< the field
};

/// All counters, which only ever grow while a cache is open in a process.
inline constexpr std::array<StatsCounter, 17> stats_counters = {{
    {"hits", "reads that found a live value", &Stats::hits},
    {"misses", "reads that found none, expired ones included", &Stats::misses},
    {"expired", "misses that found an expired record", &Stats::expired},
    {"unreadable", "misses that found bytes which are not a record", &Stats::unreadable},
    {"read_errors", "reads that failed and were taken as misses", &Stats::read_errors},
    {"sets", "values written by set, add, get_or_set, update and set_many", &Stats::sets},
    {"incrs", "increments of counters", &Stats::incrs},
    {"touches", "values that were given a new expiry", &Stats::touches},
    {"erases", "live values removed by the caller", &Stats::erases},
    {"evicted", "live values removed to stay within max_entries", &Stats::evicted},
    {"dropped", "expired records that compaction or expire() removed for good", &Stats::dropped},
    {"reclaimed_bytes", "bytes of SST files given back by the store itself",
     &Stats::reclaimed_bytes},
    {"reclaim_written_bytes", "bytes written to give bytes back", &Stats::reclaim_written_bytes},
    {"record_hits", "look-ups that found their record in memory", &Stats::record_hits},
    {"record_misses", "look-ups that went on to the engine", &Stats::record_misses},
    {"record_evictions", "records in memory that gave way to others", &Stats::record_evictions},
    {"record_damaged", "records in memory that were not what was put there",
     &Stats::record_damaged},
}};

}  // namespace cairn
