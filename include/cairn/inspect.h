// Looking into a store from outside: for tools, and for a program that wants to know what another
// one has cached.
//
// A StoreView opens the files of a store as they are at that moment.  It takes no lock, writes
// nothing (a read-only file system will do), and does not disturb the process that has the store
// open, if one has.  The records come as they lie there: expired and void ones are marked, not
// hidden.
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
  using Time = std::chrono::sys_time<std::chrono::milliseconds>;

  std::string_view family;  ///< the column family: the alias, unless the cache said otherwise
  std::string_view key;     ///< the final key
  RecordState state;
  ValueKind kind;                  ///< of readable records
  Time written_at;                 ///< of readable records
  std::optional<Time> expires_at;  ///< empty: never; of readable records
  std::string_view payload;        ///< of readable records; else the stored bytes
  std::uint64_t stored_size;       ///< bytes of key, header and payload, uncompressed
};

/// A final key taken apart as Django's default key function puts it together.  A guess, since that
/// function is ambiguous and a cache may have another one: empty if the key does not look like it.
struct KeyParts {
  std::string_view prefix;
  std::int64_t version;
  std::string_view key;
};
CAIRN_EXPORT std::optional<KeyParts> split_key(std::string_view final_key);

/// What a column family holds.
struct FamilySummary {
  std::string family;
  std::uint64_t live = 0;
  std::uint64_t expired = 0;
  std::uint64_t empty = 0;
  std::uint64_t unreadable = 0;
  std::uint64_t never_expires = 0;  ///< of the live ones
  std::uint64_t counters = 0;       ///< live integers
  std::uint64_t live_bytes = 0;     ///< keys, headers and payloads, uncompressed
  std::uint64_t dead_bytes = 0;     ///< the same of everything that is not live
  std::uint64_t disk_bytes = 0;     ///< SST files
  /// Live records by size: sizes[i] counts those of 2^i bytes up to 2^(i+1) - 1.
  std::vector<std::uint64_t> sizes;
  /// Live records that expire within a second, minute, hour, day, week, month, longer; never.
  static constexpr std::size_t spans = 8;
  std::vector<std::uint64_t> expiry = std::vector<std::uint64_t>(spans);
  /// The largest live records, largest first.
  struct Large {
    std::string key;
    std::uint64_t stored_size;
  };
  std::vector<Large> largest;
  /// Files and bytes by level of the tree, from 0 on.
  struct Level {
    int level;
    std::uint64_t files;
    std::uint64_t bytes;
  };
  std::vector<Level> levels;
  std::uint64_t memory_bytes = 0;  ///< records that are in the log only
};

/// What a store is made of.
struct StoreSummary {
  int format = 0;              ///< of the directory
  std::string cairn_version;   ///< of this library, not of the one that wrote the store
  std::string engine_version;  ///< of the RocksDB that this library uses
  std::uint64_t table_files = 0;
  std::uint64_t table_bytes = 0;
  std::uint64_t log_files = 0;  ///< the write-ahead log
  std::uint64_t log_bytes = 0;
  std::uint64_t disk_bytes = 0;    ///< all files of the directory
  std::uint64_t memory_bytes = 0;  ///< what was in the log only, of all families
};

/// What check() found.
struct CheckReport {
  std::uint64_t records = 0;
  std::uint64_t counters = 0;  ///< integers, each folded in two ways
  bool damaged = false;        ///< a file cannot be read, or its checksum is wrong
  struct Problem {
    std::string where;  ///< a column family and key, or a file
    std::string what;
  };
  std::vector<Problem> problems;  ///< the first hundred
  std::uint64_t problem_count = 0;
  bool sound() const { return problem_count == 0; }
};

/// A store seen from outside.  Movable; safe for use by several threads.
class CAIRN_EXPORT StoreView {
 public:
  /// Throws InvalidOption if the directory is no store, IoError if it cannot be read, Corruption if
  /// its data is damaged or (code newer_format) of a newer Cairn.
  explicit StoreView(const std::filesystem::path& directory);
  StoreView(StoreView&&) noexcept;
  StoreView& operator=(StoreView&&) noexcept;
  ~StoreView();

  /// The moment that it shows, by the wall clock.
  RecordInfo::Time seen_at() const;
  /// By what time records are judged: the store's clock, which is ahead of the wall clock if that
  /// was set back.
  RecordInfo::Time judged_at() const;
  /// The process that has the store open for writing, if one had when the view was opened.  What it
  /// has written since is not in the view.
  std::optional<int> owner() const;
  /// The owner keeps what it has not flushed yet in its memory only (Durability::clean_close), so
  /// that the view may lack acknowledged writes; or it cannot be told whether it does.
  bool owner_may_be_ahead() const;
  /// There is an owner, and its lock file cannot be read, which says whether it keeps a log.
  bool owner_is_unknown() const;

  /// The column families that are in use, in byte order.
  std::vector<std::string> families() const;

  /// About how many records a family holds, live or not; costs nothing.
  std::uint64_t estimated_records(std::string_view family) const;

  /// The record under a final key, if anything lies there.  Returns false if not.
  bool find(std::string_view family, std::string_view final_key,
            const std::function<void(const RecordInfo&)>& found) const;

  /// Visits the records of a family whose final keys begin with `prefix`, in byte order, until
  /// `visit` returns false.  In bounded memory.  Throws rather than leave anything out.
  void for_each(std::string_view family, std::string_view prefix,
                const std::function<bool(const RecordInfo&)>& visit) const;

  /// Reads every record of a family; keeps the `largest` largest.
  FamilySummary summarise(std::string_view family, std::size_t largest = 10) const;

  /// The store as a whole, by its files as they are now.
  StoreSummary store() const;

  /// Verifies the checksums of every file, that every record can be read, that counters come to the
  /// same when they are folded by a scan and by a lookup, and that there are as many records
  /// backwards as forwards and as the files say of themselves.  `progress` is called now and then
  /// with the number of records so far; false stops.
  CheckReport check(const std::function<bool(std::uint64_t)>& progress = {}) const;

 private:
  struct CAIRN_NO_EXPORT Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cairn
