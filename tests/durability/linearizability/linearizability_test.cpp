// What threads see of a key could have happened one operation after another, on every backend.

#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <string>

#include "durability/linearizability/fronted.h"
#include "durability/linearizability/run.h"
#include "durability/linearizability/unlocked.h"
#include "durability/sheet.h"
#include "model/unsynced_env.h"
#include "store/border/engine_hooks.h"
#include "support/fake_clock.h"
#include "support/temp_directory.h"

namespace cairn::test::durability {
namespace {

struct Place {
  const char* name;
  bool on_disk = true;
  Durability durability = Durability::process_crash;
  std::optional<std::int64_t> max_entries = {};
  std::optional<std::uint64_t> record_memory = {};  // by default more than all that is stored
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
    return {.durability = place.durability,
            .memory_budget = 8u << 20,
            .record_memory = place.record_memory,
            .clock = yielding_clock()};
  }
  Cache open(const Place& place) const {
    return Cache::open(
        location(place),
        {.timeout = never, .key_warnings = ignore_key_warnings(), .max_entries = place.max_entries},
        options(place));
  }

  void check(int threads, const Perform& perform, const std::function<void()>& meanwhile) {
    check(HistoryShape{.threads = threads}, perform, meanwhile);
  }
  void check(const HistoryShape& shape, const Perform& perform,
             const std::function<void()>& meanwhile) {
    const History history = make_history(shape, seed() + number_,
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
    testing::Values(Place{"rocksdb"}, Place{.name = "without_record_memory", .record_memory = 0},
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

// ---- where everything goes at once, and the record tier ----

// What lives an hour, on a clock that is turned by more.
class Turned {
 public:
  ClockSource source() const {
    return [yields = yielding_clock(), time = clock_.source()] {
      yields();
      return time();
    };
  }
  void turn() { clock_.advance(std::chrono::hours(2)); }
  static Timeout timeout() { return std::chrono::hours(1); }

 private:
  FakeClock clock_;
};

class WithClears : public Histories {
 protected:
  static constexpr std::uint32_t clears = 20;

  void check_all(
      const HistoryShape& shape, const Perform& perform,
      const std::function<void()>& meanwhile = [] {}) {
    for (int round = 0; round < amount(5, 840); ++round) {
      for (const int threads : thread_counts) {
        HistoryShape each = shape;
        each.threads = threads;
        check(each, perform, meanwhile);
      }
    }
  }
  void expect_order(const char* name) {
    publish(claim(std::string("linearizable, ") + name, flagged_));
    EXPECT_EQ(flagged_, 0u) << "kept in " << last_flagged_.keep();
    EXPECT_GT(overlapping_, operations_ / 50) << "else nothing was tested";
  }
};

TEST_F(WithClears, ClearTakesPlaceAtOnceForEveryKey) {
  Cache cache = open({"rocksdb"});
  check_all({.clears = clears}, [&](int, std::string_view key, const Operation& operation) {
    return perform(cache, key, operation);
  });
  expect_order("with clear()");
}

TEST_F(WithClears, SoDoesTheMomentAtWhichEverythingExpires) {
  Turned clock;
  Cache cache = Cache::open(directory_ / "store",
                            {.timeout = Turned::timeout(), .key_warnings = ignore_key_warnings()},
                            {.durability = Durability::process_crash, .clock = clock.source()});
  check_all({.actions = actions_with_expiry, .clears = clears},
            [&](int, std::string_view key, const Operation& operation) {
              if (operation.action != Action::clear) return perform(cache, key, operation);
              clock.turn();
              return Outcome();
            });
  expect_order("with values that expire");
}

// The least memory that a tier can have, and other keys that are read all the time.
TEST_F(WithClears, ARecordTierThatForgetsAllTheTimeChangesNothing) {
  StoreOptions small = options({"rocksdb"});
  small.record_memory = tier::RecordTier::least_bytes;
  const auto store = RocksdbStore::at(directory_ / "store", small);
  const auto backend = store->backend("default");
  backend->attach();
  const WriteMode mode;
  for (int i = 0; i < 3000; ++i) {
    EncodedValue value = encode_value("other", i);
    backend->write("other " + std::to_string(i), value, never, mode);
  }
  std::uint64_t forgotten = 0;
  int next = 0;
  check_all(
      {},
      [&](int, std::string_view key, const Operation& operation) {
        return perform(*backend, key, operation);
      },
      [&] {
        for (int i = 0; i < 3000; ++i) backend->read("other " + std::to_string(next++ % 3000));
      });
  forgotten = store->tier()->counts().evictions;
  expect_order("a record tier that forgets");
  EXPECT_GT(forgotten, 1000u) << "else nothing was tested";
  backend->detach();
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

// Nor may a record tier be used so.
TEST_F(LinearizabilityControl, AStoreWithoutStripesIsFlagged) {
  const Place place{.name = "rocksdb", .record_memory = 0};
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

struct Wrong {
  const char* name;
  Mistake mistake;
};
void PrintTo(const Wrong& wrong, std::ostream* out) { *out << wrong.name; }

// Long histories: a mistake that shows once in a while shows in nearly each of them.
class RecordTierControl : public LinearizabilityControl, public testing::WithParamInterface<Wrong> {
 protected:
  void run(Mistake mistake) {
    const bool expires = mistake == Mistake::expiry_at_insertion;
    Turned clock;
    StoreOptions options = Histories::options({.name = "rocksdb", .record_memory = 0});
    if (expires) options.clock = clock.source();
    const Timeout timeout = expires ? Turned::timeout() : Timeout(never);
    const Cache cache = [&] {
      Cache opened = Cache::open(directory_ / "store", {.timeout = timeout}, options);
      opened.set("key", 1);  // makes the family
      return opened;
    }();
    Fronted fronted(directory_ / "store", options, timeout, mistake);
    for (int round = 0; round < amount(5, 50); ++round) {
      for (const int threads : thread_counts) {
        check(
            {.threads = threads,
             .operations = 6000,
             .actions = expires ? actions_with_expiry : actions,
             .clears = 450},
            [&](int, std::string_view key, const Operation& operation) {
              if (operation.action != Action::clear) return fronted.perform(key, operation);
              if (!expires) return fronted.perform(key, operation);
              clock.turn();
              return Outcome();
            },
            [&] { fronted.churn(100'000); });
      }
    }
  }
};

INSTANTIATE_TEST_SUITE_P(
    Mistakes, RecordTierControl,
    testing::Values(Wrong{"None", Mistake::none},
                    Wrong{"FillWithoutTheCheck", Mistake::fill_without_check},
                    Wrong{"StoredBeforeItIsWritten", Mistake::stored_before_written},
                    Wrong{"ClearKeepsEntries", Mistake::clear_keeps},
                    Wrong{"ExpiryJudgedAtInsertionOnly", Mistake::expiry_at_insertion},
                    Wrong{"MemoryReusedUnderAReader", Mistake::reused_under_reader}),
    [](const auto& wrong) { return std::string(wrong.param.name); });

TEST_P(RecordTierControl, IsFlaggedForAMistakeOnly) {
  run(GetParam().mistake);
  if (GetParam().mistake == Mistake::none) {
    EXPECT_EQ(flagged_, 0u) << "kept in " << last_flagged_.keep();
  } else {
    expect_flagged(std::string("record tier, ") + GetParam().name);
  }
}

}  // namespace
}  // namespace cairn::test::durability
