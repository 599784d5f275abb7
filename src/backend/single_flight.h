// One computation of a value however many threads want it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>

#include <cairn/codec.h>

namespace cairn {

/// Threads that need the value of one key run `make` once between them.
class SingleFlight {
 public:
  struct Made {
    ValueKind kind;
    std::string payload;
  };

  /// What `make` returns, or what another thread's did that was already running.  If that one
  /// threw, or is still not done after `max_wait`, or is this very thread further up its stack,
  /// calls `make` here.  Throws what it throws.
  Made run(std::string_view key, std::chrono::milliseconds max_wait,
           const std::function<Made()>& make);

 private:
  struct Flight {
    const std::thread::id pilot = std::this_thread::get_id();
    bool over = false;
    std::optional<Made> made;  // empty after a failure
  };

  Made lead(const std::string& key, const std::shared_ptr<Flight>& flight,
            const std::function<Made()>& make);
  void land(const std::string& key, Flight& flight, const Made* made);

  std::mutex mutex_;
  std::condition_variable landed_;
  std::unordered_map<std::string, std::shared_ptr<Flight>> flights_;
};

}  // namespace cairn
