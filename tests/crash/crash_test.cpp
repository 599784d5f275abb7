// Nothing that was acknowledged is lost to kill -9, counters are exact, and nothing that was
// removed comes back (X20).  The test's own process never opens a store: children do, started by
// exec.
//
// CAIRN_CRASH_CYCLES: how often to kill at each level.  CAIRN_CRASH_SEED: repeats the moments of an
// earlier run, though not what the engine's threads did meanwhile.

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "crash/process.h"
#include "crash/script.h"
#include "support/temp_directory.h"

namespace cairn::test::crash {
namespace {

using std::chrono::milliseconds;

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text != nullptr ? std::stoull(text) : otherwise;
}

std::string path(const TempDirectory& directory) { return (directory / "store").native(); }

State dump(const TempDirectory& directory, const std::string& level) {
  const Result result = run({CAIRN_CRASH_CHILD, "dump", path(directory), level});
  EXPECT_EQ(result.status, 0);
  State state;
  std::istringstream lines(result.output);
  std::string key;
  for (std::int64_t value = 0; lines >> key >> value;) state[key] = value;
  return state;
}

// Kills and checks, over and over, on one store.
class Killer {
 public:
  Killer(std::string level, std::string mode, std::uint64_t seed)
      : level_(std::move(level)), mode_(std::move(mode)), random_(seed) {}

  // One cycle; what was wrong afterwards.
  std::vector<std::string> cycle() {
    const std::vector<Ack> acks = write_until_killed();
    std::array<std::int64_t, threads> acked = done_;
    for (const Ack& ack : acks) {
      if (ack.step != acked[static_cast<std::size_t>(ack.thread)]++) {
        wrong("an acknowledgement is out of order");
      }
    }
    acknowledged_ += acks.size();
    const State found = dump(directory_, level_);
    check_own(found, acked);
    check_added(found, acks);
    return std::exchange(wrong_, {});
  }
  std::size_t acknowledged() const { return acknowledged_; }

 private:
  bool lossless() const { return level_ != "clean_close"; }
  void wrong(const std::string& what) { wrong_.push_back(level_ + ": " + what); }

  std::vector<Ack> write_until_killed() {
    std::vector<std::string> arguments{CAIRN_CRASH_CHILD, mode_, path(directory_), level_};
    for (const std::int64_t begin : done_) arguments.push_back(std::to_string(begin));
    Process child(std::move(arguments));
    std::string bytes;
    // Mostly while it writes; now and then while it opens what the last kill left.
    if (random_() % 6 != 0) child.read(bytes, milliseconds(10'000), 1);
    child.read(bytes, milliseconds(random_() % 70), std::string::npos);
    child.kill();
    bytes += child.rest();
    std::vector<Ack> acks(bytes.size() / sizeof(Ack));
    if (!acks.empty()) std::memcpy(acks.data(), bytes.data(), acks.size() * sizeof(Ack));
    return acks;
  }

  // Each thread's keys are what some number of steps leaves, in [acknowledged, one more]: the step
  // under way may or may not be there.  Without a log the number may be any not beyond that, but it
  // is still one number for all keys of the thread.
  void check_own(const State& found, const std::array<std::int64_t, threads>& acked) {
    std::int64_t least = shared_;
    std::int64_t most = shared_;
    for (int thread = 0; thread < threads; ++thread) {
      const auto at = static_cast<std::size_t>(thread);
      const State own = of_thread(found, thread);
      const std::int64_t first = lossless() ? acked[at] : done_[at];
      std::int64_t low = -1;
      std::int64_t high = -1;
      for (std::int64_t steps = acked[at] + 1; steps >= first && steps >= 0; --steps) {
        if (own != state_after(thread, steps)) {
          if (high >= 0) break;
          continue;
        }
        low = steps;
        if (high < 0) high = steps;
      }
      if (high < 0) {
        wrong("thread " + std::to_string(thread) + " holds what no number of steps from " +
              std::to_string(first) + " to " + std::to_string(acked[at] + 1) + " leaves");
        continue;
      }
      least += shared_by(low) - shared_by(done_[at]);
      most += shared_by(high) - shared_by(done_[at]);
      done_[at] = low;  // what shows no difference is done again
    }
    const auto shared = found.find("shared");
    const std::int64_t value = shared == found.end() ? 0 : shared->second;
    if (value < least || value > most) {
      wrong("the shared counter is " + std::to_string(value) + ", not within " +
            std::to_string(least) + " and " + std::to_string(most));
    }
    shared_ = value;
  }

  static std::int64_t shared_by(std::int64_t steps) {
    return count(Verb::shared_incr, steps) + count(Verb::incr_many, steps);
  }

  static State of_thread(const State& found, int thread) {
    State own;
    for (const char* name : {"set", "batch", "own", "many"}) {
      const std::string prefix = std::string(name) + "-" + std::to_string(thread) + "-";
      for (auto at = found.lower_bound(prefix); at != found.end() && at->first.starts_with(prefix);
           ++at) {
        own.insert(*at);
      }
    }
    // Killed before the counters were made: as good as zero.
    own.emplace(key("own", thread), 0);
    own.emplace(key("many", thread), 0);
    return own;
  }

  // What was granted stays granted, to that thread and to no other.
  void check_added(const State& found, const std::vector<Ack>& acks) {
    if (!lossless()) return;
    for (const Ack& ack : acks) {
      if (verb(ack.step) != Verb::add) continue;
      const std::string key = added_key(ack.step);
      if (ack.granted != 0 && !granted_.emplace(key, ack.thread).second) {
        wrong(key + " was granted twice");
      }
      if (!found.contains(key)) wrong(key + " is lost");
    }
    for (const auto& [key, thread] : granted_) {
      const auto at = found.find(key);
      if (at == found.end() || at->second != thread) wrong(key + " has another owner");
    }
  }

  const std::string level_;
  const std::string mode_;
  std::mt19937_64 random_;
  const TempDirectory directory_;
  std::array<std::int64_t, threads> done_{};  // steps known to be in the store
  std::int64_t shared_ = 0;
  std::map<std::string, std::int64_t> granted_;
  std::size_t acknowledged_ = 0;
  std::vector<std::string> wrong_;
};

class KillMinusNine : public testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(Levels, KillMinusNine,
                         testing::Values("clean_close", "process_crash", "interval", "power_loss"),
                         [](const auto& level) { return std::string(level.param); });

TEST_P(KillMinusNine, LosesNothingBeyondThePromise) {
  const std::uint64_t seed = setting("CAIRN_CRASH_SEED", std::random_device{}());
  const std::uint64_t cycles = setting("CAIRN_CRASH_CYCLES", 12);
  Killer killer(GetParam(), "write", seed);
  for (std::uint64_t i = 0; i < cycles; ++i) {
    const std::vector<std::string> wrong = killer.cycle();
    for (const std::string& each : wrong) {
      ADD_FAILURE() << "seed " << seed << ", cycle " << i << ": " << each;
    }
    if (!wrong.empty()) break;
  }
  std::cout << GetParam() << ": " << cycles << " kills, " << killer.acknowledged()
            << " acknowledged, seed " << seed << '\n';
  EXPECT_GT(killer.acknowledged(), cycles);
}

// The control: who acknowledges before writing must be caught.
TEST(KillMinusNineControl, AnEarlyAcknowledgementIsNoticed) {
  const std::uint64_t seed = setting("CAIRN_CRASH_SEED", std::random_device{}());
  Killer killer("process_crash", "early", seed);
  std::size_t noticed = 0;
  for (int i = 0; i < 20 && noticed == 0; ++i) noticed = killer.cycle().size();
  EXPECT_GT(noticed, 0u) << "seed " << seed;
}

// What a store without a log promises all the same.
class WithoutLog : public testing::Test {
 protected:
  State after(std::vector<std::string> what) {
    std::vector<std::string> arguments{CAIRN_CRASH_CHILD, "do", path(directory_), "clean_close"};
    arguments.insert(arguments.end(), what.begin(), what.end());
    {
      Process child(std::move(arguments));
      EXPECT_EQ(child.line(), "done");
      child.kill();
    }
    return dump(directory_, "clean_close");
  }

 private:
  const TempDirectory directory_;
};

TEST_F(WithoutLog, AKillTakesWhatWasNotFlushed) {
  EXPECT_TRUE(after({"set:a"}).empty()) << "else these tests show nothing";
}

TEST_F(WithoutLog, CloseKeepsEverything) {
  EXPECT_EQ(after({"set:a", "set:b", "close"}), (State{{"a", 1}, {"b", 1}}));
}

TEST_F(WithoutLog, ACallThatAsksForMoreGetsIt) {
  EXPECT_EQ(after({"durable:a"}), (State{{"a", 1}}));
  EXPECT_EQ(after({"crash:b", "incr:n", "incr:n"}), (State{{"a", 1}, {"b", 1}, {"n", 2}}));
}

TEST_F(WithoutLog, SyncKeepsEverythingBeforeIt) {
  const State state = after({"set:a", "set:b", "sync"});
  EXPECT_EQ(state, (State{{"a", 1}, {"b", 1}}));
}

TEST_F(WithoutLog, AClearedCacheStaysCleared) {
  EXPECT_EQ(after({"set:a", "sync", "clear"}), State{});
  EXPECT_EQ(after({"set:b", "sync", "clear", "durable:c"}), (State{{"c", 1}}));
}

// The other levels, and the operations that the steps above do not have.
TEST(WithLog, EverythingSurvives) {
  for (const char* level : {"process_crash", "interval", "power_loss"}) {
    const TempDirectory directory;
    {
      Process child({CAIRN_CRASH_CHILD, "do", path(directory), level, "set:a", "clear", "set:b",
                     "incr:n", "close", "set:c", "clear", "set:d", "incr:n"});
      EXPECT_EQ(child.line(), "done");
      child.kill();
    }
    EXPECT_EQ(dump(directory, level), (State{{"d", 1}, {"n", 1}})) << level;
  }
}

}  // namespace
}  // namespace cairn::test::crash
