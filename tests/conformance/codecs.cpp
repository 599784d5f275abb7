// Codecs of users are not believed; and what the built-in ones do at their edges.
#include <array>
#include <map>
#include <new>
#include <optional>
#include <stdexcept>

#include "conformance/contract.h"

namespace cairn::test {

CONTRACT(Codecs);

/// A value whose codec does whatever the test wants of it.
struct Odd {
  ValueKind kind = ValueKind::custom;
  std::function<void(std::string&)> fill = [](std::string& out) { out += "odd"; };
  static inline std::function<void(StoredValue)> read;
};

}  // namespace cairn::test

template <>
struct cairn::Codec<cairn::test::Odd> {
  static ValueKind encode(const test::Odd& odd, std::string& out) {
    odd.fill(out);
    return odd.kind;
  }
  static test::Odd decode(StoredValue value) {
    if (test::Odd::read) test::Odd::read(std::move(value));
    return {};
  }
};

namespace cairn::test {

Odd of_kind(ValueKind kind, std::string payload) {
  return {kind, [payload](std::string& out) { out += payload; }};
}

/// Passes if no operation stores the value, and the value that is there stays.
void expect_unstorable(Cache& cache, const Odd& odd, const std::string& reason) {
  cache.set("key", "before");
  const auto refused_because = [&](const std::string& why, auto operation) {
    EXPECT_THAT(operation, ThrowsMessage<SerializationError>(
                               testing::AllOf(HasSubstr("'key'"), HasSubstr(why))));
  };
  const auto refused = [&](auto operation) { refused_because(reason, operation); };
  refused([&] { cache.set("key", odd); });
  const bool null = odd.kind == ValueKind::null;  // what an empty optional is stored as
  refused_because(null ? "would come back empty" : reason,
                  [&] { cache.set("key", std::optional(odd)); });
  refused([&] { cache.add("key", odd); });
  refused([&] { cache.set_many(std::map<std::string, Odd>{{"other", {}}, {"key", odd}}); });
  refused([&] { cache.set_many({{"other", 1}, {"key", odd}}); });
  refused([&] { cache.update<Odd>("key", [&](auto) { return odd; }); });
  EXPECT_EQ(cache.get("key"), "before");
  EXPECT_FALSE(cache.contains("other"));
  cache.erase("key");
  refused([&] { cache.get_or_set("key", odd); });
  refused([&] { cache.get_or_set("key", [&] { return odd; }); });
  refused([&] { cache.add("key", odd); });
  EXPECT_FALSE(cache.contains("key"));
}

// S27: such a record would be stored and then be unreadable, and so a miss.
TEST_P(Codecs, AKindThatDoesNotFitThePayloadIsRefused) {
  for (const auto& odd :
       {of_kind(ValueKind::integer, "seven b"), of_kind(ValueKind::real, "nine byte"),
        of_kind(ValueKind::boolean, ""), of_kind(ValueKind::boolean, "yes"),
        of_kind(ValueKind::boolean, "\2"), of_kind(ValueKind::null, "something"),
        of_kind(ValueKind::archive, "1234567"), of_kind(ValueKind::nothing, ""),
        of_kind(ValueKind::nothing, "something"), of_kind(static_cast<ValueKind>(7), "later"),
        of_kind(static_cast<ValueKind>(14), ""), of_kind(static_cast<ValueKind>(17), "bytes"),
        of_kind(static_cast<ValueKind>(255), "")}) {
    SCOPED_TRACE(static_cast<int>(odd.kind));
    expect_unstorable(cache(), odd, "none of that kind");
  }
}

// S27: a codec finds room for the record's header in its buffer, and is to append.
TEST_P(Codecs, OneThatChangesWhatItFoundInItsBufferIsRefused) {
  const std::function<void(std::string&)> all[] = {
      [](std::string& out) { out.clear(); },
      [](std::string& out) { out = "a value of its own, longer than a header"; },
      [](std::string& out) { out.resize(out.size() - 1); },
      [](std::string& out) { out.insert(0, "in front"); },
      [](std::string& out) { out[0] = '\0'; },
      [](std::string& out) { std::string().swap(out); }};
  for (const auto& fill : all) {
    expect_unstorable(cache(), {ValueKind::custom, fill}, "must append");
  }
}

TEST_P(Codecs, AnyPayloadOfKindCustomIsStored) {
  for (const std::string& payload : {""s, "\0"s, std::string(100'000, 'x')}) {
    cache().set("key", of_kind(ValueKind::custom, payload));
    settle();
    Odd::read = [&](StoredValue value) { EXPECT_EQ(value.payload, payload); };
    EXPECT_TRUE(cache().get<Odd>("key"));
    Odd::read = {};
  }
}

// A braced list holds values that are already encoded, and whoever wrote it can reach them.
TEST_P(Codecs, AnItemThatWasTamperedWithIsRefused) {
  Item item("key", 1);
  item.value.bytes.clear();
  EXPECT_THROW(cache().set_many({item}), SerializationError);
  EXPECT_FALSE(cache().contains("key"));
}

// S23: whatever a codec throws, the caller gets one of our errors, with its own inside, and the
// value stays.
TEST_P(Codecs, WhatADecoderThrowsIsASerializationErrorWithTheKey) {
  cache().set("key", Odd{});
  settle();
  const auto failed = [&](auto operation) {
    EXPECT_THAT(operation, ThrowsMessage<SerializationError>(HasSubstr("'key'")));
  };
  const std::function<void(StoredValue)> all[] = {
      [](StoredValue) { throw std::runtime_error("odd"); }, [](StoredValue) { throw 7; },
      [](StoredValue) { throw "text"; }, [](StoredValue) { throw std::bad_alloc(); },
      [](StoredValue value) {
        const StoredValue taken = std::move(value);
        taken.damaged("taken away");
      }};
  for (const auto& read : all) {
    Odd::read = read;
    failed([&] { cache().get<Odd>("key"); });
    failed([&] { cache().get<std::optional<Odd>>("key"); });
    failed([&] { cache().get_many<Odd>({"key"}); });
    failed([&] { cache().get_or_set("key", Odd{}); });
    failed([&] { cache().pop<Odd>("key"); });
    failed([&] { cache().update<Odd>("key", [](auto odd) { return odd; }); });
  }
  Odd::read = {};
  EXPECT_TRUE(cache().get<Odd>("key"));
}

TEST_P(Codecs, WhatTheyThrowIsNestedInTheError) {
  const Odd odd{ValueKind::custom, [](std::string&) { throw std::out_of_range("inside"); }};
  try {
    cache().set("key", odd);
    FAIL() << "stored";
  } catch (const SerializationError& error) {
    EXPECT_THROW(std::rethrow_if_nested(error), std::out_of_range);
  }
}

// An optional whose value is stored as null would come back empty.  Where the type says so, the
// compiler does (tests/messages).
TEST_P(Codecs, AnOptionalIsNotEmptiedByTheCodecOfItsValue) {
  const Odd null = of_kind(ValueKind::null, "");
  cache().set("key", null);
  EXPECT_TRUE(cache().get<Odd>("key"));
  EXPECT_THROW(cache().set("key", std::optional(null)), SerializationError);
}

// ---- character arrays and pointers are C strings

TEST_P(Codecs, ALiteralIsStoredUpToItsFirstNul) {
  cache().set("key", "a\0b");
  EXPECT_EQ(cache().get("key"), "a");
  cache().set("key", "a\0b"sv);
  EXPECT_EQ(cache().get("key"), "a\0b"s);
  EXPECT_EQ(cache().get_or_set("other", "a\0b"), "a");
  EXPECT_EQ(cache().get("missing", "a\0b"), "a");
}

TEST_P(Codecs, ACharArrayIsStoredNoFurtherThanItsEnd) {
  struct {
    char text[4] = {'f', 'o', 'u', 'r'};
    char behind[4] = {'s', 'e', 'c', '\0'};
  } memory;
  cache().set("key", memory.text);
  cache().set_many({{"item", memory.text}});
  EXPECT_EQ(cache().get("key"), "four");
  EXPECT_EQ(cache().get("item"), "four");
  EXPECT_EQ(cache().get_or_set("other", memory.text), "four");
  EXPECT_EQ(cache().get("missing", memory.text), "four");
}

TEST_P(Codecs, ANullPointerToTextIsRefused) {
  const char* const text = nullptr;
  EXPECT_THAT([&] { cache().set("key", text); },
              ThrowsMessage<SerializationError>(HasSubstr("null pointer")));
  EXPECT_THROW(cache().get("key", text), SerializationError);
  EXPECT_THROW(cache().get_or_set("key", text), SerializationError);
  EXPECT_FALSE(cache().contains("key"));
  cache().set("key", "there");
  EXPECT_EQ(cache().get("key", text), "there") << "it is not looked at";
}

}  // namespace cairn::test
