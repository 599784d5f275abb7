// The containers of the standard library, of Boost and of each other, through the archive.
#include <array>
#include <deque>
#include <forward_list>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <queue>
#include <set>
#include <stack>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>
#include <boost/optional.hpp>

#include <cairn/boost.h>
#include "archive/everything.h"
#include "archive/round_trip.h"

namespace app {

struct Filled {
  std::vector<Empty> nothings = std::vector<Empty>(9);
  std::map<int, int> map = {{1, 1}};
  std::optional<int> optional = 1;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& nothings& map& optional;
  }
};

namespace {

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

TEST(Archive, GivesBackStacksAndQueues) {
  std::priority_queue<int> queue;
  for (const int i : {2, 3, 1}) queue.push(i);
  queue = round_trip(queue);
  EXPECT_EQ(queue.size(), 3U);
  EXPECT_EQ(queue.top(), 3);
  EXPECT_EQ(round_trip(std::stack<int>({1, 2})), std::stack<int>({1, 2}));
  EXPECT_EQ(round_trip(std::queue<int>({1, 2})), std::queue<int>({1, 2}));
}

// Its name leaves the comparator out.
TEST(Archive, OfAPriorityQueueIsAHeapToWhoeverReadsIt) {
  std::priority_queue<int> queue;
  for (const int i : {3, 1, 5, 2}) queue.push(i);
  using LeastFirst = std::priority_queue<int, std::vector<int>, std::greater<>>;
  LeastFirst read = decoded<LeastFirst>(stored(queue));
  for (const int i : {1, 2, 3, 5}) {
    EXPECT_EQ(read.top(), i);
    read.pop();
  }
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

}  // namespace
}  // namespace app
