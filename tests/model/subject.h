// What the model is compared with: a store under test, behind the operations that the random run
// uses.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <cairn/timeout.h>
#include "backend/backend.h"
#include "model/any.h"

namespace cairn::test {

struct Key {
  std::string name;
  std::int64_t version;
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 means the 0 inside <=> itself.
  friend auto operator<=>(const Key&, const Key&) = default;
};

/// What is there, and how long it still lives.
struct Seen {
  Any value;
  Timeout ttl;
  friend bool operator==(const Seen&, const Seen&) = default;
};

/// What a run has really made the engine do.
struct Exercise {
  std::uint64_t flushes = 0;
  std::uint64_t compactions = 0;
  std::uint64_t reopens = 0;
  std::uint64_t reapings = 0;
  std::uint64_t reclaimed = 0;        ///< bytes that the reaper gave back
  std::uint64_t dropped = 0;          ///< records dropped by the filter
  std::uint64_t operands_merged = 0;  ///< merge operands that lay in files and then did not
  std::uint64_t middle_levels =
      0;  ///< compactions that left files between the first and last levels

  Exercise& operator+=(const Exercise& other) {
    flushes += other.flushes;
    compactions += other.compactions;
    reopens += other.reopens;
    reapings += other.reapings;
    reclaimed += other.reclaimed;
    dropped += other.dropped;
    operands_merged += other.operands_merged;
    middle_levels += other.middle_levels;
    return *this;
  }
};

class Subject {
 public:
  using Change = std::function<std::optional<Any>(const std::optional<Any>&)>;
  using Deltas = std::vector<std::pair<Key, std::int64_t>>;
  using Values = std::vector<std::pair<std::string, Any>>;

  virtual ~Subject() = default;

  virtual ttl::Instant now() = 0;
  virtual std::optional<Seen> read(const Key& key) = 0;

  virtual void set(const Key& key, const Any& value, Timeout timeout) = 0;
  virtual bool add(const Key& key, const Any& value, Timeout timeout) = 0;
  virtual bool touch(const Key& key, Timeout timeout) = 0;
  virtual Incremented incr(const Key& key, const Step& step, const std::optional<Seed>& seed) = 0;
  virtual void incr_many(const Deltas& deltas) = 0;
  virtual bool erase(const Key& key) = 0;
  virtual void clear() = 0;

  virtual void flush() = 0;
  virtual void compact(const Key& first, const Key& last) = 0;
  /// Compacts the files of one level alone, whichever the dice say.
  virtual void compact_level(std::uint64_t dice) = 0;
  virtual void reap() = 0;
  virtual void expire() = 0;
  virtual void reopen(bool whole) = 0;
  virtual Exercise exercise() = 0;
};

/// A subject with every verb of the API.
class WholeSubject : public Subject {
 public:
  virtual std::optional<Any> pop(const Key& key) = 0;
  virtual std::optional<Any> update(const Key& key, const Change& change,
                                    const std::optional<Timeout>& timeout) = 0;
  virtual bool move_version(const Key& key, std::int64_t delta) = 0;
  virtual void set_many(const Values& values, std::int64_t version, Timeout timeout) = 0;
  virtual std::size_t erase_many(const std::vector<std::string>& names, std::int64_t version) = 0;
  virtual std::vector<std::pair<std::string, Any>> get_many(const std::vector<std::string>& names,
                                                            std::int64_t version) = 0;
  virtual std::vector<std::string> keys(std::int64_t version) = 0;
  /// Makes a checkpoint and reads all of these from it.
  virtual std::vector<std::optional<Seen>> read_from_checkpoint(const std::vector<Key>& keys) = 0;
};

}  // namespace cairn::test
