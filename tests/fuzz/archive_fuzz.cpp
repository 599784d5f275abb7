// Hostile bytes as an archive.  The first byte chooses the type to decode, the rest is the archive
// behind its fingerprint, so that the fuzzer need not guess that.  What must hold:
//   - a value, or SerializationError; nothing else is thrown, nothing undefined happens;
//   - no allocation beyond twice the input and a megabyte;
//   - a value that was read can be stored, and then reads back as itself.
#include <array>
#include <bitset>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <forward_list>
#include <list>
#include <map>
#include <new>
#include <optional>
#include <queue>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <valarray>
#include <variant>
#include <vector>

#include <cairn/boost.h>  // before Boost's optional.hpp, which in 1.74 lacks an include
#include <cairn/encoded_value.h>

#include <boost/optional.hpp>
#include <boost/serialization/optional.hpp>
#include <boost/unordered_map.hpp>

namespace {

std::size_t largest_allowed = 0;  // 0: no limit, outside the target

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

namespace fuzz {

enum class Suit : std::uint16_t { clubs, spades };

struct Leaf {
  int number = 0;
  std::string text;
  bool flag = false;
  Suit suit = Suit::clubs;
  template <class Archive>
  void serialize(Archive& archive, unsigned version) {
    archive& number& text& suit;
    if (version > 0) archive& flag;
  }
};

struct Nothing {
  template <class Archive>
  void serialize(Archive&, unsigned) {}
};

struct Tree {
  Leaf leaf;
  std::vector<Tree> children;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& leaf& children;
  }
};

struct Ordered {
  std::vector<Leaf> leaves;
  std::vector<bool> bits;
  std::vector<double> reals;
  std::deque<std::u16string> texts;
  std::list<Nothing> nothings;
  std::forward_list<short> shorts;
  std::map<std::string, std::vector<long>> map;
  std::multimap<char, std::optional<Leaf>> multimap;
  std::set<std::string> set;
  std::multiset<bool> multiset;
  std::priority_queue<int> queue;
  std::valarray<std::complex<float>> numbers;
  std::array<std::string, 2> strings;
  std::bitset<13> flags;
  std::tuple<std::pair<bool, Suit>, std::variant<std::monostate, Leaf, std::string>> rest;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& leaves& bits& reals& texts& nothings& shorts& map& multimap& set& multiset;
    archive& queue& numbers& strings& flags& rest;
  }
};

/// A class that is large, and may be in itself as a key.
struct Large {
  std::array<char, 10'000> unused{};
  bool flag = false;
  std::set<Large> sets;
  std::map<Large, bool> maps;
  bool operator<(const Large& other) const { return flag < other.flag; }
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& flag& sets& maps;
  }
};

}  // namespace fuzz

namespace {

using namespace fuzz;

using Unordered =
    std::pair<std::unordered_map<std::string, std::unordered_multiset<int>>,
              std::pair<std::unordered_set<Suit>, std::unordered_multimap<int, Leaf>>>;
using Nothings = std::vector<std::pair<std::list<Nothing>, std::vector<std::tuple<>>>>;
using OfBoost = std::vector<std::pair<boost::optional<Leaf>, boost::unordered_map<int, Leaf>>>;

template <class T>
std::string stored(const T& value) {
  return cairn::encode_value("k", value).bytes.substr(cairn::EncodedValue::header_room);
}

template <class T>
T decoded(std::string payload) {
  return cairn::decode_value<T>({cairn::ValueKind::archive, std::move(payload), "k"});
}

/// What two archives of the same value have in common.
enum class Same {
  bytes,
  size  ///< unordered containers have no order to keep
};

template <class T>
void decode(std::string_view archive, Same same = Same::bytes) {
  std::string payload;
  cairn::OutputArchive(payload) << cairn::type_fingerprint<T>();
  payload += archive;
  largest_allowed = 2 * payload.size() + (std::size_t{1} << 20);
  try {
    const std::string again = stored(decoded<T>(std::move(payload)));
    largest_allowed = 0;
    const std::string once_more = stored(decoded<T>(again));
    require(same != Same::bytes || once_more == again);
    require(once_more.size() == again.size());
  } catch (const cairn::SerializationError&) {
    require(largest_allowed != 0);  // what we have just stored must be readable
  }
  largest_allowed = 0;
}

}  // namespace

BOOST_CLASS_VERSION(fuzz::Leaf, 1)
BOOST_CLASS_IMPLEMENTATION(fuzz::Nothing, boost::serialization::object_serializable)

// Not inline, or g++ takes the pair apart and warns of free() for what came from new.
[[gnu::noinline]] void* operator new(std::size_t size) {
  require(largest_allowed == 0 || size <= largest_allowed);
  void* memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return std::malloc(size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view archive(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 6) {
    case 0:
      decode<Ordered>(archive);
      break;
    case 1:
      decode<Tree>(archive);
      break;
    case 2:
      decode<Unordered>(archive, Same::size);
      break;
    case 3:
      decode<Nothings>(archive);
      break;
    case 4:
      decode<OfBoost>(archive, Same::size);
      break;
    case 5:
      decode<Large>(archive);
      break;
  }
  return 0;
}
