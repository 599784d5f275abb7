// What threads see of a key could have happened one operation after another, on every backend.

#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <string>

#include "durability/linearizability/run.h"
#include "durability/linearizability/unlocked.h"
#include "durability/sheet.h"
#include "model/unsynced_env.h"
#include "store/border/engine_hooks.h"
#include "support/temp_directory.h"

namespace cairn::test::durability {
namespace {

struct Place {
  const char* name;
  bool on_disk = true;
  Durability durability = Durability::process_crash;
  std::optional<std::int64_t> max_entries = {};
};
void PrintTo(const Place& place, std::ostream* out) { *out << place.name; }

constexpr int thread_counts[] = {2, 4, 8};

/// Runs histories, checks them, and adds up.
class Histories : public testing::Test {
 protected:
  std::filesystem::path location(const Place& place) const {
    if (place.on_disk) return directory_ / "store";
    return "memory:" + directory_.path().native();
  }
  StoreOptions options(const Place& place) const {
    return {.durability = place.durability, .memory_budget = 8u << 20, .clock = yielding_clock()};
  }
  Cache open(const Place& place) const {
    return Cache::open(
        location(place),
        {.timeout = never, .key_warnings = ignore_key_warnings(), .max_entries = place.max_entries},
        options(place));
  }

  void check(int threads, const Perform& perform, const std::function<void()>& meanwhile) {
    const History history = make_history({.threads = threads}, seed() + number_,
                                         "h" + std::to_string(number_) + "-", perform, meanwhile);
    ++number_;
    operations_ += history.operations();
    overlapping_ += history.overlapping();
    if (history.violations() == 0) return;
    ++flagged_;
    last_flagged_ = history;
  }
  Claim claim(const std::string& name, std::uint64_t violations) const {
    return {.claim = name,
            .trials = number_,
            .violations = violations,
            .seconds = watch_.seconds(),
            .figures = {
                {"operations", operations_}, {"overlapping", overlapping_}, {"flagged", flagged_}}};
  }

  Stopwatch watch_;
  TempDirectory directory_;
  // Syncs cost nothing here: threads wait for them all the same.
  const store::HookedDirectory hooked_{directory_ / "store", unsynced()};
  std::uint64_t number_ = 0;
  std::uint64_t operations_ = 0;
  std::uint64_t overlapping_ = 0;
  std::uint64_t flagged_ = 0;
  History last_flagged_;
};

class Linearizability : public Histories, public testing::WithParamInterface<Place> {};

INSTANTIATE_TEST_SUITE_P(
    Places, Linearizability,
    testing::Values(Place{"rocksdb"},
                    Place{.name = "waiting_for_the_disk", .durability = Durability::power_loss},
                    Place{.name = "without_a_log", .durability = Durability::clean_close},
                    Place{.name = "bounded", .max_entries = 1'000'000},
                    Place{.name = "memory", .on_disk = false}),
    [](const auto& place) { return std::string(place.param.name); });

TEST_P(Linearizability, EveryHistoryHasAnOrder) {
  Cache cache = open(GetParam());
  const int rounds = amount(5, 840);  // x 3 x 5 places: 12,600 histories of 800
  for (int round = 0; round < rounds; ++round) {
    for (const int threads : thread_counts) {
      check(
          threads,
          [&](int, std::string_view key, const Operation& operation) {
            return perform(cache, key, operation);
          },
          // Now and then everything is flushed and compacted under the threads' feet.
          [&] {
            if (round % 4 == 0) cache.expire();
          });
    }
  }
  publish(claim(std::string("linearizable, ") + GetParam().name, flagged_));
  EXPECT_EQ(flagged_, 0u) << "kept in " << last_flagged_.keep();
  EXPECT_GT(overlapping_, operations_ / 50) << "else nothing was tested";
}

// ---- controls: of these histories many must be flagged ----

class LinearizabilityControl : public Histories {
 protected:
  void expect_flagged(const std::string& name) {
    const std::uint64_t enough = number_ / 5;
    publish(claim("control, linearizable: " + name, flagged_ < enough ? 1 : 0));
    EXPECT_GE(flagged_, enough) << "of " << number_ << " histories";
  }
  void run_unlocked(const Place& place) {
    Cache cache = open(place);
    for (int round = 0; round < amount(5, 50); ++round) {
      for (const int threads : thread_counts) {
        check(
            threads,
            [&](int, std::string_view key, const Operation& operation) {
              return perform_unlocked(cache, key, operation);
            },
            [] {});
      }
    }
    expect_flagged(std::string("read and then write, ") + place.name);
  }
};

TEST_F(LinearizabilityControl, ReadingAndThenWritingIsFlaggedOnDisk) { run_unlocked({"rocksdb"}); }
TEST_F(LinearizabilityControl, ReadingAndThenWritingIsFlaggedInMemory) {
  run_unlocked({.name = "memory", .on_disk = false});
}

TEST_F(LinearizabilityControl, AStoreWithoutStripesIsFlagged) {
  const Place place{"rocksdb"};
  const Cache cache = [&] {
    Cache opened = open(place);
    opened.set("key", 1);  // makes the family
    return opened;
  }();
  UnlockedBackends backends(location(place), options(place),
                            *std::max_element(std::begin(thread_counts), std::end(thread_counts)));
  for (int round = 0; round < amount(5, 50); ++round) {
    for (const int threads : thread_counts) {
      check(
          threads,
          [&](int thread, std::string_view key, const Operation& operation) {
            return backends.perform(thread, key, operation);
          },
          [] {});
    }
  }
  expect_flagged("no stripe locks");
}

}  // namespace
}  // namespace cairn::test::durability
