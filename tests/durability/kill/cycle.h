// One store that is killed and looked into, over and over.
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "durability/kill/script.h"
#include "support/temp_directory.h"

namespace cairn::test::durability {

struct KillOptions {
  std::string level;
  /// "write", or "early": acknowledge first, which must be noticed.
  std::string mode = "write";
  /// What is asked of it: that nothing acknowledged is lost.
  bool lossless = true;
};

/// What cycles have added up to.
struct KillCount {
  std::uint64_t cycles = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t lost = 0;           ///< acknowledged and gone, where that is allowed
  std::uint64_t expired = 0;        ///< leases that ran out and had to stay away
  std::uint64_t granted = 0;        ///< contested adds that one thread won
  std::uint64_t while_opening = 0;  ///< kills before the first acknowledgement
};

/// The test's own process never opens the store: children do, started by exec.  What one cycle
/// leaves is where the next one begins.
class KillCycle {
 public:
  KillCycle(KillOptions options, std::uint64_t seed);

  /// Writes until killed, and looks; what was wrong.  With `thorough` everything ever added is
  /// looked at again, not only what this cycle added.
  std::vector<std::string> run(bool thorough);

  const KillCount& count() const { return count_; }
  /// Keeps the store and the last acknowledgements for a human; where.
  std::string keep() const;

 private:
  struct Thread {
    State state;            // after `done` steps
    std::int64_t done = 0;  // steps known to be in the store
    std::int64_t acknowledged = 0;
  };
  /// Numbers of steps that would have left what was found.
  struct Fit {
    std::int64_t least;
    std::int64_t most;
  };

  void write_until_killed();
  void look(bool thorough);
  void count_acknowledgements();
  void check_thread(int number);
  Fit fit(int number, const State& found);
  void check_shared(std::int64_t least, std::int64_t most);
  void check_added();
  State found_of(int thread) const;
  void wrong(const std::string& what) { wrong_.push_back(options_.level + ": " + what); }

  const KillOptions options_;
  std::mt19937_64 random_;
  const TempDirectory directory_;
  std::int64_t hour_ = 0;
  std::array<Thread, threads> threads_;
  std::int64_t shared_ = 0;
  std::int64_t shared_least_ = 0;
  std::int64_t shared_most_ = 0;
  std::vector<Ack> acks_;  // of this cycle
  std::int64_t from_ = 0;  // the rounds of adds that were looked at
  std::int64_t to_ = 0;
  State found_;
  std::map<std::string, std::int64_t> granted_;
  KillCount count_;
  std::vector<std::string> wrong_;
};

}  // namespace cairn::test::durability
