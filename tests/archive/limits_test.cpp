// What no bytes may take: time beyond measure, and more stack than a thread has.
#include <array>
#include <cstdint>
#include <ctime>
#include <functional>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/unordered_map.hpp>
#include <boost/unordered_set.hpp>

#include <cairn/boost.h>
#include "archive/everything.h"
#include "archive/round_trip.h"
#include "support/stack_of.h"

namespace app {

/// A class that is large, and may be in itself as a key.
struct Large {
  std::array<char, 60'000> unused{};
  std::set<Large> sets;
  std::map<Large, int> maps;
  bool operator<(const Large& other) const { return this < &other; }
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& sets& maps;
  }
};

/// A tree of large nodes that loads into a copy, and so has one on the stack for each level.
struct Careful {
  std::array<char, 60'000> unused{};
  std::vector<Careful> children;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    if constexpr (Archive::is_loading::value) {
      Careful loaded;
      asm volatile("" : : "r"(&loaded) : "memory");  // or compilers leave the unused part out
      archive& loaded.children;
      children.swap(loaded.children);
    } else {
      archive& children;
    }
  }
};

/// A tree whose serialize() itself wants a kilobyte of stack.
struct Heavy {
  std::vector<Heavy> children;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    volatile char kilobyte[1024] = {};
    kilobyte[1023] = kilobyte[0];
    archive& children;
  }
};

struct SetOfSets {
  std::set<SetOfSets> keys;
  void add(SetOfSets key) { keys.insert(std::move(key)); }
  bool operator<(const SetOfSets& other) const { return keys < other.keys; }
  bool operator==(const SetOfSets&) const = default;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& keys;
  }
};

/// Where a key has the next map in a vector.
struct MapOfMaps {
  std::map<std::vector<MapOfMaps>, int> keys;
  void add(MapOfMaps key) { keys[{std::move(key)}] = 1; }
  bool operator<(const MapOfMaps& other) const { return keys < other.keys; }
  bool operator==(const MapOfMaps&) const = default;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& keys;
  }
};

struct HashedSets {
  struct Hash {
    std::size_t operator()(const HashedSets& sets) const { return sets.keys.size(); }
  };
  boost::unordered_set<HashedSets, Hash> keys;
  void add(HashedSets key) { keys.insert(std::move(key)); }
  bool operator==(const HashedSets& other) const { return keys == other.keys; }
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& keys;
  }
};

struct ValuesOfMaps {
  std::map<int, ValuesOfMaps> values;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& values;
  }
};

struct Alike {
  std::size_t operator()(int) const { return 7; }
};

struct AlikeText {
  static inline std::size_t asked = 0;
  std::size_t operator()(const std::string&) const {
    ++asked;
    return 7;
  }
};

}  // namespace app

BOOST_CLASS_IMPLEMENTATION(app::Large, boost::serialization::object_serializable)
BOOST_CLASS_IMPLEMENTATION(app::Careful, boost::serialization::object_serializable)

namespace app {
namespace {

using cairn::test::with_stack_of;

void append_varint(std::string& bytes, std::size_t number) {
  for (; number >= 0x80; number >>= 7) bytes += static_cast<char>(number | 0x80);
  bytes += static_cast<char>(number);
}

/// The archive of a container of `count` integers, `apart` from each other.  `mapped` bytes follow
/// each.
template <class Container>
std::string integers_apart(std::size_t count, std::uint64_t apart, std::size_t mapped = 0) {
  std::string bytes = archive_of<Container>({});
  append_varint(bytes, count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t number = i * apart;
    for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(number >> shift);
    bytes.append(mapped, '\0');
  }
  return bytes;
}

/// A distance that keeps all multiples in one bucket for two sizes of the container: that which is
/// reserved for `count` elements, and the one after that.
template <class Container>
std::uint64_t distance_of_one_bucket(std::size_t count) {
  Container container;
  container.reserve(count);
  const std::uint64_t first = container.bucket_count();
  container.rehash(2 * container.bucket_count());
  return first * container.bucket_count();
}

constexpr std::size_t many = 78'000;  // 625 KB, which took 58 s

template <class Container>
void expect_pile_is_refused(std::size_t mapped = 0) {
  const std::uint64_t apart = distance_of_one_bucket<Container>(many);
  const std::clock_t begin = std::clock();
  expect_refused<Container>(integers_apart<Container>(many, apart, mapped), "hashes alike");
  // A quarter of a second of this process's time; the bound is for sanitizers.
  EXPECT_LT(std::clock() - begin, 20 * CLOCKS_PER_SEC);
}

TEST(HashesThatPileUp, AreRefusedInASet) {
  expect_pile_is_refused<std::unordered_set<std::uint64_t>>();
}
TEST(HashesThatPileUp, AreRefusedInAMultiset) {
  expect_pile_is_refused<std::unordered_multiset<std::uint64_t>>();
}
TEST(HashesThatPileUp, AreRefusedInAMap) {
  expect_pile_is_refused<std::unordered_map<std::uint64_t, std::uint64_t>>(8);
}
TEST(HashesThatPileUp, AreRefusedInManyContainersTogether) {
  using Sets = std::vector<std::unordered_set<std::uint64_t>>;
  const std::uint64_t apart = distance_of_one_bucket<Sets::value_type>(5'000);
  const std::string set = integers_apart<Sets::value_type>(5'000, apart).substr(8);
  std::string bytes = archive_of<Sets>({20});
  for (int i = 0; i < 20; ++i) bytes += set;
  expect_refused<Sets>(bytes, "hashes alike");
}

TEST(HashesThatPileUp, AreRefusedTheSoonerTheLongerTheKeysAre) {
  using Set = std::unordered_set<std::string, AlikeText>;
  constexpr std::size_t count = 4'000;
  constexpr std::size_t size = 4'000;
  std::string bytes = archive_of<Set>({});
  append_varint(bytes, count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string number = std::to_string(i);
    append_varint(bytes, size);
    bytes += std::string(size - number.size(), 'x') + number;
  }
  AlikeText::asked = 0;
  expect_refused<Set>(bytes, "hashes alike");
  // Each is asked for twice; all of them took 6 s.
  EXPECT_LT(AlikeText::asked, count);
}

TEST(HashesThatPileUp, AreNotStoredInLongKeysIfTheyCouldNotBeReadBack) {
  std::unordered_map<std::string, int, AlikeText> map;
  for (int i = 0; i < 2'000; ++i) map.emplace(std::to_string(i), i);
  EXPECT_EQ(round_trip(map), map);
  map.clear();
  for (int i = 0; i < 2'000; ++i) map.emplace(std::string(4'000, 'x') + std::to_string(i), i);
  EXPECT_THROW(stored(map), cairn::SerializationError);
}

TEST(HashesThatPileUp, ByTheirRemaindersOnlyAreRead) {
  using Set = std::unordered_set<std::uint64_t>;
  Set set;
  set.reserve(20'000);
  const std::uint64_t buckets = set.bucket_count();
  EXPECT_EQ(decoded<Set>(integers_apart<Set>(20'000, buckets)).size(), 20'000U);
}

TEST(HashesThatPileUp, InAThousandElementsAreRead) {
  std::unordered_set<int, Alike> set;
  for (int i = 0; i < 1'000; ++i) set.insert(i);
  EXPECT_EQ(round_trip(set).size(), 1'000U);
}

TEST(HashesThatPileUp, AreNotStoredIfTheyCouldNotBeReadBack) {
  std::unordered_set<int, Alike> set;
  for (int i = 0; i < 10'000; ++i) set.insert(i);
  EXPECT_THAT([&] { stored(set); },
              ThrowsMessage<cairn::SerializationError>(HasSubstr("too long to read")));
}

TEST(HashesThatPileUp, BecauseTheKeysAreEqualAreRead) {
  std::unordered_multiset<int> same;
  for (int i = 0; i < 50'000; ++i) same.insert(i % 2);
  EXPECT_EQ(round_trip(same).count(1), 25'000U);
  std::unordered_multimap<std::string, int> map;
  for (int i = 0; i < 20'000; ++i) map.emplace("key", i);
  EXPECT_EQ(round_trip(map).size(), 20'000U);
}

TEST(HashesThatPileUp, AreRefusedInBoostsContainersToo) {
  boost::unordered_set<int, Alike> set;
  for (int i = 0; i < 2'000; ++i) set.insert(i);
  EXPECT_EQ(round_trip(set), set);
  for (int i = 0; i < 10'000; ++i) set.insert(i);
  EXPECT_THROW(stored(set), cairn::SerializationError);
  const boost::unordered_map<std::string, int> map = {{"a", 1}, {"b", 2}};
  EXPECT_EQ(round_trip(map), map);
}

// ---- keys within keys

template <class T>
T nested(int depth) {
  T root;
  for (; depth > 0; --depth) {
    T outer;
    outer.add(std::move(root));
    root = std::move(outer);
  }
  return root;
}

template <class T>
void expect_keys_nest_eight_deep() {
  const T deepest = nested<T>(cairn::max_archive_key_depth);
  EXPECT_EQ(round_trip(deepest).keys, deepest.keys);
  EXPECT_THAT([&] { stored(nested<T>(cairn::max_archive_key_depth + 1)); },
              ThrowsMessage<cairn::SerializationError>(HasSubstr("keys within keys")));
}

TEST(KeysWithinKeys, NestEightDeep) {
  expect_keys_nest_eight_deep<SetOfSets>();
  expect_keys_nest_eight_deep<MapOfMaps>();
  expect_keys_nest_eight_deep<HashedSets>();
}

// A hundred bytes that took more than a minute: two chains of sets, to be compared.
TEST(KeysWithinKeys, AreRefusedBeforeTheyAreCompared) {
  std::string chain;
  for (int i = 0; i < 26; ++i) chain += std::string("\0\1", 2);
  chain += std::string(2, '\0');
  expect_refused<SetOfSets>(archive_of<SetOfSets>({0, 2}) + chain + chain, "keys within keys");
}

TEST(KeysWithinKeys, AreNotValuesWithinValues) {
  ValuesOfMaps root;
  ValuesOfMaps* innermost = &root;
  for (int i = 0; i < 100; ++i) innermost = &innermost->values[1];
  EXPECT_EQ(round_trip(root).values.size(), 1U);
}

// ---- the stack

template <class Tree = Node>
Tree tree(int depth) {
  Tree root;
  Tree* leaf = &root;
  for (; depth > 1; --depth) leaf = &leaf->children.emplace_back();
  return root;
}

TEST(SmallStack, RefusesWhatIsNestedTooDeeplyForIt) {
  const std::string payload = stored(tree(cairn::max_archive_depth));
  const auto reading = [&] { with_stack_of(64u << 10, [&] { decoded<Node>(payload); }); };
  EXPECT_THAT(reading, ThrowsMessage<cairn::SerializationError>(
                           testing::AllOf(HasSubstr("'k'"), HasSubstr("stack of this thread"))));
  with_stack_of(8u << 20, [&] { EXPECT_EQ(decoded<Node>(payload).children.size(), 1U); });
}

TEST(SmallStack, StoresAndReadsWhatIsNestedALittle) {
  with_stack_of(128u << 10, [] { EXPECT_EQ(round_trip(tree(8)).children.size(), 1U); });
}

// Whatever the size of the stack, the value is stored and read, or refused; nothing ends the
// thread.
TEST(SmallStack, IsNeverOverrun) {
  const auto root = tree<Heavy>(cairn::max_archive_depth);
  const std::string payload = stored(root);
  int stored_in = 0;
  int refused_in = 0;
  for (std::size_t size = 64u << 10; size <= 2u << 20; size += 64u << 10) {
    for (const auto& work : {std::function<void()>([&] { stored(root); }),
                             std::function<void()>([&] { decoded<Heavy>(payload); })}) {
      try {
        with_stack_of(size, work);
        ++stored_in;
      } catch (const cairn::SerializationError&) {
        ++refused_in;
      }
    }
  }
  EXPECT_GT(stored_in, 0);
  EXPECT_GT(refused_in, 2);
}

TEST(SmallStack, IsNotNeededForLargeKeys) {
  std::string sets = archive_of<Large>({});
  for (int i = 0; i < 8; ++i) sets += {'\1'};  // a set of one, that has a set of one, ...
  sets += std::string(1 + 9, '\0');
  std::string maps = archive_of<Large>({});
  for (int i = 0; i < 5; ++i) maps += {'\0', '\1'};  // no set, a map of one, ...
  maps += std::string(2 + 5 * 4, '\0');
  with_stack_of(256u << 10, [&] {
    EXPECT_THROW(decoded<Large>(sets + '\1'), cairn::SerializationError);
    EXPECT_NO_THROW(
        decoded<std::vector<Large>>(archive_of<std::vector<Large>>({1}) + sets.substr(8)));
    EXPECT_EQ(decoded<std::vector<Large>>(archive_of<std::vector<Large>>({1}) + maps.substr(8))
                  .at(0)
                  .maps.size(),
              1U);
  });
}

// A value is loaded into another of its type, on the stack.
TEST(SmallStack, IsNotOverrunByLargeClassesThatLieThere) {
  for (int depth = 1; depth < 100; ++depth) {
    const std::string bytes = archive_of<std::vector<Careful>>({1}) +
                              std::string(static_cast<std::size_t>(depth), '\1') + '\0';
    try {
      with_stack_of(2u << 20, [&] { decoded<std::vector<Careful>>(bytes); });
      EXPECT_LT(depth, 40);
    } catch (const cairn::SerializationError&) {
      EXPECT_GT(depth, 2);
    }
  }
}

}  // namespace
}  // namespace app
