// A thread that does registered work from time to time.
#pragma once

#include <chrono>
#include <functional>
#include <string_view>
#include <thread>
#include <vector>

#include "process/mutex.h"
#include "process/process_end.h"

namespace cairn::store {

/// Register work with every(), then start().  The pieces of work take turns: one that takes long
/// delays the others.
class Upkeep {
 public:
  /// `failed` is given the words of an exception that some work has thrown; the work is done again
  /// in its time all the same.
  explicit Upkeep(std::function<void(std::string_view what)> failed);
  /// As stop().
  ~Upkeep();
  Upkeep(const Upkeep&) = delete;
  Upkeep& operator=(const Upkeep&) = delete;

  /// Does `work` every `interval`, counted from one beginning to the next, for the first time when
  /// one interval has passed.  Call before start().
  void every(std::chrono::milliseconds interval, std::function<void()> work);
  /// Starts the thread.  Throws std::system_error if it cannot be started.
  void start();
  /// Ends the thread at once, or after the work that it is doing.
  void stop() noexcept CAIRN_EXCLUDES(mutex_);
  /// As stop(), at the end of the process, which the thread itself may have called for.  False if
  /// its work is not done by then: then this must not be destroyed.
  bool stop_until(const process::ProcessEnd::Circumstances& end) noexcept CAIRN_EXCLUDES(mutex_);

 private:
  using Steady = std::chrono::steady_clock;

  struct Job {
    std::chrono::milliseconds interval;
    std::function<void()> work;
    Steady::time_point due;
  };

  void run();
  void perform(Job& job);

  const std::function<void(std::string_view)> failed_;
  std::vector<Job> jobs_;  // the thread's from start() on
  process::Mutex mutex_;
  process::Condition wake_;
  bool stopping_ CAIRN_GUARDED_BY(mutex_) = false;
  bool ended_ CAIRN_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace cairn::store
