// Column families by their names: which generation of each is in use.
#include "store/border/family_name.h"

#include <gmock/gmock.h>

namespace cairn::store {
namespace {

using testing::ElementsAre;

TEST(FamilyName, IsANameAndAGeneration) {
  const std::optional<FamilyName> parsed = parse_family(generation_name("a@b", 7));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->name, "a@b");
  EXPECT_EQ(parsed->generation, 7u);
}

TEST(FamilyName, OfAnotherProgramIsNone) {
  EXPECT_FALSE(parse_family("default"));
  EXPECT_FALSE(parse_family("a@"));
  EXPECT_FALSE(parse_family("a@7x"));
}

TEST(FamilyName, TheHighestGenerationIsInUse) {
  const Generations found = newest_generations({"default", "a@9", "b@1", "a@10", "theirs", "a@2"});
  ASSERT_EQ(found.newest.size(), 2u);
  EXPECT_EQ(found.newest.at("a").generation, 10u);
  EXPECT_EQ(found.newest.at("a").at, 3u);
  EXPECT_EQ(found.newest.at("b").at, 2u);
  EXPECT_THAT(found.older, ElementsAre(1, 5));
  EXPECT_THAT(found.others, ElementsAre(0, 4));
}

}  // namespace
}  // namespace cairn::store
