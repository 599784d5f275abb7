// A history that a kill -9 cuts short, and what is found afterwards: together they have an order.
// What was under way may have happened or not.

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "durability/linearizability/run.h"
#include "durability/sheet.h"
#include "support/process.h"
#include "support/temp_directory.h"

namespace cairn::test::durability {
namespace {

using std::chrono::milliseconds;

class KilledHistory {
 public:
  KilledHistory(std::string level, std::string mode)
      : level_(std::move(level)), mode_(std::move(mode)), dice_(seed()) {}

  /// Works, kills, and looks.
  History run() {
    const std::string prefix = "h" + std::to_string(number_++) + "-";
    History history = told(work(prefix));
    const std::map<std::string, std::int64_t> left = list();
    for (std::size_t key = 0; key < history.keys.size(); ++key) {
      const auto at = left.find(prefix + std::to_string(key));
      const Outcome seen = at == left.end() ? Outcome{} : Outcome{at->second, true};
      history.keys[key].push_back({time_, time_ + 1, {Action::get, 0, seen}});
    }
    return history;
  }

 private:
  std::vector<Telling> work(const std::string& prefix) {
    Process child({CAIRN_KILL_CHILD, mode_, store(), level_, "0", prefix});
    std::string bytes;
    child.read(bytes, milliseconds(10'000), 1);
    child.read(bytes, milliseconds(dice_() % 30), std::string::npos);
    child.kill();
    bytes += child.rest();
    std::vector<Telling> tellings(bytes.size() / sizeof(Telling));
    if (!tellings.empty())
      std::memcpy(tellings.data(), bytes.data(), tellings.size() * sizeof(Telling));
    return tellings;
  }

  // What was told first happened first: an operation lies between the tellings of its beginning and
  // its end.
  History told(const std::vector<Telling>& tellings) {
    History history{.keys = std::vector<std::vector<Event>>(told_keys)};
    std::map<std::int32_t, Event> under_way;
    std::map<std::int32_t, std::size_t> keys;
    for (const Telling& telling : tellings) {
      ++time_;
      if (telling.over == 0) {
        under_way[telling.thread] = {time_, Event::pending, telling.operation};
        keys[telling.thread] = static_cast<std::size_t>(telling.key);
        continue;
      }
      Event event = under_way[telling.thread];
      event.end = time_;
      event.operation.result = telling.operation.result;
      history.keys[keys[telling.thread]].push_back(event);
      under_way.erase(telling.thread);
    }
    for (const auto& [thread, event] : under_way) history.keys[keys[thread]].push_back(event);
    ++time_;
    return history;
  }

  std::map<std::string, std::int64_t> list() {
    const Result result = cairn::test::run({CAIRN_KILL_CHILD, "list", store(), level_, "0"});
    EXPECT_EQ(result.status, 0);
    std::map<std::string, std::int64_t> left;
    std::istringstream lines(result.output);
    std::string key;
    std::string lasting;
    for (std::int64_t value = 0; lines >> key >> value >> lasting;) left[key] = value;
    return left;
  }

  std::string store() const { return (directory_ / "store").native(); }

  const std::string level_;
  const std::string mode_;
  std::mt19937_64 dice_;
  const TempDirectory directory_;
  std::uint64_t number_ = 0;
  std::uint64_t time_ = 0;
};

class LinearizabilityAcrossAKill : public testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(Levels, LinearizabilityAcrossAKill,
                         testing::Values("process_crash", "power_loss"),
                         [](const auto& level) { return std::string(level.param); });

TEST_P(LinearizabilityAcrossAKill, WhatIsLeftFitsWhatWasSeen) {
  const Stopwatch watch;
  KilledHistory histories(GetParam(), "history");
  std::uint64_t operations = 0;
  std::uint64_t flagged = 0;
  const std::uint64_t kills = amount<std::uint64_t>(8, 100);
  for (std::uint64_t i = 0; i < kills; ++i) {
    const History history = histories.run();
    operations += history.operations();
    if (history.violations() == 0) continue;
    ++flagged;
    ADD_FAILURE() << "kill " << i << ": kept in " << history.keep();
  }
  publish({.claim = std::string("linearizable across kill -9, ") + GetParam(),
           .trials = kills,
           .violations = flagged,
           .seconds = watch.seconds(),
           .figures = {{"operations", operations}}});
  EXPECT_GT(operations, kills * 5);
}

void expect_flagged(const char* name, const char* level, const char* mode) {
  const Stopwatch watch;
  KilledHistory histories(level, mode);
  std::uint64_t flagged = 0;
  std::uint64_t kills = 0;
  for (; kills < 20 && flagged == 0; ++kills) flagged += histories.run().violations();
  publish({.claim = std::string("control, linearizable across kill -9: ") + name,
           .trials = kills,
           .violations = flagged == 0 ? 1u : 0u,
           .seconds = watch.seconds(),
           .figures = {{"flagged", flagged}}});
  EXPECT_GT(flagged, 0u);
}

TEST(LinearizabilityAcrossAKillControl, AnEndToldBeforeTheOperationIsFlagged) {
  expect_flagged("told before it was done", "process_crash", "lies");
}

TEST(LinearizabilityAcrossAKillControl, AStoreWithoutALogIsFlagged) {
  expect_flagged("no log", "clean_close", "history");
}

}  // namespace
}  // namespace cairn::test::durability
