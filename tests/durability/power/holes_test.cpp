// RocksDB takes zeros in a log for the end of a block of 32 KiB and goes on with the next.  Where
// that one begins with a record, what was in between is missing from the middle of the history.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "durability/power/campaign.h"
#include "durability/power/workload.h"
#include "durability/scratch.h"
#include "durability/sheet.h"

namespace cairn::test::durability {
namespace {

constexpr std::size_t record_size = 2048;  // so that every block begins with a record

// The first of another size.
Recording record_sets(std::size_t first, std::size_t count, std::size_t size) {
  History history{.level = Durability::process_crash};
  const std::int64_t time = FakeClock().wall().count();
  for (std::size_t i = 0; i < count; ++i) {
    history.calls.push_back({.verb = Call::Verb::set,
                             .keys = {i % 10},
                             .numbers = {0},
                             .size = i == 0 ? first : size,
                             .time = time});
  }
  const ScratchDirectory directory;
  return record_calls(directory / "store", std::move(history));
}

// How long the records in the log of a run are.  The first is the clock's time, the others are the
// sets.
std::vector<std::size_t> records(const Recording& recording) {
  std::vector<std::size_t> sizes;
  for (const Event& event : recording.events) {
    if (event.kind == Event::Kind::append && event.name.ends_with(".log")) {
      sizes.push_back(event.bytes.size());
    }
  }
  return sizes;
}

TEST(PowerHoles, AreNotReadOver) {
  const Stopwatch watch;
  const std::size_t some = 1000;
  const std::vector<std::size_t> tried = records(record_sets(some, 2, some));
  ASSERT_GE(tried.size(), 3u);
  const std::size_t time = tried[0];
  const std::size_t overhead = tried[1] - some;
  const Recording recording =
      record_sets(record_size - overhead - time, 80, record_size - overhead);
  const std::vector<std::size_t> sizes = records(recording);
  ASSERT_EQ(sizes.at(0) + sizes.at(1), record_size);
  ASSERT_EQ(sizes.at(2), record_size);

  std::size_t last = 0;  // the last set has returned, and nothing was closed
  for (std::size_t i = 0; i < recording.events.size(); ++i) {
    if (recording.events[i].kind == Event::Kind::acknowledged) last = i + 1;
  }
  std::vector<Cut> cuts;
  for (std::uint64_t i = 0; i < amount(100u, 20'000u); ++i) {
    cuts.push_back({last, {Damage::Bytes::zeroed, Damage::Names::kept, seed() + i}});
  }
  const Tally tally = run(recording, Oracle(recording.history), cuts, {.threads = amount(1u, 2u)});
  publish({.claim = "power cut, holes in the log",
           .trials = tally.states,
           .violations = tally.violation_count(),
           .seconds = watch.seconds(),
           .figures = {{"most_acknowledged_calls_lost", tally.most_lost_calls}}});
  EXPECT_EQ(tally.violation_count(), 0u) << tally.text();
}

}  // namespace
}  // namespace cairn::test::durability
