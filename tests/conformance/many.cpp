// get_many, set_many, erase_many.
#include <iterator>
#include <list>
#include <map>
#include <sstream>

#include "conformance/contract.h"

namespace cairn::test {

CONTRACT(Many);

using Texts = std::map<std::string, std::string>;

// C29, S48
TEST_P(Many, GetManyGivesWhatIsThere) {
  cache().set_many({{"a", "a"}, {"b", "b"}, {"c", "c"}, {"d", "d"}});
  settle();
  EXPECT_THAT(cache().get_many({"a", "c", "d"}),
              UnorderedElementsAre(Pair("a", "a"), Pair("c", "c"), Pair("d", "d")));
  EXPECT_THAT(cache().get_many({"a", "b", "e"}),
              UnorderedElementsAre(Pair("a", "a"), Pair("b", "b")));
}

/// The words of a stream, once.
struct WordsOf {
  std::istream& stream;
  auto begin() const { return std::istream_iterator<std::string>(stream); }
  auto end() const { return std::istream_iterator<std::string>(); }
};

// C29, S49: any range that gives strings, also one that can be walked only once.
TEST_P(Many, GetManyTakesAnyRangeOfKeys) {
  cache().set_many({{"a", "1"}, {"b", "2"}});
  settle();
  const auto both = UnorderedElementsAre(Pair("a", "1"), Pair("b", "2"));
  std::istringstream once("a b missing");
  EXPECT_THAT(cache().get_many(WordsOf{once}), both);
  EXPECT_THAT(cache().get_many(std::vector<std::string>{"a", "b", "a"}), both);
  EXPECT_THAT(cache().get_many(std::list<std::string_view>{"b", "a"}), both);
  EXPECT_THAT(cache().get_many(std::vector<std::string>{}), IsEmpty());
}

// S44: a single string is no range of keys.
template <class C, class T>
concept TakenForKeys = requires(C& cache, T text) {
  cache.get_many(text);
};
template <class C, class T>
concept ErasedAsKeys = requires(C& cache, T text) {
  cache.erase_many(text);
};
static_assert(TakenForKeys<Cache, std::vector<std::string>>);
static_assert(!TakenForKeys<Cache, std::string> && !ErasedAsKeys<Cache, std::string>);
static_assert(!TakenForKeys<Cache, const char*> && !ErasedAsKeys<Cache, const char*>);

// C29, S3
TEST_P(Many, GetManyFindsNulls) {
  cache().set_many({{"x", nullptr}, {"y", 1}});
  settle();
  const auto found = cache().get_many<std::optional<int>>({"x", "y", "z"});
  EXPECT_THAT(found, UnorderedElementsAre(Pair("x", std::nullopt), Pair("y", 1)));
}

// S5, S48
TEST_P(Many, GetManyLeavesOutWhatHasExpired) {
  cache().set_many({{"a", "a"}, {"b", "b"}}, {.timeout = 10s});
  cache().set("c", "c");
  settle();
  clock.advance(10s);
  EXPECT_THAT(cache().get_many({"a", "b", "c"}), UnorderedElementsAre(Pair("c", "c")));
}

// X16, S50
TEST_P(Many, GetManyGivesBothKeysThatShareAFinalKey) {
  Cache& blind =
      open({.key_function = [](auto key, auto, auto) { return std::string(key.substr(0, 1)); }});
  blind.set("apple", "fruit");
  settle();
  EXPECT_THAT(blind.get_many({"apple", "aubergine", "banana"}),
              UnorderedElementsAre(Pair("apple", "fruit"), Pair("aubergine", "fruit")));
}

// C45, C46, S52
TEST_P(Many, SetManyStoresAllAndRefusesNone) {
  EXPECT_THAT(cache().set_many({{"key1", "spam"}, {"key2", "eggs"}}), IsEmpty());
  settle();
  EXPECT_EQ(cache().get("key1"), "spam");
  EXPECT_EQ(cache().get("key2"), "eggs");
}

// C48
TEST_P(Many, SetManyOfNothingIsFine) {
  EXPECT_THAT(cache().set_many(Texts{}), IsEmpty());
  EXPECT_THAT(cache().set_many({}), IsEmpty());
}

// C47, C53, C54, S53
TEST_P(Many, SetManyGivesAllOneTimeout) {
  cache().set_many({{"key1", "spam"}, {"key2", "eggs"}}, {.timeout = 1s});
  cache().set_many({{"key3", "sausage"}, {"key4", "lobster"}}, {.timeout = never});
  cache().set_many({{"key5", "gone"}});
  settle();
  EXPECT_EQ(cache().ttl("key5"), Timeout(300s));
  EXPECT_THAT(cache().set_many({{"key5", "bacon"}, {"key6", "ham"}}, {.timeout = 0s}), IsEmpty());
  settle();
  EXPECT_FALSE(cache().contains("key5"));
  EXPECT_FALSE(cache().contains("key6"));
  clock.advance(1s);
  EXPECT_FALSE(cache().contains("key1"));
  EXPECT_FALSE(cache().contains("key2"));
  EXPECT_EQ(cache().ttl("key3"), never);
  EXPECT_EQ(cache().ttl("key4"), never);
}

// X7, S53
TEST_P(Many, SetManyWithANegativeTimeoutRemoves) {
  cache().set("key", "value");
  settle();
  cache().set_many(Texts{{"key", "another"}, {"missing", "x"}}, {.timeout = -1s});
  settle();
  EXPECT_THAT(cache().get_many({"key", "missing"}), IsEmpty());
}

// S55
TEST_P(Many, SetManyTakesMapsAndPairsAndTheLastDuplicateWins) {
  cache().set_many(Texts{{"map", "1"}});
  cache().set_many(std::vector<std::pair<std::string, int>>{{"twice", 1}, {"twice", 2}});
  settle();
  EXPECT_EQ(cache().get("map"), "1");
  EXPECT_EQ(cache().get<int>("twice"), 2);
}

struct Perhaps {
  bool storable = true;
};

}  // namespace cairn::test

template <>
struct cairn::Codec<cairn::test::Perhaps> {
  static ValueKind encode(const test::Perhaps& value, std::string& out) {
    if (!value.storable) throw std::runtime_error("not this one");
    out += "stored";
    return ValueKind::bytes;
  }
};

namespace cairn::test {

// X15, S54
TEST_P(Many, SetManyStoresNothingIfOneValueCannotBeEncoded) {
  cache().set("b", "old");
  settle();
  const std::map<std::string, Perhaps> values{{"a", {}}, {"b", {.storable = false}}, {"c", {}}};
  EXPECT_THAT([&] { cache().set_many(values); },
              ThrowsMessage<SerializationError>(HasSubstr("'b'")));
  settle();
  EXPECT_THAT(cache().get_many({"a", "b", "c"}), UnorderedElementsAre(Pair("b", "old")));
}

// C110, C108, S52
TEST_P(Many, SetManyReturnsTheKeysWhoseValuesAreTooLarge) {
  Cache& small = open({.max_value_size = 10});
  small.set_many({{"large", "old"}, {"other", "old"}});
  settle();
  const std::string large(11, 'x');
  EXPECT_THAT(small.set_many({{"fits", "new"}, {"large", large}, {"larger", large}}),
              ElementsAre("large", "larger"));
  settle();
  EXPECT_THAT(small.get_many({"fits", "large", "larger", "other"}),
              UnorderedElementsAre(Pair("fits", "new"), Pair("other", "old")));
}

// C49, S43
TEST_P(Many, EraseManyRemovesWhatIsListedAndCountsTheLiving) {
  cache().set_many({{"key1", "spam"}, {"key2", "eggs"}, {"key3", "ham"}});
  cache().set("expired", "x", {.timeout = 1s});
  settle();
  clock.advance(1s);
  EXPECT_EQ(cache().erase_many({"key1", "key2", "key2", "missing", "expired"}), 2U);
  settle();
  EXPECT_THAT(cache().get_many({"key1", "key2", "key3"}),
              UnorderedElementsAre(Pair("key3", "ham")));
}

// C50, S43
TEST_P(Many, EraseManyOfNothingRemovesNone) {
  cache().set("key", "value");
  EXPECT_EQ(cache().erase_many({}), 0U);
  EXPECT_EQ(cache().erase_many(std::vector<std::string>{}), 0U);
  EXPECT_TRUE(cache().contains("key"));
}

// C67, S66
TEST_P(Many, VersionsApplyToAllKeysOfACall) {
  cache().set_many({{"ford1", 37}, {"ford2", 42}});
  cache().set_many({{"ford3", 37}, {"ford4", 42}}, {.version = 2});
  cache("v2").set_many({{"ford5", 37}});
  cache("v2").set_many({{"ford6", 42}}, {.version = 1});
  settle();
  const auto all = {"ford1"sv, "ford2"sv, "ford3"sv, "ford4"sv, "ford5"sv, "ford6"sv};
  const auto first = UnorderedElementsAre(Pair("ford1", 37), Pair("ford2", 42), Pair("ford6", 42));
  const auto second = UnorderedElementsAre(Pair("ford3", 37), Pair("ford4", 42), Pair("ford5", 37));
  EXPECT_THAT(cache().get_many<int>(all), first);
  EXPECT_THAT(cache().get_many<int>(all, {.version = 1}), first);
  EXPECT_THAT(cache().get_many<int>(all, {.version = 2}), second);
  EXPECT_THAT(cache("v2").get_many<int>(all), second);
  EXPECT_THAT(cache("v2").get_many<int>(all, {.version = 1}), first);
  EXPECT_EQ(cache().erase_many(all, {.version = 2}), 3U);
  EXPECT_THAT(cache().get_many<int>(all), first);
}

}  // namespace cairn::test
