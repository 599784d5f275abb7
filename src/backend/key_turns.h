// Turns by key: of the callers that update one key, one at a time runs its function.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "process/mutex.h"

namespace cairn {

/// Whoever has a turn holds no lock meanwhile, so nobody waits for its function but those who want
/// the turn of the same key.
class KeyTurns {
 public:
  class Turn {
   public:
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    friend class KeyTurns;
    Turn(KeyTurns& turns, std::optional<std::string> key) : turns_(turns), key_(std::move(key)) {}
    KeyTurns& turns_;
    const std::optional<std::string> key_;  // empty: it was not to be had
  };

  /// Waits until nobody has the turn of that key, or for a second: turns spare work, and nothing
  /// rests on them.
  Turn take(std::string_view key);

 private:
  process::Mutex mutex_;
  process::Condition returned_;
  std::unordered_set<std::string> taken_ CAIRN_GUARDED_BY(mutex_);
};

}  // namespace cairn
