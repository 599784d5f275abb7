// make_key as Django's, the unambiguous one, and the functions that have names.
#include <cairn/key.h>

#include <limits>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include <cairn/error.h>

namespace cairn {
namespace {

constexpr std::int64_t max = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t min = std::numeric_limits<std::int64_t>::min();

TEST(MakeKey, JoinsPrefixVersionAndKeyAsDjangoDoes) {
  EXPECT_EQ(make_key("user:7", "app", 2), "app:2:user:7");
  EXPECT_EQ(make_key("key"), ":1:key");
  EXPECT_EQ(make_key("", "", 1), ":1:");
  EXPECT_EQ(make_key("key", "", 0), ":0:key");
  EXPECT_EQ(make_key("key", "p", -3), "p:-3:key");
}

TEST(MakeKey, TakesEveryVersion) {
  EXPECT_EQ(make_key("k", "p", max), "p:9223372036854775807:k");
  EXPECT_EQ(make_key("k", "p", min), "p:-9223372036854775808:k");
}

TEST(MakeKey, LeavesBytesAsTheyAre) {
  const std::string key("\0\xff \n:\xc3\xa9", 7);
  EXPECT_EQ(make_key(key, key, 1), std::string(key).append(":1:").append(key));
}

TEST(MakeKey, IsAmbiguousAsDjangosIs) {
  EXPECT_EQ(make_key("2:k", "p", 1), make_key("k", "p:1", 2));
}

TEST(UnambiguousKey, BeginsWithTheLengthOfThePrefix) {
  EXPECT_EQ(unambiguous_key("user:7", "app", 2), "3:app:2:user:7");
  EXPECT_EQ(unambiguous_key("", "", 1), "0::1:");
}

TEST(UnambiguousKey, TwoDifferentInputsNeverMeet) {
  const std::vector<std::string> parts = {"",
                                          ":",
                                          "1",
                                          "1:",
                                          ":1",
                                          ":1:",
                                          "1:1",
                                          "p",
                                          "p:1",
                                          "p:1:",
                                          "0::",
                                          "1:p:",
                                          "2::1",
                                          "-1",
                                          "1:-",
                                          ":-1:",
                                          std::string("\0", 1)};
  std::map<std::string, std::tuple<std::string, std::string, std::int64_t>> seen;
  for (const std::string& prefix : parts) {
    for (const std::string& key : parts) {
      for (const std::int64_t version :
           {std::int64_t{-1}, std::int64_t{0}, std::int64_t{1}, std::int64_t{11}, max, min}) {
        const auto [where, fresh] =
            seen.try_emplace(unambiguous_key(key, prefix, version), key, prefix, version);
        EXPECT_TRUE(fresh) << where->first;
      }
    }
  }
}

TEST(KeyFunction, IsDjangosUnlessToldOtherwise) {
  const KeyFunction function;
  EXPECT_TRUE(function.is_default());
  EXPECT_TRUE(function.has_head());
  EXPECT_EQ(function("k", "p", 3), "p:3:k");
  EXPECT_EQ(function.head("p", 3), "p:3:");
}

TEST(KeyFunction, CanBeAnyCallable) {
  const KeyFunction function = [](std::string_view key, std::string_view prefix, std::int64_t) {
    return std::string(prefix) + "/" + std::string(key);
  };
  EXPECT_FALSE(function.is_default());
  EXPECT_FALSE(function.has_head());
  EXPECT_EQ(function("k", "p", 3), "p/k");
}

TEST(KeyFunction, CanSayWhatItsKeysBeginWith) {
  const KeyFunction function(
      [](std::string_view key, std::string_view prefix, std::int64_t) {
        return std::string(prefix) + "/" + std::string(key);
      },
      [](std::string_view prefix, std::int64_t) { return std::string(prefix) + "/"; });
  ASSERT_TRUE(function.has_head());
  EXPECT_EQ(function("k", "p", 3), function.head("p", 3) + "k");
}

TEST(KeyFunction, IsFoundByItsName) {
  EXPECT_TRUE(KeyFunction("default").is_default());
  const KeyFunction function = std::string("unambiguous");
  EXPECT_EQ(function("k", "p", 3), "1:p:3:k");
  ASSERT_TRUE(function.has_head());
  EXPECT_EQ(function.head("p", 3) + "k", function("k", "p", 3));
}

TEST(KeyFunction, ThatIsUnknownIsRefusedByName) {
  try {
    const KeyFunction function("no such function");
    FAIL() << "it was found";
  } catch (const InvalidCacheBackend& error) {
    EXPECT_NE(std::string(error.what()).find("'no such function'"), std::string::npos);
  }
}

TEST(KeyFunction, IsRegisteredAndReplacedUnderItsName) {
  register_key_function("key_test.joined", [](std::string_view key, std::string_view, auto) {
    return "first " + std::string(key);
  });
  const KeyFunction before("key_test.joined");
  register_key_function("key_test.joined", [](std::string_view key, std::string_view, auto) {
    return "second " + std::string(key);
  });
  EXPECT_EQ(before("k", "", 1), "first k") << "what was taken before stays";
  EXPECT_EQ(KeyFunction("key_test.joined")("k", "", 1), "second k");
}

// Copies and destroys itself with the help of others.
struct Helped {
  Helped() = default;
  Helped(const Helped& other) : alive(other.alive) { KeyFunction("default"); }
  ~Helped() {
    if (alive.use_count() == 1) register_key_function("key_test.last", {});
  }
  std::string operator()(std::string_view key, std::string_view, std::int64_t) const {
    return std::string(key);
  }
  std::shared_ptr<int> alive = std::make_shared<int>();
};

TEST(KeyFunction, IsCopiedAndDestroyedWithoutALock) {
  register_key_function("key_test.helped", Helped());
  EXPECT_EQ(KeyFunction("key_test.helped")("k", "", 1), "k");
  register_key_function("key_test.helped", {});
}

}  // namespace
}  // namespace cairn
