// Random operations on a machine whose clock nobody can rely on, compared with the model.
#pragma once

#include <cstdint>
#include <deque>
#include <random>
#include <string>
#include <vector>

#include "durability/clock/machine.h"
#include "durability/clock/model.h"

namespace cairn::test::durability {

struct ClockFindings {
  std::uint64_t operations = 0;
  std::uint64_t reads = 0;  ///< keys whose value and time left were compared
  std::uint64_t mismatches = 0;
  std::uint64_t revivals = 0;  ///< mismatches that show what must have expired
  std::uint64_t jumps = 0;
  std::uint64_t suspends = 0;
  std::uint64_t closes = 0;
  std::uint64_t kills = 0;
  std::uint64_t ignored_marks = 0;
  /// Values that had expired and lived again since the wall clock was set back while nothing ran,
  /// and the store had not written down its time or was not believed.
  std::uint64_t returned_by_rule = 0;
  std::string first_mismatch;
  std::deque<std::string> last;  ///< operations up to the first mismatch

  std::string report() const;
};

class ClockRun {
 public:
  struct Options {
    Durability durability = Durability::process_crash;
    std::uint64_t seed = 0;
    /// How processes end that do not close: killed, or killed without their safeguard.
    Machine::End kill = Machine::End::killed;
  };
  explicit ClockRun(const Options& options);

  ClockFindings run(std::uint64_t operations);

 private:
  void step();
  void one_key();
  void counter();
  void several_keys();
  void turn_clock();
  void jump();
  void engine_event();
  void restart(Machine::End end);

  void check(const std::string& key);
  void check_all();
  void check_clock();
  template <class T>
  void expect(const T& seen, const T& expected, const std::string& what);
  void mismatch(const std::string& what);
  void log(const std::string& what);

  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
  std::int64_t spread(std::int64_t most);
  std::string any_key() { return keys_[below(keys_.size())]; }
  Any any_value();
  Timeout any_timeout();
  std::int64_t any_wall();

  const Options options_;
  std::mt19937_64 random_;
  Machine machine_;
  ModelClock clock_;
  ModelCache model_{clock_};
  std::vector<std::string> keys_;
  std::int64_t unique_ = 0;
  std::int64_t furthest_ = 0;  // that any process's clock has shown
  ClockFindings findings_;
};

}  // namespace cairn::test::durability
