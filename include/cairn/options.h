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
/// gives fails its checksum.
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
  /// At most this many entries (Django: MAX_ENTRIES); empty: no limit.  Exact.  When a new key
  /// meets a full cache, expired entries go first, then the count divided by cull_frequency, the
  /// oldest stored first (in `memory:` the least recently used).  A limit keeps every key in
  /// memory, reads all of them at the first write after the store was opened, and makes writers
  /// take turns.
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
