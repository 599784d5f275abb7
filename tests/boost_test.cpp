// Values of the user's own types and of the standard containers, through Codec and its archive.

#include <algorithm>
#include <array>
#include <bit>
#include <bitset>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <forward_list>
#include <initializer_list>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <set>
#include <span>
#include <stack>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <valarray>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/optional.hpp>
#include <boost/serialization/binary_object.hpp>
#include <boost/serialization/export.hpp>
#include <boost/serialization/map.hpp>
#include <boost/serialization/nvp.hpp>
#include <boost/serialization/optional.hpp>
#include <boost/serialization/split_free.hpp>
#include <boost/serialization/split_member.hpp>
#include <boost/serialization/vector.hpp>
#include <boost/variant.hpp>

#include <cairn/boost.h>

namespace app {

using testing::HasSubstr;
using testing::ThrowsMessage;

enum class Colour : std::uint8_t { red = 1, green = 200 };

struct Address {
  std::string street;
  std::optional<int> number;
  bool operator==(const Address&) const = default;

  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& street& number;
  }
};

class Private {
 public:
  Private() = default;
  explicit Private(int secret) : secret_(secret) {}
  bool operator==(const Private&) const = default;

 private:
  friend class boost::serialization::access;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& BOOST_SERIALIZATION_NVP(secret_);
  }
  int secret_ = 0;
};

struct Foreign {  // serialised from outside, below
  double value = 0;
  bool operator==(const Foreign&) const = default;
};
template <class Archive>
void serialize(Archive& archive, Foreign& foreign, unsigned) {
  archive& foreign.value;
}

struct Base {
  int base = 0;
  bool operator==(const Base&) const = default;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& base;
  }
};
struct Derived : Base {
  int derived = 0;
  bool operator==(const Derived&) const = default;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& boost::serialization::base_object<Base>(*this) & derived;
  }
};

struct Halved {  // split in save and load: stores the half, doubles it on loading
  int value = 0;
  template <class Archive>
  void save(Archive& archive, unsigned) const {
    const int half = value / 2;
    archive << half;
  }
  template <class Archive>
  void load(Archive& archive, unsigned) {
    int half = 0;
    archive >> half;
    value = 2 * half;
  }
  BOOST_SERIALIZATION_SPLIT_MEMBER()
};

struct FreelySplit {
  int value = 0;
};
template <class Archive>
void save(Archive& archive, const FreelySplit& split, unsigned) {
  archive << split.value + 1;
}
template <class Archive>
void load(Archive& archive, FreelySplit& split, unsigned) {
  archive >> split.value;
  --split.value;
}
template <class Archive>
void serialize(Archive& archive, FreelySplit& split, unsigned version) {
  boost::serialization::split_free(archive, split, version);
}

struct Wrapped {
  int numbers[3] = {};
  char raw[4] = {};
  bool operator==(const Wrapped&) const = default;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& boost::serialization::make_array(numbers, std::size_t{3});
    archive& boost::serialization::make_nvp("raw",
                                            boost::serialization::make_binary_object(raw, 4));
  }
};

struct Numbers {
  bool yes = true;
  char letter = 'x';
  std::int8_t i8 = std::numeric_limits<std::int8_t>::min();
  std::uint16_t u16 = std::numeric_limits<std::uint16_t>::max();
  int i32 = std::numeric_limits<int>::min();
  long i64 = std::numeric_limits<long>::min();
  unsigned long u64 = std::numeric_limits<unsigned long>::max();
  long long longer = -1;
  float single = 0.1F;
  double real = -0.0;
  char32_t character = U'\x1F600';
  Colour colour = Colour::green;
  bool operator==(const Numbers&) const = default;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& yes& letter& i8& u16& i32& i64& u64& longer& single& real& character;
    archive& colour;
  }
};

struct Node {  // a tree
  std::vector<Node> children;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& children;
  }
};

struct Empty {
  bool operator==(const Empty&) const = default;
  template <class Archive>
  void serialize(Archive&, unsigned) {}
};

struct Filled {
  std::vector<Empty> nothings = std::vector<Empty>(9);
  std::map<int, int> map = {{1, 1}};
  std::optional<int> optional = 1;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& nothings& map& optional;
  }
};

struct Everything {
  std::vector<bool> bits;
  std::string text;
  std::map<std::string, std::vector<int>> map;
  std::unordered_set<std::string> set;
  std::variant<int, std::string> variant;
  std::optional<Address> address;
  std::bitset<11> flags;
  std::array<double, 2> reals{};
  std::vector<std::pair<Colour, Derived>> pairs;
  boost::optional<std::string> boost;
  std::list<Empty> nothings;
  bool operator==(const Everything&) const = default;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& bits& text& map& set& variant& address& flags& reals& pairs& boost;
    archive& nothings;
  }
};

Everything everything() {
  Everything all;
  all.bits = {true, false, true};
  all.text = "text";
  all.map = {{"one", {1}}, {"many", {1, 2, 3}}};
  all.set = {"a", "b"};
  all.variant = "variant";
  all.address = Address{"Rue", 7};
  all.flags = 0b101'0000'0001;
  all.reals = {1.5, -2.5};
  all.pairs.resize(2);
  all.pairs[1].first = Colour::red;
  all.boost = "boost";
  all.nothings.resize(3);
  return all;
}

// The same class in two releases of a program.
struct ProfileBefore {
  std::string name;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& name;
  }
};
struct ProfileNow {
  std::string name;
  int age = -1;
  template <class Archive>
  void serialize(Archive& archive, unsigned version) {
    archive& name;
    if (version >= 1) archive& age;
  }
};

struct Registered : Empty {};
struct Coded {
  int value = 0;
};
struct NotDefaultConstructible : Empty {
  explicit NotDefaultConstructible(int) {}
};
struct Polymorphic : Empty {
  virtual ~Polymorphic() = default;
};
struct Tracked : Empty {};
struct Unversioned : Empty {};
struct VersionedInVain : Empty {};

}  // namespace app

BOOST_CLASS_VERSION(app::ProfileNow, 1)
BOOST_CLASS_EXPORT_KEY2(app::Registered, "app.Registered")
BOOST_CLASS_TRACKING(app::Tracked, boost::serialization::track_always)
BOOST_CLASS_IMPLEMENTATION(app::Empty, boost::serialization::object_serializable)
BOOST_CLASS_IMPLEMENTATION(app::Unversioned, boost::serialization::object_serializable)
BOOST_CLASS_IMPLEMENTATION(app::VersionedInVain, boost::serialization::object_serializable)
BOOST_CLASS_VERSION(app::VersionedInVain, 1)

template <>
struct cairn::TypeName<app::ProfileBefore> {
  static constexpr std::string_view value = "app.Profile";
};
template <>
struct cairn::TypeName<app::ProfileNow> {
  static constexpr std::string_view value = "app.Profile";
};

template <>
struct cairn::Codec<app::Coded> {
  static ValueKind encode(const app::Coded& coded, std::string& out) {
    return Codec<int>::encode(coded.value, out);
  }
  static app::Coded decode(StoredValue value) { return {Codec<int>::decode(std::move(value))}; }
};

namespace app {
namespace {

std::string stored(const auto& value) {
  return cairn::encode_value("k", value).bytes.substr(cairn::EncodedValue::header_room);
}

template <class T>
T decoded(std::string payload) {
  return cairn::decode_value<T>({cairn::ValueKind::archive, std::move(payload), "k"});
}

template <class T>
T round_trip(const T& value) {
  return decoded<T>(stored(value));
}

/// The fingerprint of T, followed by these bytes.
template <class T>
std::string archive_of(std::initializer_list<int> bytes) {
  std::string payload;
  for (int shift = 0; shift < 32; shift += 8) {
    payload += static_cast<char>(cairn::type_fingerprint<T>() >> shift);
  }
  for (const int byte : bytes) payload += static_cast<char>(byte);
  return payload;
}

std::string hex(std::string_view bytes) {
  std::string digits;
  for (const char byte : bytes) {
    digits += "0123456789abcdef"[static_cast<unsigned char>(byte) >> 4];
    digits += "0123456789abcdef"[static_cast<unsigned char>(byte) & 15];
  }
  return digits;
}

template <class T>
void expect_refused(const std::string& payload, const std::string& reason) {
  EXPECT_THAT([&] { decoded<T>(payload); }, ThrowsMessage<cairn::SerializationError>(testing::AllOf(
                                                HasSubstr("'k'"), HasSubstr(reason))));
}

// ---- what comes back

TEST(Archive, GivesBackEveryKindOfNumber) { EXPECT_EQ(round_trip(Numbers()), Numbers()); }

TEST(Archive, GivesBackTheBitsOfANaN) {
  const std::vector<double> nan = {std::bit_cast<double>(0x7ff4'0000'dead'beefU)};
  EXPECT_EQ(std::bit_cast<std::uint64_t>(round_trip(nan)[0]), 0x7ff4'0000'dead'beefU);
}

TEST(Archive, GivesBackNestedObjects) {
  const std::map<std::string, std::vector<Address>> book = {{"Ada", {{"Rue", 7}, {"Quai", {}}}},
                                                            {"Bob", {}}};
  EXPECT_EQ(round_trip(book), book);
}

TEST(Archive, GivesBackEverythingTogether) { EXPECT_EQ(round_trip(everything()), everything()); }

TEST(Archive, GivesBackVectors) {
  EXPECT_EQ(round_trip(std::vector<int>{1, -2}), (std::vector<int>{1, -2}));
  EXPECT_EQ(round_trip(std::vector<std::string>{"", "b"}), (std::vector<std::string>{"", "b"}));
  EXPECT_EQ(round_trip(std::vector<Colour>{Colour::red}), (std::vector<Colour>{Colour::red}));
  EXPECT_EQ(round_trip(std::vector<Address>{}), std::vector<Address>{});
}

TEST(Archive, GivesBackAVectorOfBool) {
  const std::vector<bool> bits = {true, false, true};
  EXPECT_EQ(round_trip(bits), bits);
}

TEST(Archive, GivesBackDequesAndLists) {
  EXPECT_EQ(round_trip(std::deque<int>{1, 2}), (std::deque<int>{1, 2}));
  EXPECT_EQ(round_trip(std::list<Address>{{"x", 1}}), (std::list<Address>{{"x", 1}}));
  EXPECT_EQ(round_trip(std::forward_list<int>{1, 2, 3}), (std::forward_list<int>{1, 2, 3}));
}

TEST(Archive, GivesBackSets) {
  EXPECT_EQ(round_trip(std::set<int>{3, 1}), (std::set<int>{1, 3}));
  EXPECT_EQ(round_trip(std::multiset<int>{3, 3}), (std::multiset<int>{3, 3}));
  EXPECT_EQ(round_trip(std::unordered_set<int>{3, 1}), (std::unordered_set<int>{1, 3}));
  EXPECT_EQ(round_trip(std::unordered_multiset<int>{3, 3}), (std::unordered_multiset<int>{3, 3}));
}

TEST(Archive, GivesBackMaps) {
  const std::map<int, std::string> map = {{1, "a"}, {2, "b"}};
  EXPECT_EQ(round_trip(map), map);
  const std::multimap<int, std::string> multimap = {{1, "b"}, {1, "a"}};
  EXPECT_EQ(round_trip(multimap), multimap);
  const std::unordered_map<std::string, Address> unordered = {{"x", {"Rue", 1}}, {"y", {}}};
  EXPECT_EQ(round_trip(unordered), unordered);
  const std::unordered_multimap<int, int> several = {{1, 2}, {1, 3}};
  EXPECT_EQ(round_trip(several), several);
}

TEST(Archive, GivesBackPairsTuplesAndArrays) {
  EXPECT_EQ(round_trip(std::pair(1, std::string("x"))), std::pair(1, std::string("x")));
  EXPECT_EQ(round_trip(std::tuple(1, 'c', 2.5)), std::tuple(1, 'c', 2.5));
  EXPECT_EQ(round_trip(std::array{1, 2, 3}), (std::array{1, 2, 3}));
  EXPECT_EQ(round_trip(std::array<bool, 0>()), (std::array<bool, 0>()));
  EXPECT_EQ(round_trip(std::array<std::string, 2>{"a", "b"}),
            (std::array<std::string, 2>{"a", "b"}));
}

TEST(Archive, GivesBackOptionalsAndVariants) {
  using Variant = std::variant<std::monostate, int, Address>;
  EXPECT_EQ(round_trip(Variant()), Variant());
  EXPECT_EQ(round_trip(Variant(Address{"x", 1})), Variant(Address{"x", 1}));
  const std::vector<std::optional<int>> optionals = {1, std::nullopt};
  EXPECT_EQ(round_trip(optionals), optionals);
  const boost::optional<Address> boost = Address{"x", 1};
  EXPECT_TRUE(round_trip(boost) == boost);
  EXPECT_FALSE(round_trip(boost::optional<Address>()));
}

TEST(Archive, GivesBackComplexNumbersBitsetsAndValarrays) {
  EXPECT_EQ(round_trip(std::complex(1.0, -2.0)), std::complex(1.0, -2.0));
  EXPECT_EQ(round_trip(std::bitset<70>("1000000001")), std::bitset<70>("1000000001"));
  const std::valarray<double> loaded = round_trip(std::valarray<double>{1, 2});
  EXPECT_EQ(std::vector<double>(begin(loaded), end(loaded)), (std::vector<double>{1, 2}));
}

TEST(Archive, GivesBackStacksAndQueues) {
  std::priority_queue<int> queue;
  for (const int i : {2, 3, 1}) queue.push(i);
  queue = round_trip(queue);
  EXPECT_EQ(queue.size(), 3U);
  EXPECT_EQ(queue.top(), 3);
  EXPECT_EQ(round_trip(std::stack<int>({1, 2})), std::stack<int>({1, 2}));
  EXPECT_EQ(round_trip(std::queue<int>({1, 2})), std::queue<int>({1, 2}));
}

TEST(Archive, GivesBackElementsThatAreEmpty) {
  EXPECT_EQ(round_trip(std::vector<Empty>(3)), std::vector<Empty>(3));
  EXPECT_EQ(round_trip(std::vector<std::list<Empty>>(3, std::list<Empty>(5))),
            (std::vector<std::list<Empty>>(3, std::list<Empty>(5))));
  EXPECT_EQ(round_trip(std::pair(std::vector<Empty>(5), 7)), std::pair(std::vector<Empty>(5), 7));
}

TEST(Archive, ReplacesWhatTheDefaultConstructorPutIn) {
  Filled filled;
  filled.nothings.clear();
  filled.map.clear();
  filled.optional.reset();
  const Filled loaded = round_trip(filled);
  EXPECT_TRUE(loaded.nothings.empty() && loaded.map.empty() && !loaded.optional);
}

// ---- the ways in which a class can be serialised

TEST(Archive, ReachesAPrivateSerialize) { EXPECT_EQ(round_trip(Private(5)), Private(5)); }
TEST(Archive, FindsAFreeSerialize) { EXPECT_EQ(round_trip(Foreign{2.5}), Foreign{2.5}); }
TEST(Archive, UsesSaveAndLoadOfAMember) { EXPECT_EQ(round_trip(Halved{7}).value, 6); }
TEST(Archive, UsesFreeSaveAndLoad) { EXPECT_EQ(round_trip(FreelySplit{7}).value, 7); }

TEST(Archive, StoresBaseClasses) {
  Derived derived;
  derived.base = 1;
  derived.derived = 2;
  EXPECT_EQ(round_trip(derived), derived);
}

TEST(Archive, StoresArraysAndBinaryObjects) {
  const Wrapped wrapped{{1, 2, 3}, {'a', 'b', 'c', 'd'}};
  EXPECT_EQ(round_trip(wrapped), wrapped);
}

TEST(Archive, StoresTreesAsDeepAsTheLimitAndNoDeeper) {
  Node root;
  Node* leaf = &root;
  for (int depth = 1; depth < cairn::max_archive_depth; ++depth) {
    leaf = &leaf->children.emplace_back();
  }
  EXPECT_EQ(round_trip(root).children.size(), 1U);
  leaf->children.emplace_back();
  EXPECT_THROW(stored(root), cairn::SerializationError);
}

// ---- versions

TEST(ClassVersion, LetsAProgramReadWhatItsPredecessorWrote) {
  const auto loaded = decoded<ProfileNow>(stored(ProfileBefore{"Ada"}));
  EXPECT_EQ(loaded.name, "Ada");
  EXPECT_EQ(loaded.age, -1);
}

TEST(ClassVersion, NewerThanTheProgramIsRefused) {
  expect_refused<ProfileBefore>(stored(ProfileNow{"Ada", 36}),
                                "version 1 of app::ProfileBefore, newer than this program's 0");
}

TEST(ClassVersion, CostsNothingAtLevelObjectSerializable) {
  EXPECT_EQ(stored(Unversioned()).size(), 4U);
  EXPECT_EQ(stored(Registered()).size(), 5U);
}

// ---- hostile bytes

TEST(DamagedArchive, CutAtAnyByteIsRefused) {
  const std::string payload = stored(everything());
  for (std::size_t size = 0; size < payload.size(); ++size) {
    EXPECT_THROW(decoded<Everything>(payload.substr(0, size)), cairn::SerializationError) << size;
  }
}

TEST(DamagedArchive, WithOneByteChangedIsRefusedOrReadButNothingElse) {
  const std::string payload = stored(everything());
  for (std::size_t i = 4; i < payload.size(); ++i) {
    for (int change = 1; change < 256; ++change) {
      std::string damaged = payload;
      damaged[i] = static_cast<char>(damaged[i] ^ change);
      try {
        decoded<Everything>(damaged);
      } catch (const cairn::SerializationError&) {
      }
    }
  }
}

TEST(DamagedArchive, WithBytesLeftOverIsRefused) {
  expect_refused<std::vector<int>>(stored(std::vector<int>{1}) + '\0', "goes on");
  expect_refused<std::vector<Empty>>(archive_of<std::vector<Empty>>({1, 0, 0}), "goes on");
}

TEST(DamagedArchive, WithPaddingThatIsNotZeroIsRefused) {
  expect_refused<std::vector<Empty>>(archive_of<std::vector<Empty>>({2, 0, 1}), "padding");
}

TEST(DamagedArchive, WithABoolOfTwoIsRefused) {
  expect_refused<std::vector<bool>>(archive_of<std::vector<bool>>({1, 2}), "bool");
  expect_refused<std::pair<bool, int>>(archive_of<std::pair<bool, int>>({2, 0, 0, 0, 0}), "bool");
}

TEST(DamagedArchive, WithALengthOrIndexThatIsNoneIsRefused) {
  using Strings = std::vector<std::string>;
  expect_refused<Strings>(archive_of<Strings>({0x80, 0}), "longer than it is");
  expect_refused<Strings>(archive_of<Strings>({255, 255, 255, 255, 255, 255, 255, 255, 255, 2}),
                          "64 bits");
  expect_refused<Strings>(archive_of<Strings>({2, 0}), "length");
  using Variant = std::variant<int, char>;
  expect_refused<Variant>(archive_of<Variant>({2, 0, 0, 0, 0}), "alternative");
}

TEST(DamagedArchive, WithAKeyTwiceIsRefused) {
  expect_refused<std::set<char>>(archive_of<std::set<char>>({2, 'a', 'a'}), "twice");
  using Map = std::map<char, char>;
  expect_refused<Map>(archive_of<Map>({2, 'a', '1', 'a', '2'}), "twice");
}

TEST(DamagedArchive, WithMoreBitsThanTheBitsetIsRefused) {
  expect_refused<std::bitset<3>>(archive_of<std::bitset<3>>({0b1001}), "bitset");
}

TEST(DamagedArchive, NestedWithoutEndIsRefused) {
  std::string payload = archive_of<Node>({});
  for (int i = 0; i < 100'000; ++i) payload += {'\0', '\1'};  // version 0, one child
  expect_refused<Node>(payload, "too deep");
}

TEST(DamagedArchive, WithEmptyElementsInEmptyElementsIsRefused) {
  using Lists = std::vector<std::list<Empty>>;
  expect_refused<Lists>(archive_of<Lists>({4, 4, 4, 4, 4, 0, 0, 0, 0}), "more elements than bytes");
}

std::size_t largest_allocation;

template <class T>
struct MeasuringAllocator {
  using value_type = T;
  MeasuringAllocator() = default;
  template <class U>
  explicit(false) MeasuringAllocator(const MeasuringAllocator<U>&) {}
  T* allocate(std::size_t count) {
    largest_allocation = std::max(largest_allocation, count * sizeof(T));
    return std::allocator<T>().allocate(count);
  }
  void deallocate(T* memory, std::size_t count) { std::allocator<T>().deallocate(memory, count); }
  bool operator==(const MeasuringAllocator&) const = default;
};

template <class Container>
std::size_t largest_allocation_for(const std::string& archive) {
  largest_allocation = 0;
  EXPECT_THROW(decoded<Container>(archive), cairn::SerializationError);
  return largest_allocation;
}

TEST(DamagedArchive, WithAHugeLengthAllocatesNothing) {
  using Numbers64 = std::vector<std::int64_t, MeasuringAllocator<std::int64_t>>;
  using Strings = std::vector<std::string, MeasuringAllocator<std::string>>;
  const auto huge = {255, 255, 255, 255, 255, 255, 255, 255, 127};
  EXPECT_EQ(largest_allocation_for<Numbers64>(archive_of<Numbers64>(huge)), 0U);
  EXPECT_EQ(largest_allocation_for<Strings>(archive_of<Strings>(huge)), 0U);
  // seven bytes are less than one int64
  EXPECT_EQ(largest_allocation_for<Numbers64>(archive_of<Numbers64>({1, 0, 0, 0, 0, 0, 0, 0})), 0U);
}

TEST(DamagedArchive, WithALengthItsElementsDoNotBearAllocatesNoMoreThanItsSize) {
  using Arrays =
      std::vector<std::array<std::string, 8>, MeasuringAllocator<std::array<std::string, 8>>>;
  std::string payload = archive_of<Arrays>({0x80, 0x7d});  // 16,000 arrays of 256 bytes
  payload += '\x7f';                                       // whose first string is cut short
  payload += std::string(20'000, '\xff');
  EXPECT_LE(largest_allocation_for<Arrays>(payload), payload.size());
}

// ---- kinds and fingerprints

TEST(Archive, OfAnotherKindIsTheWrongType) {
  EXPECT_THAT(
      [] {
        cairn::decode_value<Address>({cairn::ValueKind::bytes, "text", "k"});
      },
      ThrowsMessage<cairn::WrongType>(
          testing::AllOf(HasSubstr("'k'"), HasSubstr("bytes"), HasSubstr("archive"))));
}

TEST(Archive, OfAnotherTypeIsTheWrongType) {
  EXPECT_THAT(
      [] { decoded<Address>(stored(Numbers())); },
      ThrowsMessage<cairn::WrongType>(testing::AllOf(HasSubstr("'k'"), HasSubstr("app::Address"))));
}

TEST(Fingerprint, IsOfThePinnedNameFirst) {
  EXPECT_EQ(cairn::type_fingerprint<ProfileNow>(), cairn::internal::fingerprint_of("app.Profile"));
}

TEST(Fingerprint, IsOfTheRegisteredNameOtherwise) {
  EXPECT_EQ(cairn::type_fingerprint<Registered>(),
            cairn::internal::fingerprint_of("app.Registered"));
}

TEST(Fingerprint, IsOfTheCompilersNameAtLast) {
  EXPECT_EQ(cairn::type_fingerprint<Address>(), cairn::internal::fingerprint_of("N3app7AddressE"));
}

TEST(Fingerprint, IsFnv1a) {
  EXPECT_EQ(cairn::internal::fingerprint_of(""), 0x811c9dc5U);
  EXPECT_EQ(cairn::internal::fingerprint_of("foobar"), 0xbf9cf968U);
}

// Fails if the bytes of archives change: then no program can read what it stored before.  If you
// meant that: a new ValueKind beside `archive`, a section in docs/format.md and a golden test of
// its own; this one stays, and what it shows must still be readable.
TEST(Golden, Archive) {
  using Value = std::tuple<ProfileNow, std::vector<std::uint16_t>, std::map<bool, double>,
                           std::optional<long>, std::variant<char, Colour>, std::bitset<9>>;
  std::string bytes;
  cairn::OutputArchive archive(bytes);
  archive << Value({"Ada", 36}, {1, 0x0203}, {{true, 1.0}}, -2, Colour::green, 0x101)
          << std::string(200, 'x') << std::vector<Empty>(3);
  archive.finish();
  EXPECT_EQ(hex(bytes),
            "01"
            "03416461"
            "24000000"  // version, name, age
            "02"
            "0100"
            "0302"  // the numbers
            "01"
            "01"
            "000000000000f03f"  // the map
            "01"
            "feffffffffffffff"  // the optional
            "01"
            "c8"    // the variant
            "0101"  // the bitset
            "c801" +
                hex(std::string(200, 'x'))  // a long string
                +
                "03"
                "000000");  // the empty elements
}

TEST(Golden, Codec) {
  EXPECT_EQ(hex(stored(ProfileNow{"Ada", 36})),
            "cbac12e0"
            "01"
            "03416461"
            "24000000");
}

// ---- which Codec

TEST(Codec, OfTheUsersOwnWins) {
  const auto encoded = cairn::encode_value("k", Coded{5});
  EXPECT_EQ(encoded.kind, cairn::ValueKind::integer);
  EXPECT_EQ(cairn::decode_value<Coded>({encoded.kind, encoded.bytes.substr(16), "k"}).value, 5);
}

TEST(Codec, OfTheBuiltInTypesStays) {
  EXPECT_EQ(cairn::encode_value("k", std::string("x")).kind, cairn::ValueKind::bytes);
  EXPECT_EQ(cairn::encode_value("k", std::vector<std::byte>(1)).kind, cairn::ValueKind::bytes);
  EXPECT_EQ(cairn::encode_value("k", std::optional(1)).kind, cairn::ValueKind::integer);
  EXPECT_EQ(cairn::encode_value("k", nullptr).kind, cairn::ValueKind::null);
}

TEST(Codec, OfAnOptionalObjectIsAnArchiveOrNull) {
  const auto encoded = cairn::encode_value("k", std::optional(Address{"x", 1}));
  EXPECT_EQ(encoded.kind, cairn::ValueKind::archive);
  EXPECT_EQ(
      cairn::decode_value<std::optional<Address>>({encoded.kind, encoded.bytes.substr(16), "k"}),
      (Address{"x", 1}));
  EXPECT_EQ(cairn::encode_value("k", std::optional<Address>()).kind, cairn::ValueKind::null);
}

// ---- what the compiler refuses

using cairn::internal::Shape;
template <class T>
constexpr Shape shape = cairn::internal::shape<T>;

static_assert(shape<int*> == Shape::pointer && shape<int Address::*> == Shape::pointer);
static_assert(shape<std::unique_ptr<int>> == Shape::pointer);
static_assert(shape<std::shared_ptr<int>> == Shape::pointer);
static_assert(shape<std::string_view> == Shape::view && shape<std::span<int>> == Shape::view);
static_assert(shape<Polymorphic> == Shape::polymorphic);
static_assert(shape<Tracked> == Shape::tracked);
static_assert(shape<boost::variant<int, char>> == Shape::boost_variant);
static_assert(shape<VersionedInVain> == Shape::unversioned);
static_assert(shape<long double> == Shape::unportable_number);
static_assert(shape<wchar_t> == Shape::unportable_number);
static_assert(cairn::Storable<Address> && cairn::Loadable<Address>);
static_assert(!cairn::Archivable<int> && !cairn::Archivable<const Address>);

}  // namespace
}  // namespace app
