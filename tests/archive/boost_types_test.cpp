// Types of Boost's own, and classes of level primitive_type, through the archive.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <valarray>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include <cairn/boost.h>
#include <cairn/cache.h>

#include <boost/array.hpp>
#include <boost/date_time/gregorian/greg_serialize.hpp>
#include <boost/date_time/posix_time/posix_time.hpp>
#include <boost/date_time/posix_time/time_serialize.hpp>
#include <boost/dynamic_bitset.hpp>
#include <boost/dynamic_bitset/serialization.hpp>
#include <boost/multiprecision/cpp_int.hpp>
#include <boost/serialization/boost_array.hpp>
#include <boost/serialization/is_bitwise_serializable.hpp>
#include <boost/serialization/strong_typedef.hpp>
#include <boost/uuid/uuid.hpp>
#include <boost/uuid/uuid_serialize.hpp>

#include "archive/everything.h"
#include "archive/round_trip.h"

namespace app {

BOOST_STRONG_TYPEDEF(int, UserId)
BOOST_STRONG_TYPEDEF(std::string, UserName)

struct Pixel {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  bool operator==(const Pixel&) const = default;
};
struct Padded {
  char letter;
  int number;
};
struct Bitwise : Base {};

}  // namespace app

BOOST_CLASS_IMPLEMENTATION(app::UserId, boost::serialization::primitive_type)
BOOST_CLASS_IMPLEMENTATION(app::UserName, boost::serialization::primitive_type)
BOOST_CLASS_IMPLEMENTATION(app::Pixel, boost::serialization::primitive_type)
BOOST_CLASS_IMPLEMENTATION(app::Padded, boost::serialization::primitive_type)
BOOST_IS_BITWISE_SERIALIZABLE(app::Bitwise)

namespace app {
namespace {

TEST(Archive, StoresUuids) {
  const boost::uuids::uuid id = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  EXPECT_EQ(round_trip(id), id);
  EXPECT_EQ(stored(id).substr(8),
            std::string({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}));
  const std::map<boost::uuids::uuid, int> ages = {{id, 36}};
  EXPECT_EQ(round_trip(ages), ages);
  expect_refused<boost::uuids::uuid>(archive_of<boost::uuids::uuid>({1, 2, 3}), "too early");
}

TEST(Archive, StoresClassesOfPrimitiveLevelAsTheirMemory) {
  EXPECT_EQ(round_trip(Pixel{1, 255}), (Pixel{1, 255}));
  EXPECT_EQ(stored(Pixel{1, 2}).size(), 8U + 2U);
  static_assert(!cairn::Storable<Padded>);  // whose padding is not the same twice
}

TEST(Archive, StoresStrongTypedefsAsWhatTheyAre) {
  EXPECT_EQ(round_trip(UserId(7)).t, 7);
  EXPECT_EQ(round_trip(UserName("Ada")).t, "Ada");
  EXPECT_EQ(round_trip(std::vector<UserId>(2, UserId(3)))[1].t, 3);
}

TEST(Archive, StoresBitwiseSerializableClassesByTheirSerialize) {
  Bitwise bitwise;
  bitwise.base = 5;
  EXPECT_EQ(round_trip(bitwise), bitwise);
}

TEST(Archive, StoresDatesAndTimes) {
  const boost::gregorian::date date(1815, 12, 10);
  EXPECT_EQ(round_trip(date), date);
  const boost::posix_time::ptime time(date, boost::posix_time::milliseconds(1));
  EXPECT_EQ(round_trip(time), time);
  EXPECT_EQ(round_trip(time - time), time - time);
}

TEST(Archive, StoresBoostsArraysBitsetsAndBigNumbers) {
  const boost::array<int, 2> array = {{1, 2}};
  EXPECT_EQ(round_trip(array), array);
  const boost::dynamic_bitset<> bits(70, 5);
  EXPECT_EQ(round_trip(bits), bits);
  const boost::multiprecision::cpp_int number("123456789012345678901234567890");
  EXPECT_EQ(round_trip(number), number);
}

// ---- Storable says what compiles

}  // namespace

struct WithoutSerialize {
  int value = 0;
};
struct NotMade {
  explicit NotMade(int) {}
  template <class Archive>
  void serialize(Archive&, unsigned) {}
};
union Union {
  int number;
  float real;
};

struct Serialized : Empty {};
struct NotMoved : Empty {
  NotMoved() = default;
  NotMoved(const NotMoved&) = delete;
  NotMoved& operator=(const NotMoved&) = delete;
};
struct NotCompared {
  template <class Archive>
  void serialize(Archive&, unsigned) {}
  struct Hash {
    std::size_t operator()(const NotCompared&) const { return 0; }
  };
};
struct ComparedByTheStandard : Empty {};
struct Final final : Empty {};
struct FinalWithoutSerialize final {
  int value = 0;
};
class FinalAndPrivate final {
  friend class boost::serialization::access;
  int value_ = 0;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& value_;
  }
};
struct NotAssigned : Serialized {
  const int constant = 1;
};
struct NotDefault {
  explicit NotDefault(int) {}
  bool operator()(int a, int b) const { return a < b; }
};
struct NotConst {
  bool operator()(int a, int b) { return a < b; }
};
struct NotDefaultHash {
  explicit NotDefaultHash(int) {}
  std::size_t operator()(int value) const { return static_cast<std::size_t>(value); }
};
struct CopiedExplicitly : Serialized {
  CopiedExplicitly() = default;
  explicit CopiedExplicitly(const CopiedExplicitly&) = default;
};
struct FinalAndFree final {
  int value = 0;
};
template <class Archive>
void serialize(Archive& archive, FinalAndFree& object, unsigned) {
  archive& object.value;
}

}  // namespace app

template <>
struct std::less<app::ComparedByTheStandard> {
  bool operator()(const app::ComparedByTheStandard&, const app::ComparedByTheStandard&) const {
    return false;
  }
};

namespace app {
namespace {

using cairn::Loadable;
using cairn::Storable;

static_assert(Storable<Serialized> && Loadable<Serialized>);
static_assert(Storable<NotMade> && !Loadable<NotMade> && !Loadable<std::vector<NotMade>>);
static_assert(Storable<NotMoved> && !Loadable<NotMoved> && !Loadable<std::vector<NotMoved>>);
static_assert(!Loadable<std::pair<int, NotMoved>> && !Loadable<std::valarray<NotMoved>>);
static_assert(Loadable<std::list<NotMoved>> && Loadable<std::map<int, NotMoved>>);
static_assert(Storable<std::set<NotCompared>> && !Loadable<std::set<NotCompared>>);
static_assert(!Loadable<std::map<NotCompared, int>> &&
              !Loadable<std::multiset<std::pair<int, NotCompared>>> &&
              !Loadable<std::set<NotCompared, std::less<>>>);
static_assert(!Storable<std::unordered_set<NotCompared, NotCompared::Hash>>);
static_assert(!Storable<std::unordered_map<std::vector<int>, int>>);
static_assert(Loadable<std::set<ComparedByTheStandard>>);
static_assert(!Loadable<std::set<int, NotDefault>> && !Loadable<std::map<int, int, NotConst>>);
static_assert(!Loadable<std::unordered_set<int, NotDefaultHash>>);
static_assert(Storable<CopiedExplicitly> && !Loadable<CopiedExplicitly>);
static_assert(Loadable<std::set<std::vector<std::string>, std::greater<>>>);
static_assert(!Loadable<std::vector<std::optional<const int>>> &&
              !Loadable<std::variant<const int>> && Loadable<std::pair<const int, int>>);
static_assert(Loadable<Final> && Loadable<FinalAndPrivate> && Loadable<FinalAndFree>);
static_assert(!Storable<FinalWithoutSerialize> && !Storable<std::vector<FinalWithoutSerialize>>);
static_assert(!Storable<WithoutSerialize> && !Loadable<WithoutSerialize>);
static_assert(!Storable<std::vector<WithoutSerialize>> &&
              !Storable<std::optional<WithoutSerialize>>);
static_assert(!Storable<std::map<int, std::pair<WithoutSerialize, int>>>);
static_assert(!Storable<std::vector<int*>> && !Storable<std::vector<std::string_view>>);
static_assert(!Storable<std::tuple<int, long double>> && !Storable<std::function<void()>>);
static_assert(!Storable<std::unique_ptr<int>> && !Storable<int*> && !Storable<Union>);
static_assert(Storable<std::string_view> && !Loadable<std::string_view>);
static_assert(Storable<std::optional<std::string_view>> &&
              !Loadable<std::optional<std::string_view>>);
static_assert(!Storable<std::optional<std::optional<int>>> &&
              !Loadable<std::optional<std::optional<int>>>);
static_assert(!Storable<std::optional<std::nullptr_t>> && !Loadable<std::optional<std::nullptr_t>>);
static_assert(Storable<std::vector<std::optional<std::optional<int>>>>);  // an archive tells them
static_assert(!Storable<long double>);
#ifdef __SIZEOF_INT128__
__extension__ using Wide = __int128;
static_assert(!Storable<Wide>);
#endif

// What is said to be storable compiles.
TEST(Archive, OfWhatIsNotMovedComparedOrDerivedFrom) {
  std::list<NotMoved> list;
  list.emplace_back();
  EXPECT_EQ(round_trip(list).size(), 1U);
  std::map<int, NotMoved> map;
  map[7];
  EXPECT_EQ(round_trip(map).count(7), 1U);
  EXPECT_FALSE(stored(NotMoved()).empty());
  EXPECT_FALSE(stored(std::set<NotCompared>()).empty());
  std::set<ComparedByTheStandard> set;
  set.emplace();
  EXPECT_EQ(round_trip(set).size(), 1U);
  round_trip(FinalAndPrivate());
  EXPECT_EQ(round_trip(FinalAndFree{5}).value, 5);
}

TEST(Archive, TellsAnEmptyOptionalInAnOptionalFromAnEmptyOne) {
  using Nested = std::vector<std::optional<std::optional<int>>>;
  const Nested nested = {std::nullopt, std::optional<std::optional<int>>(std::nullopt), 1};
  EXPECT_EQ(round_trip(nested), nested);
}

TEST(Archive, OfAClassThatIsNotAssignedIsFoundAmongMany) {
  cairn::Cache cache = cairn::Cache::open("memory:");
  cache.set("a", NotAssigned());
  EXPECT_EQ((cache.get_many<NotAssigned>({"a", "a", "b"}).size()), 1u);
}

}  // namespace
}  // namespace app
