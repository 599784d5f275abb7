// The record tier: hot records in memory, found without a lock by one hash look-up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tier/key.h"
#include "tier/look.h"
#include "tier/record_words.h"
#include "tier/shard.h"

namespace cairn::tier {

/// A fixed amount of memory in which records lie under (space, key), each with an expiry and a byte
/// that is the user's.  It may forget any of them at any time, and never gives a wrong one.  What
/// is read again stays; what is read once goes first.
///
/// Whose word counts is the engine's, so each operation has its place around the engine:
///   read    find(); on a miss ticket(), read the engine, fill()
///   write   Change, write the engine, Change::store(); on an error just the Change's end
///
/// Safe for threads.  Nothing throws but the constructor and new_space().  Expiry is judged by the
/// caller: what is found may have expired.
class RecordTier {
 public:
  /// The least budget.
  static constexpr std::size_t least_bytes = 64 * 1024;
  /// The greatest: with three TiB, half a hash could no longer tell the buckets of one shard from
  /// those of another.
  static constexpr std::size_t most_bytes = std::size_t{1} << 40;

  /// `bytes` is all memory that it will ever use; pages are touched as they are needed.  Throws
  /// std::bad_alloc where there is none or for more than `most_bytes`, std::invalid_argument for
  /// less than `least_bytes`.
  explicit RecordTier(std::size_t bytes);
  ~RecordTier();
  RecordTier(const RecordTier&) = delete;
  RecordTier& operator=(const RecordTier&) = delete;

  /// The most that key and record together may have to be kept.
  std::size_t longest() const noexcept;

  /// A space in which there is nothing.  `no_space` when the numbers have run out.  May throw
  /// std::bad_alloc.
  Space new_space();
  /// Nobody will look in this space again: what it holds gives way first.  A find() or fill() in it
  /// that is under way does no harm.
  void retire(Space space) noexcept;

  struct Hit {
    Instant expires_at;
    std::uint8_t note;
  };

  /// Copies the record into `record`, whose capacity is used again; counts as a hit or a miss, and
  /// keeps the record longer.  Empty too where memory for the copy is not to be had.  `record` is
  /// unspecified on a miss.
  std::optional<Hit> find(const Key& key, std::string& record) noexcept;

  /// find() for those who want only a part, or want it in pieces.  Counted and kept like find().
  /// False is a miss; what is copied is right only if valid() says so after it.
  Look look(const Key& key) noexcept;
  /// Calls `read(look)` until a look was valid behind it; then what it has copied is right.  False:
  /// a miss, or others wrote to the key each time, and who is overtaken so often asks the engine.
  template <class Read>
  [[gnu::always_inline]] bool read(const Key& key, const Read& read) {
    for (int tries = 0; tries < most_tries; ++tries) {
      const Look found = look(key);
      if (!found) return false;
      read(found);
      if (found.valid()) return true;
    }
    return false;
  }

  struct Peek {
    Instant expires_at;
    std::uint8_t note;
    std::size_t size;  ///< of the whole record
  };
  /// The first bytes of the record: min(first.size(), size) of them.  Not counted, and keeps
  /// nothing.
  std::optional<Peek> peek(const Key& key, std::span<char> first) const noexcept;

  /// For many keys that are going to be looked for: brings them nearer to the processor.
  void prefetch(std::span<const Key> keys) const noexcept;

  /// The state of a key before the engine is read.
  class Ticket {
   public:
    /// Two of one key: what was found after the earlier one was taken is still what is there.
    friend bool operator==(Ticket, Ticket) = default;

   private:
    friend class RecordTier;
    std::uint64_t state_;
  };
  Ticket ticket(const Key& key) const noexcept;

  /// Keeps what was read from the engine after the ticket was taken; not if the key has been
  /// changed, or was being changed, since the ticket, and not if it does not suit (too long, a lock
  /// is held, an expiry beyond the year 10000).  True if the key is there now.
  bool fill(const Key& key, Ticket ticket, std::string_view record, Instant expires_at,
            std::uint8_t note, Instant now) noexcept;

  /// Whether a change keeps what was not there before.
  enum class Keep {
    known,   ///< only a key that was there, or was there lately
    always,  ///< any, until it gives way
  };

  /// A change of one key, from before the engine is written to until after.  At once the entry
  /// goes; until the end fills of the key are refused, and so are they for tickets from before the
  /// end. Of one key only one at a time, except in one batch, whose changes store() in their order.
  class Change {
   public:
    Change(RecordTier& tier, const Key& key) noexcept;
    ~Change();
    Change(Change&& other) noexcept;
    Change& operator=(Change&&) = delete;

    /// The engine has the new record.  At most once, and the change is at its end.
    void store(std::string_view record, Instant expires_at, std::uint8_t note, Instant now,
               Keep keep = Keep::always) noexcept;

   private:
    RecordTier* tier_;  // null: at its end
    Key key_;
    Place old_;
  };

  /// Drops what cannot be understood.
  void forget(const Key& key) noexcept { Change(*this, key); }

  struct Counts {
    std::uint64_t entries;    ///< with those that have expired or whose space is retired
    std::uint64_t bytes;      ///< of keys and records among `capacity`
    std::uint64_t capacity;   ///< the budget
    std::uint64_t hits;       ///< of find()
    std::uint64_t misses;     ///< of find()
    std::uint64_t evictions;  ///< live ones that gave way
    std::uint64_t expired;    ///< that gave way because they had
  };
  Counts counts() const noexcept;

 private:
  static constexpr int most_tries = 3;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cairn::tier
