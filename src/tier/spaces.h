// Which spaces of a record tier are live.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "process/mutex.h"
#include "tier/key.h"

namespace cairn::tier {

class Spaces {
 public:
  /// A number that was never given before; no_space when there is none left.
  Space add() CAIRN_EXCLUDES(mutex_);
  void retire(Space space) noexcept CAIRN_EXCLUDES(mutex_);

  /// For somebody who asks for many records in a row; the last answer is kept.
  class Look {
   public:
    explicit Look(const Spaces& spaces) noexcept : spaces_(spaces) {}
    bool live(Space space) noexcept;

   private:
    const Spaces& spaces_;
    Space space_ = no_space;
    bool live_ = false;
  };

 private:
  bool live(Space space) const noexcept CAIRN_EXCLUDES(mutex_);

  mutable process::Mutex mutex_;
  Space next_ CAIRN_GUARDED_BY(mutex_) = 0;
  std::vector<Space> live_ CAIRN_GUARDED_BY(mutex_);  // ascending
};

}  // namespace cairn::tier
