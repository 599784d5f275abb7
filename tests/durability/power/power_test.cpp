// The power is cut at every operation on the file system, with all kinds of damage to what nobody
// had synced.
#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "durability/power/campaign.h"
#include "durability/power/workload.h"
#include "durability/scratch.h"
#include "durability/sheet.h"
#include "support/durability_names.h"

namespace cairn::test::durability {
namespace {

class Power : public testing::TestWithParam<Durability> {};

INSTANTIATE_TEST_SUITE_P(Levels, Power,
                         testing::Values(Durability::clean_close, Durability::process_crash,
                                         Durability::interval, Durability::power_loss),
                         level_of);

Recording record(Durability level, std::size_t calls, std::uint64_t seed) {
  const ScratchDirectory directory;
  return record_calls(directory / "store", level, calls, seed);
}

void publish(const std::string& claim, const Tally& tally, const Stopwatch& watch) {
  durability::publish({.claim = claim,
                       .trials = tally.states,
                       .violations = tally.violation_count(),
                       .seconds = watch.seconds(),
                       .figures = {{"lost", tally.lost},
                                   {"no_prefix", tally.wrong},
                                   {"refused", tally.refused},
                                   {"refused_for_damaged_manifest", tally.damaged_manifest},
                                   {"most_acknowledged_calls_lost", tally.most_lost_calls},
                                   {"oldest_lost_ms",
                                    static_cast<double>(tally.oldest_lost_microseconds) / 1000}}});
}

TEST_P(Power, CutAnywhereKeepsWhatTheLevelPromises) {
  const Stopwatch watch;
  Tally tally;
  // Four recordings at least: each is like another (Style).
  const std::uint64_t wanted = amount(1u, 6000u);
  for (std::uint64_t number = 0; number < amount(1u, 5u); ++number) {
    for (std::uint64_t part = 0; part < 4 || tally.states < wanted * (number + 1); ++part) {
      const std::uint64_t chosen = seed() + 1000 * number + part;
      const Recording recording = record(GetParam(), amount(80, 40), chosen);
      const auto cuts = choose_cuts(recording, amount(60, 0), chosen);
      tally.add(run(recording, Oracle(recording.history), cuts,
                    {.threads = amount(1u, 2u), .cut_recovery_every = amount(60u, 500u)}));
    }
  }
  publish("power cut, " + name_of(GetParam()), tally, watch);
  EXPECT_EQ(tally.violation_count(), 0u) << tally.text();
}

// One cut of a recording that a failure has left: there when it is asked for.
class PowerAgain : public testing::TestWithParam<std::string> {
 public:
  static std::vector<std::string> asked() {
    const char* const cut = std::getenv("CAIRN_POWER_CUT");
    if (cut == nullptr || std::getenv("CAIRN_POWER_LOG") == nullptr) return {};
    return {cut};
  }
};

TEST_P(PowerAgain, OneCut) {
  std::istringstream cut(GetParam());
  std::size_t events = 0;
  std::size_t model = 0;
  std::uint64_t salt = 0;
  char comma = ',';
  cut >> events >> comma >> model >> comma >> salt;
  const Recording recording = load(std::getenv("CAIRN_POWER_LOG"));
  const Tally tally =
      run(recording, Oracle(recording.history), {{events, Damage::model(model, salt)}},
          {.cut_recovery_every = 1, .keep_failures = false});
  EXPECT_EQ(tally.violation_count(), 0u) << tally.text();
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(PowerAgain);
INSTANTIATE_TEST_SUITE_P(Asked, PowerAgain, testing::ValuesIn(PowerAgain::asked()));

}  // namespace
}  // namespace cairn::test::durability
