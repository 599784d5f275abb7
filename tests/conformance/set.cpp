// set.
#include "conformance/contract.h"

namespace cairn::test {

CONTRACT(Set);

// S11
TEST_P(Set, ReplacesValueTypeAndExpiry) {
  cache().set("key", "first", {.timeout = 10s});
  settle();
  cache().set("key", 2, {.timeout = 100s});
  settle();
  clock.advance(50s);
  EXPECT_EQ(cache().get<int>("key"), 2);
  clock.advance(50s);
  EXPECT_EQ(cache().get<int>("key"), std::nullopt);
}

// S11: the old expiry does not outlive the old value, in either direction.
TEST_P(Set, WithoutATimeoutTakesTheDefaultAgain) {
  cache().set("key", "first", {.timeout = never});
  settle();
  cache().set("key", "second");
  EXPECT_EQ(cache().ttl("key"), Timeout(300s));
}

// C43, S82, S83
TEST_P(Set, KeysAndValuesAreBytesAndUnicodePasses) {
  const std::pair<const char*, const char*> texts[] = {
      {"ascii", "ascii_value"},
      {"unicode_ascii", "Iñtërnâtiônàlizætiøn1"},
      {"Iñtërnâtiônàlizætiøn", "Iñtërnâtiônàlizætiøn2"},
      {"not \xff\xc0 UTF-8", "\xed\xa0\x80 a lone surrogate"},
  };
  for (const auto& [key, value] : texts) {
    SCOPED_TRACE(key);
    cache().set(key, value);
    settle();
    EXPECT_EQ(cache().get(key), value);
    EXPECT_TRUE(cache().erase(key));
    EXPECT_TRUE(cache().add(key, value));
    settle();
    EXPECT_EQ(cache().get(key), value);
    cache().erase(key);
    cache().set_many({{key, value}});
    settle();
    EXPECT_EQ(cache().get(key), value);
  }
}

// C44
TEST_P(Set, BinaryStringsPass) {
  std::string binary;
  for (int byte = 0; byte < 256; ++byte) binary.push_back(static_cast<char>(byte));
  cache().set("binary1", binary);
  EXPECT_TRUE(cache().add("binary1-add", binary));
  cache().set_many({{"binary1-set_many", binary}});
  settle();
  for (const char* key : {"binary1", "binary1-add", "binary1-set_many"}) {
    EXPECT_EQ(cache().get(key), binary) << key;
  }
}

// C73, S23
TEST_P(Set, AValueThatCannotBeEncodedThrowsAndTheOldOneStays) {
  cache().set("key", "old", {.timeout = 60s});
  settle();
  EXPECT_THAT([&] { cache().set("key", Unstorable{}); },
              ThrowsMessage<SerializationError>(HasSubstr("'key'")));
  EXPECT_EQ(cache().get("key"), "old");
  EXPECT_EQ(cache().ttl("key"), Timeout(60s));
}

// C108, S24: the value that the caller meant to replace is not served.
TEST_P(Set, AValueThatIsTooLargeThrowsAndTheOldOneIsGone) {
  Cache& small = open({.max_value_size = 10});
  small.set("key", std::string(10, 'x'));
  settle();
  EXPECT_EQ(small.get("key"), std::string(10, 'x'));
  const std::string message =
      message_of(ErrorCode::value_too_large, [&] { small.set("key", std::string(11, 'x')); });
  EXPECT_THAT(message, HasSubstr("'key'"));
  EXPECT_THAT(message, HasSubstr("max_value_size"));
  settle();
  EXPECT_EQ(cache().get("key"), std::nullopt);
}

// S26
TEST_P(Set, AMegabyteRoundTrips) {
  const std::string large(2U << 20, 'm');
  cache().set("large", large);
  settle();
  EXPECT_EQ(cache().get("large"), large);
}

// S12: per call, a stronger promise is allowed and changes nothing else.
TEST_P(Set, ADurabilityOfOnesOwnMayBeAskedFor) {
  cache().set("key", "safe", {.durability = Durability::power_loss});
  settle();
  EXPECT_EQ(cache().get("key"), "safe");
}

}  // namespace cairn::test
