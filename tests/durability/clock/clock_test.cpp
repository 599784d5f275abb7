// No clock can bring back what has expired, or take what has not, beyond the rules of the store's
// clock (src/ttl/clock.h): jumps of a century both ways, suspends, restarts and kills.

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "durability/clock/run.h"
#include "durability/sheet.h"
#include "support/durability_names.h"

namespace cairn::test::durability {
namespace {

using std::chrono::milliseconds;

Claim claim(const std::string& name, const ClockFindings& found, const Stopwatch& watch) {
  return {.claim = name,
          .trials = found.operations,
          .violations = found.mismatches,
          .seconds = watch.seconds(),
          .figures = {{"revivals", found.revivals},
                      {"reads", found.reads},
                      {"jumps", found.jumps},
                      {"suspends", found.suspends},
                      {"closes", found.closes},
                      {"kills", found.kills},
                      {"marks_ignored", found.ignored_marks},
                      {"returned_by_rule", found.returned_by_rule}}};
}

class ClockJumps : public testing::TestWithParam<Durability> {};

INSTANTIATE_TEST_SUITE_P(Levels, ClockJumps,
                         testing::Values(Durability::process_crash, Durability::interval),
                         level_of);

TEST_P(ClockJumps, ChangeNothingBeyondTheRules) {
  const Stopwatch watch;
  const auto operations = amount<std::uint64_t>(20'000, 500'000);
  const auto variant = static_cast<std::uint64_t>(GetParam());
  ClockRun run({.durability = GetParam(), .seed = seed() + variant});
  const ClockFindings found = run.run(operations);
  publish(claim("clock, " + name_of(GetParam()), found, watch));
  EXPECT_EQ(found.mismatches, 0u) << found.report();
  EXPECT_EQ(found.revivals, 0u);
  // A run that meets none of these shows nothing.
  EXPECT_GT(found.jumps, operations / 100);
  EXPECT_GT(found.suspends, operations / 500);
  EXPECT_GT(found.closes, operations / 5000);
  EXPECT_GT(found.kills, operations / 5000);
  EXPECT_GT(found.ignored_marks, 0u);
}

// The control: a store that does not remember its time brings back what had expired.
TEST(ClockJumpsControl, AStoreWithoutItsHighWaterMarkIsCaughtReviving) {
  const Stopwatch watch;
  ClockFindings found;
  std::uint64_t runs = 0;
  for (; runs < 10 && found.revivals == 0; ++runs) {
    ClockRun run({.seed = seed() + runs, .kill = Machine::End::killed_no_mark});
    found = run.run(30'000);
  }
  Claim caught = claim("control, clock: no high-water mark", found, watch);
  caught.trials = runs;
  caught.violations = found.revivals == 0 ? 1 : 0;
  publish(caught);
  EXPECT_GT(found.revivals, 0u);
}

// A clock that went ahead, and is set right while nothing runs: what had expired meanwhile lives
// again, but not what was removed meanwhile, whichever verb did it.
class ClockSetRight : public testing::TestWithParam<const char*> {
 protected:
  using Remove = std::function<void(Cache&)>;
  static const std::map<std::string, Remove>& removals() {
    static const std::map<std::string, Remove> all{
        {"nothing", [](Cache&) {}},
        {"erase", [](Cache& cache) { cache.erase("key"); }},
        {"erase_many", [](Cache& cache) { cache.erase_many({"key"}); }},
        {"set", [](Cache& cache) { cache.set("key", 2, {.timeout = milliseconds(0)}); }},
        {"touch", [](Cache& cache) { cache.touch("key", {.timeout = milliseconds(0)}); }},
        {"update",
         [](Cache& cache) {
           cache.update<int>("key", [](std::optional<int>) { return std::optional<int>(); });
         }},
        {"incr_many",
         [](Cache& cache) {
           cache.incr_many({{"key", 1}});
         }},
        {"clear", [](Cache& cache) { cache.clear(); }}};
    return all;
  }
};

INSTANTIATE_TEST_SUITE_P(Verbs, ClockSetRight,
                         testing::Values("nothing", "erase", "erase_many", "set", "touch", "update",
                                         "incr_many", "clear"),
                         [](const auto& verb) { return std::string(verb.param); });

TEST_P(ClockSetRight, BringsBackNothingThatWasRemoved) {
  constexpr std::int64_t begin = 1'800'000'000'000;
  constexpr std::int64_t week = 7 * 24 * ModelClock::hour;
  Machine machine(Durability::process_crash);
  machine.restart(Machine::End::closed, begin);
  machine.cache().set("key", 1, {.timeout = std::chrono::hours(1)});
  machine.jump(week);
  EXPECT_FALSE(machine.cache().contains("key"));
  removals().at(GetParam())(machine.cache());
  machine.restart(Machine::End::closed, begin + 1000);
  EXPECT_EQ(machine.cache().contains("key"), std::string(GetParam()) == "nothing");
}

}  // namespace
}  // namespace cairn::test::durability
