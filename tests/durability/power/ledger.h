// What a store has promised by a given event.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "durability/power/recording.h"
#include "durability/power/replay.h"

namespace cairn::test::durability {

/// Follows a recording event by event.
class Ledger {
 public:
  explicit Ledger(const History& history) : history_(history) {}

  void apply(const Event& event) {
    if (event.kind == Event::Kind::begin) {
      begun_ = static_cast<std::size_t>(event.number) + 1;
      time_ = history_.calls[begun_ - 1].time;
    } else if (event.kind == Event::Kind::acknowledged) {
      acknowledged_ = static_cast<std::size_t>(event.number) + 1;
      if (history_.calls[acknowledged_ - 1].makes_durable()) safe_ = acknowledged_;
    }
  }

  /// So many calls, from the first, must have left what they did after such damage.
  std::size_t at_least(const Damage& damage) const {
    const bool all = history_.level == Durability::power_loss ||
                     (damage.none() && history_.level != Durability::clean_close);
    return all ? acknowledged_ : safe_;
  }
  /// So many may have.
  std::size_t at_most() const { return begun_; }
  std::size_t acknowledged() const { return acknowledged_; }
  /// The clock's time, in ms.
  std::int64_t time() const { return time_; }

 private:
  const History& history_;
  std::size_t begun_ = 0;
  std::size_t acknowledged_ = 0;
  std::size_t safe_ = 0;
  std::int64_t time_ = 0;
};

}  // namespace cairn::test::durability
