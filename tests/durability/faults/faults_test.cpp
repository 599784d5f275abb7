// Every operation on the disk fails, once or for good; and disks that are really full.
#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <mutex>
#include <ostream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <cairn/options.h>
#include "durability/faults/full_disk.h"
#include "durability/faults/run.h"
#include "durability/in_threads.h"
#include "durability/scratch.h"
#include "durability/sheet.h"
#include "support/process.h"

namespace cairn::test::durability {
namespace {

struct Sum {
  std::uint64_t runs = 0;
  std::uint64_t failed = 0;  ///< of them: the fault came to be
  std::uint64_t refused = 0;
  std::uint64_t aborts = 0;
  std::uint64_t violations = 0;
  std::int64_t slowest_heal = 0;
  std::uint64_t operations = 0;
  std::vector<std::string> said = {};

  void violation(const std::string& what) {
    ++violations;
    if (said.size() < 10) said.push_back(what);
  }
  std::string text() const {
    std::string all;
    for (const std::string& each : said) all += "\n  " + each;
    return all;
  }
};

// One process that breaks stores, and what it says.
class Sweep {
 public:
  Sweep(Durability level, Stage stage) : level_(level), stage_(stage) {}

  Sum run(std::uint64_t first, std::uint64_t step, std::uint64_t last,
          std::initializer_list<FaultKind> kinds) {
    for (std::uint64_t next = first; next <= last;) {
      std::vector<std::string> command = {
          CAIRN_FAULTS_CHILD, "sweep",    text(level_), text(stage_),
          text(next),         text(step), text(last),   scratch_.path().native()};
      for (const FaultKind kind : kinds) command.push_back(text(kind));
      Process process(std::move(command));
      const auto status = process.lines([this](const std::string& line) { take(line); });
      if (status == 0) break;
      ++sum_.aborts;
      sum_.violation((status ? "the process ended with " + std::to_string(*status)
                             : "nothing comes any more") +
                     " at" + point_);
      next = operation_ + step;  // this point's other kinds are left out
    }
    return sum_;
  }

 private:
  template <class Number>
  static std::string text(Number number) {
    return std::to_string(static_cast<std::uint64_t>(number));
  }

  void take(const std::string& line) {
    std::istringstream words(line);
    std::string first;
    words >> first;
    if (first == "point") {
      words >> operation_;
      std::getline(words, point_);
    } else if (first == "result") {
      std::uint64_t operations = 0;
      bool failed = false;
      std::uint64_t refused = 0;
      std::int64_t healed = 0;
      words >> operations >> failed >> refused >> healed;
      ++sum_.runs;
      sum_.failed += failed ? 1 : 0;
      sum_.refused += refused;
      sum_.slowest_heal = std::max(sum_.slowest_heal, healed);
      sum_.operations = std::max(sum_.operations, operations);
    } else {
      sum_.violation(point_ + ": " + line);
    }
  }

  const Durability level_;
  const Stage stage_;
  const ScratchDirectory scratch_;  // a process may end before it has tidied up
  std::uint64_t operation_ = 0;
  std::string point_;
  Sum sum_;
};

Sum sweep(Durability level, Stage stage) {
  // No such operation comes to be: it is only counted.
  const std::uint64_t last =
      Sweep(level, stage).run(1'000'000, 1, 1'000'000, {FaultKind::io_once}).operations;
  EXPECT_GT(last, 10u);
  const std::uint64_t step = amount<std::uint64_t>(stage == Stage::reopening ? 10 : 40, 1);
  // More than there are processors: RocksDB sleeps a second after a failed flush.
  const std::uint64_t workers = amount<std::uint64_t>(5, 10);
  std::mutex mutex;
  Sum sum;
  in_threads(workers, [&](std::uint64_t worker) {
    const std::uint64_t first = 1 + seed() % step + worker * step;
    const Sum one = Sweep(level, stage)
                        .run(first, step * workers, last,
                             {FaultKind::io_once, FaultKind::no_space_once, FaultKind::io_for_good,
                              FaultKind::no_space_for_good});
    const std::lock_guard lock(mutex);
    sum.runs += one.runs;
    sum.failed += one.failed;
    sum.refused += one.refused;
    sum.aborts += one.aborts;
    sum.violations += one.violations;
    sum.slowest_heal = std::max(sum.slowest_heal, one.slowest_heal);
    sum.said.insert(sum.said.end(), one.said.begin(), one.said.end());
  });
  sum.operations = last;
  return sum;
}

struct Case {
  Durability level;
  Stage stage;
  const char* name;
};
void PrintTo(const Case& each, std::ostream* out) { *out << each.name; }

class Faults : public testing::TestWithParam<Case> {};

INSTANTIATE_TEST_SUITE_P(
    Levels, Faults,
    testing::Values(Case{Durability::clean_close, Stage::use, "clean_close"},
                    Case{Durability::process_crash, Stage::use, "process_crash"},
                    Case{Durability::interval, Stage::use, "interval"},
                    Case{Durability::power_loss, Stage::use, "power_loss"},
                    Case{Durability::interval, Stage::reopening, "interval_reopening"},
                    Case{Durability::power_loss, Stage::reopening, "power_loss_reopening"},
                    Case{Durability::interval, Stage::threads, "interval_threads"},
                    Case{Durability::power_loss, Stage::threads, "power_loss_threads"}),
    [](const auto& each) { return std::string(each.param.name); });

TEST_P(Faults, AtAnyOperationLoseNothingAcknowledgedAndHeal) {
  const Stopwatch watch;
  const Sum sum = sweep(GetParam().level, GetParam().stage);
  publish({.claim = std::string("disk faults, ") + GetParam().name,
           .trials = sum.runs,
           .violations = sum.violations,
           .seconds = watch.seconds(),
           .figures = {{"operations", sum.operations},
                       {"faults_met", sum.failed},
                       {"calls_refused", sum.refused},
                       {"process_aborts", sum.aborts},
                       {"slowest_heal_ms", sum.slowest_heal}}});
  EXPECT_EQ(sum.violations, 0u) << sum.text();
  // A fault that nothing notices proves nothing.
  EXPECT_GT(sum.failed, sum.runs / 2);
  EXPECT_GT(sum.refused, 0u);
}

// An append that is not done, and not reported either, loses what was acknowledged.
TEST(FaultControls, ADiskThatForgetsAnAppendIsCaught) {
  const Stopwatch watch;
  const Sum sum = Sweep(Durability::power_loss, Stage::use).run(10, 3, 100, {FaultKind::forgotten});
  publish({.claim = "disk faults, control: a forgotten append is caught",
           .trials = sum.runs + sum.aborts,
           .violations = sum.violations == 0 ? 1u : 0u,
           .seconds = watch.seconds(),
           .figures = {{"caught", sum.violations}}});
  EXPECT_GT(sum.violations, 0u);
}

struct VolumeCase {
  Durability level;
  const char* volume;
  const char* name;
};
void PrintTo(const VolumeCase& each, std::ostream* out) { *out << each.name; }

class FullDisk : public testing::TestWithParam<VolumeCase> {};

INSTANTIATE_TEST_SUITE_P(
    Volumes, FullDisk,
    testing::Values(VolumeCase{Durability::interval, "tmpfs", "tmpfs_interval"},
                    VolumeCase{Durability::power_loss, "tmpfs", "tmpfs_power_loss"},
                    VolumeCase{Durability::interval, "ext4", "ext4_interval"},
                    VolumeCase{Durability::power_loss, "ext4", "ext4_power_loss"}),
    [](const auto& each) { return std::string(each.param.name); });

TEST_P(FullDisk, RefusesWritesReadsOnAndHeals) {
  const Stopwatch watch;
  const ScratchDirectory scratch;
  const std::filesystem::path volume = scratch / "volume";
  std::filesystem::create_directory(volume);
  const Result result =
      run({CAIRN_FAULTS_CHILD, "fill", std::to_string(static_cast<int>(GetParam().level)),
           GetParam().volume, volume.native()});
  if (result.output.starts_with("may not mount")) GTEST_SKIP() << result.output;
  EXPECT_EQ(result.status, 0) << "128 and a signal: the process was ended by it";
  std::istringstream lines(result.output);
  std::uint64_t violations = result.status == 0 ? 0 : 1;
  std::uint64_t written = 0;
  std::uint64_t refused = 0;
  std::int64_t healed = -1;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string first;
    words >> first;
    if (first == "result") {
      words >> written >> refused >> healed;
    } else {
      ++violations;
      ADD_FAILURE() << line;
    }
  }
  publish({.claim = std::string("full disk, ") + GetParam().name,
           .trials = written,
           .violations = violations,
           .seconds = watch.seconds(),
           .figures = {{"calls_refused", refused}, {"healed_after_ms", healed}}});
}

}  // namespace
}  // namespace cairn::test::durability
