// RocksDB takes zeros in a log for the end of a block of 32 KiB and goes on with the next.  Where
// that one begins with a record, what was in between is missing from the middle of the history.
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "durability/power/campaign.h"
#include "durability/power/workload.h"
#include "durability/scratch.h"
#include "durability/sheet.h"

namespace cairn::test::durability {
namespace {

constexpr std::size_t record_size = 2048;  // so that every block begins with a record

Recording record_sets(std::size_t count, std::size_t size) {
  History history{.level = Durability::process_crash};
  const std::int64_t time = FakeClock().wall().count();
  for (std::size_t i = 0; i < count; ++i) {
    history.calls.push_back(
        {.verb = Call::Verb::set, .keys = {i % 10}, .numbers = {0}, .size = size, .time = time});
  }
  const ScratchDirectory directory;
  return record_calls(directory / "store", std::move(history));
}

// How long the first record in the log of a run is.
std::size_t first_record(const Recording& recording) {
  for (const Event& event : recording.events) {
    if (event.kind == Event::Kind::append && event.name.ends_with(".log")) {
      return event.bytes.size();
    }
  }
  throw std::logic_error("nothing was logged");
}

TEST(PowerHoles, AreNotReadOver) {
  const Stopwatch watch;
  const std::size_t some = 1000;
  const std::size_t overhead = first_record(record_sets(1, some)) - some;
  const Recording recording = record_sets(80, record_size - overhead);
  ASSERT_EQ(first_record(recording), record_size);

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
