// Nothing that was acknowledged is lost to kill -9, counters are exact, and nothing that was
// removed or expired comes back (X20).
//
// A seed repeats the moments of an earlier run, though not what the engine's threads did meanwhile;
// so the store and the acknowledgements of a cycle that went wrong are kept.

#include <gtest/gtest.h>

#include <string>

#include "durability/kill/cycle.h"
#include "durability/sheet.h"

namespace cairn::test::durability {
namespace {

class KillMinusNine : public testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(Levels, KillMinusNine,
                         testing::Values("clean_close", "process_crash", "interval", "power_loss"),
                         [](const auto& level) { return std::string(level.param); });

TEST_P(KillMinusNine, LosesNothingBeyondThePromise) {
  const std::string level = GetParam();
  const int cycles = amount(16, 1000);
  const Stopwatch watch;
  KillCycle store({.level = level, .lossless = level != "clean_close"}, seed());
  std::uint64_t violations = 0;
  for (int i = 0; i < cycles && violations == 0; ++i) {
    const std::vector<std::string> wrong = store.run(i % 100 == 99 || i == cycles - 1);
    violations += wrong.size();
    for (const std::string& each : wrong) ADD_FAILURE() << "cycle " << i << ": " << each;
  }
  if (violations > 0) ADD_FAILURE() << "kept in " << store.keep();
  const KillCount& count = store.count();
  publish({.claim = "kill -9, " + level,
           .trials = count.cycles,
           .violations = violations,
           .seconds = watch.seconds(),
           .figures = {{"acknowledged", count.acknowledged},
                       {"lost_as_allowed", level == "clean_close" ? count.lost : 0},
                       {"adds_granted", count.granted},
                       {"leases_expired", count.expired},
                       {"killed_while_opening", count.while_opening}}});
  // A run that kills nothing in the middle of writing shows nothing.
  EXPECT_GT(count.acknowledged, count.cycles);
  EXPECT_GT(count.granted, 0u);
  if (level != "clean_close") {  // where a kill may have left nothing that could expire
    EXPECT_GT(count.expired, 0u);
  }
}

// ---- controls: each of these must be noticed ----

class KillControl : public testing::Test {
 protected:
  void expect_noticed(const char* name, const KillOptions& options) {
    const Stopwatch watch;
    KillCycle store(options, seed());
    std::size_t noticed = 0;
    while (noticed == 0 && store.count().cycles < 25) noticed = store.run(false).size();
    publish({.claim = std::string("control, kill -9: ") + name,
             .trials = store.count().cycles,
             .violations = noticed == 0 ? 1u : 0u,
             .seconds = watch.seconds(),
             .figures = {{"noticed", std::uint64_t{noticed}}}});
    EXPECT_GT(noticed, 0u);
  }
};

TEST_F(KillControl, AnAcknowledgementBeforeTheWriteIsNoticed) {
  expect_noticed("acknowledged before it was written",
                 {.level = "process_crash", .mode = "early", .lossless = true});
}

TEST_F(KillControl, AStoreWithoutALogIsNotTakenForOneWithALog) {
  expect_noticed("clean_close judged as process_crash", {.level = "clean_close", .lossless = true});
}

}  // namespace
}  // namespace cairn::test::durability
