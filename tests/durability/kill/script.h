// What the writers that are killed do: for each thread an endless list of steps that depends on
// nothing but its number, so that whoever knows how many steps were taken knows what must be
// stored.
//
// The clock of a run stands an hour further on in each cycle, and a lease lasts half an hour: what
// was leased in one cycle has expired in the next, unless it was touched.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>

namespace cairn::test::durability {

inline constexpr int threads = 4;
inline constexpr std::int64_t slots = 8;

enum class Verb {
  set,
  lease,
  erase,
  set_many,
  own_incr,
  shared_incr,
  incr_many,
  add,
  touch,
  erase_many,
};
inline constexpr std::int64_t verbs = 10;

/// One acknowledgement, as it goes over the pipe.
struct Ack {
  std::int32_t thread;
  std::int32_t granted;  ///< of an add
  std::int64_t step;
};

inline Verb verb(std::int64_t step) { return static_cast<Verb>(step % verbs); }
inline std::int64_t round(std::int64_t step) { return step / verbs; }

inline std::string key(const char* name, int thread, std::int64_t slot = 0) {
  return std::string(name) + "-" + std::to_string(thread) + "-" + std::to_string(slot);
}
inline std::int64_t set_slot(std::int64_t step) { return round(step) % slots; }
inline std::int64_t erased_slot(std::int64_t step) { return (round(step) * 3 + 1) % slots; }
inline std::int64_t touched_slot(std::int64_t step) { return (round(step) * 5 + 2) % slots; }
inline std::array<std::int64_t, 2> discarded_slots(std::int64_t step) {
  return {(round(step) * 7 + 3) % slots, (round(step) * 7 + 4) % slots};
}
/// Contested by all threads.
inline std::string added_key(std::int64_t of_round) { return "add-" + std::to_string(of_round); }

/// How many of the steps 0 to `steps` - 1 are of that verb.
inline std::int64_t count(Verb wanted, std::int64_t steps) {
  const auto at = static_cast<std::int64_t>(wanted);
  return steps / verbs + (steps % verbs > at ? 1 : 0);
}

struct Stored {
  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
  std::int64_t value = 0;
  std::int64_t until = never;  ///< the hour from which on it has expired
  friend bool operator==(const Stored&, const Stored&) = default;
};
using State = std::map<std::string, Stored, std::less<>>;

/// What the step changes of the thread's own keys, taken in that hour.
inline void take_step(State& state, int thread, std::int64_t step, std::int64_t hour) {
  switch (verb(step)) {
    case Verb::set:
      state[key("set", thread, set_slot(step))] = {step};
      break;
    case Verb::lease:
      state[key("lease", thread, set_slot(step))] = {step, hour + 1};
      break;
    case Verb::erase:
      state.erase(key("set", thread, erased_slot(step)));
      break;
    case Verb::erase_many:
      for (const std::int64_t slot : discarded_slots(step)) state.erase(key("set", thread, slot));
      break;
    case Verb::set_many:
      for (std::int64_t i = 0; i < 3; ++i) state[key("batch", thread, i)] = {step};
      break;
    case Verb::own_incr:
      ++state[key("own", thread)].value;
      break;
    case Verb::incr_many:
      ++state[key("many", thread)].value;
      break;
    case Verb::touch:
      if (const auto at = state.find(key("lease", thread, touched_slot(step))); at != state.end()) {
        at->second.until = Stored::never;
      }
      break;
    case Verb::shared_incr:
    case Verb::add:
      break;
  }
}

/// What nothing has been done to yet.
inline State first_state(int thread) {
  return {{key("own", thread), Stored{}}, {key("many", thread), Stored{}}};
}

/// Removes what has expired by that hour.
inline void expire(State& state, std::int64_t hour) {
  std::erase_if(state, [&](const auto& each) { return each.second.until <= hour; });
}

}  // namespace cairn::test::durability
