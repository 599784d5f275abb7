#include "backend/key_turns.h"

namespace cairn {

KeyTurns::Turn KeyTurns::take(std::string_view key) {
  std::string name(key);
  process::UniqueLock lock(mutex_);
  while (taken_.contains(name)) returned_.wait(lock);
  taken_.insert(name);
  return Turn(*this, std::move(name));
}

KeyTurns::Turn::~Turn() {
  {
    const process::LockGuard lock(turns_.mutex_);
    turns_.taken_.erase(key_);
  }
  turns_.returned_.notify_all();
}

}  // namespace cairn
