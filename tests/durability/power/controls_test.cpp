// That the power cuts would find something: disks that lie, and oracles that are wrong.
#include <gtest/gtest.h>

#include <string>

#include "durability/power/campaign.h"
#include "durability/power/workload.h"
#include "durability/scratch.h"
#include "durability/sheet.h"

namespace cairn::test::durability {
namespace {

using Kind = Event::Kind;

class PowerControls : public testing::Test {
 protected:
  // Of the style in which much is synced.
  static Recording record(Durability level, std::size_t calls = 120) {
    const ScratchDirectory directory;
    return record_calls(directory / "store", level, calls, seed() / 4 * 4);
  }
  // What was not synced is gone.
  static Tally drop(const Recording& recording, const Oracle& oracle, const Disk::Lies& lies,
                    std::size_t step = amount<std::size_t>(6, 1)) {
    std::vector<Cut> cuts;
    const std::vector<std::size_t> places = recording.cuts();
    for (std::size_t i = 0; i < places.size(); i += step) cuts.push_back({places[i], {}});
    return run(recording, oracle, cuts, {.lies = lies, .keep_failures = false});
  }
  static void publish(const std::string& control, const Tally& tally, const Stopwatch& watch) {
    const std::uint64_t caught = tally.lost + tally.wrong + tally.refused;
    durability::publish({.claim = "power cut, control: " + control + " is caught",
                         .trials = tally.states,
                         .violations = caught == 0 ? 1u : 0u,
                         .seconds = watch.seconds(),
                         .figures = {{"caught", caught}}});
    EXPECT_GT(caught, 0u) << "seed " << seed();
  }
};

TEST_F(PowerControls, ADiskThatLosesFileSyncsIsCaught) {
  const Stopwatch watch;
  const Recording recording = record(Durability::power_loss, 240);
  const Oracle oracle(recording.history);
  // Nearly everywhere: the next sync of a log makes up for a lost one.
  publish("one lost file sync in 50", drop(recording, oracle, {.lost_file_sync = 50}, 2), watch);
}

TEST_F(PowerControls, ADiskThatLosesDirectorySyncsIsCaught) {
  const Stopwatch watch;
  const Recording recording = record(Durability::power_loss);
  const Oracle oracle(recording.history);
  publish("lost directory syncs", drop(recording, oracle, {.lost_directory_syncs = true}), watch);
}

TEST_F(PowerControls, APromiseThatTheLevelDoesNotMakeIsCaught) {
  const Stopwatch watch;
  Recording recording = record(Durability::process_crash);
  recording.history.level = Durability::power_loss;
  const Oracle oracle(recording.history);
  publish("process_crash taken for power_loss", drop(recording, oracle, {}), watch);
}

TEST_F(PowerControls, AnOracleThatForgetsOneCallIsCaught) {
  const Stopwatch watch;
  const Recording recording = record(Durability::power_loss);
  // A call that is soon overwritten or cleared leaves no trace: then another one is forgotten.
  Tally tally;
  for (std::size_t i = 0; i < recording.history.calls.size(); ++i) {
    History forgetful = recording.history;
    Call& call = forgetful.calls[i];
    if (call.verb != Call::Verb::incr || call.numbers[0] == 0) continue;
    call.keys.clear();
    tally = drop(recording, Oracle(forgetful), {});
    if (tally.lost + tally.wrong + tally.refused > 0) break;
  }
  publish("an oracle that forgets a call", tally, watch);
}

// ---- the parts

Call set(std::size_t key, std::int64_t number) {
  return {.verb = Call::Verb::set, .keys = {key}, .numbers = {number}, .time = 1};
}

TEST(PowerJudge, TellsAHoleFromAPrefix) {
  const std::size_t first = text_keys;
  const History history{Durability::process_crash,
                        {set(first, 1), set(first + 1, 2), set(first + 2, 3)}};
  const Oracle oracle(history);
  const Bounds bounds{2, 3, 1};
  Sight sight;
  const auto see = [&](std::size_t key, std::uint64_t value) {
    sight.families[0][first + key] = {true, value};
  };
  see(0, 1);
  EXPECT_EQ(judge(oracle, history, bounds, sight).kind, Verdict::Kind::lost);
  see(2, 3);
  EXPECT_EQ(judge(oracle, history, bounds, sight).kind, Verdict::Kind::wrong);
  see(1, 2);
  EXPECT_EQ(judge(oracle, history, bounds, sight).kind, Verdict::Kind::right);
  see(1, 7);
  EXPECT_EQ(judge(oracle, history, bounds, sight).kind, Verdict::Kind::wrong);
}

TEST(PowerDisk, KeepsWhatWasSyncedInFilesWhoseNamesWereSynced) {
  Disk disk;
  disk.apply({Kind::create, 0, "file"});
  disk.apply({Kind::append, 0, "file", "synced"});
  disk.apply({Kind::sync, 6, "file"});
  disk.apply({Kind::append, 6, "file", " not"});
  EXPECT_EQ(disk.cut({}), Files{});
  EXPECT_EQ(disk.cut({Damage::Bytes::kept, Damage::Names::kept}), (Files{{"file", "synced not"}}));
  disk.apply({Kind::sync_directory, 4});
  EXPECT_EQ(disk.cut({}), (Files{{"file", "synced"}}));
  disk.apply({Kind::rename, 0, "file", "other"});
  EXPECT_EQ(disk.cut({}), (Files{{"file", "synced"}}));
  disk.apply({Kind::sync_directory, 5});  // had begun before the renaming
  EXPECT_EQ(disk.cut({}), (Files{{"file", "synced"}}));
  disk.apply({Kind::sync_directory, 6});
  EXPECT_EQ(disk.cut({}), (Files{{"other", "synced"}}));
}

TEST(PowerDisk, LosesSectorsButNoSyncedByte) {
  Disk disk;
  const std::string bytes(4000, 'x');
  disk.apply({Kind::create, 0, "file"});
  disk.apply({Kind::append, 0, "file", bytes});
  disk.apply({Kind::sync, 700, "file"});
  disk.apply({Kind::sync_directory, 3});
  bool harmed = false;
  for (std::uint64_t chance = 0; chance < 50; ++chance) {
    const Files files = disk.cut({Damage::Bytes::zeroed, Damage::Names::kept, chance});
    ASSERT_EQ(files.size(), 1u);
    EXPECT_EQ(files[0].second.size(), bytes.size());
    EXPECT_EQ(files[0].second.substr(0, 700), bytes.substr(0, 700));
    harmed = harmed || files[0].second != bytes;
  }
  EXPECT_TRUE(harmed);
}

}  // namespace
}  // namespace cairn::test::durability
