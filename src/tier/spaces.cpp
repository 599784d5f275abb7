#include "tier/spaces.h"

#include <algorithm>

namespace cairn::tier {

Space Spaces::add() {
  const process::LockGuard lock(mutex_);
  if (next_ == no_space) return no_space;
  live_.push_back(next_);
  return next_++;
}

void Spaces::retire(Space space) noexcept {
  const process::LockGuard lock(mutex_);
  const auto found = std::lower_bound(live_.begin(), live_.end(), space);
  if (found != live_.end() && *found == space) live_.erase(found);
}

bool Spaces::live(Space space) const noexcept {
  const process::LockGuard lock(mutex_);
  return std::binary_search(live_.begin(), live_.end(), space);
}

bool Spaces::Look::live(Space space) noexcept {
  if (space != space_) {
    live_ = spaces_.live(space);
    space_ = space;
  }
  return live_;
}

}  // namespace cairn::tier
