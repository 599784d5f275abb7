// The options of a cache, of a store and of one call.  They are plain structs for designated
// initialisers; fields that are left out have the defaults written here.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <cairn/clock.h>
#include <cairn/health.h>
#include <cairn/key.h>
#include <cairn/recovery.h>
#include <cairn/timeout.h>

namespace cairn {

/// What an acknowledged write survives.  docs/durability.md has the promises and their proofs. From
/// the least to the most.
enum class Durability {
  clean_close,    ///< close(); a crash loses what was not flushed.  No write-ahead log.
  process_crash,  ///< kill -9 of the process.  Handed to the kernel before the call returns.
  interval,       ///< as process_crash; a power cut loses at most the last sync_interval.
  power_loss,     ///< a power cut.  On disk before the call returns.
};

/// What get, get_many, contains, ttl and get_or_set do when the disk refuses a read, or what it
/// gives fails its checksum.  What writes and has to read first (add, touch, incr, ...) throws.
enum class OnReadError {
  throw_error,  ///< throw IoError or Corruption
  miss,         ///< a miss, counted in Stats::read_errors: for caches that must not throw on reads
};

/// The options of one named cache: an entry of Django's CACHES.
struct CacheOptions {
  /// How long values are kept unless a call says otherwise (Django: TIMEOUT, 300 s).
  Timeout timeout = std::chrono::seconds(300);
  /// What stands in front of every key (Django: KEY_PREFIX).
  std::string key_prefix = {};
  /// The version of keys unless a call says otherwise (Django: VERSION).
  std::int64_t version = 1;
  /// How prefix, version and key become the final key (Django: KEY_FUNCTION).
  KeyFunction key_function = {};
  /// The handler of keys that memcached would refuse; empty: that of the process
  /// (set_key_warning_handler()).
  KeyWarningHandler key_warnings = {};
  /// A rule in place of those that draw the warnings.
  KeyValidator validate_key = {};
  /// At most this many entries (Django: MAX_ENTRIES); empty: no limit.  Exact once the entries are
  /// counted, which the writes after an opening do, some 4,000 each: until then it may be passed by
  /// one entry and a 64th.  When a new key meets a full cache, expired entries go first, then the
  /// count divided by cull_frequency, the oldest stored first (in `memory:` the least recently
  /// used); many go in steps of some milliseconds, one with each write.  A limit takes 40 bytes of
  /// memory_budget an entry, and makes writers take turns.
  std::optional<std::int64_t> max_entries = {};
  /// The share that a full cache gives up: one in so many; 0 empties it (Django: CULL_FREQUENCY).
  /// Not negative.
  std::int64_t cull_frequency = 3;
  /// Values whose stored form is longer, in bytes, are refused with code value_too_large, and the
  /// value that they were to replace is removed (never serve what the caller meant to overwrite).
  /// At most 2 GiB.
  std::uint64_t max_value_size = 64ull << 20;
  /// The column family that holds the keys; empty: the alias's own.  Caches with one location and
  /// one column family share their data, as Django's do with one LOCATION.
  std::string column_family = {};
  /// A directory, `memory:NAME` or `dummy:`; empty: the location given to Caches.
  std::filesystem::path location = {};
  /// What reads do when the disk refuses them.
  OnReadError on_read_error = OnReadError::throw_error;
};

/// The options of one directory.  Every cache in it shares them; opening it again with others is
/// InvalidOption.  Of functions that is noticed as far as it can be: another plain function,
/// another lambda expression or class, none where there is one, and a clock that shows another time
/// by more than a second.  Closures of one lambda expression, and objects of one class (what
/// std::bind makes, too), are else taken for the same, whatever they hold: that of the first
/// opening is used. `memory:` uses the clock alone.
struct StoreOptions {
  /// What every acknowledged write survives.
  Durability durability = Durability::interval;
  /// How much a power cut may lose at Durability::interval.  Positive.
  std::chrono::milliseconds sync_interval = std::chrono::seconds(1);
  /// Bytes of memory for hot records, blocks, index and filter blocks and write buffers together,
  /// and 48 KiB for each cache.  At least 8 MiB; a thousand caches want 256 MiB or more.
  std::uint64_t memory_budget = 256ull << 20;
  /// How many of them are for hot records: what is read often is found there without asking the
  /// engine, which has the rest.  At least 1 MiB, and 4 MiB less than the budget; 0: none.  Empty:
  /// half of the budget.  Where so much memory cannot be had, the store opens without, and says so
  /// in Stats::record_memory (0) and Stats::log.
  std::optional<std::uint64_t> record_memory = {};
  /// Bytes of disk that are left free: with less, writes throw IoError with code no_space, so that
  /// what was acknowledged can always be written out.  What only removes (erase, pop, expire(),
  /// clear(), a timeout of zero) is let into the reserve.  Looked at once a second.  Empty: twice
  /// the size of a write buffer (an eighth of the engine's memory, between 1 and 64 MiB).
  std::optional<std::uint64_t> free_space_reserve = {};
  /// How often the store looks for tables that are worth rewriting for what has expired in them
  /// (docs/guide/operations.md); looking costs no reading.  0: never; then expired records go when
  /// RocksDB compacts for reasons of its own, and when expire() is called.  Not negative.
  std::chrono::milliseconds reclaim_interval = std::chrono::seconds(1);
  /// How long a write may wait because the disk does not keep up; beyond it, Error with code busy.
  /// 0: as long as it takes.
  std::chrono::milliseconds max_write_delay{0};
  /// What opening does with a store that has lost or changed what was safe on disk.
  OnDamage on_damage = OnDamage::refuse;
  /// True: also open a directory that belongs to another user, or that others may write to. Whoever
  /// can write the directory can put any bytes into your program's values.
  bool allow_shared = false;
  /// Where the time comes from; empty: system_clock_reading().  See ClockSource for what it may do.
  ClockSource clock = {};
  // Exceptions from the functions that follow are ignored.  They may close or destroy handles, the
  // last one too: the store is then closed by another thread, once they have returned.
  /// Receives the engine's warnings and errors, one line a call, from any thread.  The last lines
  /// are in Stats::log with and without it.  The thread that calls it may hold locks of the store:
  /// it may use what the clock may use (ClockSource), caches of locations that were opened before
  /// this one (where RocksDB itself logs: before the first directory); the others throw
  /// would_deadlock.
  std::function<void(std::string_view line)> logger = {};
  /// Receives the report of an opening that found a store which had not been closed, or anything
  /// lost or damaged.  The thread that opens calls it, before it goes on, and holds no lock: it may
  /// use any cache.
  std::function<void(const RecoveryReport&)> on_recovery = {};
  /// Receives each change of the store's condition, from a thread of the store that holds no lock:
  /// it may use any cache.
  std::function<void(const Health&)> on_health = {};
};

/// The options of calls that read.
struct ReadOptions {
  /// The version of the key; empty: the cache's.
  std::optional<std::int64_t> version = {};
};

/// The options of calls that write.
struct SetOptions {
  /// How long the value is kept; empty: the cache's timeout (but see Cache::update).  Zero and
  /// less: the key is removed.
  std::optional<Timeout> timeout = {};
  /// The version of the key; empty: the cache's.
  std::optional<std::int64_t> version = {};
  /// More than the store promises, for this call; less is ignored.
  std::optional<Durability> durability = {};
};

/// The options of calls that write and keep the expiry.
struct ChangeOptions {
  /// The version of the key; empty: the cache's.
  std::optional<std::int64_t> version = {};
  /// More than the store promises, for this call; less is ignored.
  std::optional<Durability> durability = {};
};

/// The options of incr, decr and try_incr.
struct IncrOptions {
  /// A missing key is created with this value, and the delta is then applied; empty: KeyNotFound.
  std::optional<std::int64_t> initial = {};
  /// How long a key that is created is kept; empty: the cache's timeout.  An existing key keeps its
  /// expiry.
  std::optional<Timeout> timeout = {};
  /// The version of the key; empty: the cache's.
  std::optional<std::int64_t> version = {};
  /// More than the store promises, for this call; less is ignored.
  std::optional<Durability> durability = {};
};

/// The options of get_or_set.
struct GetOrSetOptions {
  /// How long a value that is made is kept; empty: the cache's timeout.  Zero and less: it is
  /// returned and not stored.
  std::optional<Timeout> timeout = {};
  /// The version of the key; empty: the cache's.
  std::optional<std::int64_t> version = {};
  /// More than the store promises, for this call; less is ignored.
  std::optional<Durability> durability = {};
  /// How long to wait for another thread that is computing the same key, before computing it here
  /// as well.
  std::chrono::milliseconds max_wait = std::chrono::seconds(60);
};

}  // namespace cairn
