// add.
#include "conformance/contract.h"

namespace cairn::test {

CONTRACT(Add);

// C26, S19
TEST_P(Add, StoresOnlyIfThereIsNothing) {
  EXPECT_TRUE(cache().add("addkey1", "value"));
  settle();
  EXPECT_FALSE(cache().add("addkey1", "newvalue"));
  settle();
  EXPECT_EQ(cache().get("addkey1"), "value");
}

// S19
TEST_P(Add, LeavesTheExpiryOfAnExistingValueAlone) {
  cache().set("key", "first", {.timeout = 60s});
  settle();
  EXPECT_FALSE(cache().add("key", "second", {.timeout = never}));
  EXPECT_EQ(cache().ttl("key"), Timeout(60s));
}

// C41, S20
TEST_P(Add, TakesThePlaceOfAnExpiredValue) {
  cache().set("key", "first", {.timeout = 1s});
  settle();
  clock.advance(1s);
  EXPECT_TRUE(cache().add("key", "second"));
  settle();
  EXPECT_EQ(cache().get("key"), "second");
  EXPECT_EQ(cache().ttl("key"), Timeout(300s));
}

// S3: null is a value.
TEST_P(Add, ANullIsInTheWay) {
  cache().set("key", nullptr);
  settle();
  EXPECT_FALSE(cache().add("key", "value"));
  EXPECT_EQ(cache().get<std::nullptr_t>("key"), nullptr);
}

// C54, S21: "act, but do not keep".
TEST_P(Add, WithoutTimeSucceedsOnAMissingKeyAndKeepsNothing) {
  for (const Timeout timeout : {Timeout(0s), Timeout(-1s)}) {
    EXPECT_TRUE(cache().add("missing", "value", {.timeout = timeout}));
    settle();
    EXPECT_FALSE(cache().contains("missing"));
    cache().set("present", "value", {.timeout = 60s});
    settle();
    EXPECT_FALSE(cache().add("present", "another", {.timeout = timeout}));
    EXPECT_EQ(cache().get("present"), "value");
    EXPECT_EQ(cache().ttl("present"), Timeout(60s));
  }
}

// C72, S23
TEST_P(Add, AValueThatCannotBeEncodedThrows) {
  EXPECT_THAT([&] { cache().add("unpicklable", Unstorable{}); },
              ThrowsMessage<SerializationError>(HasSubstr("'unpicklable'")));
  EXPECT_FALSE(cache().contains("unpicklable"));
}

// S26: nothing was to be replaced, so nothing is removed.
TEST_P(Add, AValueThatIsTooLargeThrowsAndChangesNothing) {
  Cache& small = open({.max_value_size = 10});
  small.set("present", "value");
  const std::string large(11, 'x');
  message_of(ErrorCode::value_too_large, [&] { small.add("present", large); });
  message_of(ErrorCode::value_too_large, [&] { small.add("missing", large); });
  settle();
  EXPECT_EQ(small.get("present"), "value");
  EXPECT_FALSE(small.contains("missing"));
}

}  // namespace cairn::test
