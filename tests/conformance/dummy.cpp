// The dummy backend: the whole API, nothing kept.
#include "conformance/contract.h"

namespace cairn::test {

class Dummy : public testing::Test {
 protected:
  Warnings warnings;
  Cache cache = Cache::open("dummy:", {.key_warnings = warnings.handler()});
};

// C1, C14, S105
TEST_F(Dummy, IgnoresSet) {
  cache.set("key", "value");
  cache.set("Iñtërnâtiônàlizætiøn", "Iñtërnâtiônàlizætiøn2");
  EXPECT_EQ(cache.get("key"), std::nullopt);
  EXPECT_EQ(cache.get("Iñtërnâtiônàlizætiøn"), std::nullopt);
}

// C2, C13: also what would have expired.
TEST_F(Dummy, AlwaysAdds) {
  EXPECT_TRUE(cache.add("key", "value", {.timeout = 1s}));
  EXPECT_TRUE(cache.add("key", "newvalue"));
  EXPECT_EQ(cache.get("key"), std::nullopt);
}

// C3
TEST_F(Dummy, GivesTheFallback) {
  EXPECT_EQ(cache.get("does_not_exist"), std::nullopt);
  EXPECT_EQ(cache.get("does_not_exist", "bang!"), "bang!");
}

// C4
TEST_F(Dummy, GetsNothingOfMany) {
  cache.set_many({{"a", "a"}, {"b", "b"}, {"c", "c"}});
  EXPECT_THAT(cache.get_many({"a", "c", "d"}), IsEmpty());
  EXPECT_THAT(cache.get_many(std::vector<std::string>{"a", "b"}), IsEmpty());
}

// C5, C16, C18
TEST_F(Dummy, WarnsOfKeys) {
  cache.get_many({"key with spaces"});
  EXPECT_THAT(warnings.take(), testing::SizeIs(1));
  cache.set_many({{"key with spaces", "foo"}});
  EXPECT_THAT(warnings.take(), testing::SizeIs(1));
  cache.erase_many({"key with spaces"});
  EXPECT_THAT(warnings.take(), testing::SizeIs(1));
}

// C6, C17
TEST_F(Dummy, ErasesNothing) {
  cache.set_many({{"key1", "spam"}, {"key2", "eggs"}});
  EXPECT_FALSE(cache.erase("key1"));
  EXPECT_EQ(cache.erase_many({"key1", "key2"}), 0U);
  EXPECT_EQ(cache.pop("key1"), std::nullopt);
  EXPECT_EQ(cache.erase_prefix("key"), 0U);
}

// C7, C8
TEST_F(Dummy, ContainsNothing) {
  cache.set("hello", "goodbye");
  EXPECT_FALSE(cache.contains("hello"));
  EXPECT_FALSE(cache.contains("goodbye"));
  EXPECT_EQ(cache.ttl("hello"), std::nullopt);
  EXPECT_THAT(cache.keys(), IsEmpty());
}

// C9, C10
TEST_F(Dummy, CountsNothing) {
  cache.set("answer", 42);
  EXPECT_THROW(cache.incr("answer"), KeyNotFound);
  EXPECT_THROW(cache.incr("does_not_exist"), KeyNotFound);
  EXPECT_THROW(cache.decr("answer"), KeyNotFound);
  EXPECT_THROW(cache.decr("does_not_exist", -1), KeyNotFound);
  EXPECT_EQ(cache.try_incr("answer"), std::nullopt);
  EXPECT_EQ(cache.incr("answer", 2, {.initial = 40}), 42);
  EXPECT_FALSE(cache.contains("answer"));
}

// C11
TEST_F(Dummy, TouchesNothing) {
  cache.set("key", "value");
  EXPECT_FALSE(cache.touch("key"));
  EXPECT_FALSE(cache.touch("key", {.timeout = 0s}));
  EXPECT_FALSE(cache.expire_at("key", std::chrono::system_clock::now()));
}

// C12
TEST_F(Dummy, IgnoresValuesOfEveryKind) {
  cache.set_many({{"text", "this is a string"}, {"int", 42}, {"bool", true}, {"double", 1.5}});
  cache.set("null", nullptr);
  cache.set("bytes", std::vector<std::byte>(3));
  for (const char* key : {"text", "int", "bool", "double", "null", "bytes"}) {
    EXPECT_EQ(cache.get<std::optional<std::string>>(key), std::nullopt);
  }
}

// C15
TEST_F(Dummy, RefusesNoneOfMany) {
  EXPECT_THAT(cache.set_many({{"a", 1}, {"b", 2}}), IsEmpty());
  EXPECT_THAT(cache.set_many({{"a", 1}, {"b", 2}}, {.timeout = 2s, .version = 1}), IsEmpty());
}

// C19
TEST_F(Dummy, ClearsAndCullsAndSyncs) {
  cache.clear();
  EXPECT_EQ(cache.expire(), 0U);
  EXPECT_EQ(cache.cull(), 0U);
  cache.sync();
  cache.close();
  EXPECT_EQ(cache.stats().backend, "dummy");
}

// C20, C21
TEST_F(Dummy, MovesNoVersion) {
  cache.set("answer", 42);
  EXPECT_THROW(cache.incr_version("answer"), KeyNotFound);
  EXPECT_THROW(cache.incr_version("does_not_exist"), KeyNotFound);
  EXPECT_THROW(cache.decr_version("answer"), KeyNotFound);
  EXPECT_THROW(cache.decr_version("does_not_exist"), KeyNotFound);
}

// C22, C23
TEST_F(Dummy, GivesWhatGetOrSetWouldStore) {
  EXPECT_EQ(cache.get_or_set("mykey", "default"), "default");
  EXPECT_EQ(cache.get_or_set("mykey", nullptr), nullptr);
  EXPECT_EQ(cache.get_or_set("mykey", [] { return "made"; }), "made");
  EXPECT_EQ(cache.get_or_set("mykey", [] { return 5; }), 5);
}

// S105: it refuses what the others refuse, so that tests which run on it do not lie.
TEST_F(Dummy, RefusesWhatCannotBeStored) {
  EXPECT_THROW(cache.set("key", Unstorable{}), SerializationError);
  EXPECT_THROW(cache.set(std::string(max_key_size, 'k'), 1), InvalidKey);
  EXPECT_EQ(cache.update<int>("key", [](auto value) { return value ? 2 : 1; }), 1);
}

}  // namespace cairn::test
