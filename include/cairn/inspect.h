// A view of a store from outside: for tools, and for a program that wants to know what another one
// has cached.
//
// A StoreView opens the files of a store as they are at that moment.  The view takes no lock,
// writes nothing (a read-only file system will do), and does not disturb the process that has the
// store open, if one has.  The records come as they lie there: expired and void ones are marked,
// not hidden.  Only the times of those that were written while the store's clock was wrong, more
// than a day ahead, come as the next opening will put them right.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <cairn/codec.h>
#include <cairn/export.h>
#include <cairn/stats.h>

namespace cairn {

/// What a stored record is to a reader.
enum class RecordState {
  live,        ///< reads see it
  expired,     ///< reads miss; compaction will drop it
  empty,       ///< `void`: what increments of a missing counter leave; reads miss
  unreadable,  ///< not a record of a format that this build knows; kept, and reported
};

/// The name of a state as tools show it.
CAIRN_EXPORT std::string_view state_name(RecordState state);

/// One stored record.  The views are valid during the call that is given it.
struct RecordInfo {
  /// Milliseconds since 1970-01-01 00:00 UTC.
  using Time = std::chrono::sys_time<std::chrono::milliseconds>;

  std::string_view family;  ///< the column family: the alias, unless the cache said otherwise
  std::string_view key;     ///< the final key
  RecordState state;        ///< what the record is to a reader
  ValueKind kind;           ///< of readable records
  Time written_at;          ///< of readable records
  std::optional<Time> expires_at;  ///< empty: never; of readable records
  std::string_view payload;        ///< of readable records; else the stored bytes
  std::uint64_t stored_size;       ///< bytes of key, header and payload, uncompressed
};

/// A final key taken apart as Django's default key function puts it together: views of that key.
struct KeyParts {
  std::string_view prefix;  ///< what stands before the first colon
  std::int64_t version;     ///< the number between the first two colons
  std::string_view key;     ///< the caller's key: what follows
};
/// Takes a final key apart.  The result is a guess, since the default key function is ambiguous and
/// a cache may have another one; it is empty if the key does not look like `prefix:version:key`.
CAIRN_EXPORT std::optional<KeyParts> split_key(std::string_view final_key);

/// What a column family holds.
struct FamilySummary {
  std::string family;               ///< the column family
  std::uint64_t live = 0;           ///< records that reads see
  std::uint64_t expired = 0;        ///< records that reads miss, until compaction drops them
  std::uint64_t empty = 0;          ///< void records: increments of counters that are not there
  std::uint64_t unreadable = 0;     ///< records of no format that this build knows
  std::uint64_t never_expires = 0;  ///< of the live ones
  std::uint64_t counters = 0;       ///< live integers
  std::uint64_t live_bytes = 0;     ///< keys, headers and payloads, uncompressed
  std::uint64_t dead_bytes = 0;     ///< the same of everything that is not live
  std::uint64_t disk_bytes = 0;     ///< SST files
  /// Live records by size: sizes[i] counts those of 2^i bytes up to 2^(i+1) - 1.
  std::vector<std::uint64_t> sizes;
  /// How many spans `expiry` has: within a second, minute, hour, day, week, 30 days; later; never.
  static constexpr std::size_t spans = 8;
  /// How many live records expire within each of these spans.
  std::vector<std::uint64_t> expiry = std::vector<std::uint64_t>(spans);
  /// One of the largest live records.
  struct Large {
    std::string key;            ///< the final key
    std::uint64_t stored_size;  ///< bytes of key, header and payload, uncompressed
  };
  /// The largest live records, largest first.
  std::vector<Large> largest;
  /// One level of RocksDB's tree.
  struct Level {
    int level;            ///< its number, from 0 on
    std::uint64_t files;  ///< how many SST files it has
    std::uint64_t bytes;  ///< the size of those
  };
  /// Every level, from 0 on; those without files too.
  std::vector<Level> levels;
  std::uint64_t memory_bytes = 0;  ///< records that are in the log only
};

/// What a store is made of.
struct StoreSummary {
  int format = 0;                  ///< of the directory
  std::string cairn_version;       ///< of this library, not of the one that wrote the store
  std::string engine_version;      ///< of the RocksDB that this library uses
  std::uint64_t table_files = 0;   ///< SST files
  std::uint64_t table_bytes = 0;   ///< the size of those
  std::uint64_t log_files = 0;     ///< files of the write-ahead log
  std::uint64_t log_bytes = 0;     ///< the size of those
  std::uint64_t disk_bytes = 0;    ///< all files of the directory
  std::uint64_t memory_bytes = 0;  ///< what was in the log only, of all families
};

/// What StoreView::check() found.
struct CheckReport {
  std::uint64_t records = 0;   ///< records that were read, live or not
  std::uint64_t counters = 0;  ///< integers, each folded in two ways
  bool damaged = false;        ///< a file cannot be read, or its checksum is wrong
  /// One thing that is wrong.
  struct Problem {
    std::string where;  ///< a column family and key, or a file
    std::string what;   ///< what is wrong there, as a sentence's end
  };
  std::vector<Problem> problems;    ///< the first hundred
  std::uint64_t problem_count = 0;  ///< all of them
  /// The owner has removed tables meanwhile that the view had not open, since this process may open
  /// too few files: what they held was not checked, and that is no damage.  Check a new view.
  bool outdated = false;
  /// True if everything was checked and there is no problem.
  bool sound() const { return problem_count == 0 && !outdated; }
};

/// A store seen from outside.  Movable; safe for use by several threads.
class CAIRN_EXPORT StoreView {
 public:
  /// Opens the files as they are now, and keeps the tables open as long as the process may open
  /// enough files: what the owner removes later can still be read.  Throws InvalidOption if the
  /// directory is no store, IoError if it cannot be read, Corruption if its data is damaged or
  /// (code newer_format) of a newer Cairn, Error with code busy if the owner changes it faster than
  /// it can be read.
  explicit StoreView(const std::filesystem::path& directory);
  /// Takes over another view, which may then only be destroyed or assigned to.
  StoreView(StoreView&&) noexcept;
  /// The same.
  StoreView& operator=(StoreView&&) noexcept;
  /// Closes the files.
  ~StoreView();

  /// The moment that the view shows, by the wall clock.
  RecordInfo::Time seen_at() const;
  /// The time by which records are judged: the store's clock, which is ahead of the wall clock if
  /// that was set back by a day or less.
  RecordInfo::Time judged_at() const;
  /// Whether a process had the store open for writing when the view was opened.  Empty if that
  /// cannot be told: where the file CAIRN.lock cannot be read, or asked for its lock, and /proc
  /// does not show every process of the machine.
  std::optional<bool> has_owner() const;
  /// The id of that process.  Empty if there is none, or if its id here cannot be told: it may be
  /// in another pid namespace or on another machine.  What that process has written since is not in
  /// the view.
  std::optional<int> owner() const;
  /// True if there is, or may be, an owner that keeps what it has not flushed yet in its memory
  /// only (Durability::clean_close), so that the view may lack acknowledged writes; also if that
  /// cannot be told.
  bool owner_may_be_ahead() const;
  /// True if there is, or may be, an owner, and its lock file, which says whether it keeps a log,
  /// cannot be read.
  bool owner_is_unknown() const;

  /// The column families that are in use, in byte order.
  std::vector<std::string> families() const;

  /// RocksDB's estimate of how many records a family holds, live or not; costs nothing.
  std::uint64_t estimated_records(std::string_view family) const;

  /// The bytes that a family's tables hold, by what they say of themselves; reads none of them.
  TableBytes table_bytes(std::string_view family) const;

  /// Calls `found` with the record under a final key; false, without a call, if nothing lies there.
  bool find(std::string_view family, std::string_view final_key,
            const std::function<void(const RecordInfo&)>& found) const;

  /// Visits the records of a family whose final keys begin with `prefix`, in byte order, until
  /// `visit` returns false, in bounded memory.  Throws IoError or Corruption rather than leave
  /// anything out; Error with code busy if this process may open too few files to keep the tables
  /// open, and the owner has removed one.
  void for_each(std::string_view family, std::string_view prefix,
                const std::function<bool(const RecordInfo&)>& visit) const;

  /// Reads every record of a family and adds them up; names the `largest` largest.  Throws as
  /// for_each() does.
  FamilySummary summarise(std::string_view family, std::size_t largest = 10) const;

  /// The store as a whole, by its files as they are at the time of the call.
  StoreSummary store() const;

  /// Verifies the checksums of every file, that every record can be read, that counters come to the
  /// same when they are folded by a scan and by a lookup, and that there are as many records
  /// backwards as forwards and as the files say of themselves.  Damage is reported, not thrown; a
  /// table that the owner removes meanwhile is none (CheckReport::outdated).
  /// `progress` is called every few thousand records with the number so far; false stops.
  /// What it throws passes.
  CheckReport check(const std::function<bool(std::uint64_t)>& progress = {}) const;

 private:
  struct CAIRN_NO_EXPORT Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cairn
