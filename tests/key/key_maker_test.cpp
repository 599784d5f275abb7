// From a caller's key to the final key of one cache.
#include "key/key_maker.h"

#include <gtest/gtest.h>

#include <cairn/error.h>

namespace cairn::key {
namespace {

KeyMaker maker(std::string prefix, std::int64_t version, KeyFunction function = {}) {
  return {std::move(prefix), version, std::move(function),
          KeyRules(throw_key_warnings(), KeyValidator())};
}

TEST(FinalKey, HoldsKeysOfEveryLength) {
  for (std::size_t head = 0; head <= 256; head += 32) {
    for (std::size_t tail = 0; tail <= 256; ++tail) {
      const std::string first(head, 'h');
      const std::string second(tail, 'k');
      const FinalKey key(first, second);
      ASSERT_EQ(key.view(), first + second);
    }
  }
}

TEST(FinalKey, TheLongestIsWhole) {
  const std::string head(1000, 'h');
  const std::string tail(max_key_size - 1000, 'k');
  const FinalKey key(head, tail);
  EXPECT_EQ(key.view(), head + tail);
}

TEST(FinalKey, OwnsItsBytes) {
  std::string head = "head:";
  std::string tail(300, 'k');
  const FinalKey short_key(head, "key");
  const FinalKey long_key(head, tail);
  head = "gone!";
  tail.assign(300, 'x');
  EXPECT_EQ(short_key.view(), "head:key");
  EXPECT_EQ(long_key.view(), "head:" + std::string(300, 'k'));
}

TEST(FinalKey, CanBeMovedShortOrLong) {
  std::vector<FinalKey> keys;
  for (const std::size_t size : {5u, 199u, 200u, 201u, 4000u}) {
    keys.emplace_back("", std::string(size, 'k'));
  }
  const std::vector<FinalKey> moved = std::move(keys);
  EXPECT_EQ(moved[0].view(), "kkkkk");
  EXPECT_EQ(moved[2].view(), std::string(200, 'k'));
  EXPECT_EQ(moved[4].view(), std::string(4000, 'k'));
}

TEST(KeyMaker, MakesDjangosKeys) {
  const KeyMaker keys = maker("app", 2);
  EXPECT_EQ(keys.make("user:7", {}).view(), "app:2:user:7");
  EXPECT_EQ(keys.make("user:7", 2).view(), "app:2:user:7");
  EXPECT_EQ(keys.make("user:7", 3).view(), "app:3:user:7");
  EXPECT_EQ(keys.make("user:7", -1).view(), "app:-1:user:7");
  EXPECT_EQ(maker("", 1).make("k", {}).view(), ":1:k");
}

TEST(KeyMaker, MakesTheKeysOfItsFunction) {
  const KeyMaker keys = maker("app", 2, "unambiguous");
  EXPECT_EQ(keys.make("k", {}).view(), "3:app:2:k");
  EXPECT_EQ(keys.make("k", 5).view(), "3:app:5:k");
}

TEST(KeyMaker, ChecksTheFinalKeyAndNotTheCallers) {
  const KeyMaker keys = maker("has space", 1);
  EXPECT_THROW(keys.make("k", {}), InvalidKey);
  EXPECT_EQ(keys.unchecked("k", {}).view(), "has space:1:k");
}

TEST(KeyMaker, LetsOutWhatTheFunctionThrows) {
  const KeyMaker keys = maker(
      "", 1, [](auto, auto, auto) -> std::string { throw std::runtime_error("no key today"); });
  EXPECT_THROW(keys.make("k", {}), std::runtime_error);
}

TEST(KeyMaker, KnowsTheHeadOfItsKeys) {
  EXPECT_EQ(maker("app", 2).head({}, "keys"), "app:2:");
  EXPECT_EQ(maker("app", 2).head(7, "keys"), "app:7:");
  EXPECT_EQ(maker("app", 2, "unambiguous").head({}, "keys"), "3:app:2:");
}

TEST(KeyMaker, RefusesToGuessTheHeadOfAFunctionThatDoesNotSay) {
  const KeyMaker keys =
      maker("app", 1, [](std::string_view key, auto, auto) { return std::string(key); });
  try {
    (void)keys.head({}, "erase_prefix");
    FAIL() << "it guessed";
  } catch (const InvalidOption& error) {
    EXPECT_NE(std::string(error.what()).find("erase_prefix"), std::string::npos);
  }
}

}  // namespace
}  // namespace cairn::key
