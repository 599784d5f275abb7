// Values keep their types; codecs run where they may.
#include <array>
#include <map>
#include <thread>

#include <cairn/boost.h>

#include "conformance/contract.h"

namespace cairn::test {

CONTRACT(Types);

struct Address {
  std::string street;
  std::optional<int> number;
  bool operator==(const Address&) const = default;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& street& number;
  }
};
struct Person {
  std::string name;
  std::vector<Address> addresses;
  std::map<std::string, double> scores;
  bool operator==(const Person&) const = default;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& name& addresses& scores;
  }
};
enum class Colour : std::uint8_t { red = 1, green = 200 };

// C37, S27
TEST_P(Types, ValuesComeBackAsTheyWere) {
  const std::vector<int> list{1, 2, 3, 4};
  const std::tuple<int, std::string> tuple{1, "two"};
  const std::map<std::string, std::vector<int>> dict{{"A", {1}}, {"B", {}}};
  const Person person{"Ada", {{"St James's Square", 12}, {"", {}}}, {{"chess", 0.5}}};
  const std::vector<std::byte> bytes{std::byte{0}, std::byte{255}};
  cache().set("text", "this is a string");
  cache().set("int", -42);
  cache().set("unsigned", std::uint64_t{1} << 62);
  cache().set("bool", true);
  cache().set("double", -0.1);
  cache().set("float", 0.1F);
  cache().set("enum", Colour::green);
  cache().set("bytes", bytes);
  cache().set("span", std::span(bytes));
  cache().set("optional", std::optional<int>(7));
  cache().set("list", list);
  cache().set("tuple", tuple);
  cache().set("dict", dict);
  cache().set("class", person);
  settle();
  EXPECT_EQ(cache().get("text"), "this is a string");
  EXPECT_EQ(cache().get<int>("int"), -42);
  EXPECT_EQ(cache().get<std::uint64_t>("unsigned"), std::uint64_t{1} << 62);
  EXPECT_EQ(cache().get<bool>("bool"), true);
  EXPECT_EQ(cache().get<double>("double"), -0.1);
  EXPECT_EQ(cache().get<float>("float"), 0.1F);
  EXPECT_EQ(cache().get<Colour>("enum"), Colour::green);
  EXPECT_EQ(cache().get<std::vector<std::byte>>("bytes"), bytes);
  EXPECT_EQ(cache().get<std::vector<std::byte>>("span"), bytes);
  EXPECT_EQ(cache().get<int>("optional"), 7);
  EXPECT_EQ(cache().get<std::vector<int>>("list"), list);
  EXPECT_EQ((cache().get<std::tuple<int, std::string>>("tuple")), tuple);
  EXPECT_EQ((cache().get<std::map<std::string, std::vector<int>>>("dict")), dict);
  EXPECT_EQ(cache().get<Person>("class"), person);
}

// C135, S27: true is not 1 and "5" is not 5.
TEST_P(Types, AnotherTypeThanWasStoredIsAnError) {
  cache().set("int", 1);
  cache().set("bool", true);
  cache().set("text", "5");
  cache().set("double", 5.0);
  cache().set("null", nullptr);
  cache().set("list", std::vector<int>{5});
  settle();
  EXPECT_THROW(cache().get<bool>("int"), WrongType);
  EXPECT_THROW(cache().get("int"), WrongType);
  EXPECT_THROW(cache().get<double>("int"), WrongType);
  EXPECT_THROW(cache().get<int>("bool"), WrongType);
  EXPECT_THROW(cache().get<int>("text"), WrongType);
  EXPECT_THROW(cache().get<int>("double"), WrongType);
  EXPECT_THROW(cache().get<int>("null"), WrongType);
  EXPECT_THROW(cache().get("null"), WrongType);
  EXPECT_THROW(cache().get<std::vector<long long>>("list"), WrongType);
  EXPECT_THROW(cache().get<std::vector<int>>("text"), WrongType);
  EXPECT_THAT([&] { cache().get<int>("text"); },
              ThrowsMessage<WrongType>("get 'text': holds a value of kind bytes, not integer; read "
                                       "it as what was stored, or store it again"));
}

// C135: an integer that the type asked for does not hold is not cut off.
TEST_P(Types, AnIntegerThatDoesNotFitIsAnError) {
  cache().set("large", std::int64_t{1} << 40);
  cache().set("negative", -1);
  settle();
  EXPECT_THROW(cache().get<int>("large"), Overflow);
  EXPECT_THROW(cache().get<unsigned>("negative"), Overflow);
  EXPECT_THAT([&] { cache().set("too large", ~std::uint64_t{0}); },
              ThrowsMessage<Overflow>(HasSubstr("'too large'")));
  cache().set("beyond float", 1e300);
  EXPECT_THROW(cache().get<float>("beyond float"), Overflow);
  cache().set("endless", std::numeric_limits<double>::infinity());
  EXPECT_EQ(cache().get<float>("endless"), std::numeric_limits<float>::infinity());
  EXPECT_FALSE(cache().contains("too large"));
}

// S23: a wrong type among many is an error as well, and nothing is lost by it.
TEST_P(Types, ReadingAWrongTypeLosesNothing) {
  cache().set_many({{"int", 1}, {"text", "x"}});
  settle();
  EXPECT_THROW(cache().get_many<int>({"int", "text"}), WrongType);
  EXPECT_THROW(cache().get("int", "fallback"), WrongType);
  EXPECT_THROW(cache().get_or_set("text", 1), WrongType);
  EXPECT_THROW(cache().update<int>("text", [](auto) { return 1; }), WrongType);
  EXPECT_EQ(cache().get("text"), "x");
}

/// A type whose codec counts how often it is called, and then calls `inside`.
struct Counted {
  static inline int encoded = 0;
  static inline int decoded = 0;
  static inline std::function<void()> inside;
  static void reset(std::function<void()> call) {
    encoded = decoded = 0;
    inside = std::move(call);
  }
};

}  // namespace cairn::test

template <>
struct cairn::Codec<cairn::test::Counted> {
  static ValueKind encode(const test::Counted&, std::string& out) {
    ++test::Counted::encoded;
    if (test::Counted::inside) test::Counted::inside();
    out += "counted";
    return ValueKind::custom;
  }
  static test::Counted decode(StoredValue value) {
    ++test::Counted::decoded;
    if (test::Counted::inside) test::Counted::inside();
    if (value.payload != "counted") value.damaged("not what was written");
    return {};
  }
};

namespace cairn::test {

// In place of C38, C39, C40: one encode for a write, one decode for a hit, nothing else.
TEST_P(Types, ACodecIsCalledOncePerWriteAndOncePerHit) {
  Counted::reset({});
  cache().set("key", Counted{});
  EXPECT_EQ(Counted::encoded, 1);
  EXPECT_FALSE(cache().add("key", Counted{}));
  EXPECT_EQ(Counted::encoded, 2);
  EXPECT_EQ(Counted::decoded, 0);
  settle();
  EXPECT_TRUE(cache().contains("key"));
  EXPECT_TRUE(cache().touch("key"));
  EXPECT_EQ(cache().incr_version("key"), 2);
  EXPECT_EQ(cache("v2").decr_version("key"), 1);
  EXPECT_FALSE(cache().get<Counted>("missing"));
  EXPECT_EQ(Counted::decoded, 0);
  EXPECT_TRUE(cache().get<Counted>("key"));
  EXPECT_EQ(Counted::decoded, 1);
  EXPECT_EQ(Counted::encoded, 2);
}

// C98: a codec may itself use the cache, from any thread and on the same key; a lock held around it
// would keep that waiting for ever.
TEST_P(Types, CodecsRunOutsideEveryLock) {
  cache().set("key", 0);
  cache().set("stored", Counted{});
  settle();
  Counted::reset([&] {
    std::thread([&] {
      cache().set("key", 1);
      cache().set("stored", "in between");
      cache().get("stored");
    }).join();
  });
  cache().set("key", Counted{});
  cache().add("other", Counted{});
  cache().set_many(std::map<std::string, Counted>{{"key", {}}, {"stored", {}}});
  cache().get_or_set("third", Counted{});
  cache().set("key", Counted{});
  EXPECT_TRUE(cache().get<Counted>("key"));
  EXPECT_EQ(cache().get_many<Counted>({"other", "third"}).size(), 2U);
  EXPECT_TRUE(cache().pop<Counted>("other"));
  EXPECT_GT(Counted::decoded, 3);
  Counted::reset({});
}

// C98: what was erased while pop decoded it was not popped; somebody else may have had it.
TEST_P(Types, PopDoesNotGiveWhatSomebodyElseRemoved) {
  Counted::reset({});
  cache().set("key", Counted{});
  settle();
  Counted::reset([&] { cache().erase("key"); });
  EXPECT_FALSE(cache().pop<Counted>("key"));
  Counted::reset({});
  EXPECT_FALSE(cache().contains("key"));
}

}  // namespace cairn::test
