// The threads of the process that wait for another's factory, so that no circle of them waits.
#pragma once

#include <atomic>
#include <thread>

namespace cairn {

class WaitGraph {
 public:
  /// The calling thread waits for `pilot` while this lives, until `over`, which outlives it: from
  /// then on it only has to wake up.
  class Wait {
   public:
    Wait(std::thread::id pilot, const std::atomic<bool>& over);
    ~Wait();
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;

    /// Whether `pilot` is this thread, or waits for it, through others perhaps: nobody would ever
    /// be done.  Nothing is noted then.
    bool is_cycle() const { return cycle_; }

   private:
    bool cycle_ = false;
  };
};

}  // namespace cairn
