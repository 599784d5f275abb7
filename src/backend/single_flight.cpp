#include "backend/single_flight.h"

#include <algorithm>
#include <utility>

#include "backend/wait_graph.h"

namespace cairn {
namespace {

SingleFlight::Made find_or_make(const SingleFlight::Steps& steps) {
  if (auto found = steps.find()) return *std::move(found);
  return steps.store(steps.make());
}

}  // namespace

SingleFlight::Made SingleFlight::run(std::string_view key, std::chrono::milliseconds max_wait,
                                     const Steps& steps) {
  const std::string name(key);
  // Within bounds that a clock can count.
  constexpr std::chrono::milliseconds longest = std::chrono::hours(24 * 365);
  const auto patience = std::chrono::steady_clock::now() +
                        std::clamp(max_wait, std::chrono::milliseconds::zero(), longest);
  process::UniqueLock lock(mutex_);
  for (;;) {
    const auto [found, first] = flights_.try_emplace(name);
    if (first) found->second = std::make_shared<Flight>();
    const std::shared_ptr<Flight> flight = found->second;
    if (first) {
      lock.unlock();
      return lead(name, flight, steps);
    }
    const int came_at = flight->seals;
    {
      // A factory that needs another's key may be what that one waits for.
      const WaitGraph::Wait wait(flight->pilot, flight->over);
      if (wait.is_cycle() ||
          !landed_.wait_until(lock, patience, [&] { return flight->over.load(); })) {
        lock.unlock();
        return find_or_make(steps);
      }
    }
    if (!flight->made || came_at >= flight->seals) continue;
    Made made = *flight->made;
    made.own = false;
    lock.unlock();
    if (steps.is_live(made)) return made;
    lock.lock();
  }
}

SingleFlight::Made SingleFlight::lead(const std::string& key, const std::shared_ptr<Flight>& flight,
                                      const Steps& steps) {
  try {
    // Whoever was in flight before us may have stored it since we looked.
    seal(*flight);
    std::optional<Made> made = steps.find();
    if (!made) {
      made = steps.make();
      seal(*flight);
      made = steps.store(*std::move(made));
    }
    land(key, *flight, &*made);
    return *std::move(made);
  } catch (...) {
    land(key, *flight, nullptr);
    throw;
  }
}

void SingleFlight::seal(Flight& flight) {
  const process::LockGuard lock(mutex_);
  ++flight.seals;
}

void SingleFlight::land(const std::string& key, Flight& flight, const Made* made) {
  {
    const process::LockGuard lock(mutex_);
    flight.over = true;
    if (made != nullptr) flight.made = *made;
    flights_.erase(key);
  }
  landed_.notify_all();
}

}  // namespace cairn
