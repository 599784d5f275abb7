// The user's own classes: the ways to serialise them, their versions, fingerprints and Codecs.
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>
#include <boost/serialization/binary_object.hpp>
#include <boost/serialization/nvp.hpp>
#include <boost/serialization/split_free.hpp>
#include <boost/serialization/split_member.hpp>

#include <cairn/boost.h>
#include <cairn/encoded_value.h>
#include "archive/everything.h"
#include "archive/round_trip.h"

namespace app {

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

struct Versioned : Empty {};
struct Coded {
  int value = 0;
};
struct Unversioned : Empty {};

}  // namespace app

BOOST_CLASS_VERSION(app::ProfileNow, 1)
BOOST_CLASS_IMPLEMENTATION(app::Unversioned, boost::serialization::object_serializable)

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

std::string hex(std::string_view bytes) {
  std::string digits;
  for (const char byte : bytes) {
    digits += "0123456789abcdef"[static_cast<unsigned char>(byte) >> 4];
    digits += "0123456789abcdef"[static_cast<unsigned char>(byte) & 15];
  }
  return digits;
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
  EXPECT_EQ(stored(Unversioned()).size(), 8U);
  EXPECT_EQ(stored(Versioned()).size(), 9U);
}

// ---- bytes

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
            "cbe33fe76e25f618"  // the fingerprint of "app.Profile"
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

}  // namespace
}  // namespace app
