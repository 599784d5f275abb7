// The thread that brings a store back after its disk has failed.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include <cairn/health.h>
#include "process/process_end.h"
#include "store/health/health_monitor.h"

namespace cairn::store {

/// How an attempt to heal ended.
enum class Attempt {
  healed,
  waiting,  ///< the disk still refuses: cheap to ask again
  failed,   ///< the disk took a test write, and opening failed all the same
};

/// Sleeps until the store is in trouble (HealthMonitor); then retries, first after 10 ms, backing
/// off to 0.2 s while the disk refuses writes and to 5 s once reopening fails or a repair does not
/// last.  Reports every change.
class Healer {
 public:
  using Heal = std::function<Attempt()>;
  using Tell = std::function<void(const Health&)>;

  /// Throws IoError if no thread can be started.
  Healer(HealthMonitor& monitor, Heal heal, Tell tell);
  ~Healer();
  /// Tells the thread to end, and does not wait: it may be in a callback.  The destructor does.
  void stop() noexcept;
  /// Whether the thread may be in a callback, which may wait for whoever would wait for the thread.
  bool engaged() const noexcept { return engaged_; }
  /// Ends the thread, so that the destructor does not wait; at the end of the process, which the
  /// thread itself may have called for.  False if it is still in a callback after that time: then
  /// it must not be destroyed.
  bool stop_until(const process::ProcessEnd::Circumstances& end) noexcept;
  Healer(const Healer&) = delete;
  Healer& operator=(const Healer&) = delete;

 private:
  void run();
  void heal_while_troubled();
  Attempt try_to_heal() noexcept;
  void tell();

  HealthMonitor& monitor_;
  const Heal heal_;
  const Tell tell_;
  Condition told_ = Condition::healthy;
  std::chrono::milliseconds pause_;
  std::chrono::steady_clock::time_point healed_at_{};
  std::atomic<bool> stopping_{false};
  std::atomic<bool> ended_{false};
  std::atomic<bool> engaged_{false};
  std::thread thread_;
};

}  // namespace cairn::store
