// What is refused: damaged archives, other types than were stored, and classes that cannot be.
#include <algorithm>
#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/variant.hpp>

#include <cairn/boost.h>
#include <cairn/encoded_value.h>
#include "archive/everything.h"
#include "archive/round_trip.h"

namespace app {

struct Polymorphic : Empty {
  virtual ~Polymorphic() = default;
};
struct Tracked : Empty {};
struct VersionedInVain : Empty {};

}  // namespace app

BOOST_CLASS_TRACKING(app::Tracked, boost::serialization::track_always)
BOOST_CLASS_IMPLEMENTATION(app::VersionedInVain, boost::serialization::object_serializable)
BOOST_CLASS_VERSION(app::VersionedInVain, 1)

namespace app {
namespace {

// ---- hostile bytes

TEST(DamagedArchive, CutAtAnyByteIsRefused) {
  const std::string payload = stored(everything());
  for (std::size_t size = 0; size < payload.size(); ++size) {
    EXPECT_THROW(decoded<Everything>(payload.substr(0, size)), cairn::SerializationError) << size;
  }
}

TEST(DamagedArchive, WithOneByteChangedIsRefusedOrReadButNothingElse) {
  const std::string payload = stored(everything());
  for (std::size_t i = 8; i < payload.size(); ++i) {  // behind the fingerprint
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

// ---- other types than were stored

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
      [] { decoded<Address>(stored(everything())); },
      ThrowsMessage<cairn::WrongType>(testing::AllOf(HasSubstr("'k'"), HasSubstr("app::Address"))));
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
