// Caps on keys and values, checked before anything is written.

#include <string>

#include "opening/opening.h"

namespace cairn::test {
namespace {

constexpr std::size_t largest_key = 64 << 10;

class Sizes : public testing::TestWithParam<const char*> {
 protected:
  Cache open(CacheOptions options = {}) {
    options.key_warnings = ignore_key_warnings();
    const bool disk = std::string_view(GetParam()) == "rocksdb";
    return Cache::open(
        disk ? directory_ / "store" : fs::path("memory:" + directory_.path().native()), options);
  }

 private:
  TempDirectory directory_;
};

INSTANTIATE_TEST_SUITE_P(Backends, Sizes, testing::Values("rocksdb", "memory"),
                         [](const auto& backend) { return std::string(backend.param); });

TEST_P(Sizes, TheFinalKeyMayHave64KiB) {
  Cache cache = open({.key_prefix = "prefix"});
  const std::size_t head = cache.make_key("").size();
  for (const std::size_t size : {largest_key - 1, largest_key}) {
    const std::string key(size - head, 'k');
    cache.set(key, 1);
    EXPECT_EQ(cache.incr(key), 2);
    EXPECT_EQ(cache.keys().size(), 1u);
    EXPECT_TRUE(cache.erase(key));
  }
}

TEST_P(Sizes, ALongerKeyIsRefusedByEveryOperationAndNothingIsWritten) {
  Cache cache = open();
  const std::string key(largest_key + 1 - cache.make_key("").size(), 'k');
  EXPECT_THROW(cache.get(key), InvalidKey);
  EXPECT_THROW(cache.contains(key), InvalidKey);
  EXPECT_THROW(cache.ttl(key), InvalidKey);
  EXPECT_THROW(cache.get_many({std::string_view("a"), std::string_view(key)}), InvalidKey);
  EXPECT_THROW(cache.set(key, 1), InvalidKey);
  EXPECT_THROW(cache.add(key, 1), InvalidKey);
  EXPECT_THROW(cache.set_many({{"a", 1}, {key, 2}}), InvalidKey);
  EXPECT_THROW(cache.get_or_set(key, 1), InvalidKey);
  EXPECT_THROW(cache.touch(key), InvalidKey);
  EXPECT_THROW(cache.erase(key), InvalidKey);
  EXPECT_THROW(cache.erase_many({std::string_view("a"), std::string_view(key)}), InvalidKey);
  EXPECT_THROW(cache.pop(key), InvalidKey);
  EXPECT_THROW(cache.update<int>(key, [](auto) { return 1; }), InvalidKey);
  EXPECT_THROW(cache.incr(key, 1, {.initial = 0}), InvalidKey);
  EXPECT_THROW(cache.incr_many({{"a", 1}, {key, 1}}), InvalidKey);
  EXPECT_THROW(cache.incr_version(key), InvalidKey);
  EXPECT_TRUE(cache.keys().empty());
}

// The version grows by a digit, and the key with it.
TEST_P(Sizes, AMoveThatWouldMakeTheKeyTooLongLeavesTheValueWhereItIs) {
  Cache cache = open({.version = 9});
  const std::string key(largest_key - cache.make_key("").size(), 'k');
  cache.set(key, 1);
  EXPECT_THROW(cache.incr_version(key), InvalidKey);
  EXPECT_EQ(cache.get<int>(key), 1);
}

TEST_P(Sizes, AValueMayHaveAsManyBytesAsIsSaid) {
  Cache cache = open({.max_value_size = 1000});
  for (const std::size_t size : {std::size_t{0}, std::size_t{999}, std::size_t{1000}}) {
    cache.set("key", std::string(size, 'v'));
    EXPECT_EQ(cache.get("key")->size(), size);
  }
}

TEST_P(Sizes, ALargerValueIsRefusedAndTheOldOneIsNotServedAnyMore) {
  Cache cache = open({.max_value_size = 1000});
  const std::string large(1001, 'v');
  const auto refused = [&](const char* verb, const auto& write) {
    SCOPED_TRACE(verb);
    try {
      write();
      ADD_FAILURE() << "was not refused";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::value_too_large);
      EXPECT_THAT(error.what(), testing::AllOf(testing::HasSubstr("'key'"),
                                               testing::HasSubstr("max_value_size")));
    }
  };
  cache.set("key", "old");
  refused("set", [&] { cache.set("key", large); });
  EXPECT_FALSE(cache.contains("key"));

  cache.set("key", "old");
  EXPECT_THAT(cache.set_many({{"key", large}, {"other", "small"}}), testing::ElementsAre("key"));
  EXPECT_FALSE(cache.contains("key"));
  EXPECT_EQ(cache.get("other"), "small");

  refused("add", [&] { cache.add("key", large); });
  EXPECT_EQ(cache.get_or_set("key", large), large) << "it is what was asked for";
  EXPECT_FALSE(cache.contains("key"));

  cache.set("key", "old");
  refused("update", [&] { cache.update<std::string>("key", [&](auto) { return large; }); });
  EXPECT_EQ(cache.get("key"), "old") << "an update that fails changes nothing";
}

}  // namespace
}  // namespace cairn::test
