#include "backend/key_turns.h"

#include <chrono>

namespace cairn {
namespace {

constexpr std::chrono::seconds longest_wait(1);

}  // namespace

KeyTurns::Turn KeyTurns::take(std::string_view key) {
  std::string name(key);
  process::UniqueLock lock(mutex_);
  const auto patience = std::chrono::steady_clock::now() + longest_wait;
  returned_.wait_until(lock, patience,
                       [&]() CAIRN_REQUIRES(mutex_) { return !taken_.contains(name); });
  // Whoever has the turn may be waiting for this thread.
  if (!taken_.insert(name).second) return Turn(*this, {});
  return Turn(*this, std::move(name));
}

KeyTurns::Turn::~Turn() {
  if (!key_) return;
  {
    const process::LockGuard lock(turns_.mutex_);
    turns_.taken_.erase(*key_);
  }
  turns_.returned_.notify_all();
}

}  // namespace cairn
