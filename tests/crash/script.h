// What the writers of the crash test do: for each thread an endless list of steps that depends on
// nothing but its number, so that whoever knows how many steps were taken knows what must be
// stored.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace cairn::test::crash {

inline constexpr int threads = 4;
inline constexpr std::int64_t slots = 8;

enum class Verb { set, erase, set_many, own_incr, shared_incr, incr_many, add, touch };
inline constexpr std::int64_t verbs = 8;

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
/// Contested by all threads.
inline std::string added_key(std::int64_t step) { return "add-" + std::to_string(round(step)); }

/// How many of the steps 0 to `steps` - 1 are of that verb.
inline std::int64_t count(Verb wanted, std::int64_t steps) {
  const auto at = static_cast<std::int64_t>(wanted);
  return steps / verbs + (steps % verbs > at ? 1 : 0);
}

using State = std::map<std::string, std::int64_t>;

/// What a thread's own keys hold after so many steps.
inline State state_after(int thread, std::int64_t steps) {
  State state;
  const std::int64_t first = steps - 4 * verbs * slots;  // what is older has been overwritten
  for (std::int64_t step = first < 0 ? 0 : first; step < steps; ++step) {
    switch (verb(step)) {
      case Verb::set:
        state[key("set", thread, set_slot(step))] = step;
        break;
      case Verb::erase:
        state.erase(key("set", thread, erased_slot(step)));
        break;
      case Verb::set_many:
        for (std::int64_t i = 0; i < 3; ++i) state[key("batch", thread, i)] = step;
        break;
      default:
        break;
    }
  }
  state[key("own", thread)] = count(Verb::own_incr, steps);
  state[key("many", thread)] = count(Verb::incr_many, steps);
  return state;
}

}  // namespace cairn::test::crash
