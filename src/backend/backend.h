// What a cache needs of the place where its records are kept.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <cairn/codec.h>
#include <cairn/options.h>
#include <cairn/stats.h>
#include <cairn/timeout.h>
#include "backend/bounds.h"
#include "backend/single_flight.h"
#include "backend/tally.h"
#include "ttl/record.h"

namespace cairn {

/// How a write is done.
struct WriteMode {
  /// What the caller asks for beyond the store's promise.
  Durability durability = Durability::clean_close;
  Bounds bounds = {};
};

/// What came of adding to a counter.
struct Added {
  enum class Outcome { done, missing, not_an_integer, overflow };
  Outcome outcome;
  std::int64_t value = 0;               ///< if done
  ValueKind kind = ValueKind::nothing;  ///< if not_an_integer
};

/// How far a counter goes.  Down is not up by a negated amount: -INT64_MIN does not exist.
struct Step {
  std::int64_t amount;
  bool down = false;

  /// The delta of a merge operand, which adds modulo 2^64.
  std::int64_t delta() const {
    return down ? static_cast<std::int64_t>(0 - static_cast<std::uint64_t>(amount)) : amount;
  }
  /// False if the result does not fit.
  bool apply(std::int64_t value, std::int64_t& result) const {
    return down ? !__builtin_sub_overflow(value, amount, &result)
                : !__builtin_add_overflow(value, amount, &result);
  }
};

/// The value that a missing counter starts from.
struct Seed {
  std::int64_t initial;
  Timeout timeout;
};

/// Operations on final keys and whole records.
///
/// A backend is the data itself: every handle of one location and column family shares it, and all
/// operations are safe for threads and atomic unless they say otherwise.  It stamps records with
/// its own clock and judges them by ttl::live.  A timeout that is given to it keeps
/// (Timeout::keeps): what zero means is decided above.
class Backend {
 public:
  using Instant = ttl::Instant;
  using Change =
      std::function<std::optional<EncodedValue>(const std::optional<ttl::Record>& current)>;

  virtual ~Backend() = default;

  /// One more, or one handle less, uses the backend.
  virtual void attach() {}
  virtual void detach() noexcept {}

  /// The wall clock, to turn a point in time into a timeout.
  virtual std::chrono::milliseconds wall() const = 0;
  virtual Instant now() const = 0;

  /// The record at the key if it is live; copies its payload.  Counts as a use.
  virtual std::optional<ttl::Record> read(std::string_view key, std::string& payload) = 0;
  /// The same without payload and without use.
  virtual std::optional<ttl::Record> find(std::string_view key) = 0;
  /// From one moment; calls `found` for each live one.
  virtual void read_many(
      std::span<const std::string_view> keys,
      const std::function<void(std::size_t index, const ttl::Record& record)>& found) = 0;
  /// At most `limit` keys, in order, from `first` on, that begin with `prefix` and are live; also
  /// where to go on, empty at the end.
  struct Listing {
    std::vector<std::string> keys;
    std::string next;
  };
  virtual Listing list(std::string_view first, std::string_view prefix, std::size_t limit) = 0;

  virtual void write(std::string_view key, EncodedValue& value, Timeout timeout,
                     const WriteMode& mode) = 0;
  virtual bool write_if_absent(std::string_view key, EncodedValue& value, Timeout timeout,
                               const WriteMode& mode) = 0;
  struct Write {
    std::string_view key;
    EncodedValue* value;  ///< null: remove
  };
  /// All or nothing.  No key twice.
  virtual void write_many(std::span<const Write> writes, Timeout timeout,
                          const WriteMode& mode) = 0;
  virtual bool touch(std::string_view key, Timeout timeout, const WriteMode& mode) = 0;
  virtual bool remove(std::string_view key, const WriteMode& mode) = 0;
  /// Removes the key if it still holds what was read.
  virtual bool remove_same(std::string_view key, const ttl::Record& record,
                           const WriteMode& mode) = 0;
  /// All or nothing; returns how many were live.
  virtual std::size_t remove_many(std::span<const std::string_view> keys,
                                  const WriteMode& mode) = 0;
  /// Calls `change` under the key's lock; see Cache::update.  `timeout` empty: an existing record
  /// keeps its expiry and a new one gets `fallback`; a timeout that does not keep removes.
  virtual void update(std::string_view key, const Change& change,
                      const std::optional<Timeout>& timeout, Timeout fallback,
                      const WriteMode& mode) = 0;
  /// Moves a live record, expiry and all, over whatever is at `to`.
  virtual bool move(std::string_view from, std::string_view to, const WriteMode& mode) = 0;

  virtual Added add(std::string_view key, const Step& step, const std::optional<Seed>& seed,
                    const WriteMode& mode) = 0;
  virtual void add_many(std::span<const std::pair<std::string, std::int64_t>> deltas,
                        const WriteMode& mode) = 0;

  virtual void clear() = 0;
  virtual std::uint64_t expire() = 0;
  virtual std::uint64_t cull(const WriteMode& mode) = 0;
  virtual Stats stats(const WriteMode& mode) = 0;
  virtual void sync() {}
  /// Throws InvalidOption where there is nothing on disk.
  virtual void checkpoint(const std::filesystem::path& directory);

  Counters& counters() { return counters_; }
  SingleFlight& flights() { return flights_; }

 protected:
  /// The record if the bytes are one and it is live; counts those that are not.  For reads.
  std::optional<ttl::Record> judge(std::string_view bytes, Instant now);

 private:
  Counters counters_;
  SingleFlight flights_;
};

/// When what update() leaves expires; empty: it leaves nothing.  An existing record keeps its
/// expiry unless a timeout is given; one that expired while the caller's function ran does not
/// exist.
inline std::optional<ttl::Instant> updated_expiry(const std::optional<ttl::Record>& current,
                                                  const std::optional<Timeout>& timeout,
                                                  Timeout fallback, ttl::Instant now) {
  if (current && !timeout && !ttl::expired(current->expires_at, now)) return current->expires_at;
  const Timeout wanted = timeout.value_or(fallback);
  if (!wanted.keeps()) return std::nullopt;
  return ttl::deadline(now, wanted);
}

/// Fills in the header of an encoded value, which is then a whole record.
inline std::string_view stamp(EncodedValue& value, ttl::Instant now, Timeout timeout) {
  ttl::write_header(value.bytes.data(), value.kind, now, ttl::deadline(now, timeout));
  return value.bytes;
}

}  // namespace cairn
