// Options of a cache, of a store and of one call.  Plain structs for designated initialisers;
// fields you leave out have the defaults written here.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <cairn/clock.h>
#include <cairn/health.h>
#include <cairn/key.h>
#include <cairn/recovery.h>
#include <cairn/timeout.h>

namespace cairn {

/// The events that an acknowledged write survives.  docs/durability.md has the promises and their
/// proofs.
enum class Durability {
  clean_close,    ///< close(); a crash loses what was not flushed.  No write-ahead log.
  process_crash,  ///< kill -9 of the process.  Handed to the kernel before the call returns.
  interval,       ///< as process_crash; a power cut loses at most the last sync_interval.
  power_loss,     ///< a power cut.  On disk before the call returns.
};

/// The answer of get, get_many, contains, ttl and get_or_set when the disk refuses a read.
enum class OnReadError {
  throw_error,  ///< throw IoError or Corruption
  miss,         ///< a miss, counted in Stats::read_errors: for caches that must not throw on reads
};

/// One named cache: an entry of Django's CACHES.
struct CacheOptions {
  /// How long values are kept unless a call says otherwise (Django: TIMEOUT, 300 s).
  Timeout timeout = std::chrono::seconds(300);
  std::string key_prefix = {};
  std::int64_t version = 1;
  KeyFunction key_function = {};
  /// The treatment of keys that memcached would refuse; empty: as the process does
  /// (set_key_warning_handler).
  KeyWarningHandler key_warnings = {};
  /// Replaces the rules behind those warnings.
  KeyValidator validate_key = {};
  /// At most this many entries; empty: no limit.  Exact.  When a new key meets a full cache,
  /// expired entries go first, then the count divided by cull_frequency, the oldest stored first
  /// (in `memory:` the least recently used).  Keeps every key in memory, reads all of
  /// them at the first write after the store was opened, and makes writers take turns.
  std::optional<std::int64_t> max_entries = {};
  /// The share that a full cache gives up: one in so many; 0 empties it.  Not negative.
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
  OnReadError on_read_error = OnReadError::throw_error;
};

namespace store {
struct EngineHooks;
}

/// One directory.  Every cache in it shares these; opening it again with others is InvalidOption.
struct StoreOptions {
  Durability durability = Durability::interval;
  /// How much a power cut may lose at Durability::interval.
  std::chrono::milliseconds sync_interval = std::chrono::seconds(1);
  /// Bytes of memory for blocks, index and filter blocks and write buffers together.  At least 8
  /// MiB.
  std::uint64_t memory_budget = 256ull << 20;
  /// Bytes of disk that are left free: with less, writes throw IoError with code no_space, so that
  /// what was acknowledged can always be written out.  Looked at once a second.  Empty: twice the
  /// size of a write buffer (memory_budget / 8, between 1 and 64 MiB).
  std::optional<std::uint64_t> free_space_reserve = {};
  /// How long a write may wait because the disk does not keep up; beyond it, Error with code busy.
  /// 0: as long as it takes.
  std::chrono::milliseconds max_write_delay{0};
  OnDamage on_damage = OnDamage::refuse;
  /// Open a directory that belongs to another user, or that others may write to.  Whoever can write
  /// the directory can put any bytes into your program's values.
  bool allow_shared = false;
  /// Where the time comes from; empty: system_clock_reading.
  ClockSource clock = {};
  // The functions that follow must not read, write or open a cache of this directory: the thread
  // that calls them may hold what that waits for.  They may close or destroy handles, the last one
  // too: the store is then closed by another thread, once they have returned.  Exceptions from them
  // are ignored.
  /// Receives the engine's warnings and errors, one line per call; empty: the last lines are kept
  /// for Stats::log.  Called from any thread.
  std::function<void(std::string_view line)> logger = {};
  /// Told of an opening that found a store which had not been closed, or anything lost or damaged.
  /// Called by the thread that opens, before it goes on.
  std::function<void(const RecoveryReport&)> on_recovery = {};
  /// Told of each change of the store's condition.  Called from a thread of the store.
  std::function<void(const Health&)> on_health = {};
  /// For this project's own tests: a file system that breaks on purpose.
  std::shared_ptr<store::EngineHooks> engine_hooks = {};
};

/// For calls that read.
struct ReadOptions {
  std::optional<std::int64_t> version = {};
};

/// For calls that write.
struct SetOptions {
  std::optional<Timeout> timeout = {};
  std::optional<std::int64_t> version = {};
  /// More than the store promises, for this call; less is ignored.
  std::optional<Durability> durability = {};
};

/// For calls that write and keep the expiry.
struct ChangeOptions {
  std::optional<std::int64_t> version = {};
  std::optional<Durability> durability = {};
};

/// For incr and decr.
struct IncrOptions {
  /// A missing key is created with this value, and the delta is then applied; empty: KeyNotFound.
  std::optional<std::int64_t> initial = {};
  /// Of a key that is created; an existing key keeps its expiry.
  std::optional<Timeout> timeout = {};
  std::optional<std::int64_t> version = {};
  std::optional<Durability> durability = {};
};

/// For get_or_set.
struct GetOrSetOptions {
  std::optional<Timeout> timeout = {};
  std::optional<std::int64_t> version = {};
  std::optional<Durability> durability = {};
  /// How long to wait for another thread that is computing the same key; then compute as well.
  std::chrono::milliseconds max_wait = std::chrono::seconds(60);
};

}  // namespace cairn
