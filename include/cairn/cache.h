// The cache: Django's low-level API, typed.
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

#include <cairn/codec.h>
#include <cairn/error.h>
#include <cairn/export.h>
#include <cairn/options.h>
#include <cairn/stats.h>
#include <cairn/timeout.h>

namespace cairn {

/// A key with a value that is already encoded; what a braced list for set_many is made of.
struct Item {
  std::string_view key;
  EncodedValue value;
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
///  it;
///  - IoError, Corruption: the disk refuses, or the directory cannot be opened; reads obey
///    CacheOptions::on_read_error;
///  - Error with code forked_process: the handle was opened before a fork() and this is the child;
///  - Error with code would_deadlock: a writing operation inside the function given to update().
/// Operations that take a value also throw SerializationError if it cannot be encoded and an Error
/// with code value_too_large if it exceeds max_value_size.  An operation that throws has changed
/// nothing, unless its description says otherwise; after IoError from a write the change may or may
/// not be there.
class CAIRN_EXPORT Cache {
 public:
  /// One cache without a registry; the alias is "default".  `location` is a directory (made, with
  /// its parents, mode 0700, if it is not there), `memory:NAME` or `dummy:`.  Throws
  /// InvalidCacheBackend, InvalidOption, and what opening a directory throws (see Caches).
  static Cache open(const std::filesystem::path& location, CacheOptions options = {},
                    StoreOptions store = {});

  Cache(Cache&&) noexcept;
  Cache& operator=(Cache&&) noexcept;
  Cache(const Cache&) = delete;
  Cache& operator=(const Cache&) = delete;
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
  const { return get<value_type_of<V>>(key, value_type_of<V>(std::forward<V>(fallback)), options); }

  /// Whether there is a live value, of whatever type.  Counts as no access.
  bool contains(std::string_view key, ReadOptions options = {}) const;

  /// The live values among `keys`, by the caller's keys, from one moment: one MultiGet.  An empty
  /// range does no I/O.
  template <class T = std::string, KeyRange R>
  std::unordered_map<std::string, T> get_many(R&& keys, ReadOptions options = {}) const {
    return decode_many<T>(own(std::forward<R>(keys)), options);
  }
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
  /// in it, all others are.  Throws InvalidOption if the key function has no head (KeyFunction).
  std::vector<std::string> keys(std::string_view prefix = {}, ReadOptions options = {}) const;
  /// The same, one at a time and in bounded memory, until `visit` returns false.  `visit` may use
  /// the cache.
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
  /// there was one.  Of any number of threads exactly one succeeds.
  template <class V>
  bool add(std::string_view key, const V& value, SetOptions options = {}) {
    return write_if_absent(key, encode_value(key, value), options);
  }

  /// All or nothing, also in a crash.  The last of duplicate keys wins.  Returns the caller's keys
  /// whose values exceed max_value_size, which are not stored (and whose old values are removed).
  /// Throws InvalidOption if the values together exceed 1 GiB.
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
  /// `set_many({{"a", 1}, {"b", "text"}, {"c", 2.5}})`: the types may differ.
  std::vector<std::string> set_many(std::initializer_list<Item> items, SetOptions options = {});

  /// The live value; or else the value given, or what the factory returns, stored and given back.
  ///
  /// A factory runs once in this process however many threads miss the same key at once: the others
  /// wait for it (GetOrSetOptions::max_wait) and get its value.  If it throws, its caller gets the
  /// exception, nothing is stored, and one of the waiting threads runs its own.  If somebody else
  /// stores a value meanwhile, that one is returned.  The factory runs outside every lock and may
  /// use the cache.
  template <class V>
  auto get_or_set(std::string_view key, V&& value_or_factory, GetOrSetOptions options = {}) {
    if constexpr (std::invocable<V&>) {
      using T = value_type_of<std::invoke_result_t<V&>>;
      return decode_value<T>(read_or_make(
          key, [&] { return encode_value(key, value_or_factory()); }, options));
    } else {
      using T = value_type_of<V>;
      return decode_value<T>(read_or_make(
          key, [&] { return encode_value(key, value_or_factory); }, options));
    }
  }

  /// Gives a live value a new expiry: the cache's timeout from now unless the options say
  /// otherwise.  True if there is a live value (also if nothing changed); with a timeout of zero or
  /// less, true and the value is gone.
  bool touch(std::string_view key, SetOptions options = {});

  /// touch() to a point in time by the wall clock; a point that has passed removes the value.
  bool expire_at(std::string_view key, std::chrono::system_clock::time_point when,
                 ChangeOptions options = {});

  /// Removes; true if a live value was removed (Django: delete).
  bool erase(std::string_view key, ChangeOptions options = {});

  /// Removes all or, in a crash, none; returns how many live values were removed (Django:
  /// delete_many).
  template <KeyRange R>
  std::size_t erase_many(R&& keys, ChangeOptions options = {}) {
    return remove_many(own(std::forward<R>(keys)), options);
  }
  std::size_t erase_many(std::initializer_list<std::string_view> keys, ChangeOptions options = {}) {
    return remove_many(std::vector<std::string>(keys.begin(), keys.end()), options);
  }

  /// Removes the keys of this prefix and version that begin with `prefix`; returns how many live
  /// ones.  In batches: a crash may leave some.  Throws InvalidOption like keys().
  std::size_t erase_prefix(std::string_view prefix, ChangeOptions options = {});

  /// Gives the live value and removes it, atomically.  A value that does not decode stays.
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
  /// cache's.  `change` and the codecs run while the key is locked: other writers of the key (and
  /// of a few that share its lock) wait, so be quick.  It may read the cache; writing from inside
  /// throws would_deadlock.  If it throws, nothing has changed.
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

  /// Adds and returns the new value; the expiry stays.  No two calls return the same value of one
  /// counter.  Throws KeyNotFound if there is no live value (unless options.initial is given),
  /// WrongType if it is not an integer, Overflow if the result does not fit in 64 bits.
  std::int64_t incr(std::string_view key, std::int64_t delta = 1, IncrOptions options = {});
  /// Subtracts; may go below zero.
  std::int64_t decr(std::string_view key, std::int64_t delta = 1, IncrOptions options = {});
  /// incr() that gives empty for a missing key.
  std::optional<std::int64_t> try_incr(std::string_view key, std::int64_t delta = 1,
                                       IncrOptions options = {});
  /// Adds to many counters blindly, all or none in a crash: it returns nothing, and reads next to
  /// nothing.
  /// Missing keys stay missing, values that are no integers stay as they are, and a sum beyond 64
  /// bits wraps around.
  template <PairRange R>
  void incr_many(R&& deltas, ChangeOptions options = {}) {
    std::vector<std::pair<std::string, std::int64_t>> owned;
    for (auto&& pair : deltas) owned.emplace_back(std::string_view(pair.first), pair.second);
    add_many(std::move(owned), options);
  }
  void incr_many(std::initializer_list<std::pair<std::string_view, std::int64_t>> deltas,
                 ChangeOptions options = {});

  /// Moves the value, with its expiry, to the version `delta` higher, over whatever is there, and
  /// returns that version.  The version moved from is options.version, else the cache's.  Throws
  /// KeyNotFound, and Overflow if the version does not fit.  A delta of 0 changes nothing.
  std::int64_t incr_version(std::string_view key, std::int64_t delta = 1,
                            ChangeOptions options = {});
  std::int64_t decr_version(std::string_view key, std::int64_t delta = 1,
                            ChangeOptions options = {});

  // ---- the store ----

  /// Removes every expired record of this column family for good and gives their space back;
  /// returns how many.  Reads and rewrites the whole column family.
  std::uint64_t expire();

  /// Gives up one share of the entries, as a full cache would: expired ones first, then the oldest.
  /// Returns how many live ones; 0 unless max_entries is configured.
  std::uint64_t cull();

  Stats stats() const;

  /// Makes everything acknowledged so far, by any handle of the directory, survive a power cut.
  void sync();

  /// Writes a copy of the whole store, as of now, to a new directory on the same file system (SST
  /// files are hard links).  Throws InvalidOption if `directory` exists or the cache is not on
  /// disk.
  void checkpoint(const std::filesystem::path& directory);

  /// Releases this handle.  The last handle of a directory closes the store; the next use of any
  /// handle opens it again.  Safe at any time, from any thread; never throws.
  void close() noexcept;

  // ---- keys ----

  /// The final key (Django: make_key).  Checks nothing.
  std::string make_key(std::string_view key, std::optional<std::int64_t> version = {}) const;
  const CacheOptions& options() const noexcept;

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
          found.insert_or_assign(std::move(key), decode_value<T>(std::move(stored)));
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
  StoredValue read_or_make(std::string_view key, const std::function<EncodedValue()>& make,
                           const GetOrSetOptions& options);
  bool take(std::string_view key, const std::function<void(StoredValue)>& accept,
            const ChangeOptions& options);
  void modify(std::string_view key,
              const std::function<std::optional<EncodedValue>(std::optional<StoredValue>)>& change,
              const SetOptions& options);
  std::size_t remove_many(const std::vector<std::string>& keys, const ChangeOptions& options);
  CAIRN_NO_EXPORT std::optional<std::int64_t> step(std::string_view verb, std::string_view key,
                                                   std::int64_t amount, const IncrOptions& options);
  void add_many(std::vector<std::pair<std::string, std::int64_t>> deltas,
                const ChangeOptions& options);
  CAIRN_NO_EXPORT std::int64_t move_version(std::string_view verb, std::string_view key,
                                            std::int64_t delta, const ChangeOptions& options);

  std::unique_ptr<Impl> impl_;
};

}  // namespace cairn
