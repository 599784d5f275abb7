// The stored record: 16 bytes of header, then the payload.
#include "ttl/record.h"

#include <limits>

#include <gtest/gtest.h>

namespace cairn::ttl {
namespace {

using namespace std::chrono_literals;

constexpr ValueKind kinds[] = {ValueKind::nothing, ValueKind::bytes,   ValueKind::integer,
                               ValueKind::real,    ValueKind::boolean, ValueKind::null,
                               ValueKind::archive, ValueKind::custom};

bool fits(ValueKind kind, std::size_t payload) {
  switch (kind) {
    case ValueKind::nothing:
    case ValueKind::null:
      return payload == 0;
    case ValueKind::integer:
    case ValueKind::real:
      return payload == 8;
    case ValueKind::boolean:
      return payload == 1;
    case ValueKind::archive:
      return payload >= 8;
    default:
      return true;
  }
}

TEST(Record, WhatIsEncodedIsParsedForEveryKindAndLength) {
  for (const ValueKind kind : kinds) {
    for (std::size_t size = 0; size <= 64; ++size) {
      const std::string payload(size, 'p');
      const std::string bytes = encode({kind, 0xfedcba987654, 0x0123456789abcdef, payload});
      const std::optional<Record> record = parse(bytes);
      ASSERT_EQ(record.has_value(), fits(kind, size))
          << kind_name(kind) << " of " << size << " bytes";
      if (!record) continue;
      EXPECT_EQ(record->kind, kind);
      EXPECT_EQ(record->written_at, 0xfedcba987654u);
      EXPECT_EQ(record->expires_at, 0x0123456789abcdefu);
      EXPECT_EQ(record->payload, payload);
    }
  }
}

TEST(Record, NothingShorterThanItsHeaderIsOne) {
  const std::string whole = encode({ValueKind::bytes, 1, 2, {}});
  ASSERT_TRUE(parse(whole));
  for (std::size_t size = 0; size < header_size; ++size) {
    EXPECT_FALSE(parse(std::string_view(whole).substr(0, size))) << size;
  }
}

TEST(Record, OnlyFormatOneAndItsKindsAreParsed) {
  for (int first = 0; first < 256; ++first) {
    std::string bytes(header_size + 8, '\0');
    bytes[0] = static_cast<char>(first);
    const int kind = first & 15;
    const bool known = first >> 4 == 1 && (kind <= 6 || kind == 15) && fits(ValueKind(kind), 8);
    EXPECT_EQ(parse(bytes).has_value(), known) << "first byte " << first;
  }
}

TEST(Record, AnyFlagButThatOfATouchMakesItUnreadable) {
  for (int flags = 1; flags < 256; ++flags) {
    std::string bytes = encode_integer(1, 2, 3);
    bytes[1] = static_cast<char>(flags);
    EXPECT_FALSE(parse(bytes)) << flags;
  }
}

TEST(Record, ItsNumbersAreLittleEndian) {
  const std::string bytes = encode_integer(0x0807060504030201, 0x060504030201, 0x1817161514131211);
  const char expected[] = "\x12\0\1\2\3\4\5\6\x11\x12\x13\x14\x15\x16\x17\x18\1\2\3\4\5\6\7\x08";
  EXPECT_EQ(bytes, std::string(expected, sizeof expected - 1));
}

TEST(Record, IntegersOfEverySizeComeBack) {
  constexpr std::int64_t numbers[] = {0,
                                      1,
                                      -1,
                                      42,
                                      std::numeric_limits<std::int64_t>::max(),
                                      std::numeric_limits<std::int64_t>::min()};
  for (const std::int64_t number : numbers) {
    const std::string bytes = encode_integer(number, 5, 6);
    const std::optional<Record> record = parse(bytes);
    ASSERT_TRUE(record);
    EXPECT_EQ(integer(*record), number);
  }
}

TEST(Record, ItIsLiveUntilTheMomentItExpires) {
  const Record record{ValueKind::bytes, 0, 1000, {}};
  EXPECT_TRUE(live(record, 0));
  EXPECT_TRUE(live(record, 999));
  EXPECT_FALSE(live(record, 1000));
  EXPECT_FALSE(live(record, 1001));
}

TEST(Record, OneThatNeverExpiresIsLiveInTheLastMillisecondThereIs) {
  EXPECT_TRUE(live({ValueKind::null, 0, never_expires, {}}, never_expires - 1));
}

TEST(Record, AVoidIsNeverLive) {
  EXPECT_FALSE(live({ValueKind::nothing, 0, never_expires, {}}, 0));
  EXPECT_FALSE(live({ValueKind::nothing, 0, 0, {}}, 0));
}

TEST(Record, ATouchChangesTheExpiryAndIsRemembered) {
  const std::string bytes = encode({ValueKind::archive, 77, 88, "a payload"});
  const std::string touched = encode_touched(*parse(bytes), 80, 99);
  const std::optional<Record> record = parse(touched);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->kind, ValueKind::archive);
  EXPECT_EQ(record->written_at, 77u);
  EXPECT_EQ(record->touched_at, 80u);
  EXPECT_EQ(record->expires_at, 99u);
  EXPECT_EQ(record->payload, "a payload");
  EXPECT_EQ(encode(*record), touched);
  EXPECT_EQ(encode_touched(*record, 81, 99).size(), touched.size());
}

TEST(Record, ATouchedOneThatIsTooShortIsUnreadable) {
  const std::string touched = encode_touched(*parse(encode_integer(1, 2, 3)), 2, 9);
  ASSERT_TRUE(parse(touched));
  for (std::size_t size = 0; size < touched.size(); ++size) {
    EXPECT_FALSE(parse(std::string_view(touched).substr(0, size))) << size;
  }
}

TEST(Record, AnotherIntegerKeepsAllTimes) {
  const std::string touched = encode_touched(*parse(encode_integer(1, 2, 3)), 5, 9);
  const std::optional<Record> changed = parse(encode_integer(42, *parse(touched)));
  ASSERT_TRUE(changed);
  EXPECT_EQ(integer(*changed), 42);
  EXPECT_EQ(changed->written_at, 2u);
  EXPECT_EQ(changed->touched_at, 5u);
  EXPECT_EQ(changed->expires_at, 9u);
}

TEST(CorrectedRecord, IsOneThatWasWrittenOrTouchedInTheFuture) {
  const Record record{ValueKind::bytes, 100, 400, "v"};
  EXPECT_EQ(corrected(encode(record), 100, 300), std::nullopt);
  EXPECT_EQ(corrected(encode(record), 50, 300), encode({ValueKind::bytes, 50, 150, "v"}));
  EXPECT_EQ(corrected(encode(record), 50, 400), std::string());

  const std::string touched = encode_touched(record, 200, 500);
  EXPECT_EQ(corrected(touched, 200, 300), std::nullopt);
  EXPECT_EQ(corrected(touched, 150, 300), encode({ValueKind::bytes, 100, 350, "v", 150}));
  EXPECT_EQ(corrected(touched, 50, 300), encode({ValueKind::bytes, 50, 250, "v", 50}));
  EXPECT_EQ(corrected(touched, 150, 500), std::string());
}

TEST(Deadline, IsNowAndTheTimeout) {
  EXPECT_EQ(deadline(1000, 1ms), 1001u);
  EXPECT_EQ(deadline(1'700'000'000'000, 30s), 1'700'000'030'000u);
}

TEST(Deadline, OfNeverIsNever) { EXPECT_EQ(deadline(1000, never), never_expires); }

TEST(Deadline, SaturatesToNever) {
  const Timeout longest = std::chrono::milliseconds(std::numeric_limits<std::int64_t>::max() - 1);
  ASSERT_FALSE(longest.is_never());
  EXPECT_EQ(deadline(1, longest), static_cast<Instant>(longest.duration().count()) + 1);
  EXPECT_EQ(deadline(never_expires - 5, 4ms), never_expires - 1);
  EXPECT_EQ(deadline(never_expires - 5, 5ms), never_expires);
  EXPECT_EQ(deadline(never_expires - 5, 6ms), never_expires);
  EXPECT_EQ(deadline(never_expires - 5, longest), never_expires);
}

}  // namespace
}  // namespace cairn::ttl
