// clear.
#include "conformance/contract.h"

namespace cairn::test {

CONTRACT(Clear);

// C51
TEST_P(Clear, RemovesEverything) {
  cache().set_many({{"key1", "spam"}, {"key2", "eggs"}});
  settle();
  cache().clear();
  settle();
  EXPECT_EQ(cache().get("key1"), std::nullopt);
  EXPECT_EQ(cache().get("key2"), std::nullopt);
}

// X29, S46
TEST_P(Clear, FromAnyAliasRemovesAllPrefixesAndVersions) {
  cache().set("key", 1);
  cache().set("key", 2, {.version = 7});
  cache("v2").set("key", 3, {.timeout = never});
  cache("custom_key").set("key", 4);
  settle();
  cache("prefix").clear();
  settle();
  EXPECT_FALSE(cache().contains("key"));
  EXPECT_FALSE(cache().contains("key", {.version = 7}));
  EXPECT_FALSE(cache("v2").contains("key"));
  EXPECT_FALSE(cache("custom_key").contains("key"));
}

// S46
TEST_P(Clear, LeavesACacheThatIsUsedOn) {
  cache().clear();
  cache().set("key", 1);
  settle();
  cache().clear();
  cache().clear();
  cache().set("key", 2);
  settle();
  EXPECT_EQ(cache().incr("key"), 3);
  EXPECT_TRUE(cache().add("other", "value"));
  settle();
  EXPECT_EQ(cache().get<int>("key"), 3);
  EXPECT_EQ(cache().get("other"), "value");
}

// S46: one column family is one LOCATION; its neighbours are other caches.
TEST_P(Clear, LeavesOtherColumnFamiliesAlone) {
  Cache& neighbour = open({.column_family = "neighbour"});
  neighbour.set("key", "theirs");
  cache().set("key", "ours");
  settle();
  EXPECT_EQ(neighbour.get("key"), "theirs");
  cache().clear();
  settle();
  EXPECT_FALSE(cache().contains("key"));
  EXPECT_EQ(neighbour.get("key"), "theirs");
}

}  // namespace cairn::test
