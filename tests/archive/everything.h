// A value of many types in one, and the classes of which it and other tests of the archive are
// made.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include <boost/optional.hpp>
#include <boost/serialization/map.hpp>
#include <boost/serialization/optional.hpp>
#include <boost/serialization/vector.hpp>

#include <cairn/boost.h>

namespace app {

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

struct Empty {
  bool operator==(const Empty&) const = default;
  template <class Archive>
  void serialize(Archive&, unsigned) {}
};

struct Node {  // a tree
  std::vector<Node> children;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& children;
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

inline Everything everything() {
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

}  // namespace app

BOOST_CLASS_IMPLEMENTATION(app::Empty, boost::serialization::object_serializable)
