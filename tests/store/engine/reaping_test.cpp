// Which tables are worth rewriting, by their weights alone.
#include "store/engine/reaping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cairn::store {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr int levels = 7;
constexpr std::uint64_t mebibyte = 1ull << 20;

// A table of 32 MiB of which so many hundredths have been dead for so long.
ReapedTable table(const std::string& name, int level, std::uint64_t dead, int seconds,
                  const std::string& first, const std::string& last) {
  ReapedTable made{.name = name, .level = level, .bytes = 32 * mebibyte};
  made.first = first;
  made.last = last;
  made.weight = TableWeight{.total = 100};
  if (dead > 0) made.weight->dead.push_back({milliseconds(1000 * seconds), dead});
  return made;
}
ReapedTable table(const std::string& name, std::uint64_t dead, int seconds) {
  return table(name, 6, dead, seconds, name, name);
}

std::vector<std::string> chosen(const std::vector<ReapedTable>& tables,
                                Patience patience = Patience::usual) {
  std::vector<std::string> names;
  for (const Rewriting& each : worth_rewriting(tables, levels, patience)) {
    std::string all;
    for (const std::string& name : each.tables) all += name;
    names.push_back(all + ">" + std::to_string(each.to_level));
  }
  return names;
}

TEST(Reaping, TheLongerSomethingIsDeadTheLessItNeedsToBe) {
  const auto ripe = [](std::uint64_t dead, int seconds) {
    return !chosen({table("a", dead, seconds)}).empty();
  };
  EXPECT_TRUE(ripe(100, 0));
  EXPECT_FALSE(ripe(90, 2));
  EXPECT_TRUE(ripe(80, 3));
  EXPECT_FALSE(ripe(66, 6));
  EXPECT_TRUE(ripe(67, 6));
  EXPECT_FALSE(ripe(49, 19));
  EXPECT_TRUE(ripe(50, 12));
  EXPECT_FALSE(ripe(1, 19));
  EXPECT_TRUE(ripe(1, 20));
  EXPECT_FALSE(ripe(0, 100));
}

TEST(Reaping, WithoutPatienceAnythingDeadWillDo) {
  EXPECT_THAT(chosen({table("a", 1, 0)}, Patience::none), ElementsAre("a>6"));
  EXPECT_THAT(chosen({table("a", 0, 0)}, Patience::none), IsEmpty());
}

TEST(Reaping, SaysWhatItFreesAndCosts) {
  const Rewriting all = worth_rewriting({table("a", 100, 0)}, levels, Patience::usual).at(0);
  EXPECT_EQ(all.frees, 32 * mebibyte);
  EXPECT_EQ(all.writes, 0u);
  EXPECT_TRUE(all.pays());
  const Rewriting half = worth_rewriting({table("a", 50, 12)}, levels, Patience::usual).at(0);
  EXPECT_EQ(half.frees, 16 * mebibyte);
  EXPECT_EQ(half.writes, 16 * mebibyte);
  EXPECT_FALSE(half.pays());
}

TEST(Reaping, TheBestComesFirst) {
  EXPECT_THAT(chosen({table("a", 50, 12), table("b", 0, 0), table("c", 100, 0), table("d", 0, 0),
                      table("e", 80, 12)}),
              ElementsAre("c>6", "e>6", "a>6"));
}

TEST(Reaping, NeighboursGoTogetherUpToACertainSize) {
  EXPECT_THAT(chosen({table("a", 100, 0), table("b", 100, 0), table("c", 100, 0)}),
              ElementsAre("ab>6", "c>6"));
}

TEST(Reaping, WhatIsBusyIsLeftAloneAndPartsItsNeighbours) {
  std::vector<ReapedTable> tables{table("a", 100, 0), table("b", 100, 0), table("c", 100, 0)};
  tables[1].busy = true;
  EXPECT_THAT(chosen(tables), ElementsAre("a>6", "c>6"));
}

TEST(Reaping, OneThatIsToBeAloneIs) {
  std::vector<ReapedTable> tables{table("a", 100, 0), table("b", 100, 0)};
  tables[0].alone = true;
  EXPECT_THAT(chosen(tables), ElementsAre("a>6", "b>6"));
}

// The filter would leave erasures, of 32 MiB of dead values; but the live table below is not
// rewritten for them.
TEST(Reaping, AboveALiveTableItStaysInItsLevel) {
  EXPECT_THAT(chosen({table("a", 5, 100, 0, "a", "c"), table("b", 6, 0, 0, "b", "d")}),
              ElementsAre("a>5"));
}

TEST(Reaping, WhatIsDeadBelowGoesWithIt) {
  EXPECT_THAT(chosen({table("a", 5, 100, 0, "a", "c"), table("b", 6, 90, 0, "b", "d")}),
              ElementsAre("ab>6"));
}

TEST(Reaping, TheFirstLevelGoesAsAWhole) {
  const ReapedTable old = table("a", 0, 100, 0, "a", "m");
  const ReapedTable young = table("b", 0, 95, 3, "b", "z");
  EXPECT_THAT(chosen({old, young}), ElementsAre("ab>6")) << "nothing lies below";
  ReapedTable busy = young;
  busy.busy = true;
  EXPECT_THAT(chosen({old, busy}), IsEmpty());
  EXPECT_THAT(chosen({old, young, table("c", 6, 0, 0, "c", "d")}), ElementsAre("ab>0"))
      << "the live table below is not rewritten for it";
  EXPECT_THAT(chosen({old, table("b", 0, 0, 0, "b", "z")}), IsEmpty()) << "half is not enough yet";
}

TEST(Reaping, OverlaysGoDownWhereThatCostsLittle) {
  ReapedTable overlays = table("a", 0, 0, 0, "a", "m");
  overlays.bytes = mebibyte;
  overlays.weight->overlays = 90;
  ReapedTable below = table("b", 6, 0, 0, "b", "c");
  EXPECT_THAT(chosen({overlays, below}), IsEmpty());
  below.bytes = mebibyte;
  EXPECT_THAT(chosen({overlays, below}), ElementsAre("ab>6"));
}

TEST(Reaping, ATableThatSaysNothingIsReadOnceAndCostsItsSize) {
  ReapedTable unknown = table("a", 0, 0);
  unknown.weight.reset();
  const std::vector<Rewriting> found =
      worth_rewriting({unknown, table("b", 50, 12)}, levels, Patience::usual);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[1].tables, std::vector<std::string>{"a"});
  EXPECT_EQ(found[1].writes, 32 * mebibyte);
  EXPECT_FALSE(found[1].pays());
  ReapedTable first = unknown;
  first.level = 0;
  EXPECT_THAT(chosen({first}), ElementsAre("a>0"));
}

// ---- all that is dead: expire() ----

std::vector<std::string> all(const std::vector<ReapedTable>& tables,
                             std::uint64_t free_space = std::uint64_t{1} << 40) {
  std::vector<std::string> names;
  for (const Rewriting& each : all_rewritings(tables, levels, free_space)) {
    std::string together;
    for (const std::string& name : each.tables) together += name;
    names.push_back(together + ">" + std::to_string(each.to_level));
  }
  return names;
}
ReapedTable of_size(ReapedTable table, std::uint64_t mebibytes) {
  table.bytes = mebibytes * mebibyte;
  return table;
}

TEST(AllRewritings, WhatIsDeadGoesHoweverLittleItIs) {
  EXPECT_THAT(all({table("a", 1, 0)}), ElementsAre("a>6"));
  EXPECT_THAT(all({table("a", 0, 0)}), IsEmpty());
}

TEST(AllRewritings, TheBestComesFirstAndWhatIsDeadAsAWholeIsTakenAlone) {
  EXPECT_THAT(all({of_size(table("a", 10, 0), 1), of_size(table("b", 100, 0), 1),
                   of_size(table("c", 90, 0), 1)}),
              ElementsAre("b>6", "c>6", "a>6"));
}

TEST(AllRewritings, NeighboursAreTakenTogetherWithinAnEighth) {
  std::vector<ReapedTable> tables;
  for (const char* name : {"a", "b", "c", "d"}) tables.push_back(of_size(table(name, 50, 0), 4));
  tables.push_back(of_size(table("z", 0, 0), 48));
  EXPECT_THAT(all(tables), ElementsAre("ab>6", "cd>6"));
  EXPECT_THAT(all(tables, 5 * mebibyte), ElementsAre("a>6", "b>6", "c>6", "d>6"));
}

TEST(AllRewritings, ATableGoesDownWhereThereIsRoomForIt) {
  EXPECT_THAT(
      all({of_size(table("a", 5, 10, 0, "a", "c"), 1), of_size(table("b", 6, 0, 0, "a", "c"), 2)}),
      ElementsAre("ab>6"));
  EXPECT_THAT(
      all({of_size(table("a", 5, 10, 0, "a", "c"), 1), of_size(table("b", 6, 0, 0, "a", "c"), 32)}),
      ElementsAre("a>5"));
}

TEST(AllRewritings, TheFirstLevelIsTakenInPiecesWhereItIsLarge) {
  EXPECT_THAT(
      all({of_size(table("a", 0, 10, 0, "a", "c"), 30), of_size(table("b", 0, 0, 0, "a", "c"), 30),
           of_size(table("c", 0, 20, 0, "a", "c"), 30)}),
      ElementsAre("c>0", "a>0"));
}

TEST(AllRewritings, OverlaysAloneAreNoReasonToWriteMuch) {
  ReapedTable small = of_size(table("a", 5, 0, 0, "a", "c"), 1);
  small.weight->overlays = 10;
  EXPECT_THAT(all({small}), ElementsAre("a>5"));
  EXPECT_THAT(all({of_size(small, 32)}), IsEmpty());
}

TEST(AllRewritings, WhatIsBusyIsLeftAndNotMergedWith) {
  ReapedTable busy = of_size(table("b", 6, 50, 0, "a", "c"), 1);
  busy.busy = true;
  EXPECT_THAT(all({of_size(table("a", 5, 10, 0, "a", "c"), 1), busy}), ElementsAre("a>5"));
}

}  // namespace
}  // namespace cairn::store
