// The random-model test of the whole core: the public API on a real RocksDB store against a cache
// that is nothing but a map, with flushes, compactions and reopenings in between and the clock
// turned both ways.  Whatever the engine does with records, operands and levels, nothing that the
// API returns may depend on it.
//
// CAIRN_MODEL_SEED=N runs other seeds, from N on; CAIRN_MODEL_STEPS=N longer runs.
#include <cstdlib>
#include <iostream>
#include <string>

#include <gtest/gtest.h>

#include "model/cache_subject.h"
#include "model/random_run.h"
#include "support/temp_directory.h"

namespace cairn::test {
namespace {

constexpr std::uint64_t seeds_each = 5;

std::uint64_t from_environment(const char* variable, std::uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  return text != nullptr ? std::stoull(text) : otherwise;
}

class Model : public testing::TestWithParam<int> {};

TEST_P(Model, EveryReadIsWhatTheReferenceSays) {
  const std::uint64_t first =
      from_environment("CAIRN_MODEL_SEED", 1) + seeds_each * static_cast<std::uint64_t>(GetParam());
  const std::uint64_t steps = from_environment("CAIRN_MODEL_STEPS", 4000);
  Exercise exercise;
  std::uint64_t checked = 0;
  for (std::uint64_t seed = first; seed < first + seeds_each; ++seed) {
    const TempDirectory directory;
    const FakeClock clock;
    constexpr Durability levels[] = {Durability::interval, Durability::process_crash,
                                     Durability::clean_close};
    CacheSubject subject(directory / "store", clock, levels[seed % 3]);
    const Findings found = RandomRun(seed, clock, subject, &subject).run(steps);
    ASSERT_EQ(found.mismatches, 0u) << found.report();
    checked += found.checked_reads;
    exercise += subject.exercise();
  }
  std::cout << "seeds " << first << " to " << first + seeds_each - 1 << ": " << checked
            << " checked reads, " << exercise.flushes << " flushes, " << exercise.compactions
            << " compactions (" << exercise.middle_levels << " to middle levels), "
            << exercise.reopens << " reopenings, " << exercise.reclaimed << " bytes reclaimed in "
            << exercise.reapings << " reapings, " << exercise.dropped << " records dropped, "
            << exercise.operands_merged << " operands merged\n";
  // A run that exercises nothing proves nothing.
  EXPECT_GE(checked, 62'500u);  // four times: 250,000
  EXPECT_GT(exercise.flushes, 0u);
  EXPECT_GT(exercise.compactions, 0u);
  EXPECT_GT(exercise.middle_levels, 0u);
  EXPECT_GT(exercise.reopens, 0u);
  EXPECT_GT(exercise.reapings, 0u);
  EXPECT_GT(exercise.reclaimed, 0u);
  EXPECT_GT(exercise.dropped, 0u);
  EXPECT_GT(exercise.operands_merged, 0u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Model, testing::Range(0, 4));

}  // namespace
}  // namespace cairn::test
