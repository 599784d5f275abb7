// Folding counter operands into a base record.
//
// The rule, in one place for the merge operator, for incr and for the tests: operands are applied
// oldest first; one that was written at or after the record's expiry, or onto nothing, kills the
// chain: from there on it is void.  An ADD onto an integer adds and keeps the expiry, onto another
// kind it changes nothing.  A base that does not parse is left exactly as it is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ttl/operand.h"
#include "ttl/record.h"

namespace cairn::ttl {

class Fold {
 public:
  /// `base` is what lies below the operands, if anything; it must outlive the fold.
  explicit Fold(std::optional<std::string_view> base) noexcept;
  /// The same where the base has been parsed already.
  Fold(std::string_view base, const Record& parsed) noexcept;

  /// Applies the next younger operand.  What is not an ADD is passed over.
  void apply(std::string_view operand) noexcept;

  /// False if nothing is there or it died; true also for a base that does not parse.
  bool alive() const noexcept { return state_ != State::dead; }
  /// The record as it stands; empty if dead or not parseable.  The payload of an integer is that of
  /// the base: ask value().
  const Record* record() const noexcept { return state_ == State::record ? &record_ : nullptr; }
  /// The value of an integer record.
  std::int64_t value() const noexcept { return value_; }

  /// The record's bytes; of a dead chain, a void record, which reads as a miss and which the
  /// compaction filter drops.
  std::string bytes() const;

 private:
  enum class State { dead, record, opaque };

  State state_;
  std::string_view base_;
  Record record_{};
  std::int64_t value_ = 0;
};

/// Folds two neighbouring operands into one with the same effect on every base.  Exact because a
/// chain is dead iff its base is, or the base's expiry is at or before the latest operand's time.
Operand combine(const Operand& older, const Operand& younger) noexcept;

}  // namespace cairn::ttl
