// The number of entries of a bounded cache, their ages and expiries, without their keys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/sip_hash.h"
#include "ttl/record.h"

namespace cairn {

/// A row of values in pieces of fixed size: it grows and shrinks at its end without moving any.
template <class Value>
class Chunks {
 public:
  std::size_t size() const { return size_; }
  Value& operator[](std::size_t i) { return chunks_[i / length][i % length]; }
  const Value& operator[](std::size_t i) const { return chunks_[i / length][i % length]; }

  /// Makes room for one more: the next push() cannot fail.
  void reserve_one() {
    if (size_ < chunks_.size() * length) return;
    chunks_.push_back(std::make_unique<Value[]>(length));
  }
  void push(const Value& value) noexcept {
    ++size_;
    (*this)[size_ - 1] = value;
  }
  void pop() noexcept {
    --size_;
    // One that is empty stays: who is at the border may come back.
    if (chunks_.size() * length >= size_ + 2 * length) chunks_.pop_back();
  }
  /// Memory taken, in bytes.
  std::size_t bytes() const {
    return chunks_.size() * length * sizeof(Value) + chunks_.capacity() * sizeof(chunks_[0]);
  }

 private:
  static constexpr std::size_t length = 256;
  std::vector<std::unique_ptr<Value[]>> chunks_;
  std::size_t size_ = 0;
};

/// Entries are known by a hash of their key, of 64 bits under a seed that nobody knows: two keys of
/// one hash, which is not to be expected among 10^8, count as one.  An entry takes at most 64
/// bytes, whatever the length of its key; as long as everything together takes less than
/// `memory_with_keys` the keys are kept as well.
///
/// Not safe for threads: its owner locks.  What throws, for lack of memory, has changed nothing.
class EntryCount {
 public:
  /// Of two entries the one with the smaller number is older.  What was found in the engine has the
  /// time of its writing; what has been written since is younger than all of that.
  using Age = std::uint64_t;

  static constexpr std::size_t memory_with_keys = std::size_t{256} << 10;

  EntryCount();

  std::size_t size() const { return entries_.size(); }
  bool contains(std::string_view key) const { return find(key) != none; }
  std::optional<Age> age(std::string_view key) const;
  /// The age of the entry that is stored or used next.
  Age next_age() const { return next_age_; }
  /// Memory taken, in bytes.
  std::size_t memory_bytes() const {
    return entries_.bytes() + buckets_.bytes() + heap_.bytes() +
           keys_.capacity() * sizeof(std::string) + key_bytes_;
  }

  /// Adds the key, or renews it: it is now the youngest.  Returns whether it was added.
  bool stored(std::string_view key, ttl::Instant expires_at);
  /// Adds a key that is there from before, unless it is known.
  void found(std::string_view key, ttl::Instant written_at, ttl::Instant expires_at);
  /// The key is now the youngest.
  void used(std::string_view key);
  /// The expiry changed; the age does not.
  void expires(std::string_view key, ttl::Instant expires_at);
  void erase(std::string_view key);
  void clear();

  /// Forgets entries that have expired, at most so many; returns how many.
  std::size_t forget_expired(ttl::Instant now,
                             std::size_t most = std::numeric_limits<std::size_t>::max());

  /// Which entries are the oldest, so many or all: those before `age`, and of those with that age
  /// `of_that_age`.  Among more than `exactly` entries the age is estimated from some of them.
  struct Oldest {
    Age age = 0;
    std::size_t of_that_age = 0;
    std::size_t count = 0;

    bool includes(Age other) const { return other < age || (other == age && of_that_age > 0); }
  };
  static constexpr std::size_t exactly = 65'536;
  Oldest oldest(std::size_t count) const;
  /// Forgets what is among the oldest: returns how many.
  std::size_t forget(const Oldest& oldest);

  /// Whether the keys are kept.
  bool keeps_keys() const { return keeps_keys_; }
  /// The keys of those that are among the oldest, at most so many; while the keys are kept.
  std::vector<std::string> oldest_keys(const Oldest& oldest) const;

 private:
  using Number = std::uint32_t;  // of an entry, which has it until another is erased
  static constexpr Number none = ~Number{0};

  struct Entry {
    std::uint64_t hash;
    Age age;
    ttl::Instant expires_at;
    Number next;   // in the same bucket
    Number place;  // in the heap
  };

  std::uint64_t hash(std::string_view key) const noexcept { return sip_hash(seed_, key); }
  std::size_t bucket(std::uint64_t hash) const noexcept;
  Number find(std::string_view key) const noexcept;
  void add(std::string_view key, Age age, ttl::Instant expires_at);
  void set_expiry(Number number, ttl::Instant expires_at);
  void erase_entry(Number number) noexcept;
  void forget_keys() noexcept;
  void split() noexcept;
  void join() noexcept;
  Number& link_to(Number number) noexcept;
  void put(std::size_t place, Number number) noexcept;
  void into_heap(Number number) noexcept;
  void out_of_heap(Number number) noexcept;
  void rise(std::size_t place) noexcept;
  void sink(std::size_t place) noexcept;
  bool sooner(Number a, Number b) const { return entries_[a].expires_at < entries_[b].expires_at; }

  SipSeed seed_;
  Age next_age_;
  Chunks<Entry> entries_;
  // Linear hashing: as many lists as entries or up to twice as many, made and joined one by one.
  Chunks<Number> buckets_;
  // Of the entries that expire, the next one first; four below each.
  Chunks<Number> heap_;

  bool keeps_keys_ = true;
  std::vector<std::string> keys_;  // by number
  std::size_t key_bytes_ = 0;      // what they take besides
};

}  // namespace cairn
