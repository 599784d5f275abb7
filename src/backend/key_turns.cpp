#include "backend/key_turns.h"

namespace cairn {

KeyTurns::Turn KeyTurns::take(std::string_view key) {
  std::string name(key);
  std::unique_lock lock(mutex_);
  returned_.wait(lock, [&] { return !taken_.contains(name); });
  taken_.insert(name);
  return Turn(*this, std::move(name));
}

KeyTurns::Turn::~Turn() {
  {
    const std::lock_guard lock(turns_.mutex_);
    turns_.taken_.erase(key_);
  }
  turns_.returned_.notify_all();
}

}  // namespace cairn
