// Single flight: one computation of a value however many threads want it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>

#include <cairn/codec.h>
#include "process/mutex.h"
#include "ttl/record.h"

namespace cairn {

/// Threads that need the value of one key make it once between them.
///
/// What another thread's flight has made is handed to a thread only if it was true at a moment
/// inside that thread's own call: if the thread came before the value was stored (or looked up),
/// and if it has not expired since.  Whoever comes later waits until the flight is over, and looks
/// for itself.
class SingleFlight {
 public:
  struct Made {
    ValueKind kind;
    std::string payload;
    ttl::Instant expires_at = ttl::never_expires;
    bool own = false;  ///< made by the caller's own factory, which has it decoded
  };
  struct Steps {
    std::function<std::optional<Made>()> find;      ///< what is stored
    std::function<Made()> make;                     ///< the factory
    std::function<Made(Made made)> store;           ///< stores it; returns what is there then
    std::function<bool(const Made& made)> is_live;  ///< whether others may be given it now
  };

  /// What `find`, or `make` and `store`, return; or what another thread's did that were already
  /// running.  If these threw, or are not done after `max_wait`, or wait for this very thread, runs
  /// them here.  Throws what they throw.
  Made run(std::string_view key, std::chrono::milliseconds max_wait, const Steps& steps);

 private:
  // Between two seals a flight computes; at a seal it looks at the store or writes to it.  Who has
  // come before the last seal began may have the result.
  struct Flight {
    const std::thread::id pilot = std::this_thread::get_id();
    int seals = 0;
    std::atomic<bool> over{false};
    std::optional<Made> made;  // empty after a failure
  };

  Made lead(const std::string& key, const std::shared_ptr<Flight>& flight, const Steps& steps);
  void seal(Flight& flight) CAIRN_EXCLUDES(mutex_);
  void land(const std::string& key, Flight& flight, const Made* made);

  process::Mutex mutex_;  // of the flights themselves as well
  process::Condition landed_;
  std::unordered_map<std::string, std::shared_ptr<Flight>> flights_ CAIRN_GUARDED_BY(mutex_);
};

}  // namespace cairn
