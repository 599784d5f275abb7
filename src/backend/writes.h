// The writing operations of a backend.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <cairn/encoded_value.h>
#include <cairn/options.h>
#include <cairn/timeout.h>
#include "backend/bounds.h"
#include "backend/counter_rules.h"
#include "backend/found.h"

namespace cairn {

/// How a write is done.
struct WriteMode {
  /// What the caller asks for beyond the store's promise.
  Durability durability = Durability::clean_close;
  Bounds bounds = {};
  /// What the disk or a checksum refuses is absent to write_if_absent(), which otherwise throws.
  bool unreadable_is_absent = false;
};

/// Operations on final keys and whole records.  All are atomic, and all return only when what they
/// answer is as durable as the store promises or `mode` asks for; that holds for "nothing to do" as
/// well.  Timeouts are positive (Timeout::keeps()): Cache handles zero and less.
class Writes {
 public:
  virtual ~Writes() = default;

  virtual void write(std::string_view key, EncodedValue& value, Timeout timeout,
                     const WriteMode& mode) = 0;
  virtual bool write_if_absent(std::string_view key, EncodedValue& value, Timeout timeout,
                               const WriteMode& mode) = 0;
  /// What write_if_same() leaves.
  struct Replacement {
    EncodedValue* value;                     ///< null: erase
    std::optional<Timeout> timeout = {};     ///< empty: the expiry of the record that was read
    std::optional<Timeout> if_expired = {};  ///< of a value whose record has expired since

    /// When what is left expires; empty: the record that was read is not there any more.  One that
    /// has expired since is no record: nothing else may be there then.
    std::optional<ttl::Instant> deadline(const std::optional<Found>& read,
                                         const std::optional<ttl::Record>& live,
                                         ttl::Instant now) const;
  };
  /// Compare and set: replaces what is at the key if that is still the record which was read, or
  /// still nothing live.  False, and nothing changed, if it is not.
  virtual bool write_if_same(std::string_view key, const std::optional<Found>& read,
                             const Replacement& replacement, const WriteMode& mode) = 0;
  struct Write {
    std::string_view key;
    EncodedValue* value;  ///< null: erase
  };
  /// All or nothing.  No key twice.
  virtual void write_many(std::span<const Write> writes, Timeout timeout,
                          const WriteMode& mode) = 0;
  virtual bool touch(std::string_view key, Timeout timeout, const WriteMode& mode) = 0;
  /// True if a live record was erased.
  virtual bool erase(std::string_view key, const WriteMode& mode) = 0;
  /// All or nothing; returns how many were live.
  virtual std::size_t erase_many(std::span<const std::string_view> keys, const WriteMode& mode) = 0;
  /// Moves a live record, expiry and all, over whatever is at `to`.
  virtual bool move(std::string_view from, std::string_view to, const WriteMode& mode) = 0;

  virtual Incremented increment(std::string_view key, const Step& step,
                                const std::optional<Seed>& seed, const WriteMode& mode) = 0;
  /// Blind: reads next to nothing, and leaves missing keys missing.
  virtual void increment_many(std::span<const std::pair<std::string, std::int64_t>> deltas,
                              const WriteMode& mode) = 0;
};

}  // namespace cairn
