#include "backend/single_flight.h"

#include <algorithm>

namespace cairn {

SingleFlight::Made SingleFlight::run(std::string_view key, std::chrono::milliseconds max_wait,
                                     const std::function<Made()>& make) {
  const std::string name(key);
  // Within bounds that a clock can count.
  constexpr std::chrono::milliseconds longest = std::chrono::hours(24 * 365);
  const auto patience = std::chrono::steady_clock::now() +
                        std::clamp(max_wait, std::chrono::milliseconds::zero(), longest);
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto [found, first] = flights_.try_emplace(name);
    if (first) found->second = std::make_shared<Flight>();
    const std::shared_ptr<Flight> flight = found->second;
    if (first) {
      lock.unlock();
      return lead(name, flight, make);
    }
    if (flight->pilot == std::this_thread::get_id() ||
        !landed_.wait_until(lock, patience, [&] { return flight->over; })) {
      lock.unlock();
      return make();
    }
    if (flight->made) return *flight->made;
  }
}

SingleFlight::Made SingleFlight::lead(const std::string& key, const std::shared_ptr<Flight>& flight,
                                      const std::function<Made()>& make) {
  try {
    Made made = make();
    land(key, *flight, &made);
    return made;
  } catch (...) {
    land(key, *flight, nullptr);
    throw;
  }
}

void SingleFlight::land(const std::string& key, Flight& flight, const Made* made) {
  {
    const std::lock_guard lock(mutex_);
    flight.over = true;
    if (made != nullptr) flight.made = *made;
    flights_.erase(key);
  }
  landed_.notify_all();
}

}  // namespace cairn
