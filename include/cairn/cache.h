// The cache: Django's low-level cache API, typed.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include <cairn/encoded_value.h>
#include <cairn/error.h>
#include <cairn/expire_progress.h>
#include <cairn/export.h>
#include <cairn/mistakes.h>
#include <cairn/options.h>
#include <cairn/stats.h>
#include <cairn/timeout.h>

namespace cairn {

/// A key with a value that is already encoded: an element of a braced list for set_many.
struct Item {
  std::string_view key;  ///< the caller's key, which must outlive the call
  EncodedValue value;    ///< the value by its Codec
  /// Encodes the value.  Throws SerializationError, naming the key, if its codec throws.
  template <class V>
  Item(std::string_view item_key, const V& item_value)
      : key(item_key), value(encode_value(item_key, item_value)) {}
};

/// A range of strings; a single string is not one (Django would iterate its characters).
template <class R>
concept KeyRange = std::ranges::input_range<R> && !std::convertible_to<R, std::string_view> &&
                   std::convertible_to<std::ranges::range_reference_t<R>, std::string_view>;

/// A map, or any other range of pairs whose first is a string.
template <class R>
concept PairRange = std::ranges::input_range<R> &&
    requires(std::ranges::range_reference_t<R> pair) {
  { pair.first } -> std::convertible_to<std::string_view>;
  pair.second;
};

/// One named cache.
///
/// A Cache is safe for use by several threads without further locking, and cheap: it is a handle on
/// data that is shared by every handle of the same directory and column family.
///
/// Every operation takes a caller's key, makes the final key from it (prefix, version, key
/// function) and checks it.  Besides what is said with each, every operation may throw
///  - InvalidKey: the final key exceeds max_key_size, or the warning handler or validator refuses
///    it;
///  - IoError, Corruption: the disk refuses, or the directory cannot be opened; reads obey
///    CacheOptions::on_read_error;
///  - std::bad_alloc: there is no memory for the value, where it is not RocksDB that asked for it
///    (then it is IoError);
///  - Error with code forked_process: the handle was opened before a fork() and this is the child;
///  - Error with code process_ending: a store on disk, after exit() or the end of main() has closed
///    it;
///  - Error with code would_deadlock: a writing operation inside the function given to update(), or
///    any operation inside the clock or logger of the same location, or of one that this process
///    opened before it (ClockSource).
/// Operations that take a value also throw SerializationError if it cannot be encoded and an Error
/// with code value_too_large if it exceeds max_value_size.  An operation that throws has changed
/// nothing, unless its description says otherwise; after IoError from a write the change may or may
/// not be there.
class CAIRN_EXPORT Cache : private internal::MistypedCalls {
 public:
  /// One cache without a registry; the alias is "default".  `location` is a directory (made, with
  /// its parents, mode 0700, if it is not there), `memory:NAME` or `dummy:`.  Throws
  /// InvalidCacheBackend, InvalidOption, and what opening a directory throws (see Caches).
  static Cache open(const std::filesystem::path& location, CacheOptions options = {},
                    StoreOptions store = {});

  /// Takes over a handle, which may then only be destroyed or assigned to.  Not for a Cache that
  /// other threads are using.
  Cache(Cache&&) noexcept;
  /// The same, after releasing the handle that was here.
  Cache& operator=(Cache&&) noexcept;
  Cache(const Cache&) = delete;  // write: cairn::Cache& cache = caches["name"];
  Cache& operator=(const Cache&) = delete;
  /// Releases the handle, as close() does.
  ~Cache();

  // ---- read ----

  /// The live value, or empty: missing and expired are the same.  Throws WrongType if a value of
  /// another type is stored, SerializationError if its bytes do not decode.
  template <class T = std::string>
  std::optional<T> get(std::string_view key, ReadOptions options = {}) const {
    std::optional<StoredValue> stored = read(key, options);
    if (!stored) return std::nullopt;
    return decode_value<T>(*std::move(stored));
  }

  /// The live value, or `fallback` on a miss, and only then (Django: get(key, default)).
  template <class T>
  T get(std::string_view key, std::type_identity_t<T> fallback, ReadOptions options = {}) const {
    std::optional<StoredValue> stored = read(key, options);
    if (!stored) return fallback;
    return decode_value<T>(*std::move(stored));
  }
  /// The same, of the fallback's type: `get("name", "nobody")` gives a std::string.
  template <int&..., class V>  // the type is not meant to be given
  requires(!std::same_as<std::remove_cvref_t<V>, ReadOptions>)
      value_type_of<V> get(std::string_view key, V&& fallback, ReadOptions options = {})
  const {
    std::optional<StoredValue> stored = read(key, options);
    if (!stored) return internal::as_loaded(key, std::forward<V>(fallback));
    return decode_value<value_type_of<V>>(*std::move(stored));
  }

  /// Puts the live value into `value`, whose memory is used again: a read that finds the value in
  /// memory allocates nothing.  False on a miss, and `value` is empty then.  For strings and bytes;
  /// throws WrongType if a value of another kind is stored.  After an exception `value` holds
  /// anything.  `key` may not be a view of `value`.
  bool get_into(std::string_view key, std::string& value, ReadOptions options = {}) const;
  /// Copies the live value into memory of the caller's, and returns its size in bytes; empty on a
  /// miss.  Of a value that is larger than the buffer as much is copied as fits: compare what is
  /// returned.  What the buffer holds beyond that, or on a miss, is not said.  Throws as the other.
  std::optional<std::size_t> get_into(std::string_view key, std::span<std::byte> buffer,
                                      ReadOptions options = {}) const;

  /// True if there is a live value, of whatever type (Django: has_key, `in`).  Counts neither as a
  /// hit nor as a miss.
  bool contains(std::string_view key, ReadOptions options = {}) const;

  /// The live values among `keys`, by the caller's keys, from one moment: one MultiGet.  An empty
  /// range does no I/O.
  template <class T = std::string, KeyRange R>
  std::unordered_map<std::string, T> get_many(R&& keys, ReadOptions options = {}) const {
    return decode_many<T>(own(std::forward<R>(keys)), options);
  }
  /// The same for a braced list: `get_many<User>({"user:7", "user:8"})`.
  template <class T = std::string>
  std::unordered_map<std::string, T> get_many(std::initializer_list<std::string_view> keys,
                                              ReadOptions options = {}) const {
    return decode_many<T>(std::vector<std::string>(keys.begin(), keys.end()), options);
  }

  /// How long the value still lives: empty if there is none, `never`, or the time left (at least
  /// 1 ms).
  std::optional<Timeout> ttl(std::string_view key, ReadOptions options = {}) const;

  /// The caller's keys of this prefix and version that begin with `prefix` and are live, in byte
  /// order.  A long listing is not one moment's picture: keys written meanwhile may or may not be
  /// in it, all others are.  It passes over erased and expired entries in small steps, and nobody
  /// waits for it.  Throws InvalidOption if the key function has no head (KeyFunction).
  std::vector<std::string> keys(std::string_view prefix = {}, ReadOptions options = {}) const;
  /// Visits what keys() lists, one at a time and in bounded memory, until `visit` returns false.
  /// `visit` may use the cache.
  void for_each_key(std::string_view prefix, const std::function<bool(std::string_view key)>& visit,
                    ReadOptions options = {}) const;

  // ---- write ----

  /// Stores the value, replacing value and expiry.  With a timeout of zero or less: removes the
  /// key.
  template <class V>
  void set(std::string_view key, const V& value, SetOptions options = {}) {
    write(key, encode_value(key, value), options);
  }

  /// Stores the value if there is no live one.  True if it did; false, and nothing changed, if
  /// there was one.  Of any number of threads exactly one succeeds; so where the disk refuses to
  /// say whether there is one, add() throws IoError or Corruption, with OnReadError::miss as well.
  template <class V>
  bool add(std::string_view key, const V& value, SetOptions options = {}) {
    return write_if_absent(key, encode_value(key, value), options);
  }

  /// Stores every pair or, in a crash, none.  The last of duplicate keys wins.  Returns the
  /// caller's keys whose values exceed max_value_size, which are not stored (and whose old values
  /// are removed). Throws InvalidOption if the values together exceed 1 GiB.
  template <PairRange R>
  std::vector<std::string> set_many(R&& values, SetOptions options = {}) {
    std::vector<Entry> entries;
    if constexpr (std::ranges::sized_range<R>) entries.reserve(std::ranges::size(values));
    for (auto&& pair : values) {
      const std::string_view key = pair.first;
      entries.push_back({std::string(key), encode_value(key, pair.second)});
    }
    return write_many(std::move(entries), options);
  }
  /// The same for a braced list, in which types may differ:
  /// `set_many({{"a", 1}, {"b", "text"}, {"c", 2.5}})`.
  std::vector<std::string> set_many(std::initializer_list<Item> items, SetOptions options = {});

  /// The live value; or else the value given, or what the factory returns, stored and given back.
  ///
  /// A factory runs once in this process however many threads miss the same key at once: the others
  /// wait for it (GetOrSetOptions::max_wait) and get its value.  If it throws, its caller gets the
  /// exception, nothing is stored, and one of the waiting threads runs its own.  If somebody else
  /// stores a value meanwhile, that one is returned.  The factory runs outside every lock and may
  /// use the cache.  With GetOrSetOptions::durability a value that was found waits for the disk as
  /// well; without, it is read as get() reads it.  With OnReadError::miss a value that the disk
  /// refuses is a miss like any other, and what is made takes its place.
  template <class V>
  auto get_or_set(std::string_view key, V&& value_or_factory, GetOrSetOptions options = {}) {
    if constexpr (internal::FactoryOfKey<V>) {
      static_assert(internal::mistyped<V>,
                    "a factory takes no argument: capture the key, get_or_set(key, [&] { return "
                    "load(key); })");
      return internal::Anything{};
    } else if constexpr (internal::FactoryOfNothing<V>) {
      static_assert(internal::mistyped<V>,
                    "a factory returns the value to store; this one returns nothing (void)");
      return internal::Anything{};
    } else if constexpr (std::invocable<V&>) {
      using T = value_type_of<std::invoke_result_t<V&>>;
      return get_or_make<T>(key, value_or_factory, options);
    } else {
      using T = value_type_of<V>;
      return get_or_make<T>(
          key, [&]() -> V&& { return std::forward<V>(value_or_factory); }, options);
    }
  }

  /// Gives a live value a new expiry: the cache's timeout from now unless the options say
  /// otherwise.  True if there is a live value (also if nothing changed); with a timeout of zero or
  /// less, true and the value is gone.
  bool touch(std::string_view key, SetOptions options = {});

  /// Gives a live value an expiry by the wall clock; a point that has passed removes the value.
  /// True if there was a live value.
  bool expire_at(std::string_view key, std::chrono::system_clock::time_point when,
                 ChangeOptions options = {});

  /// Removes the key; true if a live value was removed (Django: delete).
  bool erase(std::string_view key, ChangeOptions options = {});

  /// Removes all of the keys or, in a crash, none; returns how many live values were removed
  /// (Django: delete_many).
  template <KeyRange R>
  std::size_t erase_many(R&& keys, ChangeOptions options = {}) {
    return erase_all(own(std::forward<R>(keys)), options);
  }
  /// The same for a braced list: `erase_many({"a", "b"})`.
  std::size_t erase_many(std::initializer_list<std::string_view> keys, ChangeOptions options = {}) {
    return erase_all(std::vector<std::string>(keys.begin(), keys.end()), options);
  }

  /// Removes the keys of this prefix and version that begin with `prefix`; returns how many of them
  /// were live.  They go in batches of about a thousand: a crash may leave some, and keys that are
  /// written meanwhile may stay.  Throws InvalidOption like keys(); and Corruption where a table is
  /// damaged, when all keys are erased that can be read.
  std::size_t erase_prefix(std::string_view prefix, ChangeOptions options = {});

  /// Returns the live value and removes it, atomically; empty if there is none.  Throws what get()
  /// throws; a value that does not decode stays.
  template <class T = std::string>
  std::optional<T> pop(std::string_view key, ChangeOptions options = {}) {
    std::optional<T> popped;
    const bool taken = take(
        key, [&](StoredValue stored) { popped.emplace(decode_value<T>(std::move(stored))); },
        options);
    if (!taken) popped.reset();  // decoded, but another thread took it first
    return popped;
  }

  /// Atomic read-modify-write: calls `change` with the live value or empty, and stores what it
  /// returns; an empty optional removes the key.  Returns what is stored now.
  ///
  /// An existing value keeps its expiry unless the options give a timeout; a new one gets the
  /// cache's, as does one whose value has expired meanwhile.  With a timeout of zero or less the
  /// key is removed.  Calls that update one key take turns of a second at most, and no lock is held
  /// while `change` and the codecs run: nobody else waits for them.  What else changes the value
  /// meanwhile (set, incr, touch, clear(), a cull) makes `change` run again, with what is there
  /// then; so it may run more than once, and should do nothing but compute.  `change` may read any
  /// cache, from any thread; writing from inside throws would_deadlock.  If it throws, nothing has
  /// changed.  Throws Error with code busy if the value was changed a thousand times in between,
  /// and what get() throws.
  template <class T, class F>
  requires std::is_invocable_r_v<std::optional<T>, F&, std::optional<T>> std::optional<T> update(
      std::string_view key, F&& change, SetOptions options = {}) {
    std::optional<T> result;
    modify(
        key,
        [&](std::optional<StoredValue> stored) -> std::optional<EncodedValue> {
          std::optional<T> current;
          if (stored) current.emplace(decode_value<T>(*std::move(stored)));
          result = change(std::move(current));
          if (!result) return std::nullopt;
          return encode_value(key, *result);
        },
        options);
    return result;
  }

  /// Removes everything in this column family: every version and prefix, and what other aliases
  /// keep in it, as Django's clear() does for a LOCATION.  Takes milliseconds however much there
  /// is, and the space is free at once.
  void clear();

  // ---- counters ----

  /// Adds to a counter and returns its new value; the expiry stays.  No two calls return the same
  /// value of one counter.  Throws KeyNotFound if there is no live value (unless options.initial is
  /// given), WrongType if it is not an integer, Overflow if the result does not fit in 64 bits.  A
  /// counter to be created is a value of 8 bytes: max_value_size.
  std::int64_t incr(std::string_view key, std::int64_t delta = 1, IncrOptions options = {});
  /// Subtracts from a counter, also below zero, and returns its new value.  Throws what incr()
  /// throws.
  std::int64_t decr(std::string_view key, std::int64_t delta = 1, IncrOptions options = {});
  /// Adds to a counter as incr() does, but returns empty for a missing key instead of throwing
  /// KeyNotFound.
  std::optional<std::int64_t> try_incr(std::string_view key, std::int64_t delta = 1,
                                       IncrOptions options = {});
  /// Adds to many counters blindly, to all or, in a crash, to none: it returns nothing, reads next
  /// to nothing, and so does not say that the disk refuses to let one of them be read.
  ///
  /// Missing keys stay missing, values that are no integers stay as they are, and a sum beyond 64
  /// bits wraps around.
  template <PairRange R>
  void incr_many(R&& deltas, ChangeOptions options = {}) {
    std::vector<std::pair<std::string, std::int64_t>> owned;
    for (auto&& pair : deltas) owned.emplace_back(std::string_view(pair.first), pair.second);
    increment_many(std::move(owned), options);
  }
  /// The same for a braced list: `incr_many({{"hits", 1}, {"bytes", 512}})`.
  void incr_many(std::initializer_list<std::pair<std::string_view, std::int64_t>> deltas,
                 ChangeOptions options = {});

  /// Moves the value, with its expiry, to the version `delta` higher, over whatever is there, and
  /// returns that version.  The version moved from is options.version, else the cache's.  Throws
  /// KeyNotFound, and Overflow if the version does not fit.  A delta of 0 changes nothing.
  std::int64_t incr_version(std::string_view key, std::int64_t delta = 1,
                            ChangeOptions options = {});
  /// Moves the value to the version `delta` lower: incr_version() the other way.
  std::int64_t decr_version(std::string_view key, std::int64_t delta = 1,
                            ChangeOptions options = {});

  // ---- the store ----

  /// Removes every record of this column family for good that has expired by now, and gives their
  /// space back; returns how many, others' removals meanwhile included.
  ///
  /// Rewrites, one after the other, the tables that have something expired in them, and leaves the
  /// others alone.  It takes an eighth of the column family's room besides, or that of a single
  /// table, 64 MiB for several at most, and writes no record twice (but in tables with counters
  /// that had expired).  Nobody waits for it but who closes the store.
  ///
  /// Tables that cannot be read are left and the others are not; then it throws Corruption, or
  /// IoError.  So it does, with code no_space, where tables are left because the disk has less
  /// room than rewriting them takes.  What was removed before stays so.
  std::uint64_t expire();
  /// The same, telling how far it is, and ending early once `progress` returns false: before the
  /// first table, after each, and when all is done.  What was removed until then stays so; the next
  /// expire() does the rest.
  ///
  /// `progress` may use the cache, and close it: closing does not wait for this form, which keeps
  /// the store open until it is done.  What it throws is passed on, and ends it too.
  std::uint64_t expire(const std::function<bool(const ExpireProgress&)>& progress);

  /// Rewrites the whole column family, without what has expired, was replaced or erased, into one
  /// sorted run.  That takes as much room again as its tables have until it is done, and reads and
  /// writes everything once.  Nobody waits for it but who closes the store.  Throws Corruption or
  /// IoError.  Does nothing where nothing is on disk.
  void compact();

  /// Gives up one share of the entries, as a full cache would: expired ones first, then the oldest.
  /// Returns how many live ones went; 0 unless max_entries is configured.  Others write meanwhile.
  std::uint64_t cull();

  /// What the cache has done since it was opened in this process, what it holds, and the state of
  /// its store.  Costs microseconds; for a cache with max_entries, after an opening, some
  /// milliseconds until all entries are counted.
  Stats stats() const;

  /// Makes everything acknowledged so far, by any handle of the directory, survive a power cut.
  /// Waits for the disk.  Throws IoError if the disk refuses.
  void sync();

  /// Writes a copy of the whole store, as of now, to a new directory on the same file system (SST
  /// files are hard links).  Reading and writing go on meanwhile.  Throws InvalidOption if
  /// `directory` exists or the cache is not on disk, and IoError if the copy cannot be written;
  /// nothing is left of it then.
  void checkpoint(const std::filesystem::path& directory);

  /// Releases this handle.  The last handle of a directory closes the store, when operations that
  /// are under way in other threads have ended, an expire() too; the next use of any handle opens
  /// it again.  Safe at any time, from any thread; never throws.
  void close() noexcept;

  // ---- keys ----

  /// The final key of a caller's key and a version, by default the cache's (Django: make_key).
  /// Checks nothing, and opens nothing.
  std::string make_key(std::string_view key, std::optional<std::int64_t> version = {}) const;
  /// The options that this cache was opened with.
  const CacheOptions& options() const noexcept;

  // ---- calls that do not compile, and say what to write (mistakes.h) ----

  using MistypedCalls::add;
  using MistypedCalls::decr;
  using MistypedCalls::get;
  using MistypedCalls::get_or_set;
  using MistypedCalls::incr;
  using MistypedCalls::set;
  using MistypedCalls::set_many;
  using MistypedCalls::touch;
  using MistypedCalls::update;

 private:
  friend class Caches;
  struct CAIRN_NO_EXPORT Impl;
  struct Entry {
    std::string key;
    EncodedValue value;
  };

  CAIRN_NO_EXPORT explicit Cache(std::unique_ptr<Impl> impl) noexcept;

  template <KeyRange R>
  static std::vector<std::string> own(R&& keys) {
    std::vector<std::string> owned;
    if constexpr (std::ranges::sized_range<R>) owned.reserve(std::ranges::size(keys));
    for (auto&& key : keys) owned.emplace_back(std::string_view(key));
    return owned;
  }

  template <class T>
  std::unordered_map<std::string, T> decode_many(const std::vector<std::string>& keys,
                                                 const ReadOptions& options) const {
    std::unordered_map<std::string, T> found;
    read_many(
        keys,
        [&](StoredValue stored) {
          std::string key(stored.key);
          found.try_emplace(std::move(key), decode_value<T>(std::move(stored)));
        },
        options);
    return found;
  }

  std::optional<StoredValue> read(std::string_view key, const ReadOptions& options) const;
  void read_many(const std::vector<std::string>& keys,
                 const std::function<void(StoredValue)>& visit, const ReadOptions& options) const;
  void write(std::string_view key, EncodedValue value, const SetOptions& options);
  bool write_if_absent(std::string_view key, EncodedValue value, const SetOptions& options);
  std::vector<std::string> write_many(std::vector<Entry> entries, const SetOptions& options);
  template <class T, class Make>
  T get_or_make(std::string_view key, Make&& make, const GetOrSetOptions& options) {
    std::optional<T> made;
    std::optional<StoredValue> stored = read_or_make(
        key, [&] { return encode_value(key, made.emplace(internal::as_loaded(key, make()))); },
        options);
    return stored ? decode_value<T>(*std::move(stored)) : *std::move(made);
  }
  std::optional<StoredValue> read_or_make(std::string_view key,
                                          const std::function<EncodedValue()>& make,
                                          const GetOrSetOptions& options);
  bool take(std::string_view key, const std::function<void(StoredValue)>& accept,
            const ChangeOptions& options);
  void modify(std::string_view key,
              const std::function<std::optional<EncodedValue>(std::optional<StoredValue>)>& change,
              const SetOptions& options);
  std::size_t erase_all(const std::vector<std::string>& keys, const ChangeOptions& options);
  void increment_many(std::vector<std::pair<std::string, std::int64_t>> deltas,
                      const ChangeOptions& options);

  // Owned.  A unique_ptr would forget it at its end, and exit() destroys static objects while other
  // threads go on using them.
  Impl* impl_;
};

}  // namespace cairn
